/** What an option of a row counts in the scalars of several levels: costs, prices, forbidden options that are paid. */
import { penaltyOf } from '../levels.ts'
import type { HeldUse, Trial } from '../judge.ts'
import type { CostTables } from './reduced.ts'
import type { SitePrice, SitePrices } from './site-prices.ts'
import type { KeptUse } from './site-uses.ts'

const TURNS = 4

export interface OptionCosts {
  readonly levels: number
  /** Every sum that an option's scalar is made of stays within the safe integers. */
  readonly exact: boolean
  /** Whether the row may have the option: its requirements, and hard uses that speak of it alone. */
  readonly allows: (row: number, option: number) => boolean
  /** Writes the option's scalar of every level into `to`, from `at` on. */
  readonly write: (row: number, option: number, to: Float64Array, at: number) => void
}

/** Prices of one use: by level, at [group x parts + part]. */
interface Priced {
  readonly held: HeldUse
  readonly tables: readonly Float64Array[]
}

export function optionCosts(trial: Trial, costs: CostTables, kept: readonly KeptUse[], levels: readonly SitePrices[]): OptionCosts {
  const { world } = trial
  const width = world.options.length
  const priced = pricedUses(trial, levels)
  // At [level x (4 x options) + turn x options + option]: the part that the row's preference has nothing to do with; and what a preference counts.
  const plain = new Float64Array(levels.length * TURNS * width)
  const perPreference = new Float64Array(levels.length)
  for (const [at, { factor }] of levels.entries())
    for (const [level, times] of factor.entries()) {
      if (times === 0) continue
      perPreference[at]! += times * costs.factor[level]!
      for (let i = 0; i < TURNS * width; i++) plain[at * TURNS * width + i]! += times * costs.plain[i * costs.levels + level]!
    }
  const forbidding = kept.filter(({ held }) => held.demand.is === 'forbidden')
  const amounting = kept.filter(({ held, hard }) => hard && held.demand.is === 'amounts' && held.demand.largest !== undefined)
  const weights = forbidding.map(({ held, hard }) =>
    hard
      ? []
      : levels.map(({ factor }) =>
          penaltyOf(trial.levels, held.use.policy)!.reduce((sum, entry, level) => sum + entry * factor[level]!, 0),
        ),
  )
  // A device has one option: no scalar is larger than the largest plain cost, preference, prices and paid options together.
  const largest = levels.map((_, at) => {
    let most = Math.abs(perPreference[at]!) * world.largestPreference
    let plainest = 0
    for (let i = 0; i < TURNS * width; i++) plainest = Math.max(plainest, Math.abs(plain[at * TURNS * width + i]!))
    for (const { held, tables } of priced) {
      const { demand } = held
      const times = demand.is === 'amounts' ? demand.amount.reduce((least, amount) => Math.max(least, Math.abs(amount)), 0) : 1
      most += times * tables[at]!.reduce((least, price) => Math.max(least, Math.abs(price)), 0)
    }
    for (const list of weights) most += list[at] ?? 0
    return most + plainest
  })
  return {
    levels: levels.length,
    exact: largest.every((most) => most < 2 ** 52),
    allows(row, option) {
      if (((world.allowed[option >>> 5]![world.kindOf[row]!]! >>> (option & 31)) & 1) === 0) return false
      for (const { held, hard } of forbidding)
        if (hard && held.demand.is === 'forbidden' && held.demand.groupOf[row]! >= 0)
          if (held.demand.forbidden[held.demand.kindOf[row]! * width + option] === 1) return false
      for (const { held } of amounting)
        if (held.demand.is === 'amounts' && held.demand.groupOf[row]! >= 0)
          if (held.demand.amount[held.demand.kindOf[row]! * width + option]! > held.demand.largest!) return false
      return true
    },
    write(row, option, to, at) {
      const turn = costs.turns.table[costs.turns.of[row]! * width + option]!
      const preference = world.preference[option]!
      const value = typeof preference === 'number' ? preference : preference[world.kindOf[row]!]!
      for (let level = 0; level < levels.length; level++)
        to[at + level] = plain[level * TURNS * width + turn * width + option]! + perPreference[level]! * value
      for (const { held, tables } of priced) {
        const { demand } = held
        const group = demand.groupOf[row]!
        if (group < 0) continue
        const [part, times] =
          demand.is === 'amounts'
            ? [group, demand.amount[demand.kindOf[row]! * width + option]!]
            : demand.is === 'counts' && demand.partOf[option]! >= 0
              ? [group * demand.parts.length + demand.partOf[option]!, 1]
              : [0, 0]
        if (times !== 0) for (let level = 0; level < levels.length; level++) to[at + level]! -= tables[level]![part]! * times
      }
      for (const [use, { held, hard }] of forbidding.entries()) {
        const { demand } = held
        if (hard || demand.is !== 'forbidden' || demand.groupOf[row]! < 0) continue
        if (demand.forbidden[demand.kindOf[row]! * width + option] === 1)
          for (let level = 0; level < levels.length; level++) to[at + level]! += weights[use]![level]!
      }
    },
  }
}

function pricedUses(trial: Trial, levels: readonly SitePrices[]): readonly Priced[] {
  const used = [...new Set(levels.flatMap(({ prices }) => prices.filter(({ price }) => price !== 0).map(({ held }) => held)))]
  return used.map((held) => {
    const { demand } = trial.held[held]!
    const parts = demand.is === 'counts' ? demand.parts.length : 1
    const tableOf = (prices: readonly SitePrice[]): Float64Array => {
      const table = new Float64Array(demand.groups.length * parts)
      for (const price of prices) if (price.held === held) table[price.group * parts + price.part] = price.price
      return table
    }
    return { held: trial.held[held]!, tables: levels.map(({ prices }) => tableOf(prices)) }
  })
}
