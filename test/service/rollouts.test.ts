// Rollouts over HTTP: planned, approved by somebody else, carried out on simulated devices, steered, watched, rolled back, and carried on after a restart.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import { assign, good, listen, oldToNew, runningOld, startAedes, untilState, type TestBroker } from './rollout-world.ts'
import { runService, startTime, type Caller, type TestService } from './running.ts'

const waves = {
  'fleetproof-waves': 1,
  gate: { success: '100%' },
  timeout: '60 s',
  waves: [
    { name: 'canary', limit: 2, soak: '100 ms' },
    { name: 'half', limit: 10, manual: true },
  ],
  rest: { name: 'rest' },
}
const namesOf = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${String(at).padStart(2, '0')}`)
const old = { outcome: 'variant', variant: 'old', settings: {} } as const

let broker: TestBroker
let service: TestService
let author: Caller
let approver: Caller
let reader: Caller
const fleets: SimulatedFleet[] = []

beforeAll(async () => {
  broker = await startAedes()
  service = await runService()
  author = await service.withRole('operator')
  approver = await service.withRole('approver')
  reader = await service.withRole('reader')
}, startTime)
afterAll(async () => {
  for (const fleet of fleets) await fleet.stop()
  await service.remove()
  await broker.close()
}, startTime)

const simulate = async (prefix: string, names: readonly string[], more: Partial<typeof healthy> = {}): Promise<SimulatedFleet> => {
  const fleet = await startFleet({
    broker: { url: broker.url },
    prefix,
    devices: names,
    seed: 5,
    faults: { ...healthy, ...more },
    runs: old,
    clientPrefix: prefix,
  })
  fleets.push(fleet)
  return fleet
}
const reach = (prefix: string) => ({ is: 'mqtt', url: broker.url, layout: { is: 'own', prefix } })

describe('a rollout over HTTP', () => {
  const names = namesOf('a', 20)
  let fleet: SimulatedFleet
  let assignment: string
  beforeAll(async () => {
    fleet = await simulate('a', names)
    assignment = await assign(service.admin['default']!, 'a', oldToNew, runningOld(names))
  }, startTime)

  it('is planned and waits: its author may not approve it, nobody may start it, readers may not make one', async () => {
    const body = { assignment, waves, deployer: reach('a'), id: 'r1', reason: 'the new one is better' }
    expect((await reader.ask('POST', '/v1/rollouts', body)).status).toBe(403)
    const made = await author.ask('POST', '/v1/rollouts', body)
    expect([made.status, made.at('state'), made.at('changes'), made.at('author')]).toEqual([201, 'awaiting-approval', 20, 'operator'])
    expect(made.at('waves')).toEqual([
      { name: 'canary', devices: 2 },
      { name: 'half', devices: 10 },
      { name: 'rest', devices: 8 },
    ])
    expect((await author.ask('POST', '/v1/rollouts', body)).at('type')).toBe('urn:fleetproof:problem:rollout:exists')
    const early = await author.ask('POST', '/v1/rollouts/r1/start', {})
    expect([early.status, early.at('type')]).toEqual([409, 'urn:fleetproof:problem:rollout:not-approved'])
    expect((await author.ask('POST', '/v1/rollouts/r1/approve', {})).status).toBe(403)
  })

  it('made by an approver is not approved by the same one', async () => {
    const made = await good(approver.ask('POST', '/v1/rollouts', { assignment, deployer: reach('a'), id: 'own' }))
    expect(made.at('needsApproval')).toBe(true)
    const self = await approver.ask('POST', '/v1/rollouts/own/approve', {})
    expect([self.status, self.at('type')]).toEqual([403, 'urn:fleetproof:problem:rollout:four-eyes'])
    expect((await good(approver.ask('POST', '/v1/rollouts/own/abort', { reason: 'a mistake' }))).at('state')).toBe('aborted')
  })

  it('runs once somebody else approved it, waits before a manual wave, pauses and goes on as asked', async () => {
    await good(approver.ask('POST', '/v1/rollouts/r1/approve', { reason: 'read it' }))
    const rehearsed = await good(author.ask('POST', '/v1/rollouts/r1/rehearse', {}))
    expect([rehearsed.at('devices'), (rehearsed.at('sends') as string[]).length > 0, rehearsed.at('refusals')]).toEqual([20, true, []])
    expect(names.every((name) => fleet.told(name)[0]!.length === 0)).toBe(true)
    await good(author.ask('POST', '/v1/rollouts/r1/start', { reason: 'now' }))
    await listen(reader, '/v1/rollouts/r1/events', 0, (heard) => JSON.stringify(heard).includes('"wave":"canary","now":"over"'))
    expect(names.filter((name) => fleet.acted(name)[0]!.length > 0).length).toBe(2)
    await good(author.ask('POST', '/v1/rollouts/r1/pause', { reason: 'lunch' }))
    await untilState(reader, 'r1', ['paused'])
    await good(author.ask('POST', '/v1/rollouts/r1/resume', { reason: 'back' }))
    await untilState(reader, 'r1', ['running'])
    await good(author.ask('POST', '/v1/rollouts/r1/next', { reason: 'canaries are well' }))
    const ended = await untilState(reader, 'r1', ['succeeded'])
    expect(ended.at('view.waves.1.succeeded')).toBe(10)
    expect(names.map((name) => [fleet.runs(name)?.variant, fleet.acted(name)[0]!.length])).toEqual(names.map(() => ['new', 1]))
  })

  it('tells every line of its journal again from where a watcher was', async () => {
    const all = await listen(reader, '/v1/rollouts/r1/events')
    expect(all.at(-1)).toMatchObject({ event: 'ended', data: { state: 'succeeded' } })
    const lines = all.filter(({ event }) => event === 'journal')
    expect(lines.map(({ id }) => id)).toEqual(lines.map((_, at) => at + 1))
    const middle = lines[Math.floor(lines.length / 2)]!.id
    const rest = await listen(reader, '/v1/rollouts/r1/events', middle)
    expect(rest).toEqual(all.filter(({ id, event }) => id > middle || event === 'ended'))
    const told = lines.flatMap(({ data }) =>
      (data['events'] as readonly { readonly is: string; readonly devices?: readonly string[] }[]).flatMap(({ is, devices }) =>
        is === 'told' ? (devices ?? []) : [],
      ),
    )
    expect([...told].sort()).toEqual(names)
  })

  it('says four facts of each device, in their order', async () => {
    const page = await good(reader.ask('GET', '/v1/rollouts/r1/changes?limit=15'))
    const rest = await good(reader.ask('GET', `/v1/rollouts/r1/changes?limit=15&cursor=${String(page.at('next'))}`))
    expect(rest.at('next')).toBeUndefined()
    const items = [...(page.at('items') as unknown[]), ...(rest.at('items') as unknown[])] as Record<string, { readonly at: number }>[]
    expect(items.map(({ device }) => device as unknown as string).sort()).toEqual(names)
    for (const item of items) {
      expect(item).toMatchObject({ progress: 'verified', from: old, to: { variant: 'new' } })
      const at = ['desired', 'accepted', 'reported', 'verified'].map((fact) => item[fact]!.at)
      expect(at).toEqual([...at].sort((a, b) => a - b))
    }
    const lines = (await reader.ask('GET', '/v1/rollouts/r1/changes.ndjson')).text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(items)
  })

  it('shows in the inventory what runs since when, and what ran before', async () => {
    const inventory = await good(reader.ask('GET', '/v1/inventory?limit=1000'))
    expect((inventory.at('items') as { readonly variant: string }[]).filter(({ variant }) => variant === 'new').length).toBe(20)
    const history = await good(reader.ask('GET', `/v1/devices/${names[3]!}/history`))
    expect(
      (history.at('items') as { readonly variant: string; readonly source: string }[]).map(({ variant, source }) => [variant, source]),
    ).toEqual([
      ['old', 'what the plan was made from'],
      ['new', 'rollout r1'],
    ])
    const since = String(history.at('items.0.at'))
    const then = await good(reader.ask('GET', `/v1/inventory?at=${encodeURIComponent(since)}`))
    expect((then.at('items') as { readonly variant: string }[]).every(({ variant }) => variant === 'old')).toBe(true)
    const to = new Date(Date.now() + 1000).toISOString()
    const difference = await good(
      reader.ask('GET', `/v1/inventory/difference?from=${encodeURIComponent(since)}&to=${encodeURIComponent(to)}`),
    )
    expect((difference.at('items') as unknown[]).length).toBe(20)
    expect(difference.at('items.0')).toMatchObject({ before: { variant: 'old' }, after: { variant: 'new' }, source: 'rollout r1' })
  })

  it('is rolled back after its end, to what ran before', async () => {
    await good(author.ask('POST', '/v1/rollouts/r1/rollback', { reason: 'complaints' }))
    await untilState(reader, 'r1', ['rolled-back'])
    expect(names.map((name) => fleet.runs(name)?.variant)).toEqual(names.map(() => 'old'))
    expect((await good(reader.ask('GET', '/v1/rollouts/r1-back'))).json).toMatchObject({ state: 'succeeded', backOf: 'r1' })
    const why = await good(reader.ask('GET', `/v1/rollouts/r1/changes/${names[0]!}/explanation`))
    expect(why.text).toContain('new')
  })

  it('stands in the audit, act by act, with who and why', async () => {
    const entries = (await good(service.admin['default']!.ask('GET', '/v1/audit?object=rollout/r1'))).at('items') as Record<
      string,
      unknown
    >[]
    expect(entries.reverse().map(({ actor, action, reason }) => [actor, action, reason])).toEqual([
      ['operator', 'create', 'the new one is better'],
      ['approver', 'approve', 'read it'],
      ['operator', 'start', 'now'],
      ['operator', 'pause', 'lunch'],
      ['operator', 'resume', 'back'],
      ['operator', 'next', 'canaries are well'],
      ['operator', 'roll-back', 'complaints'],
    ])
  })
})

describe('what may not be', () => {
  it('two rollouts that speak of one device: the second is refused, with the devices named', async () => {
    const names = namesOf('b', 6)
    await simulate('b', names, { silent: 1 })
    const assignment = await assign(service.admin['default']!, 'b', oldToNew, runningOld(names))
    const ask = { assignment, deployer: reach('b'), needsApproval: false }
    await good(author.ask('POST', '/v1/rollouts', { ...ask, id: 'b1' }))
    await good(author.ask('POST', '/v1/rollouts', { ...ask, id: 'b2' }))
    await good(author.ask('POST', '/v1/rollouts/b1/start', {}))
    const second = await author.ask('POST', '/v1/rollouts/b2/start', {})
    expect([second.status, second.at('type')]).toEqual([409, 'urn:fleetproof:problem:rollout:overlap'])
    expect(second.at('title')).toBe('rollout `b1` is running and changes `b-00`, `b-01`, `b-02`, `b-03`, `b-04` and 1 more too')
    await good(author.ask('POST', '/v1/rollouts/b1/abort', {}))
    await untilState(reader, 'b1', ['aborted'])
  })

  it('a plan whose every order is unsafe: refused with devices, the way to the conflict, and what would help', async () => {
    const read = (name: string) => readFileSync(`examples/rollout/${name}`, 'utf8')
    const files = Object.fromEntries(
      ['heat-1', 'heat-2', 'heat-3', 'vent-1', 'vent-2'].map((name) => [`${name}.yaml`, read(`${name}.yaml`)]),
    )
    const admin = service.admin['default']!
    await good(admin.ask('PUT', '/v1/models/stuck', { text: read('stuck.yaml'), files }))
    const job = await good(admin.ask('POST', '/v1/assignments', { model: 'stuck' }))
    const ended = await good(admin.ask('GET', `/v1/jobs/${String(job.at('id'))}?wait=60`))
    const body = { assignment: ended.at('result.assignment'), deployer: reach('stuck') }
    const refused = await author.ask('POST', '/v1/rollouts', body)
    expect([refused.status, refused.at('type')]).toEqual([409, 'urn:fleetproof:problem:plan:impossible'])
    const reasons = refused.at('plan.reasons') as { readonly devices: readonly string[]; readonly trace: readonly string[] }[]
    expect([...new Set(reasons.flatMap(({ devices }) => devices))].sort()).toEqual(['heater-1', 'window-1'])
    expect(reasons.some(({ trace }) => trace.length > 1)).toBe(true)
    expect((refused.at('plan.repairs') as unknown[]).length).toBeGreaterThan(0)
    expect((await good(reader.ask('GET', '/v1/rollouts?limit=100'))).text).not.toContain('heater-1')
  })

  it('a deployer that reads a file or a variable of the server, or that nobody named', async () => {
    const ask = (deployer: unknown) => author.ask('POST', '/v1/rollouts', { assignment: 'x', deployer })
    expect((await ask({ ...reach('x'), passwordVariable: 'PATH' })).status).toBe(400)
    expect((await ask({ is: 'command', program: '/bin/sh', file: '/tmp/x' })).status).toBe(400)
    const unknown = await ask('floor')
    expect([unknown.status, unknown.at('diagnostics.0.message')]).toEqual([422, 'no deployer is called `floor` here'])
  })

  it('an assignment whose devices are others by now', async () => {
    const names = namesOf('c', 2)
    const admin = service.admin['default']!
    const assignment = await assign(admin, 'c', oldToNew, runningOld(names))
    await good(admin.ask('PATCH', '/v1/fleets/c/devices/c-00', { running: 'new' }))
    const refused = await author.ask('POST', '/v1/rollouts', { assignment, deployer: reach('c') })
    expect([refused.status, refused.at('type')]).toEqual([409, 'urn:fleetproof:problem:service:changed-since'])
  })
})
