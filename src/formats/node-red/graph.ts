/** The graph that Node-RED runs: subflow instances expanded, disabled parts dropped, links turned into wires, configurations set apart. */
import { EngineError } from '../../diagnostics/engine-error.ts'
import { type FlowNode, idsOf, textOf } from './flow-nodes.ts'
import { environmentOf, type Scope } from './scope.ts'

export interface GraphNode {
  /** The node's id, after the ids of the instances that it stands in: `instance/node`. */
  readonly id: string
  readonly node: FlowNode
  readonly scope: Scope
  /** Per output the nodes that receive its messages, in order. */
  readonly outputs: readonly (readonly string[])[]
  /** The definition, where the node exists only in a subflow that nothing instantiates. */
  readonly phantom: FlowNode | undefined
}

/** A name that nothing carries: the target of a wire or link, the other end of a link, a subflow. */
export interface Missing {
  readonly from: string
  readonly node: FlowNode
  readonly what: 'wire' | 'link-out' | 'link-in' | 'link-call' | 'subflow'
  readonly id: string
}

export interface FlowGraph {
  /** In the order in which Node-RED creates them. */
  readonly nodes: readonly GraphNode[]
  readonly byId: ReadonlyMap<string, GraphNode>
  readonly configurations: ReadonlyMap<string, FlowNode>
  readonly missing: readonly Missing[]
  /** Subflows that nothing instantiates, with the nodes that their input would reach. */
  readonly uninstantiated: readonly { readonly definition: FlowNode; readonly entry: readonly string[] }[]
}

/** Subflows inside subflows can double at each level. */
const MAXIMUM_NODES = 100_000

interface Expansion {
  readonly all: ReadonlyMap<string, FlowNode>
  readonly definitions: ReadonlyMap<string, FlowNode>
  readonly within: ReadonlyMap<string, readonly FlowNode[]>
  readonly linked: ReadonlyMap<string, readonly string[]>
  readonly disabled: (node: FlowNode) => boolean
  readonly nodes: GraphNode[]
  readonly missing: Map<string, Missing>
  readonly instantiated: Set<string>
}

/** Where wires of one container lead: `prefix` for its own nodes, `outside` maps an output of the subflow to wires around it. */
interface Container {
  readonly z: string
  readonly prefix: string
  readonly scope: Scope
  readonly phantom: FlowNode | undefined
  /** Per node and port, what is wired to the outputs of the subflow. */
  readonly leaving: ReadonlyMap<string, readonly string[]>
  readonly ancestors: readonly string[]
}

/** The expanded graph. Throws `formats/flow-too-large` where subflows multiply beyond what can be read. */
export function expandFlow(list: readonly FlowNode[]): FlowGraph {
  const all = new Map(list.map((node) => [node.id, node]))
  const definitions = new Map(list.filter(({ type }) => type === 'subflow').map((node) => [node.id, node]))
  const tabs = list.filter(({ type }) => type === 'tab')
  const disabledTabs = new Set(tabs.filter(({ raw }) => raw['disabled'] === true).map(({ id }) => id))
  const disabled = (node: FlowNode): boolean => node.raw['d'] === true || (node.z !== undefined && disabledTabs.has(node.z))
  const runs = list.filter(isRunning)
  const within = new Map<string, FlowNode[]>()
  for (const node of runs) {
    const z = node.z ?? ''
    const there = within.get(z)
    if (there === undefined) within.set(z, [node])
    else there.push(node)
  }
  const expansion: Expansion = {
    all,
    definitions,
    within,
    linked: linkWires(runs),
    disabled,
    nodes: [],
    missing: new Map(),
    instantiated: new Set(),
  }
  const global = list.find(({ type }) => type === 'global-config')
  // Flows that were exported without their tab stand in containers that the file does not define.
  const containers = [...new Set([...tabs.map(({ id }) => id), ...within.keys()])].filter((z) => !definitions.has(z))
  for (const z of containers) {
    const tab = all.get(z)
    const scope: Scope = {
      id: z,
      name: tab === undefined ? z : textOf(tab.raw['label']),
      parent: undefined,
      environment: [...environmentOf(global), ...environmentOf(tab)],
    }
    expand(expansion, { z, prefix: '', scope, phantom: undefined, leaving: new Map(), ancestors: [] })
  }
  const uninstantiated = [...definitions.values()]
    .filter(({ id }) => !expansion.instantiated.has(id))
    .filter((definition) => !onlyInside(definition.id, expansion))
    .map((definition) => {
      const scope: Scope = { id: definition.id, name: definition.name, parent: undefined, environment: environmentOf(definition) }
      const container = {
        z: definition.id,
        prefix: `${definition.id}/`,
        scope,
        phantom: definition,
        leaving: new Map(),
        ancestors: [definition.id],
      }
      expand(expansion, container)
      return { definition, entry: inputsOf(definition).flatMap(({ id }) => target(expansion, container, definition, 'wire', id)) }
    })
  return {
    nodes: expansion.nodes,
    byId: new Map(expansion.nodes.map((node) => [node.id, node])),
    configurations: new Map(list.filter((node) => !isRunning(node)).map((node) => [node.id, node])),
    missing: [...expansion.missing.values()],
    uninstantiated,
  }
}

