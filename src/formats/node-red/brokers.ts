/** Which broker an MQTT node speaks to, and which of its topics are published, subscribed or both. */
import type { FlowGraph, GraphNode } from './graph.ts'
import { type FlowNode, textOf } from './flow-nodes.ts'
import { substituted } from './scope.ts'

export interface Brokers {
  /** The broker's name, or why there is none. */
  readonly of: (node: GraphNode) => { readonly name: string } | { readonly missing: string }
  readonly topics: readonly { readonly broker: string; readonly topic: string; readonly published: boolean; readonly subscribed: boolean }[]
  /** Sentences about what was taken for granted. */
  readonly assumptions: readonly string[]
}

const EMBEDDED = new Set(['mosca in', 'aedes broker', 'aedes-broker'])
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', ''])

export const topicId = (broker: string, topic: string): string => `mqtt:${broker}/${topic}`

export const isPattern = (topic: string): boolean => /(^|\/)(\+|#)(\/|$)/.test(topic)

/** Whether an MQTT subscription pattern matches a topic; `$SYS` and its like are matched only by name (MQTT 5.0, section 4.7). */
export function matches(pattern: string, topic: string): boolean {
  const shared = /^\$share\/[^/]+\/(.*)$/s.exec(pattern)
  const wanted = (shared?.[1] ?? pattern).split('/')
  const levels = topic.split('/')
  if (levels[0]!.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}

export function findBrokers(application: string, graph: FlowGraph): Brokers {
  const embedded = graph.nodes.filter(({ node, phantom }) => EMBEDDED.has(node.type) && phantom === undefined)
  const ports = new Set(embedded.map(({ node }) => textOf(node.raw['mqtt_port']) || '1883'))
  const assumptions = new Set<string>()
  const of: Brokers['of'] = (node) => {
    const id = textOf(node.node.raw['broker'])
    const configuration = graph.configurations.get(id)
    if (configuration === undefined) return { missing: id }
    const { host, port } = addressOf(configuration, node)
    if (LOOPBACK.has(host) && ports.has(port)) {
      assumptions.add(`the broker at ${host}:${port} of \`${application}\` is the one that it embeds, called \`${application}\``)
      return { name: application }
    }
    const name = `${host}:${port}`
    assumptions.add(`\`${application}\` speaks to the broker called \`${name}\``)
    return { name }
  }
  const topics = new Map<string, { broker: string; topic: string; published: boolean; subscribed: boolean }>()
  for (const node of graph.nodes) {
    const { type } = node.node
    if (type !== 'mqtt in' && type !== 'mqtt out') continue
    const broker = of(node)
    const topic = substituted(node.scope, textOf(node.node.raw['topic']))
    if ('missing' in broker || topic === undefined || topic === '' || isPattern(topic)) continue
    const id = topicId(broker.name, topic)
    const known = topics.get(id) ?? { broker: broker.name, topic, published: false, subscribed: false }
    topics.set(id, {
      ...known,
      published: known.published || type === 'mqtt out',
      subscribed: known.subscribed || type === 'mqtt in',
    })
  }
  for (const broker of choosing(graph, of)) {
    // A message may choose each topic that the flow names.
    const named = [...topics.values()].filter((one) => one.broker === broker).map(({ topic }) => topic)
    for (const topic of new Set([...named, ...constantTopics(graph)])) {
      const id = topicId(broker, topic)
      topics.set(id, { broker, topic, subscribed: topics.get(id)?.subscribed ?? false, published: true })
    }
  }
  return {
    of,
    topics: [...topics.values()],
    get assumptions() {
      return [...assumptions]
    },
  }
}

/** Brokers to which some node publishes with the topic that its message holds. */
function choosing(graph: FlowGraph, of: Brokers['of']): ReadonlySet<string> {
  const found = new Set<string>()
  for (const node of graph.nodes) {
    const broker = of(node)
    if (node.node.type === 'mqtt out' && textOf(node.node.raw['topic']) === '' && !('missing' in broker)) found.add(broker.name)
  }
  return found
}

/** Topics that nodes other than MQTT nodes give to messages as constants. */
function constantTopics(graph: FlowGraph): readonly string[] {
  const topics = graph.nodes.flatMap(({ node: { type, raw } }) => {
    if (type === 'inject' || type.startsWith('ui_')) return [textOf(raw['topic'])]
    const rules: readonly unknown[] = type === 'change' && Array.isArray(raw['rules']) ? (raw['rules'] as readonly unknown[]) : []
    return rules.flatMap((item) => {
      const { t, p, pt, to, tot } = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>
      return t === 'set' && p === 'topic' && (pt ?? 'msg') === 'msg' && (tot ?? 'str') === 'str' ? [textOf(to)] : []
    })
  })
  return [...new Set(topics)].filter((topic) => topic !== '' && !isPattern(topic))
}

function addressOf(configuration: FlowNode, node: GraphNode): { readonly host: string; readonly port: string } {
  const written = textOf(configuration.raw['broker'])
  const address = substituted(node.scope, written) ?? written
  const port = substituted(node.scope, textOf(configuration.raw['port'])) ?? textOf(configuration.raw['port'])
  const url = /^([a-z]+):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]+)(?::(\d+))?/i.exec(address)
  if (url !== null) return { host: url[2]!.toLowerCase(), port: url[3] ?? (port || (url[1] === 'mqtts' ? '8883' : '1883')) }
  return { host: address.trim().toLowerCase(), port: port || (configuration.raw['usetls'] === true ? '8883' : '1883') }
}
