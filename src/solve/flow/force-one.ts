/**
 * What it costs to force one device, from an optimal flow: a shortest path in the residual graph of the tree of rows, on integer cost vectors.
 *
 * Why one path is enough: the forced device is taken out of its class and put on the column it is to have; what is left is a flow that is optimal for the
 * devices it has, with one unit too many at the new column's node and one too few at the old one's. Sending that unit back along a shortest residual path
 * gives an optimal flow again, and no path means that there is none (successive shortest paths: Ahuja, Magnanti, Orlin, Network Flows, 1993, 9.7). The graph
 * has no negative cycles, so labels are corrected without prices and vectors are never weighed into numbers.
 */
import { columnCosts } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import { caseLimits } from './case-limits.ts'
import type { FlowShape } from './flow-shape.ts'
import { stepDown, stepUp } from './network.ts'

/** One device of a class that moves from a column to another, both of the problem. */
export interface ForcedMove {
  readonly class: number
  readonly from: number
  readonly to: number
}

export type ForcedOne =
  /** `cost`: by level, minimised sense; 0 at all levels where another device of the class can take over. `moves`: the forced device's first. */
  | { readonly is: 'forced'; readonly cost: readonly number[]; readonly moves: readonly ForcedMove[] }
  /** Rows whose limits leave no way. */
  | { readonly is: 'impossible'; readonly rows: readonly number[] }

export interface Residual {
  /** Forces a device of class `c`, which is on column `from`, onto one of the columns `onto` of its class. */
  readonly force: (c: number, from: number, onto: readonly number[]) => ForcedOne
}

/** By ordered pair of nodes: the cheapest moves of one device from one node to the other, of the two cheapest columns to leave. */
interface Arcs {
  readonly pairOf: Map<number, number>
  readonly from: readonly number[][]
  readonly to: number[]
  readonly first: number[]
  readonly firstTo: number[]
  readonly second: number[]
  readonly secondTo: number[]
}

