/**
 * The levels one after the other: each is solved on the columns and limits that can still be optimal for the levels before it (complementary slackness:
 * columns without reduced cost, rows at the limit that their price counts). The levels' prices side by side are prices for the lexicographic order.
 */
import { EngineError } from '../../diagnostics/engine-error.ts'
import { weighed, type CaseLimits } from './case-limits.ts'
import { smallestCut } from './cut.ts'
import { weighedCosts } from './level-costs.ts'
import type { CaseResult, FlowContext } from './flow-context.ts'
import { solveNetwork } from './solve-network.ts'

interface Kept {
  readonly start: Int32Array
  /** Columns of the problem that are left, in order. */
  readonly columns: Int32Array
}

export function solveByLevels(context: FlowContext, given: CaseLimits): CaseResult {
  const { problem, shape, sizes } = context
  const nodes = shape.parent.length
  let kept: Kept = { start: problem.classes.columnStart, columns: Int32Array.from(shape.columnNode, (_, j) => j) }
  let limits = given
  const prices: Float64Array[] = []
  let counts = new Float64Array(0)
  // A problem without levels still needs counts that hold.
  for (let level = 0; level < Math.max(1, problem.levels.length); level++) {
    const costs = weighedCosts(
      problem,
      problem.levels.map((_, l) => (l === level ? 1 : 0)),
    )
    const network = {
      classes: problem.classes.size,
      size: sizes,
      start: kept.start,
      cost: Float64Array.from(kept.columns, (j) => costs[j]!),
      node: Int32Array.from(kept.columns, (j) => shape.columnNode[j]!),
      parent: shape.parent,
      limits: weighed(limits, (of, weight) => (of === level ? weight : 0)),
    }
    const result = solveNetwork(network)
    if (result.is === 'overflow') throw new EngineError('solve/flow-range', 'prices of a flow left the exact integers')
    if (result.is === 'stuck') {
      if (level > 0) throw new EngineError('solve/flow-levels', 'a level of a flow left no counts for the next')
      return { is: 'stuck', cut: smallestCut(network, result.counts, result.flow, result.excess) }
    }
    const base = result.prices[0]!
    const own = result.prices.map((price) => price - base)
    if (own.some((price) => Math.abs(price) > 2 ** 52))
      throw new EngineError('solve/flow-range', 'prices of a flow left the exact integers')
    prices.push(own)
    counts = new Float64Array(shape.columnNode.length)
    for (let i = 0; i < kept.columns.length; i++) counts[kept.columns[i]!] = result.counts[i]!
    kept = withoutReducedCost(network, kept, own)
    limits = atPricedLimits(limits, level, shape.parent, own)
  }
  return { is: 'solved', counts, prices: prices.slice(0, problem.levels.length), start: new Float64Array(nodes) }
}

function withoutReducedCost(
  network: { readonly classes: number; readonly cost: Float64Array; readonly node: Int32Array },
  kept: Kept,
  prices: Float64Array,
): Kept {
  const start = new Int32Array(network.classes + 1)
  const columns: number[] = []
  for (let c = 0; c < network.classes; c++) {
    let least = Infinity
    for (let i = kept.start[c]!; i < kept.start[c + 1]!; i++) least = Math.min(least, network.cost[i]! - prices[network.node[i]!]!)
    for (let i = kept.start[c]!; i < kept.start[c + 1]!; i++) {
      if (network.cost[i]! - prices[network.node[i]!]! === least) columns.push(kept.columns[i]!)
    }
    start[c + 1] = columns.length
  }
  return { start, columns: Int32Array.from(columns) }
}

/** Limits on the face of optimal flows: a priced row stays at its limit, a fully paid unit row on its far side, other unit rows of the level within their limits. */
function atPricedLimits(limits: CaseLimits, level: number, parent: Int32Array, prices: Float64Array): CaseLimits {
  const lower = limits.lower.slice()
  const upper = limits.upper.slice()
  const weight = limits.weight.slice()
  for (let v = 1; v < parent.length; v++) {
    const own = limits.weight[v]!
    if (own !== Infinity && limits.level[v] !== level) continue
    weight[v] = Infinity
    const price = prices[v]! - prices[parent[v]!]!
    if (price > 0) {
      upper[v] = limits.lower[v]!
      if (price === own) lower[v] = -Infinity
    } else if (price < 0) {
      lower[v] = limits.upper[v]!
      if (price === -own) upper[v] = Infinity
    }
  }
  return { lower, upper, weight, level: limits.level }
}
