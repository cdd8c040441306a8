/** Prices that make the known plans' bound largest: cutting planes within a trust region, the linear programs by HiGHS. Floating point; what is proven with them is not. */
import type { MixedProgram } from '../highs-program.ts'
import type { MixedAnswer, MixedTask } from '../highs-worker.ts'
import type { Pool } from '../pool.ts'
import type { SolveLimits } from '../solvers.ts'
import { limitsOfTask } from '../z3.ts'
import { mostPrice, type Coupling, type Scalar } from './coupling.ts'
import type { Plans } from './plans.ts'

/** The bound of the known plans at prices (in units of the level, not in parts), and a direction in which it grows at most that fast. */
interface Cut {
  readonly value: number
  readonly slope: Float64Array
  readonly at: Float64Array
}

export interface Sample {
  /** Types that are looked at. */
  readonly types: Int32Array
  /** What of the limits of each row is theirs. */
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** What earlier levels that are only kept add to every value, in units of the level. */
  readonly base: number
}

const STEPS = 60
// Cuts that stay; the oldest go first.
const MOST_CUTS = 120

export const bestPrices = async (
  pool: Pool,
  plans: Plans,
  coupling: Coupling,
  scalar: Scalar,
  sample: Sample,
  from: { readonly at: Float64Array; readonly start: Float64Array; readonly most: number },
  radius: number,
  limits: SolveLimits,
): Promise<Float64Array> => {
  const rows = plans.rows
  const { at, start, most: farthest } = from
  if (rows === 0) return at
  const least = new Float64Array(rows)
  const most = new Float64Array(rows)
  for (let k = 0; k < rows; k++) {
    const size = mostPrice(coupling, k, scalar) / scalar.scale
    least[k] = coupling.upper[k] === Infinity ? 0 : Math.max(-size, start[k]! - farthest)
    most[k] = coupling.lower[k] === -Infinity ? 0 : Math.min(size, start[k]! + farthest)
  }
  let centre = cutAt(plans, scalar, sample, at)
  const cuts = [centre]
  let reach = radius
  for (let step = 0; step < STEPS; step++) {
    const proposed = await propose(pool, cuts, centre, least, most, reach, limits)
    if (proposed === undefined) break
    const gain = proposed.value - centre.value
    if (gain <= 1e-7 * (1 + Math.abs(centre.value))) break
    const cut = cutAt(plans, scalar, sample, proposed.at)
    cuts.push(cut)
    if (cuts.length > MOST_CUTS) cuts.shift()
    if (cut.value > centre.value) {
      if (cut.value - centre.value > 0.5 * gain) reach *= 2
      centre = cut
    } else reach *= 0.5
  }
  return centre.at
}

const cutAt = (plans: Plans, { scale, factor }: Scalar, sample: Sample, at: Float64Array): Cut => {
  const { rows, levels, cost, use, ofType, types } = plans
  const used = new Float64Array(rows)
  let value = -sample.base
  for (const t of sample.types) {
    let least = Infinity
    let chosen = -1
    for (const plan of ofType[t]!) {
      let sum = 0
      for (let level = 0; level < levels; level++) sum += factor[level]! * cost[plan * levels + level]!
      sum /= scale
      for (let k = 0; k < rows; k++) sum -= at[k]! * use[plan * rows + k]!
      if (sum < least) [least, chosen] = [sum, plan]
    }
    const { copies } = types[t]!
    value += copies * least
    for (let k = 0; k < rows; k++) used[k]! += copies * use[chosen * rows + k]!
  }
  const slope = new Float64Array(rows)
  for (let k = 0; k < rows; k++) {
    const [lower, upper] = [sample.lower[k]!, sample.upper[k]!]
    const limit = at[k]! > 0 ? lower : at[k]! < 0 ? upper : Math.max(lower, Math.min(upper, used[k]!))
    if (at[k] !== 0) value += at[k]! * limit
    slope[k] = limit - used[k]!
  }
  return { value, slope, at }
}

const propose = async (
  pool: Pool,
  cuts: readonly Cut[],
  centre: Cut,
  least: Float64Array,
  most: Float64Array,
  reach: number,
  limits: SolveLimits,
): Promise<{ readonly value: number; readonly at: Float64Array } | undefined> => {
  const rows = least.length
  const width = rows + 1
  // The last column is the gain over the centre; the others are distances from it.
  const columnLower = Float64Array.from({ length: width }, (_, k) => (k === rows ? 0 : Math.max(least[k]! - centre.at[k]!, -reach)))
  const columnUpper = Float64Array.from({ length: width }, (_, k) => (k === rows ? 1e15 : Math.min(most[k]! - centre.at[k]!, reach)))
  const costs = new Float64Array(width)
  costs[rows] = -1
  const indices = Int32Array.from({ length: width * cuts.length }, (_, i) => i % width)
  const values = new Float64Array(width * cuts.length)
  const rowUpper = new Float64Array(cuts.length)
  cuts.forEach(({ value, slope, at }, i) => {
    let limit = value - centre.value
    for (let k = 0; k < rows; k++) {
      values[i * width + k] = -slope[k]!
      limit += slope[k]! * (centre.at[k]! - at[k]!)
    }
    values[i * width + rows] = 1
    // The centre's own cut may miss 0 by rounding.
    rowUpper[i] = Math.max(0, limit)
  })
  const program: MixedProgram = {
    columnLower,
    columnUpper,
    integer: new Int32Array(width),
    rowLower: new Float64Array(cuts.length).fill(-Infinity),
    rowUpper,
    starts: Int32Array.from({ length: cuts.length + 1 }, (_, i) => i * width),
    indices,
    values,
    costs: [costs],
    rowOf: new Int32Array(cuts.length).fill(-1),
  }
  const outcome = await pool.run<MixedAnswer>('highs-worker', 'answerMixed', { program } satisfies MixedTask, limitsOfTask(limits))
  if (outcome.is !== 'done' || outcome.value.is !== 'solved') return undefined
  const found = outcome.value.values
  const at = Float64Array.from(centre.at, (price, k) => Math.max(least[k]!, Math.min(most[k]!, price + found[k]!)))
  return { value: centre.value + found[rows]!, at }
}
