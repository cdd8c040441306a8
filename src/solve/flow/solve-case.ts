/** One case of a flow problem, solved for all levels at once where the numbers have room, else level by level. */
import { weighed, type CaseLimits } from './case-limits.ts'
import { smallestCut } from './cut.ts'
import type { CaseResult, FlowContext } from './flow-context.ts'
import type { LevelWeights } from './level-costs.ts'
import { solveByLevels } from './solve-by-levels.ts'
import { solveNetwork } from './solve-network.ts'

/** Lexicographically best counts under the case's limits with prices that prove it, or a cut. `start`: prices of a similar case. */
export function solveCase(context: FlowContext, limits: CaseLimits, start?: Float64Array): CaseResult {
  const { together, shape, sizes, problem } = context
  if (together === undefined) return solveByLevels(context, limits)
  const { weights, costs } = together
  const network = {
    classes: problem.classes.size,
    size: sizes,
    start: problem.classes.columnStart,
    cost: costs,
    node: shape.columnNode,
    parent: shape.parent,
    limits: weighed(limits, (level, weight) => weights.weight[level]! * weight),
  }
  const result = solveNetwork(network, start)
  if (result.is === 'overflow') return solveByLevels(context, limits)
  if (result.is === 'stuck') return { is: 'stuck', cut: smallestCut(network, result.counts, result.flow, result.excess) }
  const prices = digits(result.prices, weights)
  // Steps were guessed: the numbers compare as the vectors do only if no level's sums have run into the next level.
  if (!prices.every((level, l) => context.ranges[l]!.range + spread(level) <= weights.half[l]!)) return solveByLevels(context, limits)
  return { is: 'solved', counts: result.counts, prices, start: result.prices }
}

/** Takes weighed prices apart into one price per level, each as near to 0 as possible; the root's is 0. */
function digits(prices: Float64Array, { base }: LevelWeights): Float64Array[] {
  const levels = base.map(() => new Float64Array(prices.length))
  for (let v = 0; v < prices.length; v++) {
    let rest = prices[v]! - prices[0]!
    for (let level = base.length - 1; level > 0; level--) {
      const own = base[level]!
      let above = Math.floor(rest / own)
      let digit = rest - above * own
      if (digit > (own - 1) / 2) {
        digit -= own
        above++
      } else if (digit < -(own - 1) / 2) {
        digit += own
        above--
      }
      levels[level]![v] = digit
      rest = above
    }
    levels[0]![v] = rest
  }
  return levels
}

function spread(prices: Float64Array): number {
  let low = 0
  let high = 0
  for (const price of prices) {
    if (price < low) low = price
    if (price > high) high = price
  }
  return high - low
}
