// Contexts that come in, over MQTT and as uploads: none is lost, and what they change is proposed, never applied.
import { readFileSync } from 'node:fs'
import { connect as connectMqtt } from 'mqtt'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batcher } from '../../src/service/ingest/batcher.ts'
import { proposer } from '../../src/service/ingest/proposer.ts'
import { targetUpdate } from '../../src/service/ingest/target-update.ts'
import { thingUpdate } from '../../src/service/ingest/thing-update.ts'
import { twinUpdate } from '../../src/service/ingest/twin-update.ts'
import { hasMosquitto, startMosquitto, type Mosquitto } from '../fixtures/mosquitto.ts'
import { runService, startTime, type Caller, type TestService } from './running.ts'

const long = process.env['FLEETPROOF_LONG'] === '1'
const [CLIENTS, UPDATES] = long ? [1000, 100_000] : [50, 2500]

describe('a batcher', () => {
  it('keeps what comes meanwhile together, and tells each one what became of it', async () => {
    const batches: number[][] = []
    const batch = batcher<number>(3, async (items) => {
      batches.push([...items])
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (items.includes(6)) throw new Error('six')
    })
    const kept = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((item) => batch.add(item)))
    await batch.drain()
    expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    expect(kept.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, false, false, false, true])
  })
})

describe('a proposer', () => {
  it('goes on when what came meanwhile was looked at before its own time to gather was over', async () => {
    const asked: string[] = []
    let first: (() => void) | undefined
    // Nothing stands for these fleets, so that looking at one ends at once; but for the first, which waits.
    const get = async (_: string, __: string, fleet: string): Promise<undefined> => {
      asked.push(fleet)
      if (fleet === 'first') await new Promise<void>((resolve) => (first = resolve))
    }
    const waits = 20
    const made = { store: { documents: { get } }, log: pino({ enabled: false }), clock: () => 0, gather: waits }
    const proposals = proposer(made as unknown as Parameters<typeof proposer>[0])
    proposals.changed('default', 'first', 'all')
    const soon = async (time = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, time))
    while (first === undefined) await soon()
    proposals.changed('default', 'second', 'all')
    first()
    await soon(3 * waits)
    proposals.changed('default', 'third', 'all')
    for (let turn = 0; asked.length < 3 && turn < 1000; turn++) await soon()
    expect(asked).toEqual(['first', 'second', 'third'])
    await proposals.close()
  })
})

describe('a twin', () => {
  it('is its reported properties, else its tags, and whether the hub sees it', () => {
    const twin = {
      deviceId: 'd1',
      connectionState: 'Connected',
      tags: { site: 'a', ram: 1 },
      properties: { reported: { ram: 2, $version: 3 } },
    }
    expect(twinUpdate(twin)).toEqual({ device: 'd1', context: { online: true, site: 'a', ram: 2 } })
    expect(twinUpdate({ ...twin, moduleId: '$edgeAgent' })).toEqual({ passed: true })
    expect(twinUpdate({ tags: {} })).toEqual({ wrong: 'the twin has no `deviceId`' })
  })
})

describe('things and targets', () => {
  it('of Ditto are their attributes, and the properties of each feature under its name', () => {
    const thing = {
      thingId: 'org.example:lamp',
      policyId: 'org.example:all',
      attributes: { location: 'kitchen', ram: 128 },
      features: { light: { properties: { on: true }, desiredProperties: { on: false } }, empty: {} },
    }
    expect(thingUpdate(thing)).toEqual({ device: 'org.example:lamp', context: { location: 'kitchen', ram: 128, light: { on: true } } })
    expect(thingUpdate({ attributes: {} })).toEqual({ wrong: 'the thing has no `thingId`' })
  })

  it('of hawkBit are merged, replaced or removed as their mode says', () => {
    const data = { revision: '2', site: 'a' }
    expect(targetUpdate({ controllerId: 't', attributes: data, pollStatus: { overdue: true } })).toEqual({
      device: 't',
      context: { ...data, online: false },
    })
    expect(targetUpdate({ controllerId: 't', mode: 'merge', data })).toEqual({ device: 't', context: data })
    expect(targetUpdate({ controllerId: 't', mode: 'replace', data })).toEqual({ device: 't', context: data, whole: true })
    expect(targetUpdate({ controllerId: 't', mode: 'remove', data })).toEqual({ device: 't', context: { revision: null, site: null } })
    expect(targetUpdate({ controllerId: 't', mode: 'add' })).toEqual({ wrong: 'a `mode` is `merge`, `replace` or `remove`' })
    expect(targetUpdate({ data })).toEqual({ wrong: 'the target has no `controllerId`' })
  })
})

