/**
 * Reads a Node-RED flow (4.x, and what older versions wrote) as one application: one automation per node that can start a message, its steps the nodes that
 * its messages can reach. Parts of the graph that no message reaches become automations that never start, with the cause. What is not modelled is listed.
 */
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Application, ThingAttribute } from '../../model/automation.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import { openParts } from './stored-whole.ts'
import { assemble } from './assemble.ts'
import { findBrokers, topicId } from './brokers.ts'
import { type FlowContext, missingId } from './context.ts'
import { type FlowNode, idsOf, labelOf, readFlowNodes, textOf } from './flow-nodes.ts'
import { expandFlow, type FlowGraph, type Missing } from './graph.ts'

export interface NodeRedOptions {
  /** The application's id. */
  readonly application: string
}

export function readNodeRedFlow(source: Source, options: NodeRedOptions): Read<BehaviourPart> {
  const nodes = readFlowNodes(source)
  if (!nodes.ok) return nodes
  const part = behaviourOfNodes(nodes.value, options)
  return part.ok
    ? { ...part, diagnostics: [...nodes.diagnostics, ...part.diagnostics] }
    : { ok: false, diagnostics: [...nodes.diagnostics, ...part.diagnostics] }
}

/** The behaviour of nodes that were read already, wherever they stood. */
export function behaviourOfNodes(nodes: readonly FlowNode[], { application }: NodeRedOptions): Read<BehaviourPart> {
  let graph: FlowGraph
  try {
    graph = expandFlow(nodes)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'formats/flow-too-large') throw error
    const diagnostic: Diagnostic = { code: error.code, severity: 'error', message: error.message, at: nodes[0]!.at }
    return { ok: false, diagnostics: [diagnostic] }
  }
  const readPaths = new Set<string>()
  for (;;) {
    // Which properties something reads is known when all nodes are read: then they are read again, until nothing is added.
    const before = readPaths.size
    const context = contextOf(application, graph, nodes, readPaths)
    const automations = openParts(assemble(context))
    if (readPaths.size === before) return { ok: true, value: partOf(context, automations), diagnostics: [] }
  }
}

function contextOf(application: string, graph: FlowGraph, nodes: readonly FlowNode[], readPaths: Set<string>): FlowContext {
  const brokers = findBrokers(application, graph)
  const context: FlowContext = {
    application,
    graph,
    brokers,
    attributes: new Map(),
    assumptions: new Set(brokers.assumptions),
    dangling: new Map(),
    readPaths,
    cleared: clearedNodes(graph),
    topicChanges: nodes.some(changesTopic),
  }
  for (const { broker, topic, published, subscribed } of brokers.topics) {
    const id = topicId(broker, topic)
    const at = graph.nodes.find(({ node }) => node.type.startsWith('mqtt ') && textOf(node.raw['topic']) === topic)?.node.at
    const attribute: ThingAttribute = {
      id,
      thing: id,
      type: { is: 'any' },
      role: published ? 'actuator' : 'sensor',
      outside: subscribed,
      delivery: 'message',
      restored: false,
      ...(at === undefined ? {} : { at }),
    }
    context.attributes.set(id, attribute)
    if (published && subscribed)
      context.assumptions.add(
        `\`${id}\` is published and subscribed: it is taken for an actuator that others write too, and subscribers get the value as it was published`,
      )
  }
  for (const missing of graph.missing) {
    const id = missingId(application, missing)
    context.dangling.set(id, { id, at: missing.node.at, text: missingText(missing) })
  }
  return context
}

function missingText({ node, what, id }: Missing): string {
  const label = labelOf(node)
  switch (what) {
    case 'wire':
      return `\`${label}\` is wired to \`${id}\`, which no node has as its id`
    case 'link-out':
      return `\`${label}\` links to \`${id}\`, which no node has as its id`
    case 'link-in':
      return `\`${label}\` expects messages from the link \`${id}\`, which no node has as its id`
    case 'link-call':
      return `\`${label}\` calls the link \`${id}\`, which no node has as its id`
    case 'subflow':
      return `\`${label}\` is an instance of the subflow \`${id}\`, which the flow does not define`
  }
}

/** Ids of the nodes that messages with the properties `reset` or `flush` can reach. */
function clearedNodes({ nodes, byId }: FlowGraph): ReadonlySet<string> {
  const found = new Set<string>()
  const ahead = nodes.filter(({ node }) => clears(node)).flatMap(({ outputs }) => outputs.flat())
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    const node = byId.get(id)
    if (node === undefined || found.has(id)) continue
    found.add(id)
    // A called link, and the way back from it, stand in no wire.
    const called = node.node.type === 'link call' ? idsOf(node.node.raw['links']) : []
    const returned =
      node.node.type === 'link out' && node.node.raw['mode'] === 'return' ? nodes.filter((one) => one.node.type === 'link call') : []
    ahead.push(...node.outputs.flat(), ...called, ...returned.flatMap(({ outputs }) => outputs.flat()))
  }
  return found
}

/** Whether a node can give messages the properties `reset` or `flush`. */
function clears({ type, raw }: FlowNode): boolean {
  const written = type === 'change' ? raw['rules'] : type === 'inject' ? raw['props'] : type === 'function' ? raw['func'] : undefined
  return /\b(reset|flush)\b/.test(JSON.stringify(written ?? ''))
}

/** Whether messages can have another topic behind the node than before it. */
function changesTopic({ type, raw }: FlowNode): boolean {
  if (type === 'change') return /"(topic|msg\.topic)"/.test(JSON.stringify(raw['rules'] ?? raw['property'] ?? ''))
  if (type === 'function') return /topic|return\s*\[?\s*\{/.test(textOf(raw['func']))
  return type === 'join' || type === 'split' || idsOf(raw['topics']).length > 0
}

function partOf(context: FlowContext, { automations, unmodelled }: ReturnType<typeof assemble>): BehaviourPart {
  const application: Application = {
    id: context.application,
    automations,
    unmodelled,
    dangling: [...context.dangling.values()],
  }
  for (const assumption of context.brokers.assumptions) context.assumptions.add(assumption)
  if (automations.some(({ steps }) => steps.length > 0))
    context.assumptions.add(
      `\`${context.application}\`: undefined, null and NaN are one value; a text is a number only where it is a decimal number`,
    )
  return { application, attributes: [...context.attributes.values()], exclusions: [], assumptions: [...context.assumptions] }
}
