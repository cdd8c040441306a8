/** What prices themselves bring to a bound: limits times prices, and the slack that soft violations leave. */
import { addProduct, type ExactVector } from '../exact-sum.ts'
import type { HeldUse } from '../judge.ts'
import { penaltyOf, type LevelMeaning } from '../levels.ts'
import { isHardIn, type PartPrice } from './leaf.ts'

/** -1, 0 or 1 as the vector is lexicographically negative, zero or positive. */
export function signOf(vector: readonly number[]): number {
  for (const entry of vector) if (entry !== 0) return entry < 0 ? -1 : 1
  return 0
}

/** True where the first vector lexicographically exceeds the second. */
export function exceeds(left: readonly number[], right: readonly number[]): boolean {
  return signOf(left.map((entry, at) => entry - right[at]!)) > 0
}

/**
 * Adds the least that the price's part can bring: price x (form - violation bounded limit). A positive price counts the lower limit, a negative one the upper;
 * where violation v costs w per unit and is at most V, the term min over 0 <= v <= V of (w - |price|) v joins it, which is 0 unless |price| exceeds w.
 */
export function addLimit(held: HeldUse, price: PartPrice, assumedHard: boolean, levels: readonly LevelMeaning[], sum: ExactVector): void {
  const { demand } = held
  const positive = signOf(price.price) > 0
  const size = demand.sizes[price.group]!
  const at = demand.is === 'counts' ? price.group * demand.parts.length + price.part : 0
  const lower = demand.is === 'counts' ? demand.lower[at]! : 0
  const upper = demand.is === 'counts' ? demand.upper[at]! : 0
  for (const [level, entry] of price.price.entries()) addProduct(sum, level, entry, positive ? lower : upper)
  if (assumedHard || isHardIn(held, price.group)) return
  const weight = penaltyOf(levels, held.use.policy)!
  const magnitude = price.price.map((entry) => (positive ? entry : -entry))
  if (!exceeds(magnitude, weight)) return
  const most = Math.min(held.allowance?.[price.group] ?? Infinity, positive ? lower : Math.max(0, size - upper))
  for (const [level, entry] of magnitude.entries()) addProduct(sum, level, weight[level]! - entry, most)
}
