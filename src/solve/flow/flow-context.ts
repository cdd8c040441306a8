/** What all cases of one flow problem share, and what a case answers. */
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import type { Cut } from './cut.ts'
import type { FlowShape } from './flow-shape.ts'
import { levelRanges, levelWeights, weighedCosts, type LevelRange, type LevelWeights } from './level-costs.ts'

/** `weights` and `costs` are absent where the levels do not fit into one number. */
export interface FlowContext {
  readonly problem: AssignmentProblem
  readonly shape: FlowShape
  readonly sizes: Float64Array
  readonly total: number
  readonly ranges: readonly LevelRange[]
  readonly together?: { readonly weights: LevelWeights; readonly costs: Float64Array }
}

/** `prices[level][node]`: sums of row prices up to the root. */
export type CaseResult =
  | { readonly is: 'solved'; readonly counts: Float64Array; readonly prices: readonly Float64Array[]; readonly start: Float64Array }
  | { readonly is: 'stuck'; readonly cut: Cut }

/** Fewest moves on a path that the weights must have room for: with less, solving level by level is sure to be needed. */
const FEWEST_STEPS = 4

/** Moves on a path, by node of the tree, that are room enough: a path meets a node once, prices are sums of few paths. */
export const STEPS_PER_NODE = 4

export function flowContext(problem: AssignmentProblem, shape: FlowShape): FlowContext {
  const { memberStart, size } = problem.classes
  const sizes = new Float64Array(size)
  for (let c = 0; c < size; c++) sizes[c] = memberStart[c + 1]! - memberStart[c]!
  const scaleOf = new Float64Array(problem.rows.length)
  shape.rowOf.forEach((row, v) => {
    if (row >= 0) scaleOf[row] = shape.scale[v]!
  })
  const ranges = levelRanges(problem, (row) => scaleOf[row]!)
  const weights = levelWeights(ranges, STEPS_PER_NODE * shape.parent.length, FEWEST_STEPS)
  const context = { problem, shape, sizes, total: memberStart[size]! - memberStart[0]!, ranges }
  return weights === undefined ? context : { ...context, together: { weights, costs: weighedCosts(problem, weights.weight) } }
}
