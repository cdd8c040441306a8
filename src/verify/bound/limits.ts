/** What prices themselves bring to a bound: limits times prices, and the slack that soft violations leave. */
import { addProduct, type ExactVector } from '../exact-sum.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Amounts, Demand } from '../demand.ts'
import type { Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { isHardIn, signOf, type PartPrice } from './leaf.ts'

/** True where the first vector lexicographically exceeds the second. */
export function exceeds(left: readonly number[], right: readonly number[]): boolean {
  return signOf(left.map((entry, at) => entry - right[at]!)) > 0
}

/**
 * Adds the least that the price's part can bring: price x (form - violation bounded limit). A positive price counts the lower limit, a negative one the upper;
 * where violation v costs w per unit and is at most V, the term min over 0 <= v <= V of (w - |price|) v joins it, which is 0 unless |price| exceeds w.
 */
export function addLimit(trial: Trial, price: PartPrice, assumedHard: boolean, sum: ExactVector): void {
  const held = trial.held[price.held]!
  const { demand } = held
  const positive = signOf(price.price) > 0
  const { lower, upper, most } = limitsOf(trial, demand, price, positive)
  for (const [level, entry] of price.price.entries()) addProduct(sum, level, entry, positive ? lower : upper)
  if (assumedHard || isHardIn(held, price.group)) return
  const weight = penaltyOf(trial.levels, held.use.policy)!
  const magnitude = price.price.map((entry) => (positive ? entry : -entry))
  if (!exceeds(magnitude, weight)) return
  const worst = Math.min(held.allowance?.[price.group] ?? Infinity, most)
  for (const [level, entry] of magnitude.entries()) addProduct(sum, level, weight[level]! - entry, worst)
}

/** The limits of the priced part, and by how much the one that the price counts can be missed at most. */
function limitsOf(
  trial: Trial,
  demand: Demand,
  { group, part, per }: PartPrice,
  positive: boolean,
): { readonly lower: number; readonly upper: number; readonly most: number } {
  const size = demand.sizes[group]!
  switch (demand.is) {
    case 'counts': {
      const at = group * demand.parts.length + part
      const lower = demand.lower[at]!
      const upper = demand.upper[at]!
      return { lower, upper, most: positive ? lower : Math.max(0, size - upper) }
    }
    case 'forbidden':
      return { lower: 0, upper: 0, most: positive ? 0 : size }
    case 'amounts': {
      const { least, most } = rangeOf(trial, demand, group)
      const upper = demand.upper[group]!
      // There is no lower limit to miss: the sum is never less than `least`.
      return { lower: least, upper: Math.floor(upper / per), most: positive ? 0 : Math.max(0, most - upper) }
    }
    case 'together':
    case 'links':
      throw new EngineError('verify/price', 'a price on what is not linear')
  }
}

/** Between what the sum of a group can be, whatever options its devices have. */
function rangeOf(trial: Trial, { groupOf, kindOf, amount }: Amounts, group: number): { readonly least: number; readonly most: number } {
  const width = trial.world.options.length
  let least = 0
  let most = 0
  for (let row = 0; row < groupOf.length; row++) {
    if (groupOf[row] !== group) continue
    const own = amount.subarray(kindOf[row]! * width, (kindOf[row]! + 1) * width)
    least += own.reduce((a, b) => Math.min(a, b), 0)
    most += own.reduce((a, b) => Math.max(a, b), 0)
  }
  return { least, most }
}
