/** The inner minimum of weak duality: for each class of rows the lexicographically least of (cost - prices) over the options it may have. */
import { NONE } from '../../model/outcome.ts'
import type { Amounts, Counts, Forbidden } from '../demand.ts'
import { addProduct, type ExactVector } from '../exact-sum.ts'
import { plainCosts, preferenceFactor, turnsOf, type Turns } from '../levels.ts'
import type { Trial } from '../judge.ts'
import type { RowClasses } from './classes.ts'

/** Prices on the parts of one use, by [(group x parts + part) x levels + level]; `active` tells the groups that have one. */
export interface PricedCounts {
  readonly demand: Counts
  readonly table: Float64Array
  readonly active: Uint8Array
}

/** What a forbidden option costs a row of a group: excluded, or a vector by [group x levels + level] added. */
export interface PricedForbidden {
  readonly demand: Forbidden
  /** By group: 0 not looked at, 1 excluded, 2 costs `slope`. */
  readonly mode: Uint8Array
  readonly slope: Float64Array
}

/** Prices on the sums of one use: at [group x levels + level] for every `per` units, 0 units where there is none. */
export interface PricedAmounts {
  readonly demand: Amounts
  readonly table: Float64Array
  readonly per: Float64Array
  /** By group: an option that amounts to more is excluded. */
  readonly top: Float64Array
}

export interface Prepared {
  readonly counts: readonly PricedCounts[]
  readonly forbiddens: readonly PricedForbidden[]
  readonly amounts: readonly PricedAmounts[]
}

/** Costs of options that no price changes, in tables. */
export interface CostTables {
  readonly levels: number
  readonly options: number
  readonly turns: Turns
  /** At [(turn x options + option) x levels + level]. */
  readonly plain: Float64Array
  readonly factor: Float64Array
}

export function costTables(trial: Trial): CostTables {
  const { world, levels } = trial
  const options = world.options.length
  const plain = new Float64Array(4 * options * levels.length)
  for (const [level, meaning] of levels.entries())
    for (const [turn, costs] of plainCosts(world, meaning).entries())
      for (const [option, cost] of costs.entries()) plain[(turn * options + option) * levels.length + level] = cost
  return { levels: levels.length, options, turns: turnsOf(world), plain, factor: Float64Array.from(levels, preferenceFactor) }
}

/** At least as large as any cost of an option at any level, violations and prices left aside. */
export function plainLargest(trial: Trial): number {
  return trial.levels.reduce((largest, meaning) => {
    const plain = Math.max(...plainCosts(trial.world, meaning).flatMap((costs) => [...costs].map(Math.abs)))
    return Math.max(largest, plain + Math.abs(preferenceFactor(meaning)) * trial.world.largestPreference)
  }, 0)
}

/** Adds the minima of the classes in `which` to the sum; false where a class has no option left. */
export function addMinima(
  trial: Trial,
  costs: CostTables,
  classes: RowClasses,
  which: Int32Array,
  { counts, forbiddens, amounts }: Prepared,
  sum: ExactVector,
): boolean {
  const { world } = trial
  const { levels, options, turns, plain, factor } = costs
  const preferenceLevels = [...factor.keys()].filter((level) => factor[level] !== 0)
  const best = new Float64Array(levels)
  const current = new Float64Array(levels)
  // Priced uses of the class at hand, with the place of its group in their tables.
  const prices: { table: Float64Array; partOf: Int32Array; at: number }[] = []
  const slopes: { slope: Float64Array; forbidden: Uint8Array; from: number; at: number; excluded: boolean }[] = []
  const sums: { table: Float64Array; amount: Float64Array; from: number; at: number; per: number; top: number }[] = []
  for (const member of which) {
    const row = classes.representative[member]!
    const turn = turns.of[row]! * options
    const kind = world.kindOf[row]!
    prices.length = 0
    for (const { demand, table, active } of counts) {
      const group = demand.groupOf[row]!
      if (group >= 0 && active[group] === 1) prices.push({ table, partOf: demand.partOf, at: group * demand.parts.length * levels })
    }
    slopes.length = 0
    for (const { demand, mode, slope } of forbiddens) {
      const group = demand.groupOf[row]!
      if (group >= 0 && mode[group] !== 0)
        slopes.push({
          slope,
          forbidden: demand.forbidden,
          from: demand.kindOf[row]! * options,
          at: group * levels,
          excluded: mode[group] === 1,
        })
    }
    sums.length = 0
    for (const { demand, table, per, top } of amounts) {
      const group = demand.groupOf[row]!
      if (group >= 0 && (per[group] !== 0 || top[group] !== Infinity))
        sums.push({
          table,
          amount: demand.amount,
          from: demand.kindOf[row]! * options,
          at: group * levels,
          per: per[group]!,
          top: top[group]!,
        })
    }
    let any = false
    options: for (let option = NONE; option < options; option++) {
      if (((world.allowed[option >>> 5]![kind]! >>> (option & 31)) & 1) === 0) continue
      const base = (turns.table[turn + option]! * options + option) * levels
      for (let level = 0; level < levels; level++) current[level] = plain[base + level]!
      if (preferenceLevels.length > 0) {
        const preference = world.preference[option]!
        const value = typeof preference === 'number' ? preference : preference[kind]!
        if (value !== 0) for (const level of preferenceLevels) current[level]! += factor[level]! * value
      }
      for (const { slope, forbidden, from, at, excluded } of slopes) {
        if (forbidden[from + option] !== 1) continue
        if (excluded) continue options
        for (let level = 0; level < levels; level++) current[level]! += slope[at + level]!
      }
      for (const { table, partOf, at } of prices) {
        const part = partOf[option]!
        if (part < 0) continue
        for (let level = 0; level < levels; level++) current[level]! -= table[at + part * levels + level]!
      }
      for (const { table, amount, from, at, per, top } of sums) {
        const one = amount[from + option]!
        if (one > top) continue options
        if (per === 0 || one === 0) continue
        // A price of 1 unit counts the amount as it is; rounding down is for hard upper limits (leaf.ts).
        const units = per === 1 ? one : Math.floor(one / per)
        for (let level = 0; level < levels; level++) current[level]! -= table[at + level]! * units
      }
      if (!any || precedes(current, best)) best.set(current)
      any = true
    }
    if (!any) return false
    for (let level = 0; level < levels; level++) addProduct(sum, level, best[level]!, classes.count[member]!)
  }
  return true
}

function precedes(left: Float64Array, right: Float64Array): boolean {
  for (let level = 0; level < left.length; level++) if (left[level] !== right[level]) return left[level]! < right[level]!
  return false
}
