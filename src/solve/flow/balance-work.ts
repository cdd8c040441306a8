/** The state of a balancing run: where devices are, what is still out of balance, which moves are ready. */
import { append, emptyQueues, heapify, type MoveQueues } from './move-queues.ts'
import { allowedPrices, flowAtPrice, type Network } from './network.ts'
import { nodeHeap, type NodeHeap } from './node-heap.ts'
import { place, renewGaps, type Placement } from './place.ts'

export interface BalanceStart {
  readonly prices: Float64Array
  /** Moves within this much of the best are kept ready; more are fetched when prices move further. */
  readonly within: number
  /** Devices by node as a sample had them; breaks ties. */
  readonly expected?: Float64Array
  /** Leave excess that cannot go anywhere (samples: their rounded limits may contradict each other). */
  readonly forgiving: boolean
}

/** What a run works on; arrays are changed in place. */
export interface Work {
  readonly network: Network
  readonly prices: Float64Array
  readonly placement: Placement
  readonly flow: Float64Array
  /** What a node gets minus what it passes. */
  readonly excess: Float64Array
  queues: MoveQueues
  /** Prices when the queues were filled, and how far from the best an entry may have been then. */
  reference: Float64Array
  within: number
  readonly childStart: Int32Array
  readonly children: Int32Array
  readonly distance: Float64Array
  readonly heap: NodeHeap
  readonly reached: Int32Array
  readonly mark: Uint8Array
  readonly cursor: Int32Array
}

/** Every class on a best column at the start's prices, every node with a best flow; excess where these do not meet. */
export function prepare(network: Network, start: BalanceStart): Work {
  const nodes = network.parent.length
  const prices = allowedPrices(network.parent, network.limits, start.prices)
  const placement = place(network, prices, start.expected)
  const flow = new Float64Array(nodes)
  const excess = new Float64Array(nodes)
  const inflow = placement.direct.slice()
  for (let v = nodes - 1; v > 0; v--) {
    const above = network.parent[v]!
    flow[v] = flowAtPrice(network.limits, v, prices[v]! - prices[above]!, inflow[v]!)
    excess[v] = inflow[v]! - flow[v]!
    inflow[above]! += flow[v]!
  }
  let total = 0
  for (let c = 0; c < network.classes; c++) total += network.size[c]!
  excess[0] = inflow[0]! - total
  const work: Work = {
    network,
    prices,
    placement,
    flow,
    excess,
    queues: emptyQueues(0),
    reference: prices,
    within: 0,
    ...childrenOf(network.parent),
    distance: new Float64Array(nodes),
    heap: nodeHeap(),
    reached: new Int32Array(nodes),
    mark: new Uint8Array(nodes),
    cursor: new Int32Array(nodes),
  }
  if (sourcesOf(excess).length > 0) fillQueues(work, start.within)
  return work
}

function childrenOf(parent: Int32Array): { readonly childStart: Int32Array; readonly children: Int32Array } {
  const childStart = new Int32Array(parent.length + 1)
  for (let v = 1; v < parent.length; v++) childStart[parent[v]! + 1]!++
  for (let v = 0; v < parent.length; v++) childStart[v + 1]! += childStart[v]!
  const next = childStart.slice()
  const children = new Int32Array(parent.length)
  for (let v = 1; v < parent.length; v++) children[next[parent[v]!]!++] = v
  return { childStart, children }
}

/** Fills the queues afresh with all moves that are at most `within` from the best of their class at today's prices. */
export function fillQueues(work: Work, within: number): void {
  const { network, placement, prices } = work
  const { at, gap, counts } = placement
  const { start, node, cost } = network
  if (work.reference !== prices) renewGaps(network, prices, placement)
  const queues = emptyQueues(prices.length)
  for (let c = 0; c < network.classes; c++) {
    const own = at[c]!
    if (own >= 0) {
      if (gap[c]! <= within) appendMoves(own, c)
      continue
    }
    for (let j = start[c]!; j < start[c + 1]!; j++) if (counts[j]! > 0) appendMoves(j, c)
  }
  heapify(queues)
  work.queues = queues
  work.reference = prices.slice()
  work.within = within

  function appendMoves(from: number, c: number): void {
    const u = node[from]!
    const limit = cost[from]! - prices[u]! + within
    for (let j = start[c]!; j < start[c + 1]!; j++) {
      const v = node[j]!
      if (v !== u && cost[j]! - prices[v]! <= limit) append(queues, network, c, from, j)
    }
  }
}

/** Nodes with excess. */
export function sourcesOf(excess: Float64Array): number[] {
  const sources: number[] = []
  for (let v = 0; v < excess.length; v++) if (excess[v]! > 0) sources.push(v)
  return sources
}