/** Whether a definition has instances, but only in definitions that nothing instantiates: it is expanded there. A circle of such begins with its first. */
function onlyInside(id: string, expansion: Expansion): boolean {
  const order = [...expansion.definitions.keys()]
  return [...expansion.within].some(
    ([z, nodes]) =>
      z !== id &&
      expansion.definitions.has(z) &&
      !expansion.instantiated.has(z) &&
      (order.indexOf(z) < order.indexOf(id) || !reaches(id, z, expansion)) &&
      nodes.some((node) => node.type === `subflow:${id}` && !expansion.disabled(node)),
  )
}

function reaches(from: string, to: string, { within }: Expansion): boolean {
  const seen = new Set<string>()
  const ahead = [from]
  for (let z = ahead.pop(); z !== undefined; z = ahead.pop()) {
    if (z === to) return true
    if (seen.has(z)) continue
    seen.add(z)
    for (const { type } of within.get(z) ?? []) if (type.startsWith('subflow:')) ahead.push(type.slice('subflow:'.length))
  }
  return false
}

/** What Node-RED runs as a node: the editor has a place for it. Configurations, tabs and groups are none. */
function isRunning({ type, raw }: FlowNode): boolean {
  if (type === 'tab' || type === 'subflow' || type === 'group' || type === 'global-config') return false
  return Array.isArray(raw['wires']) || ('x' in raw && 'y' in raw)
}

/** Wires of `link out` nodes: either end may name the other. Keys of plain objects, as in Node-RED, decide the order. */
function linkWires(nodes: readonly FlowNode[]): ReadonlyMap<string, readonly string[]> {
  const wires = new Map<string, Record<string, true>>()
  const add = (from: string, to: string): void => {
    let links = wires.get(from)
    if (links === undefined) wires.set(from, (links = Object.create(null) as Record<string, true>))
    links[to] = true
  }
  for (const { id, type, raw } of nodes) {
    if (type === 'link in') for (const other of idsOf(raw['links'])) add(other, id)
    if (type === 'link out' && raw['mode'] !== 'return') for (const other of idsOf(raw['links'])) add(id, other)
  }
  return new Map([...wires].map(([id, links]) => [id, Object.keys(links)]))
}

function expand(expansion: Expansion, container: Container): void {
  for (const node of expansion.within.get(container.z) ?? []) {
    if (expansion.disabled(node)) continue
    if (expansion.nodes.length >= MAXIMUM_NODES)
      throw new EngineError('formats/flow-too-large', `the subflows expand to more than ${MAXIMUM_NODES} nodes`)
    const id = container.prefix + node.id
    const { scope, phantom } = container
    if (node.type.startsWith('subflow:')) expandInstance(expansion, container, node)
    else expansion.nodes.push({ id, node, scope, phantom, outputs: outputsOf(expansion, container, node) })
    if (node.type === 'link in') noteLinks(expansion, container, node)
  }
}

