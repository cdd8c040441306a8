/**
 * Sparkplug B: a device is an edge node `NODE` or a device behind one, `NODE/DEVICE`, of one group. Commands are NCMD and DCMD with the text metric
 * `fleetproof/desired`; births and data carry the text metric `fleetproof/reported`. Commands are QoS 0 and not retained, as the standard asks.
 */
import { topicLevel } from '../../mqtt/topic-filter.ts'
import type { MqttMessage } from '../../mqtt/message.ts'
import type { DeviceReport } from '../deployer.ts'
import { desiredText, readStatus } from '../document.ts'
import type { FleetingEvent, FleetingLayout } from './fleeting-layout.ts'
import { readSparkplug, writeSparkplug, type SparkplugMetric, type SparkplugPayload } from './sparkplug-payload.ts'

interface NodeMemory {
  /** Tells an old death from that of the present birth. */
  bdSeq: number | bigint | undefined
  /** Names by alias: of the node and of the devices behind it. */
  readonly aliases: Map<string, Map<number, string>>
  readonly devices: Set<string>
}

/** `host`: the executor's name as a host application. `now`: milliseconds since 1970. */
export function sparkplugLayout(group: string, host: string, now: () => number): FleetingLayout {
  const root = `spBv1.0/${group}/`
  const nodes = new Map<string, NodeMemory>()
  const command = (device: string, metric: SparkplugMetric): MqttMessage => {
    const [node, behind] = device.split('/') as [string, string | undefined]
    const topic = behind === undefined ? `${root}NCMD/${node}` : `${root}DCMD/${node}/${behind}`
    return { topic, payload: writeSparkplug({ timestamp: now(), metrics: [metric] }), qos: 0, retain: false }
  }
  const since = now()
  const presence = (online: boolean): MqttMessage => ({
    topic: `spBv1.0/STATE/${host}`,
    payload: JSON.stringify({ online, timestamp: since }),
    qos: 1,
    retain: true,
  })
  return {
    name: 'mqtt-sparkplug',
    refusal: (device) =>
      /^[^/+#$\s]+(\/[^/+#$\s]+)?$/.test(device)
        ? undefined
        : 'a Sparkplug name is `NODE` or `NODE/DEVICE`, without `+`, `#`, `$` and blanks',
    command: (state) => command(state.device, { name: 'fleetproof/desired', value: desiredText(state) }),
    filters: ['NBIRTH/+', 'NDEATH/+', 'NDATA/+', 'DBIRTH/+/+', 'DDEATH/+/+', 'DDATA/+/+'].map((part) => root + part),
    read: (topic, bytes) => {
      const [kind, node, behind] = topic.startsWith(root) ? topic.slice(root.length).split('/') : []
      const payload = readSparkplug(bytes)
      if (kind === undefined || node === undefined || payload === undefined) return []
      return eventsOf(kind, node, behind, payload, nodes)
    },
    // A node answers with the births of itself and of all devices behind it.
    ask: { is: 'request', message: (device) => command(device.split('/')[0]!, { name: 'Node Control/Rebirth', value: true }) },
    presence: { here: presence(true), gone: presence(false) },
    fence: (client) => `spBv1.0/STATE/${topicLevel(host)}-${topicLevel(client)}-fence`,
  }
}

function eventsOf(
  kind: string,
  node: string,
  behind: string | undefined,
  payload: SparkplugPayload,
  nodes: Map<string, NodeMemory>,
): readonly FleetingEvent[] {
  const device = behind === undefined ? node : `${node}/${behind}`
  const memory = nodes.get(node) ?? { bdSeq: undefined, aliases: new Map<string, Map<number, string>>(), devices: new Set<string>() }
  nodes.set(node, memory)
  switch (kind) {
    case 'NBIRTH':
      memory.bdSeq = bdSeqOf(payload)
      memory.aliases.clear()
      learnAliases(memory, device, payload)
      return [...born(device), ...said(memory, device, payload)]
    case 'DBIRTH':
      memory.devices.add(device)
      learnAliases(memory, device, payload)
      return [...born(device), ...said(memory, device, payload)]
    case 'NDATA':
    case 'DDATA':
      return said(memory, device, payload)
    case 'DDEATH':
      return [{ device, is: 'alive', alive: false }]
    case 'NDEATH': {
      const of = bdSeqOf(payload)
      if (memory.bdSeq !== undefined && of !== undefined && of !== memory.bdSeq) return []
      return [device, ...memory.devices].map((dead) => ({ device: dead, is: 'alive', alive: false }))
    }
    default:
      return []
  }
}

function born(device: string): readonly FleetingEvent[] {
  return [
    { device, is: 'alive', alive: true },
    { device, is: 'back' },
  ]
}

function bdSeqOf({ metrics }: SparkplugPayload): number | bigint | undefined {
  const value = metrics.find((metric) => metric.name === 'bdSeq')?.value
  return typeof value === 'number' || typeof value === 'bigint' ? value : undefined
}

function learnAliases({ aliases }: NodeMemory, device: string, { metrics }: SparkplugPayload): void {
  const names = new Map<number, string>()
  for (const { name, alias } of metrics) if (name !== undefined && alias !== undefined) names.set(alias, name)
  aliases.set(device, names)
}

function said({ aliases }: NodeMemory, device: string, { metrics }: SparkplugPayload): readonly DeviceReport[] {
  const names = aliases.get(device)
  return metrics.flatMap(({ name, alias, value }) => {
    const called = name ?? (alias === undefined ? undefined : names?.get(alias))
    return called === 'fleetproof/reported' && typeof value === 'string' ? readStatus(device, value) : []
  })
}