/** `counts` are optimal. INVARIANT: the problem has no all-or-nothing bundles. */
export function residualOf(problem: AssignmentProblem, shape: FlowShape, counts: ArrayLike<number>): Residual {
  const { size, columnStart, memberStart } = problem.classes
  const { columnNode, parent } = shape
  const levels = problem.levels.length
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const limits = caseLimits(problem, shape, memberStart[size]! - memberStart[0]!, new Set())
  const flow = flowOf(shape, counts)
  const classOf = (column: number): number => bisect(columnStart, column)
  /** Whether leaving `a` for `b` is cheaper than leaving `c` for `d`. */
  const cheaper = (a: number, b: number, c: number, d: number): boolean => {
    for (const cost of costs) {
      const difference = cost[b]! - cost[a]! - (cost[d]! - cost[c]!)
      if (difference !== 0) return difference < 0
    }
    return false
  }
  const arcs = moveArcs()
  const children = listChildren(parent)

  return { force }

  function moveArcs(): Arcs {
    const nodes = parent.length
    const made: Arcs = { pairOf: new Map(), from: Array.from(parent, () => []), to: [], first: [], firstTo: [], second: [], secondTo: [] }
    const dense = nodes <= 2048 ? new Int32Array(nodes * nodes).fill(-1) : undefined
    for (let c = 0; c < size; c++) {
      for (let i = columnStart[c]!; i < columnStart[c + 1]!; i++) {
        if (counts[i]! <= 0) continue
        const u = columnNode[i]!
        for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
          const v = columnNode[j]!
          if (v !== u) offer(u * nodes + v, i, j)
        }
      }
    }
    return made

    function offer(key: number, i: number, j: number): void {
      let pair = dense === undefined ? (made.pairOf.get(key) ?? -1) : dense[key]!
      if (pair < 0) {
        pair = made.to.push(key % nodes) - 1
        made.first.push(i)
        made.firstTo.push(j)
        made.second.push(-1)
        made.secondTo.push(-1)
        made.from[Math.floor(key / nodes)]!.push(pair)
        if (dense === undefined) made.pairOf.set(key, pair)
        else dense[key] = pair
        return
      }
      const first = made.first[pair]!
      if (i === first) {
        if (cheaper(i, j, first, made.firstTo[pair]!)) made.firstTo[pair] = j
        return
      }
      if (cheaper(i, j, first, made.firstTo[pair]!)) {
        made.second[pair] = first
        made.secondTo[pair] = made.firstTo[pair]!
        made.first[pair] = i
        made.firstTo[pair] = j
        return
      }
      const second = made.second[pair]!
      if (second < 0 || cheaper(i, j, second, made.secondTo[pair]!)) {
        made.second[pair] = i
        made.secondTo[pair] = j
      }
    }
  }

  function force(c: number, from: number, onto: readonly number[]): ForcedOne {
    let best: Extract<ForcedOne, { readonly is: 'forced' }> | undefined
    let blocked: readonly number[] = []
    for (const k of onto) {
      const found = forceOnto(c, from, k)
      if (found.is === 'impossible') {
        blocked = [...new Set([...blocked, ...found.rows])].sort((a, b) => a - b)
        continue
      }
      if (best === undefined || shorter(found, best)) best = found
    }
    return best ?? { is: 'impossible', rows: blocked }
  }

  function forceOnto(c: number, from: number, k: number): ForcedOne {
    const own = costs.map((cost) => cost[k]! - cost[from]!)
    const first: ForcedMove = { class: c, from, to: k }
    if (from === k) return { is: 'forced', cost: own.map(() => 0), moves: [] }
    const path = shortestPath(columnNode[k]!, columnNode[from]!, counts[from]! <= 1 ? from : -1)
    if (!path.found) return { is: 'impossible', rows: rowsAround(path.reached) }
    return { is: 'forced', cost: own.map((cost, level) => cost + path.cost[level]! + 0), moves: [first, ...path.moves] }
  }

  interface Path {
    readonly found: boolean
    readonly reached: Uint8Array
    readonly cost: readonly number[]
    readonly moves: readonly ForcedMove[]
  }

  /** From node s to node t; moves that leave column `gone` are not there. */
  function shortestPath(s: number, t: number, gone: number): Path {
    const nodes = parent.length
    const distance = new Float64Array(nodes * levels)
    const reached = new Uint8Array(nodes)
    const before = new Int32Array(nodes).fill(-1)
    const byPair = new Int32Array(nodes).fill(-1)
    const waiting = new Uint8Array(nodes)
    const step = new Float64Array(levels)
    const queue = [s]
    reached[s] = 1
    for (let head = 0; head < queue.length; head++) {
      const u = queue[head]!
      waiting[u] = 0
      const above = parent[u]!
      if (above >= 0) passTree(u, above, stepUp(limits, u, flow[u]!), u)
      for (const v of children[u]!) passTree(u, v, stepDown(limits, v, flow[v]!), v)
      for (const pair of arcs.from[u]!) {
        const second = arcs.first[pair] === gone
        const i = second ? arcs.second[pair]! : arcs.first[pair]!
        if (i < 0) continue
        const j = second ? arcs.secondTo[pair]! : arcs.firstTo[pair]!
        for (let l = 0; l < levels; l++) step[l] = costs[l]![j]! - costs[l]![i]!
        relax(u, arcs.to[pair]!, pair)
      }
    }
    if (reached[t] === 0) return { found: false, reached, cost: [], moves: [] }
    const moves: ForcedMove[] = []
    for (let v = t; v !== s; v = before[v]!) {
      const pair = byPair[v]!
      if (pair < 0) continue
      const second = arcs.first[pair] === gone
      const i = second ? arcs.second[pair]! : arcs.first[pair]!
      moves.push({ class: classOf(i), from: i, to: second ? arcs.secondTo[pair]! : arcs.firstTo[pair]! })
    }
    return { found: true, reached, cost: Array.from(distance.subarray(t * levels, (t + 1) * levels)), moves: moves.reverse() }

    function passTree(u: number, v: number, price: number, node: number): void {
      if (price === Infinity) return
      step.fill(0)
      if (price !== 0) step[limits.level[node]!] = price
      relax(u, v, -1)
    }

    function relax(u: number, v: number, pair: number): void {
      let less = reached[v] === 0
      if (!less) {
        for (let l = 0; l < levels; l++) {
          const difference = distance[u * levels + l]! + step[l]! - distance[v * levels + l]!
          if (difference === 0) continue
          less = difference < 0
          break
        }
      }
      if (!less) return
      for (let l = 0; l < levels; l++) distance[v * levels + l] = distance[u * levels + l]! + step[l]!
      reached[v] = 1
      before[v] = u
      byPair[v] = pair
      if (waiting[v] === 1) return
      waiting[v] = 1
      queue.push(v)
    }
  }

  /** Rows at the border of what a unit can reach: full on the way out, at their least on the way in. */
  function rowsAround(reached: Uint8Array): readonly number[] {
    const rows: number[] = []
    for (let v = 1; v < parent.length; v++) if (reached[v] !== reached[parent[v]!]) rows.push(shape.rowOf[v]!)
    return rows.sort((a, b) => a - b)
  }
}

function shorter(a: Extract<ForcedOne, { readonly is: 'forced' }>, b: Extract<ForcedOne, { readonly is: 'forced' }>): boolean {
  for (let level = 0; level < a.cost.length; level++) if (a.cost[level] !== b.cost[level]) return a.cost[level]! < b.cost[level]!
  return a.moves.length < b.moves.length
}

function listChildren(parent: Int32Array): readonly (readonly number[])[] {
  const children = Array.from(parent, (): number[] => [])
  for (let v = 1; v < parent.length; v++) children[parent[v]!]!.push(v)
  return children
}

/** What every node passes on: its own columns and its children. */
function flowOf({ parent, columnNode }: FlowShape, counts: ArrayLike<number>): Float64Array {
  const flow = new Float64Array(parent.length)
  for (let j = 0; j < columnNode.length; j++) flow[columnNode[j]!]! += counts[j]!
  for (let v = parent.length - 1; v > 0; v--) flow[parent[v]!]! += flow[v]!
  return flow
}

/** The last index whose start is at most `column`. */
function bisect(start: Int32Array, column: number): number {
  let low = 0
  let high = start.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (start[middle]! <= column) low = middle
    else high = middle
  }
  return low
}
