/** The limits of all tree nodes in one case: hard and unit rows as they are, `whole` rows hard where their bundle is held and open elsewhere. */
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import type { FlowShape } from './flow-shape.ts'
import type { NodeLimits } from './network.ts'

/** By node, in devices (row limits divided by the row's scale). `weight` of a unit row counts at `level`; hard rows have weight Infinity. */
export interface CaseLimits {
  readonly lower: Float64Array
  readonly upper: Float64Array
  readonly weight: Float64Array
  readonly level: Int32Array
}

export function caseLimits(problem: AssignmentProblem, shape: FlowShape, total: number, holds: ReadonlySet<number>): CaseLimits {
  const nodes = shape.parent.length
  const limits = {
    lower: new Float64Array(nodes).fill(-Infinity),
    upper: new Float64Array(nodes).fill(Infinity),
    weight: new Float64Array(nodes).fill(Infinity),
    level: new Int32Array(nodes),
  }
  for (let v = 1; v < nodes; v++) {
    const { policy, lower, upper } = problem.rows[shape.rowOf[v]!]!
    if (policy.is === 'whole' && !holds.has(policy.bundle)) continue
    if (policy.is === 'unit' && policy.weight === 0) continue
    const scale = shape.scale[v]!
    const least = Math.ceil(lower / scale)
    const most = Math.floor(upper / scale)
    // Limits that always hold are opened, so that they never have a price.
    if (least > 0) limits.lower[v] = least
    if (most < total) limits.upper[v] = most
    if (policy.is === 'unit') {
      limits.weight[v] = policy.weight * scale
      limits.level[v] = policy.level
    }
  }
  return limits
}

/** A node whose lower limit is above its upper one, or -1. */
export function contradiction(limits: CaseLimits): number {
  return limits.lower.findIndex((lower, v) => lower > limits.upper[v]!)
}

/** The limits with the weights that `weigh` gives to a unit weight of a level; 0 opens the node. */
export function weighed(limits: CaseLimits, weigh: (level: number, weight: number) => number): NodeLimits {
  const lower = limits.lower.slice()
  const upper = limits.upper.slice()
  const weight = limits.weight.map((own, v) => (own === Infinity ? Infinity : weigh(limits.level[v]!, own)))
  weight.forEach((own, v) => {
    if (own !== 0) return
    lower[v] = -Infinity
    upper[v] = Infinity
    weight[v] = Infinity
  })
  return { lower, upper, weight }
}
