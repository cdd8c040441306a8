/** Sites found and minimised: what uses leave joined once the priced groups are out, equal sites once, for several levels in one walk. */
import type { Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { costTables } from './reduced.ts'
import { optionCosts, type OptionCosts } from './site-costs.ts'
import { siteMinimum } from './site-minimum.ts'
import type { SitePrices } from './site-prices.ts'
import { siteReader, type SiteReader } from './site-reader.ts'
import { keptUses, type KeptUse } from './site-uses.ts'
import { componentsOf } from './units.ts'

/** By level that was asked for: the sum of all sites' leasts. */
export type SiteLeasts = readonly bigint[]

/** The leasts of levels whose prices stand on the same groups; or why there are none. */
export function siteLeasts(trial: Trial, levels: readonly SitePrices[]): SiteLeasts | string {
  const priced = new Map<number, Set<number>>()
  for (const { held, group } of levels[0]?.prices ?? []) priced.set(held, (priced.get(held) ?? new Set()).add(group))
  const kept = keptUses(trial, (held) => priced.get(held) ?? new Set())
  const components = componentsOf({ ...trial, held: kept.map(({ held }) => held) })
  const costs = optionCosts(trial, costTables(trial), kept, levels)
  if (!costs.exact) return 'numbers leave the safe integers'
  const reader = siteReader(trial, kept, components)
  const units = levels.map(({ factor }) => unitsOf(trial, kept, factor))
  const sums = levels.map(() => 0n)
  const known = knownSites(levels.length)
  const inSite = new Uint8Array(trial.world.size)
  const add = (rows: Int32Array, number: number): string | undefined => {
    const found = leastsOf(trial, reader, costs, kept, units, known, rows, number)
    if (typeof found === 'string') return found
    for (const [at, least] of found.entries()) sums[at]! += BigInt(least)
    return undefined
  }
  for (const [number, { rows }] of components.entries()) {
    for (const row of rows) inSite[row] = 1
    const wrong = add(rows, number)
    if (wrong !== undefined) return wrong
  }
  const alone = new Int32Array(1)
  for (let row = 0; row < trial.world.size; row++) {
    if (inSite[row] === 1) continue
    alone[0] = row
    const wrong = add(alone, -1)
    if (wrong !== undefined) return wrong
  }
  return sums
}

/** What a unit of violation of each kept use costs. */
function unitsOf({ levels }: Trial, kept: readonly KeptUse[], factor: readonly number[]): Float64Array {
  return Float64Array.from(kept, ({ held: { use }, hard }) =>
    hard ? Infinity : penaltyOf(levels, use.policy)!.reduce((sum, entry, level) => sum + entry * factor[level]!, 0),
  )
}

const EXACT = 2 ** 52

function leastsOf(
  trial: Trial,
  reader: SiteReader,
  costs: OptionCosts,
  kept: readonly KeptUse[],
  units: readonly Float64Array[],
  known: KnownSites,
  rows: Int32Array,
  number: number,
): readonly number[] | string {
  const { program, key, keyLength, options } = reader.read(rows, number, costs)
  const same = known.find(key, keyLength)
  if (same !== undefined) return same
  const where = (): string => trial.world.fleet.ids[rows[0] ?? -1] ?? 'no device'
  const leasts: number[] = []
  for (const [at, unit] of units.entries()) {
    const own = options[at]!
    let largest = 0
    for (let place = 0; place + 1 < program.optionStart.length; place++) {
      let most = 0
      for (let option = program.optionStart[place]!; option < program.optionStart[place + 1]!; option++)
        most = Math.max(most, Math.abs(own[option]!))
      largest += most
    }
    for (const [use, { hard, held }] of kept.entries()) if (!hard) largest += unit[use]! * held.demand.groups.length * rows.length
    if (!(largest < EXACT)) return 'numbers leave the safe integers'
    const least = siteMinimum(program, own, unit)
    if (least === 'too large') return `the site of ${where()} is too large to be minimised`
    if (least === Infinity) return `the site of ${where()} has no assignment`
    leasts.push(least)
  }
  known.keep(key, keyLength, leasts)
  return leasts
}

interface KnownSites {
  readonly find: (key: Float64Array, length: number) => readonly number[] | undefined
  readonly keep: (key: Float64Array, length: number, leasts: readonly number[]) => void
}

// Numbers that are kept of sites: 32 MB.
const MOST_KEPT = 1 << 22

/** Sites that are equal number for number have equal leasts. Beyond the room for them, sites are minimised again. */
function knownSites(levels: number): KnownSites {
  const byHash = new Map<number, { readonly key: Float64Array; readonly leasts: readonly number[] }[]>()
  let room = MOST_KEPT
  return {
    find(key, length) {
      const equal = byHash.get(hashOf(key, length))?.find((one) => {
        if (one.key.length !== length) return false
        for (let at = 0; at < length; at++) if (one.key[at] !== key[at]) return false
        return true
      })
      return equal?.leasts
    },
    keep(key, length, leasts) {
      if (length + levels > room) return
      room -= length + levels
      const hash = hashOf(key, length)
      const list = byHash.get(hash)
      const entry = { key: key.slice(0, length), leasts }
      if (list === undefined) byHash.set(hash, [entry])
      else list.push(entry)
    },
  }
}

function hashOf(key: Float64Array, length: number): number {
  let hash = length
  for (let at = 0; at < length; at++) {
    const value = key[at]!
    hash = Math.imul(hash ^ (value | 0) ^ Math.imul(Math.floor(value / 2 ** 32) | 0, 0x85ebca6b), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
