/**
 * Primal-dual method (successive shortest paths) for `Network`, on the small graph of nodes: a class is an arc between the nodes it can move between, and of
 * all classes only the cheapest per pair of nodes is looked at. Source: Ahuja, Magnanti, Orlin, Network Flows (1993), 9.7 and 9.8.
 *
 * INVARIANT, all through: every device is on a column of least cost minus price of its class, and every node passes a flow that is best at its row's price;
 * only the balance (what a node gets = what it passes) is still to be reached. Prices and costs are integers, so equality of reduced costs is exact.
 */
import { fillQueues, prepare, sourcesOf, type BalanceStart, type Work } from './balance-work.ts'
import { findNearest, lowerPrices } from './nearest.ts'
import { stepDown, stepUp, type Network } from './network.ts'
import { pushAll } from './push.ts'

export type Balance =
  | { readonly is: 'balanced'; readonly prices: Float64Array; readonly counts: Float64Array; readonly direct: Float64Array }
  /** Prices grew beyond the integers that are exact. */
  | { readonly is: 'overflow' }
  /** Excess at some nodes reaches no node that lacks: `counts`, `flow` and `excess` describe where it got stuck. */
  | { readonly is: 'stuck'; readonly counts: Float64Array; readonly flow: Float64Array; readonly excess: Float64Array }

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