function outputsOf(expansion: Expansion, container: Container, node: FlowNode): readonly (readonly string[])[] {
  if (node.type === 'link out' && node.raw['mode'] !== 'return') {
    const ends = expansion.linked.get(node.id) ?? []
    return [[...ends.flatMap((id) => target(expansion, container, node, 'link-out', id)), ...(container.leaving.get(`${node.id} 0`) ?? [])]]
  }
  const wires: readonly unknown[] = Array.isArray(node.raw['wires']) ? node.raw['wires'] : []
  const ports = [...container.leaving.keys()]
    .filter((key) => key.startsWith(`${node.id} `))
    .map((key) => Number(key.slice(node.id.length + 1)) + 1)
  const called = node.type === 'link call' && node.raw['linkType'] !== 'dynamic' ? idsOf(node.raw['links']) : []
  for (const id of called) target(expansion, container, node, 'link-call', id)
  return Array.from({ length: Math.max(wires.length, ...ports) }, (_, port) => [
    ...idsOf(wires[port]).flatMap((id) => target(expansion, container, node, 'wire', id)),
    ...(container.leaving.get(`${node.id} ${port}`) ?? []),
  ])
}

function target(expansion: Expansion, container: Container, from: FlowNode, what: Missing['what'], id: string): readonly string[] {
  const node = expansion.all.get(id)
  if (node === undefined) {
    const key = `${container.prefix}${from.id} ${what} ${id}`
    expansion.missing.set(key, { from: container.prefix + from.id, node: from, what, id })
    return []
  }
  if (expansion.disabled(node) || !isRunning(node)) return []
  if (node.z === container.z || (node.z === undefined && container.prefix === '')) return [container.prefix + id]
  return node.z !== undefined && expansion.definitions.has(node.z) ? [] : [id]
}

/** A `link in` names where its messages come from: what is not there dangles. */
function noteLinks(expansion: Expansion, container: Container, node: FlowNode): void {
  for (const id of idsOf(node.raw['links'])) {
    if (!expansion.all.has(id)) {
      expansion.missing.set(`${container.prefix}${node.id} link-in ${id}`, { from: container.prefix + node.id, node, what: 'link-in', id })
    }
  }
}

interface Port {
  readonly id: string
  readonly port: number
}

function portsOf(listed: unknown): readonly (readonly Port[])[] {
  if (!Array.isArray(listed)) return []
  return (listed as readonly unknown[]).map((item) => {
    const wires: unknown = typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>)['wires'] : undefined
    if (!Array.isArray(wires)) return []
    return (wires as readonly unknown[]).flatMap((wire) => {
      const { id, port } = (typeof wire === 'object' && wire !== null ? wire : {}) as Readonly<Record<string, unknown>>
      return typeof id === 'string' ? [{ id, port: typeof port === 'number' ? port : 0 }] : []
    })
  })
}

const inputsOf = (definition: FlowNode): readonly Port[] => portsOf(definition.raw['in'])[0] ?? []

function expandInstance(expansion: Expansion, container: Container, node: FlowNode): void {
  const definitionId = node.type.slice('subflow:'.length)
  const definition = expansion.definitions.get(definitionId)
  const { scope, phantom } = container
  const id = container.prefix + node.id
  const around = outputsOf(expansion, container, node)
  if (definition === undefined || container.ancestors.includes(definitionId)) {
    if (definition === undefined) expansion.missing.set(`${id} subflow`, { from: id, node, what: 'subflow', id: definitionId })
    expansion.nodes.push({ id, node, scope, phantom, outputs: around })
    return
  }
  if (phantom === undefined) expansion.instantiated.add(definitionId)
  const leaving = new Map<string, readonly string[]>()
  portsOf(definition.raw['out']).forEach((ports, output) => {
    for (const port of ports) {
      const key = `${port.id} ${port.port}`
      leaving.set(key, [...(leaving.get(key) ?? []), ...(around[output] ?? [])])
    }
  })
  const inner: Container = {
    z: definitionId,
    prefix: `${id}/`,
    scope: { id, name: node.name || definition.name, parent: scope, environment: [...environmentOf(definition), ...environmentOf(node)] },
    phantom,
    leaving,
    ancestors: [...container.ancestors, definitionId],
  }
  const entering = inputsOf(definition).flatMap((port) => target(expansion, inner, definition, 'wire', port.id))
  expansion.nodes.push({ id, node, scope, phantom, outputs: [[...entering, ...(leaving.get(`${definitionId} 0`) ?? [])]] })
  expand(expansion, inner)
}
