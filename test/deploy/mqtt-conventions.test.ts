// The contract on the topics of others: Homie 5, Sparkplug B and device shadows, over Debian's mosquitto.
import { describe, expect, it } from 'vitest'
import { createMqttDeployer } from '../../src/deploy/mqtt/mqtt-deployer.ts'
import type { MqttLayout } from '../../src/deploy/mqtt/options.ts'
import { readSparkplug, writeSparkplug } from '../../src/deploy/mqtt/sparkplug-payload.ts'
import { connect } from '../../src/mqtt/connect.ts'
import { hasMosquitto, startMosquitto } from '../fixtures/mosquitto.ts'
import { startShadowService } from '../fixtures/fakes/shadow-service.ts'
import { homieDevice, shadowDevice, sparkplugDevice, startConventionDevices } from '../fixtures/mqtt-devices.ts'
import { batch, deployerContract, desire, type DeployWorld } from './contract.ts'

const skip = hasMosquitto ? false : 'skipped: needs mosquitto'

async function world(
  layout: MqttLayout,
  devices: readonly string[],
): Promise<DeployWorld & { readonly throttle: (count: number) => void }> {
  const mosquitto = await startMosquitto()
  const broker = { url: mosquitto.url }
  const service = layout.is === 'aws-shadow' ? await startShadowService(mosquitto.url, layout.prefix, layout.shadow) : undefined
  const begin =
    layout.is === 'homie'
      ? homieDevice(broker, layout.domain)
      : layout.is === 'sparkplug'
        ? sparkplugDevice(broker, layout.group)
        : layout.is === 'aws-shadow'
          ? shadowDevice(broker, layout.prefix, layout.shadow)
          : undefined
  const fleet = await startConventionDevices(devices, begin!)
  let count = 0
  const another = () => createMqttDeployer({ broker: { ...broker, clientId: `fleetproof-${count++}` }, layout, answerMilliseconds: 1000 })
  const deployer = await another()
  return {
    ...fleet,
    deployer,
    another,
    devices,
    throttle: (refused) => service?.throttle(refused),
    close: async () => {
      await deployer.close()
      await fleet.close()
      await service?.close()
      await mosquitto.remove()
    },
  }
}

const classes = { fails: 'retryable', rejects: 'rejected' } as const
const homie: MqttLayout = { is: 'homie', domain: 'homie' }
const sparkplug: MqttLayout = { is: 'sparkplug', group: 'plant', host: 'fleetproof' }
const shadow: MqttLayout = { is: 'aws-shadow', prefix: 'things', shadow: 'fleetproof' }

deployerContract({ name: 'mqtt, Homie 5', classes, knowsDevices: false, skip, start: () => world(homie, ['lamp-1', 'lamp-2', 'lamp-3']) })
deployerContract({
  name: 'mqtt, Sparkplug B',
  classes,
  knowsDevices: false,
  skip,
  start: () => world(sparkplug, ['line-1', 'line-2', 'line-3']),
})
deployerContract({
  name: 'mqtt, Sparkplug B devices behind a node',
  classes,
  knowsDevices: false,
  skip,
  start: () => world(sparkplug, ['cell/a', 'cell/b', 'cell/c']),
})
deployerContract({
  name: 'mqtt, device shadows (fake service)',
  classes,
  knowsDevices: false,
  skip,
  start: () => world(shadow, ['thing-1', 'thing_2', 'thing:3']),
})

describe.skipIf(!hasMosquitto)('device shadows', () => {
  it('say that a throttled update may be tried again, and that a document too large never is', async () => {
    const one = await world(shadow, ['thing-1', 'thing-2'])
    try {
      one.throttle(1)
      expect(await one.deployer.apply(batch([desire('thing-1', 1)]))).toMatchObject([{ is: 'failed', class: 'retryable', why: /429/ }])
      const large = { outcome: 'variant', variant: 'eco', settings: { text: 'x'.repeat(9000) } } as const
      const answers = await one.deployer.apply(batch([desire('thing-1', 2), desire('thing-2', 2, large), desire('a thing', 2)]))
      expect(answers.map((answer) => [answer.is, 'class' in answer ? answer.class : ''])).toEqual([
        ['held', ''],
        ['failed', 'rejected'],
        ['failed', 'rejected'],
      ])
    } finally {
      await one.close()
    }
  })
})

describe.skipIf(!hasMosquitto)('a thing that reports whenever somebody asks for its shadow', () => {
  it('is told all the same, once, and a newer state of somebody else is never written over', async () => {
    const mosquitto = await startMosquitto()
    const service = await startShadowService(mosquitto.url, 'things', 'fleetproof')
    const thing = await connect({ url: mosquitto.url, clientId: 'restless' })
    const base = 'things/restless/shadow/name/fleetproof'
    const report = (): void =>
      void thing.publish({ topic: `${base}/update`, payload: '{"state":{"reported":{"is":"{}"}}}', qos: 1, retain: false })
    const told: string[] = []
    await thing.subscribe(`${base}/get/accepted`, report)
    await thing.subscribe(`${base}/update/delta`, ({ payload }) => void told.push(Buffer.from(payload).toString()))
    report()
    const deployer = await createMqttDeployer({
      broker: { url: mosquitto.url, clientId: 'executor' },
      layout: shadow,
      answerMilliseconds: 2000,
    })
    try {
      expect(await deployer.apply(batch([desire('restless', 5)]))).toEqual([{ device: 'restless', is: 'held' }])
      await expect.poll(() => told.length).toBe(1)
      expect(await deployer.apply(batch([desire('restless', 4)]))).toEqual([{ device: 'restless', is: 'already' }])
      expect(await deployer.withdraw(batch([desire('restless', 5)]))).toEqual([{ device: 'restless', is: 'withdrawn' }])
      expect(told.length).toBe(1)
    } finally {
      await deployer.close()
      await thing.end()
      await service.close()
      await mosquitto.remove()
    }
  })
})

describe('Sparkplug payloads', () => {
  it('have the bytes of the published schema', () => {
    const bytes = writeSparkplug({
      timestamp: 300,
      seq: 2,
      metrics: [
        { name: 'a', alias: 5, value: 'hi' },
        { name: 'b', value: true },
        { name: 'c', value: 1.5 },
      ],
    })
    expect(Buffer.from(bytes).toString('hex')).toBe(
      [
        '08ac02',
        '120e',
        '0a0161',
        '1005',
        '18ac02',
        '200c',
        '7a026869',
        '120a',
        '0a0162',
        '18ac02',
        '200b',
        '7001',
        '1211',
        '0a0163',
        '18ac02',
        '200a',
        '69000000000000f83f',
        '1802',
      ].join(''),
    )
  })

  it('come back as they were, and broken ones are none', () => {
    const payload = {
      timestamp: 1_700_000_000_000,
      seq: 255,
      metrics: [
        { name: 'ü', value: 'x' },
        { alias: 9, value: 2 ** 40 },
        { name: 'n', value: -3 },
        { name: 'd', value: 0.25 },
        { name: 'z', value: null },
        { name: 'f', value: false },
      ],
    }
    const bytes = writeSparkplug(payload)
    expect(readSparkplug(bytes)).toEqual(payload)
    expect(readSparkplug(bytes.subarray(0, bytes.length - 1))).toBeUndefined()
    expect(readSparkplug(Uint8Array.from([0xff, 0xff, 0xff]))).toBeUndefined()
    expect(readSparkplug(Buffer.from('{"not":"protobuf"}'))).toBeUndefined()
  })
})
