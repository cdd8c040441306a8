/** The prices of one level of a sites certificate, brought to rows: what each option counts, and what the limits of the priced parts bring. */
import type { SiteLevel } from '../../model/certificate.ts'
import type { Demand } from '../demand.ts'
import type { HeldUse, Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { isHardIn, type PriceReader } from './leaf.ts'

export interface SitePrice {
  readonly held: number
  readonly group: number
  readonly part: number
  readonly price: number
}

export interface SitePrices {
  /** What a unit of each level counts. */
  readonly factor: readonly number[]
  readonly prices: readonly SitePrice[]
  readonly limits: bigint
}

/** Reads a level, or says why it proves nothing. */
export function readSitePrices(trial: Trial, reader: PriceReader, site: SiteLevel): SitePrices | { readonly wrong: string } {
  const { level, scale, factors } = site
  if (
    !(Number.isSafeInteger(scale) && scale > 0) ||
    !factors.every((entry) => Number.isSafeInteger(entry) && entry >= 0) ||
    factors.length !== level
  )
    return { wrong: `level ${level} is not counted in whole numbers` }
  const factor = trial.levels.map((_, at) => (at < level ? factors[at]! : at === level ? scale : 0))
  const prices: SitePrice[] = []
  const seen = new Set<string>()
  let limits = 0n
  for (const { use, group, part, price } of site.prices) {
    const held = reader.heldOf.get(use)
    const name = `${use} ${JSON.stringify([group, part])}`
    if (held === undefined || !Number.isSafeInteger(price)) return { wrong: `a price on part ${name}, which is none` }
    if (seen.has(name)) return { wrong: `two prices on part ${name}` }
    seen.add(name)
    const { demand } = trial.held[held]!
    const at = reader.groupIndex(held, group)
    const index = demand.is === 'counts' ? demand.parts.indexOf(part) : demand.is === 'amounts' && part === '' ? 0 : -1
    if (at < 0 || index < 0) return { wrong: `a price on part ${name}, which does not exist` }
    const limit = limitOf(demand, at, index, price)
    if (limit === undefined || !isBearable(trial, trial.held[held]!, at, factor, price))
      return { wrong: `a price on part ${name} that it cannot bear` }
    limits += BigInt(price) * BigInt(limit)
    prices.push({ held, group: at, part: index, price })
  }
  return { factor, prices, limits }
}

/** The limit that the price counts, undefined where it is open. */
function limitOf(demand: Demand, group: number, part: number, price: number): number | undefined {
  if (price === 0) return 0
  if (demand.is === 'amounts') return price < 0 && Number.isSafeInteger(demand.upper[group]!) ? demand.upper[group]! : undefined
  if (demand.is !== 'counts') return undefined
  const limit = (price > 0 ? demand.lower : demand.upper)[group * demand.parts.length + part]!
  return Number.isSafeInteger(limit) ? limit : undefined
}

/** True where breaking the part costs at least what the price says. */
function isBearable(trial: Trial, held: HeldUse, group: number, factor: readonly number[], price: number): boolean {
  if (price === 0 || isHardIn(held, group)) return true
  const { policy } = held.use
  if (policy.is === 'soft' && policy.per === 'whole') return false
  const weight = penaltyOf(trial.levels, policy)!.reduce((sum, entry, level) => sum + entry * factor[level]!, 0)
  return Math.abs(price) <= weight
}
