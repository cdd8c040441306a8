/**
 * A transport problem on scalar costs: classes send their devices over columns to the nodes of a tree; every node passes what it gets to its parent.
 *
 * Minimises sum of cost x count over columns + for each node but the root the penalty of the flow that leaves it. All numbers are integers.
 */
export interface Network {
  readonly classes: number
  /** Devices by class. */
  readonly size: Float64Array
  /** Columns of class c: start[c] <= j < start[c + 1]. */
  readonly start: Int32Array
  readonly cost: Float64Array
  /** The tree node where a column ends. */
  readonly node: Int32Array
  /** INVARIANT: parent[0] = -1 (the root), parent[v] < v. */
  readonly parent: Int32Array
  readonly limits: NodeLimits
}

/**
 * By node: below `lower` or above `upper` each unit costs `weight` (Infinity: not allowed). The root's are not read; where both limits are open, weight is Infinity.
 * INVARIANT: lower <= upper, weight > 0.
 */
export interface NodeLimits {
  readonly lower: Float64Array
  readonly upper: Float64Array
  readonly weight: Float64Array
}

/** Cost of one more unit through a node that passes `flow`; Infinity where not allowed. */
export function stepUp(limits: NodeLimits, v: number, flow: number): number {
  if (flow < limits.lower[v]!) return -limits.weight[v]!
  return flow < limits.upper[v]! ? 0 : limits.weight[v]!
}

/** Cost of one unit less through a node that passes `flow`; Infinity where not allowed. */
export function stepDown(limits: NodeLimits, v: number, flow: number): number {
  if (flow > limits.upper[v]!) return -limits.weight[v]!
  return flow > limits.lower[v]! ? 0 : limits.weight[v]!
}

/** Units that may be added at the cost of `stepUp`. */
export function roomUp(limits: NodeLimits, v: number, flow: number): number {
  if (flow < limits.lower[v]!) return limits.lower[v]! - flow
  return flow < limits.upper[v]! ? limits.upper[v]! - flow : Infinity
}

/** Units that may be taken at the cost of `stepDown`. */
export function roomDown(limits: NodeLimits, v: number, flow: number): number {
  if (flow > limits.upper[v]!) return flow - limits.upper[v]!
  return flow > limits.lower[v]! ? flow - limits.lower[v]! : Infinity
}

/** Prices by node (sums of row prices up to the root) nearest to `wanted` in which every row's own price is one that weak duality allows. */
export function allowedPrices(parent: Int32Array, limits: NodeLimits, wanted: Float64Array): Float64Array {
  const prices = new Float64Array(parent.length)
  for (let v = 1; v < parent.length; v++) {
    const above = parent[v]!
    const most = limits.lower[v]! === -Infinity ? 0 : limits.weight[v]!
    const least = limits.upper[v]! === Infinity ? 0 : -limits.weight[v]!
    prices[v] = prices[above]! + Math.min(most, Math.max(least, wanted[v]! - wanted[above]!))
  }
  return prices
}

/** The flow nearest to `flow` that is best for node v when its row has price `price`: minimises penalty + price x flow. */
export function flowAtPrice(limits: NodeLimits, v: number, price: number, flow: number): number {
  const weight = limits.weight[v]!
  const lower = limits.lower[v]!
  const upper = limits.upper[v]!
  if (price > 0) return price === weight ? Math.min(flow, lower) : lower
  if (price < 0) return price === -weight ? Math.max(flow, upper) : upper
  return Math.min(upper, Math.max(lower, flow))
}