describe.skipIf(!hasMosquitto)('contexts', () => {
  let broker: Mosquitto
  let service: TestService
  let admin: Caller

  beforeAll(async () => {
    // The default queue of a thousand messages would drop what comes faster than it is kept.
    broker = await startMosquitto({ persistent: true, lines: ['max_queued_messages 0', 'max_inflight_messages 1000'] })
    service = await runService({ mqtt: { url: broker.url }, gather: 50 })
    admin = service.admin['default']!
    await admin.ask('PUT', '/v1/fleets/building/devices', readFileSync('examples/building-devices.ndjson'), {
      'content-type': 'application/x-ndjson',
    })
    await admin.ask('PUT', '/v1/models/building', { text: readFileSync('examples/building.yaml', 'utf8') })
    await admin.ask('POST', '/v1/fleets', { fleet: 'meters' })
  }, startTime)
  afterAll(async () => {
    await service.remove()
    await broker.remove()
  })

  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 100))
  }

  it(`arrive, every one of ${UPDATES} from ${CLIENTS} clients`, async () => {
    const each = UPDATES / CLIENTS
    let next = 0
    const publishAll = async (): Promise<void> => {
      for (;;) {
        const number = next++
        if (number >= CLIENTS) return
        const client = connectMqtt(broker.url, { clientId: `meter-${number}` })
        await new Promise<void>((resolve, reject) => {
          client.once('connect', () => resolve())
          client.once('error', reject)
        })
        for (let turn = 1; turn <= each; turn++)
          await client.publishAsync(
            `fleetproof/default/meters/m${number}/context`,
            JSON.stringify({ [`turn${turn % 5}`]: turn, last: turn }),
            { qos: 1, retain: true },
          )
        await client.endAsync()
      }
    }
    await Promise.all(Array.from({ length: 25 }, publishAll))
    const received = async (): Promise<number> => {
      const { text } = await admin.ask('GET', '/metrics')
      return Number(/fleetproof_contexts_total\{way="mqtt",outcome="changed"\} (\d+)/.exec(text)?.[1] ?? 0)
    }
    await until(async () => (await received()) >= UPDATES)
    const { text } = await admin.ask('GET', '/v1/fleets/meters/devices.ndjson')
    const devices = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    expect(devices.length).toBe(CLIENTS)
    for (const device of devices) {
      expect(device['last']).toBe(each)
      for (let turn = each - 4; turn <= each; turn++) expect(device[`turn${turn % 5}`]).toBe(turn)
    }
  }, 600_000)

  it('say that a device is gone by its last will, and that it is back', async () => {
    const client = connectMqtt(broker.url, {
      clientId: 'gateway',
      will: { topic: 'fleetproof/default/meters/m0/state', payload: Buffer.from('offline'), qos: 1, retain: true },
    })
    await client.publishAsync('fleetproof/default/meters/m0/state', 'online', { qos: 1, retain: true })
    const online = async (): Promise<unknown> => (await admin.ask('GET', '/v1/fleets/meters/devices/m0')).at('context.online')
    await until(async () => (await online()) === true)
    client.stream.destroy()
    client.end(true)
    await until(async () => (await online()) === false)
  })

  it('of nobody and in no form are passed over, and counted', async () => {
    const client = connectMqtt(broker.url)
    const send = (topic: string, payload: string) => client.publishAsync(topic, payload, { qos: 1 })
    await send('fleetproof/default/meters/m1/context', 'no json')
    await send('fleetproof/default/meters/m1/context', '[1]')
    await send('fleetproof/default/nowhere/m1/context', '{}')
    await send('fleetproof/strangers/meters/m1/context', '{"stolen":true}')
    await send('fleetproof/default/meters/m1/context', '{"after":1}')
    await until(async () => (await admin.ask('GET', '/v1/fleets/meters/devices/m1')).at('context.after') === 1)
    await client.endAsync()
    expect((await admin.ask('GET', '/v1/fleets/nowhere')).status).toBe(404)
    expect((await admin.ask('GET', '/metrics')).text).toContain('fleetproof_contexts_total{way="mqtt",outcome="wrong"} 2')
  })

  it('lead to a proposal of what moves, solved again where they touch; nothing is applied', async () => {
    await admin.ask('PUT', '/v1/fleets/building/model', { model: 'building' })
    const known = async (): Promise<boolean> =>
      (await admin.ask('GET', '/metrics')).text.includes('fleetproof_proposals_total{outcome="nothing moves"} 1')
    await until(known)
    const before = (await admin.ask('GET', '/v1/assignments')).text
    const client = connectMqtt(broker.url)
    // It no longer has the memory for what it runs.
    await client.publishAsync('fleetproof/default/building/gw-0001/context', '{"ram":16}', { qos: 1, retain: true })
    await client.endAsync()
    const proposals = async () =>
      (await admin.ask('GET', '/v1/proposals?state=open&fleet=building')).at('items') as readonly Readonly<Record<string, unknown>>[]
    await until(async () => (await proposals()).length > 0)
    const [proposal] = (await proposals()) as [Readonly<Record<string, unknown>>]
    expect(proposal).toMatchObject({ fleet: 'building', model: 'building', status: 'assigned', devices: 1 })
    expect(proposal['moved']).toBeGreaterThan(0)
    expect(proposal['solved']).toBeLessThanOrEqual(Number(proposal['components']))
    expect(JSON.stringify(proposal['changes'])).toContain('gw-0001')
    expect((await admin.ask('GET', '/v1/assignments')).text).toBe(before)

    const operator = await service.withRole('operator')
    const path = `/v1/proposals/${String(proposal['id'])}/decision`
    expect((await operator.ask('POST', path, { accept: true })).status).toBe(403)
    const accepted = await admin.ask('POST', path, { accept: true })
    expect(accepted.at('decided.accepted')).toBe(true)
    const job = await admin.ask('GET', `/v1/jobs/${String(accepted.at('decided.job'))}?wait=60`)
    expect(job.at('status')).toBe('succeeded')
    expect((await admin.ask('POST', path, { accept: false })).status).toBe(409)
  }, 180_000)
})

