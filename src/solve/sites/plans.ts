/** Plans: what a block may do as a whole, with what it costs by level and uses of the coupling rows. Grows; equal plans of a type are kept once. */
import type { Site } from './block.ts'

/** Blocks that are the same program: where they stand, and how many there are. */
export interface PlanType {
  readonly sites: readonly Site[]
  readonly copies: number
}

export interface Plans {
  readonly types: readonly PlanType[]
  /** Columns of the type's block. */
  readonly widths: Int32Array
  readonly levels: number
  readonly rows: number
  /** Plans of each type. */
  readonly ofType: number[][]
  readonly typeOf: number[]
  /** At plan x levels. */
  cost: Float64Array
  /** At plan x rows; of the last rows, one for each level, a plan uses what it costs. */
  use: Float64Array
  readonly counts: (Uint8Array | Int32Array)[]
}

export const noPlans = (types: readonly PlanType[], widths: Int32Array, levels: number, rows: number): Plans => ({
  types,
  widths,
  levels,
  rows,
  ofType: types.map(() => []),
  typeOf: [],
  cost: new Float64Array(1024 * levels),
  use: new Float64Array(1024 * Math.max(1, rows)),
  counts: [],
})

/** The number of the plan, new or known. */
export const addPlan = (plans: Plans, type: number, counts: Int32Array, cost: Float64Array, use: Float64Array): number => {
  const known = plans.ofType[type]!.find((plan) => equal(plans.counts[plan]!, counts))
  if (known !== undefined) return known
  const plan = plans.typeOf.length
  plans.typeOf.push(type)
  plans.ofType[type]!.push(plan)
  plans.counts.push(counts.every((count) => count >= 0 && count < 256) ? Uint8Array.from(counts) : counts.slice())
  if ((plan + 1) * plans.levels > plans.cost.length) plans.cost = grown(plans.cost)
  if ((plan + 1) * plans.rows > plans.use.length) plans.use = grown(plans.use)
  plans.cost.set(cost, plan * plans.levels)
  plans.use.set(use, plan * plans.rows)
  plans.use.set(cost, plan * plans.rows + use.length)
  return plan
}

const equal = (a: ArrayLike<number>, b: Int32Array): boolean => {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false
  return true
}

const grown = (array: Float64Array): Float64Array => {
  const larger = new Float64Array(array.length * 2)
  larger.set(array)
  return larger
}
