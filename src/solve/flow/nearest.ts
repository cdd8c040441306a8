/** Shortest paths over reduced costs, and the prices that make them free. */
import { stepDown, stepUp } from './network.ts'
import { popNode, pushNode } from './node-heap.ts'
import type { Work } from './balance-work.ts'

export type Search =
  /** `reached`: how many entries of work.reached are nearer than `distance`; `needs`: how wide the queues must have been for this to be the truth. */
  { readonly is: 'nearest'; readonly reached: number; readonly distance: number; readonly needs: number } | { readonly is: 'none' }

/** The part of the sources' excess that one search finds room for. More makes fewer searches, but needs wider queues. */
const SHARE_PER_SEARCH = 0.3

/** Dijkstra over reduced costs from the sources to the nearest nodes that lack. */
export function findNearest(work: Work, sources: readonly number[]): Search {
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
export function lowerPrices(work: Work, near: number, far: number): boolean {
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
