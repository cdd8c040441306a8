/** The exact minimum of every block at whole prices: new plans, and the bound that the prices prove. */
import { EXACT } from './block-batch.ts'
import type { Coupling, Scalar } from './coupling.ts'
import type { Crew } from './crew.ts'
import { addPlan, type Plans } from './plans.ts'

export interface Priced {
  /** Plan by type; -1 for types that were not asked for. */
  readonly plan: Int32Array
  /** Whether some plan was not known before. */
  readonly news: boolean
  /** Least of the scalar over all assignments of these types, in parts; without the limits of the coupling rows. */
  readonly least: number
}

/** Stopped: `shouldStop` said so. Too large: a sum leaves the exact integers. Impossible: this type has no plan. */
export type PricedOutcome = Priced | { readonly stopped: true } | { readonly tooLarge: true } | { readonly impossible: number }

/** `tie` by level: what later levels count where the scalar is equal, each sum of them below `tieUnit`, which is what the scalar is counted in. */
export interface Ties {
  readonly factor: Float64Array
  readonly unit: number
}

export const priceBlocks = async (
  plans: Plans,
  crew: Crew,
  types: Int32Array,
  scalar: Scalar,
  prices: Float64Array,
  ties: Ties,
  shouldStop: () => boolean,
): Promise<PricedOutcome> => {
  const { levels, rows, widths } = plans
  // The last rows are the levels themselves: a price there is one of the level.
  const joining = rows - levels
  const weight = Float64Array.from(scalar.factor, (factor, level) => (factor - prices[joining + level]!) * ties.unit + ties.factor[level]!)
  const scaled = prices.subarray(0, joining).map((price) => price * ties.unit)
  const answer = await crew.minimise(types, { weight, prices: scaled }, shouldStop)
  if (!('map' in answer)) return answer
  const plan = new Int32Array(plans.types.length).fill(-1)
  const known = plans.typeOf.length
  let least = 0
  // Where each type's answer stands, so that plans are numbered in the order of types whoever found them.
  const part = new Int32Array(plans.types.length).fill(-1)
  const place = new Int32Array(plans.types.length)
  const from = new Int32Array(plans.types.length)
  for (const [at, { types: asked }] of answer.entries()) {
    let start = 0
    for (const [i, t] of asked.entries()) {
      part[t] = at
      place[t] = i
      from[t] = start
      start += widths[t]!
    }
  }
  for (const t of types) {
    const { counts, costs, uses } = answer[part[t]!]!.batch
    const i = place[t]!
    const p = addPlan(
      plans,
      t,
      counts.subarray(from[t], from[t]! + widths[t]!),
      costs.subarray(i * levels, (i + 1) * levels),
      uses.subarray(i * joining, (i + 1) * joining),
    )
    plan[t] = p
    let value = 0
    for (let level = 0; level < levels; level++) value += scalar.factor[level]! * plans.cost[p * levels + level]!
    for (let k = 0; k < rows; k++) value -= prices[k]! * plans.use[p * rows + k]!
    const { copies } = plans.types[t]!
    least += copies * value
    if (Math.abs(least) > EXACT || Math.abs(copies * value) > EXACT) return { tooLarge: true }
  }
  return { plan, news: plans.typeOf.length > known, least }
}

/** What the limits of the coupling rows bring to the bound, in parts. */
export const limitsAt = (coupling: Coupling, prices: Float64Array): number => {
  let sum = 0
  for (let k = 0; k < prices.length; k++)
    if (prices[k] !== 0) sum += prices[k]! * (prices[k]! > 0 ? coupling.lower[k]! : coupling.upper[k]!)
  return sum
}