describe('what a fleet is held to', () => {
  it('is still compared with after a start anew; what was proposed is not proposed again', { timeout: startTime }, async () => {
    const first = await runService({ gather: 50 })
    let admin = first.admin['default']!
    const proposals = async () =>
      (await admin.ask('GET', '/v1/proposals?fleet=building')).at('items') as readonly { readonly moved: number }[]
    const until = async (count: number): Promise<void> => {
      while ((await proposals()).length < count) await new Promise((soon) => setTimeout(soon, 100))
    }
    const counted = async (outcome: string): Promise<void> => {
      while (!(await admin.ask('GET', '/metrics')).text.includes(`fleetproof_proposals_total{outcome="${outcome}"}`))
        await new Promise((soon) => setTimeout(soon, 100))
    }
    await admin.ask('PUT', '/v1/fleets/building/devices', readFileSync('examples/building-devices.ndjson'), {
      'content-type': 'application/x-ndjson',
    })
    await admin.ask('PUT', '/v1/models/building', { text: readFileSync('examples/building.yaml', 'utf8') })
    await admin.ask('PUT', '/v1/fleets/building/model', { model: 'building' })
    await counted('nothing moves')
    const again = async (service: TestService): Promise<TestService> => {
      await service.stop()
      const next = await runService({ folder: service.folder, gather: 50 })
      admin = next.caller(admin.token)
      return next
    }
    // Changed and not proposed yet when it ends.
    const slow = await runService({ folder: (await stopped(first)).folder, gather: 3_600_000 })
    admin = slow.caller(admin.token)
    expect((await admin.ask('PATCH', '/v1/fleets/building/devices/gw-0001', { ram: 16 })).status).toBe(200)
    const second = await again(slow)
    await until(1)
    expect((await proposals())[0]!.moved).toBeGreaterThan(0)
    const third = await again(second)
    await admin.ask('PATCH', '/v1/fleets/building/devices/gw-0002', { ram: 16 })
    await until(2)
    expect((await proposals()).length).toBe(2)
    await third.remove()
  })

  const stopped = async (service: TestService): Promise<TestService> => {
    await service.stop()
    return service
  }
})

