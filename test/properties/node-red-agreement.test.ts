/** The interpreter publishes what real Node-RED publishes, message for message, on random flows over the nodes that are modelled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNodeRed, type FlowUnderTest, type NodeRed } from '../oracle/node-red-runtime.ts'
import { randomFlow, type RandomFlow } from '../oracle/node-red-flows.ts'
import { playFlow } from '../oracle/node-red-interpreter.ts'

const seed = 1
const [flows, batch] = process.env['FLEETPROOF_LONG'] === '1' ? [1000, 100] : [40, 40]

let nodeRed: NodeRed
beforeAll(async () => {
  nodeRed = await startNodeRed()
})
afterAll(() => nodeRed.stop())

/** MQTT nodes become junctions, at which messages are handed in and seen to arrive. */
function underTest({ nodes, events }: RandomFlow): FlowUnderTest {
  const mqtt = nodes.filter(({ type }) => type === 'mqtt in' || type === 'mqtt out')
  const idOf = (topic: string): string => String(mqtt.find((node) => node['topic'] === topic)!['id'])
  return {
    nodes: nodes.filter(({ type }) => type !== 'mqtt-broker').map((node) => (mqtt.includes(node) ? { ...node, type: 'junction' } : node)),
    publishing: mqtt.filter(({ type }) => type === 'mqtt out').map(({ id }) => String(id)),
    events: events.map((event) =>
      'after' in event
        ? event
        : { node: idOf(event.topic), message: { topic: event.topic, payload: event.payload, qos: 0, retain: false } },
    ),
  }
}

/** Numbers of Node-RED are doubles, those of the interpreter exact. */
const rounded = (value: unknown): unknown => (typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value)
const line = (name: string, value: unknown): string => `${name.slice(-2)}=${JSON.stringify(rounded(value) ?? null)}`

describe('Node-RED itself', () => {
  it(`agrees on ${flows} flows`, async () => {
    let compared = 0
    let published = 0
    for (let first = 0; first < flows; first += batch) {
      const made = Array.from({ length: batch }, (_, index) => randomFlow(seed, first + index))
      const outcomes = await nodeRed.run(made.map(underTest))
      made.forEach((flow, index) => {
        const played = playFlow(flow)
        if (played.unmodelled.length > 0) return
        compared++
        const ours = played.published.map((writes) => writes.map(([topic, value]) => line(topic, value)))
        const theirs = outcomes[index]!.published.map((messages) => messages.map(([id, payload]) => line(id, payload)))
        published += theirs.flat().length
        expect(ours, JSON.stringify(flow)).toEqual(theirs)
      })
    }
    // Nothing is shown by flows that are skipped or silent.
    expect(compared).toBeGreaterThan(flows * 0.95)
    expect(published).toBeGreaterThan(flows * 5)
  }, 600_000)
})
