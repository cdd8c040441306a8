/** Where excess got stuck: rows that no counts can satisfy together. */
import { EngineError } from '../../diagnostics/engine-error.ts'
import { stepDown, stepUp, type Network } from './network.ts'

/**
 * Nodes whose rows contradict the sizes of the classes: what must enter the set of nodes (classes with nowhere else to go, flows at lower limits) is `violation` more
 * than what may leave it (flows at upper limits).
 */
export interface Cut {
  readonly violation: number
  /** Nodes whose upper limits, and whose lower limits, take part. */
  readonly upper: readonly number[]
  readonly lower: readonly number[]
  /** Those that have nowhere else to go; or, where only lower limits ask too much, those that could help to fill them. */
  readonly classes: readonly number[]
}

/** Sets of nodes tried as starts of a cut; the cut with the fewest rows is kept. */
const STARTS = 64

/** The smallest cut found around nodes with excess (what they reach) and nodes that lack (what reaches them). */
export function smallestCut(network: Network, counts: Float64Array, flow: Float64Array, excess: Float64Array): Cut {
  const { forward, backward } = residualArcs(network, counts, flow)
  const nodes = network.parent.length
  const starts = [...excess.keys()].filter((v) => excess[v] !== 0)
  let best: Cut | undefined
  for (const v of starts.filter((u) => excess[u]! > 0).slice(0, STARTS)) consider(reach(forward, v, nodes))
  for (const v of starts.filter((u) => excess[u]! < 0).slice(0, STARTS)) consider(reach(backward, v, nodes).map((inside) => 1 - inside))
  if (best === undefined) throw new EngineError('solve/flow-cut', 'a flow got stuck without a cut')
  return best

  function consider(inside: Uint8Array): void {
    let violation = 0
    for (let v = 0; v < nodes; v++) if (inside[v] === 1) violation += excess[v]!
    if (violation <= 0) return
    const cut = describe(network, inside, counts, violation)
    if (
      cut !== undefined &&
      (best === undefined || rowsOf(cut) < rowsOf(best) || (rowsOf(cut) === rowsOf(best) && cut.classes.length < best.classes.length))
    )
      best = cut
  }
}

function rowsOf(cut: Cut): number {
  return cut.upper.length + cut.lower.length
}

interface ResidualArcs {
  readonly forward: readonly (readonly number[])[]
  readonly backward: readonly (readonly number[])[]
}

function residualArcs(network: Network, counts: Float64Array, flow: Float64Array): ResidualArcs {
  const { parent, limits, start, node } = network
  const nodes = parent.length
  const forward = Array.from(parent, (): number[] => [])
  const backward = Array.from(parent, (): number[] => [])
  const known = nodes <= SQUARE_NODES ? new Uint8Array(nodes * nodes) : undefined
  const sparse = new Set<number>()
  for (let v = 1; v < nodes; v++) {
    if (stepUp(limits, v, flow[v]!) < Infinity) add(v, parent[v]!)
    if (stepDown(limits, v, flow[v]!) < Infinity) add(parent[v]!, v)
  }
  for (let c = 0; c < network.classes; c++) {
    for (let i = start[c]!; i < start[c + 1]!; i++) {
      if (counts[i]! <= 0) continue
      for (let j = start[c]!; j < start[c + 1]!; j++) if (node[j] !== node[i]) add(node[i]!, node[j]!)
    }
  }
  return { forward, backward }

  function add(u: number, v: number): void {
    const at = u * nodes + v
    if (known === undefined ? sparse.has(at) : known[at] === 1) return
    if (known === undefined) sparse.add(at)
    else known[at] = 1
    forward[u]!.push(v)
    backward[v]!.push(u)
  }
}

/** Up to so many nodes, arcs seen are marked in a square table. */
const SQUARE_NODES = 2048

function reach(arcs: readonly (readonly number[])[], from: number, nodes: number): Uint8Array {
  const inside = new Uint8Array(nodes)
  const queue = [from]
  inside[from] = 1
  for (let u = queue.pop(); u !== undefined; u = queue.pop()) {
    for (const v of arcs[u]!) {
      if (inside[v] === 1) continue
      inside[v] = 1
      queue.push(v)
    }
  }
  return inside
}

/** Returns undefined where a class or a node could still lead out: then the set of nodes is no cut. */
function describe(network: Network, inside: Uint8Array, counts: Float64Array, violation: number): Cut | undefined {
  const { parent, start, node } = network
  const upper: number[] = []
  const lower: number[] = []
  for (let v = 1; v < parent.length; v++) {
    if (inside[v] === 1 && inside[parent[v]!] === 0) upper.push(v)
    if (inside[v] === 0 && inside[parent[v]!] === 1) lower.push(v)
  }
  const classes: number[] = []
  for (let c = 0; c < network.classes; c++) {
    if (network.size[c] === 0) continue
    let stays = false
    let leads = false
    for (let j = start[c]!; j < start[c + 1]!; j++) {
      if (inside[node[j]!] === 0) leads = true
      else if (counts[j]! > 0) stays = true
    }
    if (stays && leads) return undefined
    if (leads === (inside[0] === 1)) classes.push(c)
  }
  return { violation, upper, lower, classes }
}
