/**
 * Primal-dual method (successive shortest paths) for `Network`, on the small graph of nodes: a class is an arc between the nodes it can move between, and of
 * all classes only the cheapest per pair of nodes is looked at. Source: Ahuja, Magnanti, Orlin, Network Flows (1993), 9.7 and 9.8.
 *
 * INVARIANT, all through: every device is on a column of least cost minus price of its class, and every node passes a flow that is best at its row's price;
 * only the balance (what a node gets = what it passes) is still to be reached. Prices and costs are integers, so equality of reduced costs is exact.
 */
import { append, emptyQueues, heapify, raise, trim, type MoveQueues } from './move-queues.ts'
import { allowedPrices, flowAtPrice, roomDown, roomUp, stepDown, stepUp, type Network } from './network.ts'
import { nodeHeap, pushNode, popNode, type NodeHeap } from './node-heap.ts'
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

export type Balance =
  | { readonly is: 'balanced'; readonly prices: Float64Array; readonly counts: Float64Array; readonly direct: Float64Array }
  /** Prices grew beyond the integers that are exact. */
  | { readonly is: 'overflow' }
  /** Excess at some nodes reaches no node that lacks: `counts`, `flow` and `excess` describe where it got stuck. */
  | { readonly is: 'stuck'; readonly counts: Float64Array; readonly flow: Float64Array; readonly excess: Float64Array }

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

/** Cheapest counts for the network with prices that prove it, or where it got stuck. */
export function balance(network: Network, start: BalanceStart): Balance {
  const work = prepare(network, start)
  const { excess, placement } = work
  for (;;) {
    const sources = sourcesOf(excess)
    if (sources.length === 0) return { is: 'balanced', prices: work.prices, counts: placement.counts, direct: placement.direct }
    const search = findNearest(work, sources)
    if (search.is === 'none') {
      if (work.within < Infinity && canReachLack(work, sources)) {
        fillQueues(work, widened(work, 0))
        continue
      }
      if (!start.forgiving) return { is: 'stuck', counts: placement.counts, flow: work.flow, excess }
      for (const v of sources) excess[v] = 0
      continue
    }
    if (search.needs > work.within) {
      fillQueues(work, widened(work, search.needs))
      continue
    }
    if (!lowerPrices(work, search.reached, search.distance)) return { is: 'overflow' }
    pushAll(work, sources)
  }
}

