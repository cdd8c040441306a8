/** Writes a flow problem as the identical network for `assign.cpp`: one scalar cost per arc, as our own method weighs the levels. */
import { caseLimits, weighed } from '../../src/solve/flow/case-limits.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { flowContext } from '../../src/solve/flow/flow-context.ts'
import type { FlowShape } from '../../src/solve/flow/flow-shape.ts'
import { levelWeights, weighedCosts } from '../../src/solve/flow/level-costs.ts'

export interface LemonNetwork {
  readonly bytes: Uint8Array
  /** Cost of `counts`-independent parts: add it to LEMON's total to get the weighed value. */
  readonly offset: bigint
  readonly weight: readonly number[]
}

/** Weights with room for so many moves on a path: our own take more, but LEMON's artificial arcs (largest cost x nodes) must fit into 64 bits. */
const STEPS = 8

/** Classes, then tree nodes, as nodes; columns, then up to three arcs per row (below, within, above its limits), as arcs. */
export function lemonNetwork(problem: AssignmentProblem, shape: FlowShape): LemonNetwork {
  const { size, columnStart } = problem.classes
  const context = flowContext(problem, shape)
  const weights = levelWeights(context.ranges, STEPS, STEPS)
  if (weights === undefined) throw new Error('costs do not fit')
  const limits = weighed(caseLimits(problem, shape, context.total, new Set()), (level, weight) => weights.weight[level]! * weight)
  const costs = weighedCosts(problem, weights.weight)
  const source: number[] = []
  const target: number[] = []
  const arcs: { lower: number; upper: number; cost: number }[] = []
  let offset = 0n
  for (let v = 1; v < shape.parent.length; v++) {
    const add = (lower: number, upper: number, cost: number): void => {
      if (upper <= lower && upper >= 0) return
      source.push(size + v)
      target.push(size + shape.parent[v]!)
      arcs.push({ lower, upper, cost })
    }
    const weight = limits.weight[v]!
    const lower = Math.max(0, limits.lower[v]!)
    const upper = limits.upper[v]! === Infinity ? -1 : limits.upper[v]!
    if (weight === Infinity) {
      source.push(size + v)
      target.push(size + shape.parent[v]!)
      arcs.push({ lower, upper, cost: 0 })
      continue
    }
    if (lower > 0) add(0, lower, -weight)
    offset += BigInt(weight) * BigInt(lower)
    add(0, upper < 0 ? -1 : upper - lower, 0)
    if (upper >= 0) add(0, -1, weight)
  }
  const columns = costs.length
  const total = columns + arcs.length
  const nodes = size + shape.parent.length
  const buffer = new ArrayBuffer(8 + 8 * nodes + 4 * 2 * total + 8 * 3 * total)
  const view = new DataView(buffer)
  let at = 0
  const int = (value: number): void => {
    view.setInt32(at, value, true)
    at += 4
  }
  const long = (value: number): void => {
    view.setBigInt64(at, BigInt(value), true)
    at += 8
  }
  int(nodes)
  int(total)
  for (let c = 0; c < size; c++) long(context.sizes[c]!)
  for (let v = 0; v < shape.parent.length; v++) long(v === 0 ? -context.total : 0)
  for (let c = 0; c < size; c++) for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) int(c)
  source.forEach(int)
  for (let j = 0; j < columns; j++) int(size + shape.columnNode[j]!)
  target.forEach(int)
  for (let j = 0; j < columns; j++) long(0)
  for (const arc of arcs) long(arc.lower)
  for (let j = 0; j < columns; j++) long(-1)
  for (const arc of arcs) long(arc.upper)
  for (const cost of costs) long(cost)
  for (const arc of arcs) long(arc.cost)
  return { bytes: new Uint8Array(buffer), offset, weight: weights.weight }
}
