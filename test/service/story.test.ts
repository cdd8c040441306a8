// The whole story over HTTP only, with devices that speak MQTT: contexts come in, an advisory is uploaded, an assignment without conflicts is computed, a plan is
// proposed, a gate checks it, somebody else approves, waves run, the inventory shows it, and why a device got what it got is answered from history.
import { readFileSync } from 'node:fs'
import { connect } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import { assign, good, startAedes, untilState, type TestBroker } from './rollout-world.ts'
import { runService, startTime, type Caller, type TestService } from './running.ts'

const ROOMS = ['office', 'kitchen', 'library']
const devices = ROOMS.flatMap((room) =>
  (['heater', 'window'] as const).map((kind) => ({
    id: `${kind}-${room}`,
    context: { room, kind, running: kind === 'heater' ? 'heat-1' : 'vent-1', packages: [] },
  })),
)
const names = devices.map(({ id }) => id).sort()
const read = (path: string): string => readFileSync(`examples/${path}`, 'utf8')
const behaviours = Object.fromEntries(
  ['heat-1', 'heat-2', 'vent-1', 'vent-2'].map((name) => [`${name}.yaml`, read(`rollout/${name}.yaml`)]),
)
const ADVISORY = 'OSV-2026-0001.json'
const holds = (openssl: string): string => `["pkg:deb/debian/openssl@${openssl}?distro=debian-12"]`
const model = (advisories: string): string => `fleetproof: 1
context: {room: {text: true}, kind: {enum: [heater, window]}, running: {text: true}, packages: {set: text}}
devices: devices.ndjson
current: {variant: device.running}
${advisories}
variants:
  heat-1: {requires: device.kind == "heater", prefers: 2, version: 1.0.0, behaviour: 'native:heat-1.yaml', contains: ${holds('3.0.2-1')}}
  heat-2: {requires: device.kind == "heater", prefers: 1, version: 2.0.0, behaviour: 'native:heat-2.yaml', contains: ${holds('3.0.11-1~deb12u2')}}
  vent-1: {requires: device.kind == "window", prefers: 2, version: 1.0.0, behaviour: 'native:vent-1.yaml', contains: ${holds('3.0.2-1')}}
  vent-2: {requires: device.kind == "window", prefers: 1, version: 2.0.0, behaviour: 'native:vent-2.yaml', contains: ${holds('3.0.11-1~deb12u2')}}
constraints:
  - name: in one room nothing fights
    no_conflict: {over: device.room}
`
const wanted = (name: string): string => (name.startsWith('heater') ? 'heat-2' : 'vent-2')

let broker: TestBroker
let service: TestService
let operator: Caller
let approver: Caller
let simulated: SimulatedFleet

beforeAll(async () => {
  broker = await startAedes()
  service = await runService({ mqtt: { url: broker.url } })
  operator = await service.withRole('operator')
  approver = await service.withRole('approver')
  simulated = await startFleet({ broker: { url: broker.url }, prefix: 'rooms', devices: names, seed: 1, faults: healthy })
}, startTime)
afterAll(async () => {
  await simulated.stop()
  await service.remove()
  await broker.close()
}, startTime)

const publish = async (contexts: readonly { readonly id: string; readonly context: unknown }[]): Promise<void> => {
  const client = connect(broker.url)
  for (const { id, context } of contexts)
    await client.publishAsync(`fleetproof/default/rooms/${id}/context`, JSON.stringify(context), { qos: 1, retain: true })
  await client.endAsync()
}
const known = async (): Promise<readonly string[]> =>
  (await good(operator.ask('GET', '/v1/fleets/rooms/devices.ndjson'))).text.split('\n').filter((line) => line !== '')
const given = async (assignment: string): Promise<readonly (readonly [string, string])[]> =>
  (await good(operator.ask('GET', `/v1/assignments/${assignment}/devices.ndjson`))).text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly device: string; readonly variant: string })
    .map(({ device, variant }) => [device, variant] as const)
    .sort()

