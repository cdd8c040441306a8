/** Sends devices along free paths. */
import { append, raise, trim } from './move-queues.ts'
import { roomDown, roomUp, stepDown, stepUp } from './network.ts'
import type { Work } from './balance-work.ts'

/** Sends what it can from the sources over arcs of reduced cost 0, depth first. */
export function pushAll(work: Work, sources: readonly number[]): void {
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
