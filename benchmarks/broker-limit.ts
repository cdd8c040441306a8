// What Debian's mosquitto itself can do: retained messages at QoS 1, of the sizes that a rollout has, from one raw connection to another.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { desiredText } from '../src/deploy/document.ts'
import { revisionText } from '../src/model/revision.ts'
import { startMosquitto } from '../test/fixtures/mosquitto.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { rawLine, type RawMessage } from './raw-mqtt.ts'

/** How a broker is set up for rollouts: as many messages under way as a connection may have. */
export const brokerLines: readonly string[] = ['max_inflight_messages 2000', 'set_tcp_nodelay true']

const WINDOW = 1000

/** The messages of a rollout on so many devices: for each its desired state, and `reports` words of its own. */
export function rolloutMessages(devices: number, reports: number, prefix: string): readonly RawMessage[] {
  const revision = { release: 'ab'.repeat(32), execution: 1 }
  const is = { outcome: 'variant', variant: 'comfort-edge', settings: { level: 2, mode: 'low', night: true } } as const
  const status = JSON.stringify({
    seen: revisionText(revision),
    runs: { revision: revisionText(revision), ...is, verified: true },
    at: 1_700_000_000_000,
  })
  return Array.from({ length: devices }, (_, index) => {
    const topic = `${prefix}/devices/sim-${String(index).padStart(5, '0')}`
    const desired: RawMessage = { topic: `${topic}/desired`, payload: desiredText({ device: '', revision, is }), retain: true }
    return [desired, ...Array.from({ length: reports }, () => ({ topic: `${topic}/reported`, payload: status, retain: true }))]
  }).flat()
}

/** Messages a second, published, kept and delivered, by the broker that listens there. */
export async function measureBrokerLimit(port: number, messages: readonly RawMessage[], filter: string): Promise<number> {
  const from = await rawLine(port, 'limit-from')
  const to = await rawLine(port, 'limit-to')
  try {
    const { all } = await to.receive(filter, messages.length)
    const begun = performance.now()
    const [delivered, acknowledged] = await Promise.all([all, from.publish(messages, WINDOW)])
    return (messages.length * 1000) / (Math.max(delivered, acknowledged) - begun)
  } finally {
    from.end()
    to.end()
  }
}

/**
 * As a rollout has it, with nothing around the broker: one process tells so many devices their desired states, a second one answers for them over 8 connections with two
 * reports each, and the first one hears these over another connection. Messages a second of both sorts.
 */
export async function measureRolloutLimit(port: number, devices: number, prefix: string): Promise<number> {
  const loader = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href
  const child = spawn(process.execPath, ['--import', loader, resolve('benchmarks/raw-fleet.ts'), String(port), String(devices), prefix], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const from = await rawLine(port, `${prefix}-from`)
  const to = await rawLine(port, `${prefix}-to`)
  try {
    await once(child.stdout, 'data')
    const messages = rolloutMessages(devices, 0, prefix)
    const { all } = await to.receive(`${prefix}/devices/+/reported`, 2 * devices)
    const begun = performance.now()
    const [delivered, acknowledged] = await Promise.all([all, from.publish(messages, WINDOW)])
    return (3 * devices * 1000) / (Math.max(delivered, acknowledged) - begun)
  } finally {
    from.end()
    to.end()
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
}

export async function brokerLimit({ runs }: BenchmarkOptions): Promise<BenchmarkResult> {
  const devices = 10_000
  const messages = rolloutMessages(devices, 2, 'limit')
  const rates: number[] = []
  for (let run = 0; run < runs; run++) {
    const broker = await startMosquitto({ lines: brokerLines })
    rates.push(await measureBrokerLimit(broker.port, messages, 'limit/#').finally(broker.remove))
  }
  const rate = median(rates)
  const bytes = messages.reduce((sum, message) => sum + message.topic.length + message.payload.length, 0)
  return {
    ratio: 1,
    milliseconds: (messages.length * 1000) / rate,
    memoryMiB: process.memoryUsage().rss / 2 ** 20,
    details: {
      messagesPerSecond: Math.round(rate),
      all: rates.map(Math.round),
      messages: messages.length,
      bytesEach: Math.round(bytes / messages.length),
      window: WINDOW,
    },
  }
}