describe('from contexts to a verified fleet', () => {
  let safe = ''

  it('contexts that devices publish make the fleet', async () => {
    await good(service.admin['default']!.ask('POST', '/v1/fleets', { fleet: 'rooms' }))
    await publish(devices)
    await expect.poll(async () => (await known()).length, { timeout: 30_000 }).toBe(names.length)
  })

  it('an advisory that is uploaded changes what is best, and nothing fights in any room', async () => {
    const before = await assign(service.admin['default']!, 'rooms', { text: model(''), files: behaviours })
    expect((await given(before)).map(([, variant]) => variant)).toEqual([...ROOMS.map(() => 'heat-1'), ...ROOMS.map(() => 'vent-1')])
    const followed = { text: model(`advisories: [${ADVISORY}]`), files: { ...behaviours, [ADVISORY]: read(`advisory/${ADVISORY}`) } }
    safe = await assign(service.admin['default']!, 'rooms', followed)
    expect(await given(safe)).toEqual(names.map((name) => [name, wanted(name)]))
  })

  it('the order that somebody wrote down is refused with the way to the conflict; a safe one is found and waits for approval', async () => {
    const deployer = { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'rooms' } }
    const naive = await operator.ask('POST', '/v1/rollouts', { assignment: safe, deployer, waves: read('rollout/naive.yaml') })
    expect([naive.status, naive.at('type')]).toEqual([409, 'urn:fleetproof:problem:plan:impossible'])
    expect(naive.text).toContain('window.position')
    const waves = 'fleetproof-waves: 1\nwaves: [{name: office first, select: device.room == "office"}]\ntimeout: 60 s\n'
    const made = await good(
      operator.ask('POST', '/v1/rollouts', { assignment: safe, deployer, waves, id: 'story', reason: 'the advisory' }),
    )
    expect([made.at('state'), made.at('changes')]).toEqual(['awaiting-approval', names.length])
    const kept = (await good(operator.ask('GET', '/v1/rollouts/story'))).at('safety.keptApart') as {
      readonly variants: readonly string[]
    }[]
    expect(kept.map(({ variants }) => variants)).toEqual([['heat-1', 'vent-2']])
  })

  it('a gate checks what will run together, and finds nothing', async () => {
    const form = new FormData()
    for (const name of ['heat-2', 'vent-2']) form.append('native', new Blob([behaviours[`${name}.yaml`]!]), `${name}.yaml`)
    const job = await good(operator.ask('POST', '/v1/checks', form))
    const ended = await good(operator.ask('GET', `/v1/jobs/${String(job.at('id'))}?wait=60`))
    const verdict = await good(operator.ask('POST', `/v1/checks/${String(ended.at('result.report'))}/gate`, { failOn: 'error' }))
    expect(verdict.at('verdict')).toBe('pass')
  })

  it('the author may not start it; somebody else approves; the waves run, heaters before windows in every room', async () => {
    expect((await operator.ask('POST', '/v1/rollouts/story/start', {})).status).toBe(409)
    await good(approver.ask('POST', '/v1/rollouts/story/approve', { reason: 'the gate is green' }))
    await good(operator.ask('POST', '/v1/rollouts/story/start', {}))
    await untilState(operator, 'story', ['succeeded'])
    expect(names.map((name) => [name, simulated.runs(name)?.variant])).toEqual(names.map((name) => [name, wanted(name)]))
    for (const room of ROOMS) {
      const order = (name: string): number => simulated.told(name)[0]![0]!.order
      expect([room, order(`heater-${room}`) < order(`window-${room}`)]).toEqual([room, true])
    }
  })

  it('the inventory shows it verified, and why a device got what it got is answered from history', async () => {
    const changes = (await good(operator.ask('GET', '/v1/rollouts/story/changes'))).at('items') as Readonly<Record<string, unknown>>[]
    expect(changes.map(({ device, progress }) => [device, progress]).sort()).toEqual(names.map((name) => [name, 'verified']))
    const inventory = (await good(operator.ask('GET', '/v1/inventory'))).at('items') as Readonly<Record<string, unknown>>[]
    expect(inventory.map(({ device, variant }) => [device, variant])).toEqual(names.map((name) => [name, wanted(name)]))
    // The devices say what they run now: the fleet is another one than that the assignment was made for.
    await publish(devices.map(({ id, context }) => ({ id, context: { ...context, running: wanted(id) } })))
    await expect.poll(async () => (await known()).filter((line) => line.includes('heat-2')).length, { timeout: 30_000 }).toBe(3)
    expect((await operator.ask('GET', `/v1/assignments/${safe}/devices/heater-kitchen/explanation`)).status).toBe(409)
    const why = await good(operator.ask('GET', '/v1/rollouts/story/changes/heater-kitchen/explanation?whyNot=heat-1'))
    expect(why.text).toContain('OSV-2026-0001')
    const history = (await good(operator.ask('GET', '/v1/devices/heater-kitchen/history'))).at('items') as Readonly<
      Record<string, unknown>
    >[]
    expect(history.map(({ variant }) => variant)).toEqual(['heat-1', 'heat-2'])
    const audit = (await good(service.admin['default']!.ask('GET', '/v1/audit?object=rollout/story'))).at('items') as Readonly<
      Record<string, unknown>
    >[]
    expect(audit.reverse().map(({ actor, action, reason }) => [actor, action, reason])).toEqual([
      ['operator', 'create', 'the advisory'],
      ['approver', 'approve', 'the gate is green'],
      ['operator', 'start', ''],
    ])
  })
})
