/** Plans: what a block may do as a whole, with what it costs by level and uses of the coupling rows. Grows; equal plans of a type are kept once. */
import { UNIT, WHOLE, columnsOfBlock, rowsOfBlock, type Block, type SiteType } from './block.ts'

export interface Plans {
  readonly types: readonly SiteType[]
  readonly levels: number
  readonly rows: number
  /** Plans of each type. */
  readonly ofType: number[][]
  readonly typeOf: number[]
  /** At plan x levels. */
  cost: Float64Array
  /** At plan x rows. */
  use: Float64Array
  readonly counts: (Uint8Array | Int32Array)[]
}

export const noPlans = (types: readonly SiteType[], levels: number, rows: number): Plans => ({
  types,
  levels,
  rows,
  ofType: types.map(() => []),
  typeOf: [],
  cost: new Float64Array(1024 * levels),
  use: new Float64Array(1024 * Math.max(1, rows)),
  counts: [],
})

/** The number of the plan, new or known. */
export const addPlan = (plans: Plans, type: number, counts: Int32Array): number => {
  const { block } = plans.types[type]!
  const own = counts.subarray(0, columnsOfBlock(block))
  const known = plans.ofType[type]!.find((plan) => equal(plans.counts[plan]!, own))
  if (known !== undefined) return known
  const plan = plans.typeOf.length
  plans.typeOf.push(type)
  plans.ofType[type]!.push(plan)
  plans.counts.push(own.every((count) => count >= 0 && count < 256) ? Uint8Array.from(own) : own.slice())
  if ((plan + 1) * plans.levels > plans.cost.length) plans.cost = grown(plans.cost)
  if ((plan + 1) * plans.rows > plans.use.length) plans.use = grown(plans.use)
  costOfCounts(block, plans.levels, own, plans.cost.subarray(plan * plans.levels, (plan + 1) * plans.levels))
  const use = plans.use.subarray(plan * plans.rows, (plan + 1) * plans.rows)
  for (let j = 0; j < own.length; j++) {
    if (own[j] === 0) continue
    for (let e = block.useStart[j]!; e < block.useStart[j + 1]!; e++) use[block.useRow[e]!]! += block.useCoefficient[e]! * own[j]!
  }
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

/** Adds the costs by level, what the block's own soft rows and bundles pay included. */
const costOfCounts = (block: Block, levels: number, counts: Int32Array, cost: Float64Array): void => {
  const width = columnsOfBlock(block)
  for (let level = 0; level < levels; level++) {
    let sum = 0
    for (let j = 0; j < width; j++) sum += block.costs[level * width + j]! * counts[j]!
    cost[level]! += sum
  }
  const broken = new Set<number>()
  for (let r = 0; r < rowsOfBlock(block); r++) {
    const sort = block.rowPolicy[3 * r]
    if (sort !== UNIT && sort !== WHOLE) continue
    let form = 0
    for (let e = block.rowStart[r]!; e < block.rowStart[r + 1]!; e++) form += block.rowCoefficient[e]! * counts[block.rowColumn[e]!]!
    const off = Math.max(0, block.rowLimits[2 * r]! - form) + Math.max(0, form - block.rowLimits[2 * r + 1]!)
    if (off === 0) continue
    const at = block.rowPolicy[3 * r + 1]!
    if (sort === UNIT) cost[at]! += off * block.rowPolicy[3 * r + 2]!
    else broken.add(at)
  }
  for (const b of broken) cost[block.bundles[2 * b]!]! += block.bundles[2 * b + 1]!
}