describe('uploads', () => {
  let service: TestService
  let admin: Caller
  beforeAll(async () => {
    service = await runService()
    admin = service.admin['default']!
    await admin.ask('POST', '/v1/fleets', { fleet: 'twins' })
  }, startTime)
  afterAll(() => service.remove(), startTime)

  it('of things and of targets reach the fleet', async () => {
    const type = { 'content-type': 'application/x-ndjson' }
    await admin.ask('POST', '/v1/fleets', { fleet: 'things' })
    const things = [{ thingId: 'a:b', attributes: { site: 'x' }, features: { radio: { properties: { channel: 6 } } } }]
    const kept = await admin.ask('PATCH', '/v1/fleets/things/devices?format=ditto', JSON.stringify(things), type)
    expect(kept.json).toEqual({ lines: 1, changed: 1 })
    expect((await admin.ask('GET', '/v1/fleets/things/devices/a:b')).at('context')).toEqual({ site: 'x', radio: { channel: 6 } })
    const targets = ['{"controllerId":"t","attributes":{"board":"r2","old":"1"}}', '{"controllerId":"t","mode":"remove","data":{"old":""}}']
    expect((await admin.ask('PATCH', '/v1/fleets/things/devices?format=hawkbit', targets.join('\n'), type)).status).toBe(200)
    expect((await admin.ask('GET', '/v1/fleets/things/devices/t')).at('context')).toEqual({ board: 'r2' })
    const replaced = '{"controllerId":"t","mode":"replace","data":{"board":"r3"}}'
    expect((await admin.ask('PATCH', '/v1/fleets/things/devices?format=hawkbit', replaced, type)).status).toBe(200)
    expect((await admin.ask('GET', '/v1/fleets/things/devices/t')).at('context')).toEqual({ board: 'r3' })
    expect((await admin.ask('PATCH', '/v1/fleets/things/devices?format=hawkbit', '{"id":"t"}', type)).status).toBe(422)
  })

  it('of twins, as a list or as lines, are merged into what is known', async () => {
    const twin = (id: string, ram: number) => ({
      deviceId: id,
      connectionState: 'Connected',
      tags: { site: 'a' },
      properties: { reported: { ram } },
    })
    const send = (body: string) =>
      admin.ask('PATCH', '/v1/fleets/twins/devices?format=twins', body, { 'content-type': 'application/x-ndjson' })
    expect((await send(JSON.stringify([twin('d1', 1), twin('d2', 2)]))).json).toEqual({ lines: 2, changed: 2 })
    expect((await send(`${JSON.stringify(twin('d2', 3))}\n${JSON.stringify(twin('d3', 4))}\n`)).json).toEqual({ lines: 2, changed: 2 })
    const { text } = await admin.ask('GET', '/v1/fleets/twins/devices.ndjson')
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { id: 'd1', online: true, site: 'a', ram: 1 },
      { id: 'd2', online: true, site: 'a', ram: 3 },
      { id: 'd3', online: true, site: 'a', ram: 4 },
    ])
  })

  it('say where they are wrong, and how much was kept', async () => {
    const answer = await admin.ask('PATCH', '/v1/fleets/twins/devices', '{"id":"e1","a":1}\n{"id":7}\n{"id":"e2"}\n', {
      'content-type': 'application/x-ndjson',
    })
    expect([answer.status, answer.at('title'), answer.at('diagnostics.0.at.range.start.line')]).toEqual([
      422,
      'the 1 changes before the mistake were kept',
      2,
    ])
    expect((await admin.ask('GET', '/v1/fleets/twins/devices/e1')).status).toBe(200)
    expect((await admin.ask('GET', '/v1/fleets/twins/devices/e2')).status).toBe(404)
  })
})
