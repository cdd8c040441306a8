/** Every class on a column that is best at given prices: the start of balancing. */
import type { Network } from './network.ts'

export interface Placement {
  /** By class: its column, or -1 once its devices were moved (then `counts` tells), or where it has no devices. */
  readonly at: Int32Array
  /** By class: how much worse its second best node is (0: a tie; Infinity: no other node). */
  readonly gap: Float64Array
  /** Devices by column. */
  readonly counts: Float64Array
  /** Devices by node, without those passed on by children. */
  readonly direct: Float64Array
}

/**
 * Places every class whole on a column of least cost minus price. Among equally good nodes it prefers the one that is furthest below `expected` (devices by
 * node, from a sample), as otherwise all ties end at one node and must be moved one by one.
 */
export function place(network: Network, prices: Float64Array, expected: Float64Array | undefined): Placement {
  const { classes, size, start, cost, node } = network
  const at = new Int32Array(classes).fill(-1)
  const gap = new Float64Array(classes).fill(Infinity)
  const counts = new Float64Array(cost.length)
  const direct = new Float64Array(prices.length)
  const tied = new Int32Array(classes)
  let ties = 0
  for (let c = 0; c < classes; c++) {
    const devices = size[c]!
    if (devices === 0) continue
    let best = -1
    let bestNode = -1
    let least = Infinity
    let second = Infinity
    for (let j = start[c]!, end = start[c + 1]!; j < end; j++) {
      const v = node[j]!
      const reduced = cost[j]! - prices[v]!
      if (reduced < least) {
        if (v !== bestNode) second = least
        least = reduced
        best = j
        bestNode = v
      } else if (reduced < second && v !== bestNode) second = reduced
    }
    at[c] = best
    gap[c] = second - least
    if (second === least && expected !== undefined) tied[ties++] = c
    else {
      counts[best] = devices
      direct[bestNode]! += devices
    }
  }
  if (expected !== undefined) placeTies(network, prices, expected, tied.subarray(0, ties), { at, gap, counts, direct })
  return { at, gap, counts, direct }
}

function placeTies(network: Network, prices: Float64Array, expected: Float64Array, tied: Int32Array, placement: Placement): void {
  const { start, cost, node, size } = network
  const { at, counts, direct } = placement
  for (const c of tied) {
    const first = at[c]!
    const least = cost[first]! - prices[node[first]!]!
    let best = first
    let most = -Infinity
    for (let j = start[c]!; j < start[c + 1]!; j++) {
      const v = node[j]!
      if (cost[j]! - prices[v]! !== least) continue
      const missing = expected[v]! - direct[v]!
      if (missing > most) {
        most = missing
        best = j
      }
    }
    at[c] = best
    counts[best] = size[c]!
    direct[node[best]!]! += size[c]!
  }
}

/** Brings `gap` up to date with other prices for classes that still stand whole on their column. */
export function renewGaps(network: Network, prices: Float64Array, placement: Placement): void {
  const { classes, start, cost, node } = network
  const { at, gap } = placement
  for (let c = 0; c < classes; c++) {
    const own = at[c]!
    if (own < 0) continue
    const u = node[own]!
    let second = Infinity
    for (let j = start[c]!, end = start[c + 1]!; j < end; j++) {
      const v = node[j]!
      const reduced = cost[j]! - prices[v]!
      if (reduced < second && v !== u) second = reduced
    }
    gap[c] = second - (cost[own]! - prices[u]!)
  }
}
