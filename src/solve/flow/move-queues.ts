/**
 * For every ordered pair of nodes, the classes that have devices at the first and a column at the second, cheapest move first.
 *
 * Entries whose class has left the first node stay until they come to the top, and are dropped then.
 * INVARIANT, kept by `trim` after a column was emptied: the class of every top entry has devices there.
 */
import type { Network } from './network.ts'

export interface MoveQueues {
  entries: number
  /** By entry: the column left, the column entered, the class, cost difference. */
  from: Int32Array
  to: Int32Array
  owner: Int32Array
  key: Float64Array
  /** Pairs that start at a node. */
  readonly pairsFrom: number[][]
  readonly pairTo: number[]
  readonly heap: Int32Array[]
  readonly length: number[]
  /** By pair: the cost of the top entry (Infinity where there is none). Spares a look into the heap. */
  least: Float64Array
  readonly nodes: number
  readonly dense: Int32Array | undefined
  readonly sparse: Map<number, number>
}

/** Up to so many nodes, pairs are found by a square table. */
const DENSE_NODES = 700

export function emptyQueues(nodes: number): MoveQueues {
  return {
    entries: 0,
    from: new Int32Array(1024),
    to: new Int32Array(1024),
    owner: new Int32Array(1024),
    key: new Float64Array(1024),
    pairsFrom: Array.from({ length: nodes }, () => []),
    pairTo: [],
    heap: [],
    length: [],
    least: new Float64Array(1024).fill(Infinity),
    nodes,
    dense: nodes <= DENSE_NODES ? new Int32Array(nodes * nodes) : undefined,
    sparse: new Map(),
  }
}

/** The pair (u, v), or -1 where nothing was ever queued for it. */
function knownPair(queues: MoveQueues, u: number, v: number): number {
  const at = u * queues.nodes + v
  return queues.dense === undefined ? (queues.sparse.get(at) ?? 0) - 1 : queues.dense[at]! - 1
}

function pairOf(queues: MoveQueues, u: number, v: number): number {
  const known = knownPair(queues, u, v)
  if (known >= 0) return known
  const pair = queues.pairTo.length
  queues.pairTo.push(v)
  queues.heap.push(new Int32Array(8))
  queues.length.push(0)
  queues.pairsFrom[u]!.push(pair)
  if (pair === queues.least.length) {
    const least = new Float64Array(2 * pair).fill(Infinity)
    least.set(queues.least)
    queues.least = least
  }
  if (queues.dense === undefined) queues.sparse.set(u * queues.nodes + v, pair + 1)
  else queues.dense[u * queues.nodes + v] = pair + 1
  return pair
}

function grow(queues: MoveQueues): void {
  const capacity = queues.entries * 2
  const wider = (old: Int32Array): Int32Array => {
    const array = new Int32Array(capacity)
    array.set(old)
    return array
  }
  queues.from = wider(queues.from)
  queues.to = wider(queues.to)
  queues.owner = wider(queues.owner)
  const key = new Float64Array(capacity)
  key.set(queues.key)
  queues.key = key
}

/** Adds an entry at the end of its pair's heap; `heapify` or `raise` puts it in order. Returns the pair. */
export function append(queues: MoveQueues, network: Network, owner: number, from: number, to: number): number {
  const pair = pairOf(queues, network.node[from]!, network.node[to]!)
  if (queues.entries === queues.from.length) grow(queues)
  const entry = queues.entries++
  queues.from[entry] = from
  queues.to[entry] = to
  queues.owner[entry] = owner
  queues.key[entry] = network.cost[to]! - network.cost[from]!
  let heap = queues.heap[pair]!
  const length = queues.length[pair]!
  if (length === heap.length) {
    const wider = new Int32Array(length * 2)
    wider.set(heap)
    queues.heap[pair] = heap = wider
  }
  heap[length] = entry
  queues.length[pair] = length + 1
  return pair
}

/** Lets the last entry of a pair rise to its place. */
export function raise(queues: MoveQueues, pair: number): void {
  const heap = queues.heap[pair]!
  const key = queues.key
  let i = queues.length[pair]! - 1
  const entry = heap[i]!
  const own = key[entry]!
  while (i > 0) {
    const up = (i - 1) >> 1
    if (key[heap[up]!]! <= own) break
    heap[i] = heap[up]!
    i = up
  }
  heap[i] = entry
  if (i === 0) queues.least[pair] = own
}

function sink(heap: Int32Array, length: number, key: Float64Array, at: number): void {
  const entry = heap[at]!
  const own = key[entry]!
  let i = at
  for (;;) {
    let down = 2 * i + 1
    if (down >= length) break
    if (down + 1 < length && key[heap[down + 1]!]! < key[heap[down]!]!) down++
    if (key[heap[down]!]! >= own) break
    heap[i] = heap[down]!
    i = down
  }
  heap[i] = entry
}

/** Puts all heaps in order after a series of `append`. */
export function heapify(queues: MoveQueues): void {
  for (let pair = 0; pair < queues.heap.length; pair++) {
    const length = queues.length[pair]!
    const heap = queues.heap[pair]!
    for (let i = (length >> 1) - 1; i >= 0; i--) sink(heap, length, queues.key, i)
    queues.least[pair] = length === 0 ? Infinity : queues.key[heap[0]!]!
  }
}

/** Takes the move from column `from`, which is empty now, to column `to` off the top of its pair, and other empty ones below it. */
export function trim(queues: MoveQueues, network: Network, from: number, to: number, counts: Float64Array): void {
  const pair = knownPair(queues, network.node[from]!, network.node[to]!)
  // Only a top entry of the same cost can be this move.
  if (pair < 0 || queues.least[pair]! !== network.cost[to]! - network.cost[from]!) return
  const heap = queues.heap[pair]!
  let length = queues.length[pair]!
  while (length > 0 && counts[queues.from[heap[0]!]!]! <= 0) {
    heap[0] = heap[--length]!
    if (length > 1) sink(heap, length, queues.key, 0)
  }
  queues.length[pair] = length
  queues.least[pair] = length === 0 ? Infinity : queues.key[heap[0]!]!
}
