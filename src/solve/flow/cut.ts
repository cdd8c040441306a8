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

/** Nodes tried as starts of a cut, and cuts whose classes are counted. */
const STARTS = 256
const COMPARED = 4

/** The smallest cut found around nodes with excess (what they reach) and nodes that lack (what reaches them): fewest rows, then fewest classes. */
export function smallestCut(network: Network, counts: Float64Array, flow: Float64Array, excess: Float64Array): Cut {
  const { forward, backward } = residualArcs(network, counts, flow)
  const nodes = network.parent.length
  const starts = [...excess.keys()].filter((v) => excess[v] !== 0)
  const sides = [
    ...starts
      .filter((v) => excess[v]! > 0)
      .slice(0, STARTS)
      .map((v) => reach(forward, v, nodes)),
    ...starts
      .filter((v) => excess[v]! < 0)
      .slice(0, STARTS)
      .map((v) => reach(backward, v, nodes).map((inside) => 1 - inside)),
  ]
  const seen = new Set<string>()
  const found = sides.flatMap((inside) => {
    const rows = rowsAcross(network.parent, inside)
    const violation = inside.reduce((sum, yes, v) => sum + yes * excess[v]!, 0)
    const name = `${inside[0]} ${rows.upper.join(' ')}/${rows.lower.join(' ')}`
    if (violation <= 0 || seen.has(name)) return []
    seen.add(name)
    return [{ inside, violation, ...rows }]
  })
  found.sort((a, b) => a.upper.length + a.lower.length - b.upper.length - b.lower.length)
  const first = found[0]
  if (first === undefined) throw new EngineError('solve/flow-cut', 'a flow got stuck without a cut')
  const few = found.filter(({ upper, lower }) => upper.length + lower.length === first.upper.length + first.lower.length).slice(0, COMPARED)
  const cuts = few.map(({ inside, violation, upper, lower }) => ({ violation, upper, lower, classes: classesOf(network, inside) }))
  return cuts.reduce((a, b) => (b.classes.length < a.classes.length ? b : a))
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

/** Nodes that pass their flow out of the set, and those that pass it in. */
function rowsAcross(parent: Int32Array, inside: Uint8Array): { readonly upper: readonly number[]; readonly lower: readonly number[] } {
  const upper: number[] = []
  const lower: number[] = []
  for (let v = 1; v < parent.length; v++) {
    if (inside[v] === 1 && inside[parent[v]!] === 0) upper.push(v)
    if (inside[v] === 0 && inside[parent[v]!] === 1) lower.push(v)
  }
  return { upper, lower }
}

/** Classes that cannot leave the set; or, where the root is in it, those that could leave it to help. */
function classesOf({ classes, size, start, node }: Network, inside: Uint8Array): number[] {
  const helpers = inside[0] === 1
  const found: number[] = []
  for (let c = 0; c < classes; c++) {
    if (size[c] === 0) continue
    let leads = false
    for (let j = start[c]!; j < start[c + 1]! && !leads; j++) leads = inside[node[j]!] === 0
    if (leads === helpers) found.push(c)
  }
  return found
}