function prepare(network: Network, start: BalanceStart): Work {
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

function sourcesOf(excess: Float64Array): number[] {
  const sources: number[] = []
  for (let v = 0; v < excess.length; v++) if (excess[v]! > 0) sources.push(v)
  return sources
}

/** Whether any move at all, near or far from the best, leads from the sources to a node that lacks. */
function canReachLack({ network, placement, flow, excess }: Work, sources: readonly number[]): boolean {
  const { start, node, parent, limits } = network
  const { at, counts } = placement
  const inside = new Uint8Array(parent.length)
  for (const s of sources) inside[s] = 1
  for (let grown = true; grown;) {
    grown = false
    for (let v = 1; v < parent.length; v++) {
      const above = parent[v]!
      if (inside[v] === 1 && inside[above] === 0 && stepUp(limits, v, flow[v]!) < Infinity) grown = enter(above)
      if (inside[above] === 1 && inside[v] === 0 && stepDown(limits, v, flow[v]!) < Infinity) grown = enter(v)
    }
    for (let c = 0; c < network.classes; c++) {
      const own = at[c]!
      const first = own < 0 ? start[c]! : own
      const last = own < 0 ? start[c + 1]! : own + 1
      let leads = false
      for (let j = first; j < last && !leads; j++) leads = inside[node[j]!] === 1 && counts[j]! > 0
      if (!leads) continue
      for (let j = start[c]!; j < start[c + 1]!; j++) if (inside[node[j]!] === 0) grown = enter(node[j]!)
    }
  }
  return inside.some((yes, v) => yes === 1 && excess[v]! < 0)

  function enter(v: number): true {
    inside[v] = 1
    return true
  }
}

function widened(work: Work, needs: number): number {
  const wider = Math.max(1.5 * needs, 2 * work.within, 1)
  return wider > Number.MAX_SAFE_INTEGER ? Infinity : wider
}

/** Fills the queues afresh with all moves that are at most `within` from the best of their class at today's prices. */
function fillQueues(work: Work, within: number): void {
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

type Search =
  /** `reached`: how many entries of work.reached are nearer than `distance`; `needs`: how wide the queues must have been for this to be the truth. */
  { readonly is: 'nearest'; readonly reached: number; readonly distance: number; readonly needs: number } | { readonly is: 'none' }

/** The part of the sources' excess that one search finds room for. More makes fewer searches, but needs wider queues. */
const SHARE_PER_SEARCH = 0.3

/** Dijkstra over reduced costs from the sources to the nearest nodes that lack. */
function findNearest(work: Work, sources: readonly number[]): Search {
  const { prices, distance, heap, reached, excess, reference, network, queues, childStart, children, flow } = work
  const { limits, parent } = network
  const { least, pairTo, pairsFrom } = queues
  distance.fill(Infinity)
  heap.size = 0
  for (const s of sources) {
    distance[s] = 0
    pushNode(heap, 0, s)
  }
  let count = 0
  let wanted = 0
  for (const s of sources) wanted += excess[s]! * SHARE_PER_SEARCH
  let last = -1
  while (heap.size > 0) {
    const far = heap.keys[0]!
    const u = popNode(heap)
    if (far > distance[u]!) continue
    reached[count++] = u
    if (excess[u]! < 0) {
      last = far
      wanted += excess[u]!
      if (wanted <= 0) break
    }
    const base = far + prices[u]!
    const above = parent[u]!
    if (above >= 0) relax(above, base + stepUp(limits, u, flow[u]!) - prices[above]!)
    for (let i = childStart[u]!; i < childStart[u + 1]!; i++) {
      const v = children[i]!
      relax(v, base + stepDown(limits, v, flow[v]!) - prices[v]!)
    }
    for (const pair of pairsFrom[u]!) {
      const v = pairTo[pair]!
      relax(v, base + least[pair]! - prices[v]!)
    }
  }
  return last < 0 ? { is: 'none' } : { is: 'nearest', reached: count, distance: last, needs: neededWidth(work, count, last) }

  function relax(v: number, to: number): void {
    if (to < distance[v]!) {
      distance[v] = to
      pushNode(heap, to, v)
    }
  }

  function neededWidth(of: Work, near: number, far: number): number {
    // A move that is not in the queues now costs more than within + (fall of v's price) - (fall of u's): it must not be shorter than what was found.
    let highest = -Infinity
    for (let v = 0; v < reference.length; v++) highest = Math.max(highest, of.prices[v]! - reference[v]!)
    let needs = 0
    for (let i = 0; i < near; i++) {
      const u = of.reached[i]!
      needs = Math.max(needs, far - of.distance[u]! + highest - (of.prices[u]! - reference[u]!))
    }
    return needs
  }
}

/** Makes all shortest paths free: reduced costs stay non-negative, and 0 on the paths. Returns false where prices leave the exact integers. */
function lowerPrices(work: Work, near: number, far: number): boolean {
  let lowest = 0
  for (let i = 0; i < near; i++) {
    const v = work.reached[i]!
    const price = work.prices[v]! - Math.max(0, far - work.distance[v]!)
    work.prices[v] = price
    if (price < lowest) lowest = price
  }
  return lowest >= -EXACT
}

/** Prices and costs are kept below this, so that their sums and differences are exact. */
const EXACT = 2 ** 52

/** Sends what it can from the sources over arcs of reduced cost 0, depth first. */
function pushAll(work: Work, sources: readonly number[]): void {
  work.mark.fill(0)
  work.cursor.fill(0)
  const path: number[] = []
  const moves: number[] = []
  for (const s of sources) {
    while (work.excess[s]! > 0 && findPath(work, s, path, moves)) {
      send(work, path, moves)
      for (const v of path) work.mark[v] = 0
    }
  }
}

const UP = -1
const DOWN = -2

/** Depth-first search for a free path from s to a node that lacks: path[0] = s; moves[i] leads from path[i] to path[i + 1] (an entry, or UP or DOWN in the tree). */
function findPath(work: Work, s: number, path: number[], moves: number[]): boolean {
  const { mark, excess, cursor, network, prices, flow, queues, children, childStart } = work
  const { limits, parent } = network
  path.length = 0
  moves.length = 0
  if (mark[s] !== 0) return false
  path.push(s)
  mark[s] = 1
  while (path.length > 0) {
    const u = path[path.length - 1]!
    if (excess[u]! < 0) return true
    const v = advance(u)
    if (v < 0) {
      // Stays marked: nothing free leads on from here in this round.
      path.pop()
      moves.pop()
      continue
    }
    mark[v] = 1
    path.push(v)
  }
  return false

  function advance(u: number): number {
    const pairs = queues.pairsFrom[u]!
    const firstChild = childStart[u]!
    const last = pairs.length + childStart[u + 1]! - firstChild
    for (; cursor[u]! <= last; cursor[u]!++) {
      const i = cursor[u]!
      if (i === 0) {
        const above = parent[u]!
        if (above >= 0 && mark[above] === 0 && stepUp(limits, u, flow[u]!) + prices[u]! === prices[above]!) return take(above, UP)
      } else if (i <= pairs.length) {
        const pair = pairs[i - 1]!
        const v = queues.pairTo[pair]!
        if (mark[v] === 0 && queues.least[pair]! + prices[u]! === prices[v]!) return take(v, queues.heap[pair]![0]!)
      } else {
        const v = children[firstChild + i - pairs.length - 1]!
        if (mark[v] === 0 && stepDown(limits, v, flow[v]!) + prices[u]! === prices[v]!) return take(v, DOWN)
      }
    }
    return -1
  }

  function take(v: number, move: number): number {
    moves.push(move)
    return v
  }
}

/** Sends as much as the path, the excess at its start and the lack at its end allow. */
function send(work: Work, path: readonly number[], moves: readonly number[]): void {
  const { excess, flow, placement, queues, network } = work
  const { counts, direct, at } = placement
  const end = path[path.length - 1]!
  let amount = Math.min(excess[path[0]!]!, -excess[end]!)
  for (let i = 0; i < moves.length; i++) {
    const move = moves[i]!
    const room =
      move === UP
        ? roomUp(network.limits, path[i]!, flow[path[i]!]!)
        : move === DOWN
          ? roomDown(network.limits, path[i + 1]!, flow[path[i + 1]!]!)
          : counts[queues.from[move]!]!
    if (room < amount) amount = room
  }
  excess[path[0]!]! -= amount
  excess[end]! += amount
  for (let i = 0; i < moves.length; i++) {
    const move = moves[i]!
    if (move === UP) flow[path[i]!]! += amount
    else if (move === DOWN) flow[path[i + 1]!]! -= amount
    else {
      const from = queues.from[move]!
      const to = queues.to[move]!
      const owner = queues.owner[move]!
      counts[from]! -= amount
      direct[path[i]!]! -= amount
      direct[path[i + 1]!]! += amount
      at[owner] = -1
      if (counts[to] === 0) openMoves(work, owner, to)
      counts[to]! += amount
      if (counts[from] === 0) closeMoves(work, owner, from)
    }
  }
}

/** Queues the moves of a class that has just come to column `from`. */
function openMoves(work: Work, owner: number, from: number): void {
  const { network, queues, reference } = work
  const { start, node, cost } = network
  const u = node[from]!
  const limit = cost[from]! - reference[u]! + work.within
  for (let j = start[owner]!; j < start[owner + 1]!; j++) {
    const v = node[j]!
    if (v !== u && cost[j]! - reference[v]! <= limit) raise(queues, append(queues, network, owner, from, j))
  }
}

/** Takes the moves of a class that has just left column `from` off the queues' tops. */
function closeMoves({ network, queues, placement }: Work, owner: number, from: number): void {
  const { start, node } = network
  const u = node[from]!
  for (let j = start[owner]!; j < start[owner + 1]!; j++) if (node[j] !== u) trim(queues, network, from, j, placement.counts)
}
