/** Parts of uses that a price of a level can stand on: which rows and options they count, and what limit a price counts. */
import type { PartName } from '../../model/certificate.ts'
import type { Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { isHardIn, type PriceReader } from './leaf.ts'
import { openOptions } from './row-costs.ts'

export interface PricedPart {
  readonly held: number
  readonly group: number
  /** 1 by row of the group that may have an option which counts something. */
  readonly rows: Uint8Array
  /** Calls `visit` with every option that counts something on the row. */
  readonly forEach: (row: number, visit: (option: number, amount: number) => void) => void
  /** Largest absolute amount. */
  readonly largest: number
  /** The least that the price brings with its limit; undefined where that is open, or where breaking it costs less than the price. */
  readonly brings: (price: number, factor: readonly number[]) => bigint | undefined
}

const known = new WeakMap<PriceReader, Map<string, PricedPart>>()

export function readPart(trial: Trial, reader: PriceReader, name: PartName): PricedPart | { readonly wrong: string } {
  const parts = known.get(reader) ?? new Map<string, PricedPart>()
  known.set(reader, parts)
  const key = JSON.stringify([name.use, name.group, name.part])
  const found = parts.get(key) ?? partOf(trial, reader, name)
  if (found === undefined) return { wrong: `a price on part ${key}, which does not exist` }
  parts.set(key, found)
  return found
}

function partOf(trial: Trial, reader: PriceReader, { use, group: groupName, part: partName }: PartName): PricedPart | undefined {
  const held = reader.heldOf.get(use)
  if (held === undefined) return undefined
  const heldUse = trial.held[held]!
  const { demand } = heldUse
  const group = reader.groupIndex(held, groupName)
  if (group < 0) return undefined
  const options = trial.world.options.length
  const open = openOptions(trial)
  const touched = (counts: (row: number, option: number) => boolean): Uint8Array =>
    Uint8Array.from(demand.groupOf, (own, row) => {
      if (own !== group) return 0
      for (let option = 0; option < options; option++) if (counts(row, option) && open(row, option)) return 1
      return 0
    })
  const { policy } = heldUse.use
  const allowance = heldUse.allowance?.[group] ?? 0
  const limited =
    (lower: number, upper: number): PricedPart['brings'] =>
    (price, factor) => {
      const limit = price > 0 ? lower : upper
      if (!Number.isSafeInteger(limit)) return undefined
      const brought = BigInt(price) * BigInt(limit)
      if (isHardIn(heldUse, group)) return brought
      if (policy.is === 'soft' && policy.per === 'whole') return undefined
      const over = Math.abs(price) - penaltyOf(trial.levels, policy)!.reduce((sum, entry, level) => sum + entry * factor[level]!, 0)
      if (over <= 0) return brought
      // What must not get worse is violated by no more than today: each unit of that gives away what the price is above its cost.
      return policy.is === 'do-not-worsen' ? brought - BigInt(over) * BigInt(allowance) : undefined
    }
  switch (demand.is) {
    case 'counts': {
      const part = demand.parts.indexOf(partName)
      if (part < 0) return undefined
      const counted = Array.from({ length: options }, (_, option) => option).filter((option) => demand.partOf[option] === part)
      const at = group * demand.parts.length + part
      return {
        held,
        group,
        rows: touched((_, option) => demand.partOf[option] === part),
        forEach: (_, visit) => counted.forEach((option) => visit(option, 1)),
        largest: 1,
        brings: limited(demand.lower[at]!, demand.upper[at]!),
      }
    }
    case 'amounts': {
      if (partName !== '') return undefined
      const { amount, kindOf } = demand
      return {
        held,
        group,
        rows: touched((row, option) => amount[kindOf[row]! * options + option] !== 0),
        forEach: (row, visit) => {
          for (let option = 0; option < options; option++) {
            const one = amount[kindOf[row]! * options + option]!
            if (one !== 0) visit(option, one)
          }
        },
        largest: amount.reduce((most, one) => Math.max(most, Math.abs(one)), 0),
        brings: limited(-Infinity, demand.upper[group]!),
      }
    }
    case 'forbidden':
    case 'together':
    case 'links':
      return undefined
  }
}
