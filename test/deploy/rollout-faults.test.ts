// Every fault that a rollout must survive, over a real broker, a real database or a real HTTP server; asserted is what each device was told, did and runs.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { healthy, type Faults } from '../../examples/simulator/faults.ts'
import { startFleet, type FleetOptions, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import type { Deployer } from '../../src/deploy/deployer.ts'
import { createMqttDeployer } from '../../src/deploy/mqtt/mqtt-deployer.ts'
import { systemClock, type Clock } from '../../src/deploy/pace.ts'
import { driveRollout, type DriveEnd } from '../../src/deploy/rollout/drive.ts'
import type { DriveOptions } from '../../src/deploy/rollout/drive-options.ts'
import { rolloutsHere } from '../../src/deploy/rollout/here.ts'
import type { Journal, Operation, RolloutEvent } from '../../src/deploy/rollout/journal.ts'
import { createRollout, startRollout } from '../../src/deploy/rollout/manage.ts'
import { progressOf } from '../../src/deploy/rollout/state.ts'
import { createWebhookDeployer } from '../../src/deploy/webhook/webhook-deployer.ts'
import type { DurableContext } from '../../src/jobs/durable.ts'
import type { Plan } from '../../src/model/plan.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { openLine } from '../fixtures/line.ts'
import { memoryJournal } from '../fixtures/memory-journal.ts'
import { freePort, hasMosquitto, startMosquitto, type Mosquitto, type MosquittoOptions } from '../fixtures/mosquitto.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'
import { planInWaves } from '../fixtures/rollout-plan.ts'

const release = 'ab'.repeat(32)
const prefix = 'p'
const clock: Clock = { now: () => Date.now(), sleep: systemClock.sleep }
const backOff = { firstMilliseconds: 20, mostMilliseconds: 100 }
const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Shape {
  readonly percent?: number
  readonly timeout?: number
  readonly perMinute?: number
}

/** The named devices in two waves, a third first, from `old` to `new`. */
function planFor(names: readonly string[], { percent = 100, timeout = 60_000, perMinute }: Shape = {}): Plan {
  const third = Math.ceil(names.length / 3)
  const wave = (name: string, devices: number) => ({
    name,
    devices,
    gate: { success: { text: `${percent} %`, numerator: percent, denominator: 100 }, sample: 0 },
    deviceTimeout: timeout,
    ...(perMinute === undefined ? {} : { rate: { is: 'constant', perMinute } as const }),
  })
  return planInWaves({ release, names, waves: [wave('first', third), wave('second', names.length - third)] })
}

interface Stage {
  readonly mosquitto: Mosquitto
  readonly fleet: SimulatedFleet
  readonly connect: (port?: number) => Promise<Deployer>
}

async function stage(
  devices: number,
  faults: Partial<Faults>,
  more: Partial<FleetOptions> = {},
  broker: MosquittoOptions = {},
): Promise<Stage> {
  const mosquitto = await startMosquitto(broker)
  closing.push(mosquitto.remove)
  const fleet = await startFleet({
    broker: { url: mosquitto.url, backOff },
    prefix,
    devices,
    seed: 11,
    faults: { ...healthy, ...faults },
    runs: { outcome: 'variant', variant: 'old', settings: {} },
    ...more,
  })
  closing.push(fleet.stop)
  return {
    mosquitto,
    fleet,
    connect: async (port) => {
      const url = port === undefined ? mosquitto.url : `mqtt://127.0.0.1:${port}`
      const deployer = await createMqttDeployer({
        broker: { url, clientId: 'fleetproof', backOff, keepAliveSeconds: 1 },
        layout: { is: 'own', prefix },
        answerMilliseconds: 1000,
      })
      closing.push(deployer.close)
      return deployer
    },
  }
}

let executions = 0
const drive = (plan: Plan, deployer: Deployer, more: Partial<DriveOptions> = {}): Promise<DriveEnd> =>
  driveRollout({
    rollout: 'r',
    release,
    plan,
    deployer,
    clock,
    journal: memoryJournal(),
    nextExecution: () => Promise.resolve(++executions),
    operations: () => Promise.resolve([]),
    backOff: 100,
    tick: 50,
    ...more,
  })
/** Somebody ends it once it pauses. */
const abortWhenPaused =
  (journal: { readonly kept: readonly RolloutEvent[] }) =>
  (seq: number): Promise<readonly Operation[]> =>
    Promise.resolve(
      seq === 0 && journal.kept.some((event) => event[0] === 'state' && event[2] === 'paused')
        ? [{ seq: 1, do: 'abort', actor: 'ada', reason: '' }]
        : [],
    )

const distinct = (list: readonly number[]): readonly number[] => [...new Set(list)].sort((a, b) => a - b)
/** No device acted twice on one revision, or on an older one after a newer one. */
function actedWell(fleet: SimulatedFleet, names: readonly string[]): void {
  for (const name of names) for (const acted of fleet.acted(name)) expect([name, acted]).toEqual([name, distinct(acted)])
}
function allRunNew(fleet: SimulatedFleet): void {
  actedWell(fleet, fleet.names)
  expect(fleet.names.map((name) => [name, fleet.runs(name)?.variant])).toEqual(fleet.names.map((name) => [name, 'new']))
}
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('never')
}
const busy = (fleet: SimulatedFleet): number => fleet.names.filter((name) => fleet.acted(name)[0]!.length > 0).length

describe.skipIf(!hasMosquitto)('over mosquitto, a rollout survives', () => {
  it('a restart of the broker in its middle: everybody acts once', async () => {
    const { mosquitto, fleet, connect } = await stage(60, {}, {}, { persistent: true })
    const end = drive(planFor(fleet.names, { perMinute: 1800 }), await connect())
    await until(() => busy(fleet) > 10)
    await mosquitto.stop()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await mosquitto.start()
    expect((await end).state).toBe('succeeded')
    allRunNew(fleet)
  }, 60_000)

  it('a half-open connection in its middle', async () => {
    const { mosquitto, fleet, connect } = await stage(60, {})
    const line = await openLine(mosquitto.port)
    closing.push(line.close)
    const end = drive(planFor(fleet.names, { perMinute: 1800 }), await connect(line.port))
    await until(() => busy(fleet) > 10)
    line.freeze()
    await new Promise((resolve) => setTimeout(resolve, 500))
    line.thaw()
    expect((await end).state).toBe('succeeded')
    allRunNew(fleet)
  }, 60_000)

  it('reports that come twice and in another order', async () => {
    const { fleet, connect } = await stage(60, { duplicates: 0.5, reordered: 0.5 })
    expect((await drive(planFor(fleet.names), await connect())).state).toBe('succeeded')
    allRunNew(fleet)
    expect(fleet.names.map((name) => fleet.acted(name)[0]!.length)).toEqual(fleet.names.map(() => 1))
  }, 60_000)

  it('devices that lie: they are told again, never believed, and hold the gate', async () => {
    const { fleet, connect } = await stage(30, { lies: 0.3 })
    const journal = memoryJournal()
    const end = await drive(planFor(fleet.names), await connect(), { journal, attempts: 1, operations: abortWhenPaused(journal) })
    expect(end.state).toBe('aborted')
    const told = fleet.names.filter((name) => fleet.told(name)[0]!.length > 0)
    expect(told.length).toBe(10)
    for (const [entry, name] of fleet.names.entries()) {
      if (!told.includes(name)) continue
      expect([name, progressOf(end.progress, entry)]).toEqual([name, fleet.runs(name)?.variant === 'new' ? 'verified' : 'failed'])
    }
    expect(told.some((name) => fleet.runs(name)?.variant === 'old')).toBe(true)
  }, 60_000)

  it('devices that come and go all the time', async () => {
    const { fleet, connect } = await stage(30, { flaps: 0.5, flapMilliseconds: 150 }, { connections: 'each' })
    expect((await drive(planFor(fleet.names), await connect())).state).toBe('succeeded')
    allRunNew(fleet)
  }, 60_000)

  it('devices whose clocks are wrong by up to a year', async () => {
    const { fleet, connect } = await stage(30, { skewed: 1 })
    const journal = memoryJournal()
    const begun = Date.now()
    expect((await drive(planFor(fleet.names), await connect(), { journal })).state).toBe('succeeded')
    allRunNew(fleet)
    // Instants in the journal are ours.
    expect(journal.kept.every((event) => event[1] >= begun && event[1] <= Date.now())).toBe(true)
  }, 60_000)

  it('two devices with one name: both act once on a revision, and both run it', async () => {
    const { fleet, connect } = await stage(40, { sameName: 0.25 })
    const twins = fleet.names.filter((name) => fleet.told(name).length > 1)
    const nobody = fleet.names.filter((name) => fleet.told(name).length === 0)
    expect(twins.length).toBeGreaterThan(0)
    expect(nobody.length).toBeGreaterThan(0)
    const end = await drive(planFor(fleet.names, { percent: 40, timeout: 1500 }), await connect())
    expect(end.state).toBe('succeeded')
    for (const name of twins) expect(fleet.acted(name).every((acted) => acted.length === 1)).toBe(true)
    for (const [entry, name] of fleet.names.entries())
      expect([name, progressOf(end.progress, entry)]).toEqual([name, nobody.includes(name) ? 'failed' : 'verified'])
  }, 60_000)

  it.each(['before', 'after'] as const)(
    'the death of the engine %s it sends what it has journaled',
    async (when) => {
      const { fleet, connect } = await stage(30, {})
      const deployer = await connect()
      const journal = memoryJournal()
      const plan = planFor(fleet.names)
      const dying: Deployer = {
        ...deployer,
        apply: async (batch, signal) => {
          if (when === 'after') await deployer.apply(batch, signal)
          throw new Error('killed')
        },
      }
      await expect(drive(plan, dying, { journal })).rejects.toThrow('killed')
      expect(journal.kept.some((event) => event[0] === 'told')).toBe(true)
      expect((await drive(plan, deployer, { journal })).state).toBe('succeeded')
      allRunNew(fleet)
      expect(fleet.names.map((name) => fleet.acted(name)[0]!.length)).toEqual(fleet.names.map(() => 1))
    },
    60_000,
  )

  it('a full disk: nobody is told what is not in the journal, and it goes on when there is room', async () => {
    const { fleet, connect } = await stage(30, {})
    const deployer = await connect()
    const journal = memoryJournal()
    const plan = planFor(fleet.names)
    let full = true
    const cramped: Journal = {
      ...journal,
      append: (events) =>
        full && events.some((event) => event[0] === 'told') ? Promise.reject(new Error('ENOSPC')) : journal.append(events),
    }
    await expect(drive(plan, deployer, { journal: cramped })).rejects.toThrow('ENOSPC')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(busy(fleet)).toBe(0)
    full = false
    expect((await drive(plan, deployer, { journal: cramped })).state).toBe('succeeded')
    allRunNew(fleet)
  }, 60_000)

  it('an artefact with another digest: rejected, told once, never tried again', async () => {
    const { fleet, connect } = await stage(30, { wrongDigest: 0.3 })
    const journal = memoryJournal()
    const end = await drive(planFor(fleet.names, { percent: 20 }), await connect(), { journal, operations: abortWhenPaused(journal) })
    expect(end.state).toBe('succeeded')
    const rejected = fleet.names.filter((_, entry) => progressOf(end.progress, entry) === 'failed')
    expect(rejected.length).toBeGreaterThan(0)
    for (const name of rejected) expect([name, fleet.acted(name)[0]!.length, fleet.runs(name)?.variant]).toEqual([name, 1, 'old'])
  }, 60_000)

  it('a tenth of the fleet away to the end: they find what they should run when they come back', async () => {
    const { fleet, connect } = await stage(60, { away: 0.1 })
    const away = fleet.names.filter(fleet.isAway)
    expect(away.length).toBeGreaterThan(0)
    const end = await drive(planFor(fleet.names, { percent: 80, timeout: 1500 }), await connect())
    expect(end.state).toBe('succeeded')
    for (const name of away) expect([name, fleet.told(name)[0]!.length]).toEqual([name, 0])
    await fleet.comeBack(away)
    await until(() => away.every((name) => fleet.runs(name)?.variant === 'new'))
    allRunNew(fleet)
  }, 60_000)
})

/** Makes and starts a rollout of the plan in the store. */
async function kept(store: Store, plan: Plan, deployer: unknown): Promise<void> {
  await store.tenants.create({ id: 't', name: 't' }, new Date().toISOString())
  const by = { actor: 'ada', reason: '', now: new Date().toISOString() }
  const made = await createRollout(store, 't', { id: 'r', fleet: 'f', release, plan, needsApproval: false, deployer }, by)
  expect(made.ok).toBe(true)
  expect((await startRollout(store, 't', 'r', by)).ok).toBe(true)
}
const inThisProcess = { step: (_name: string, run: () => Promise<unknown>) => run() } as unknown as DurableContext

describe.skipIf(!hasMosquitto)('as a workflow, a rollout survives', () => {
  it('a broker that cannot be reached when it starts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-faults-'))
    const store = await openStore({ is: 'folder', folder })
    closing.push(async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    })
    const { mosquitto, fleet } = await stage(20, {}, {}, { persistent: true })
    await kept(store, planFor(fleet.names), { is: 'mqtt', url: mosquitto.url, layout: { is: 'own', prefix } })
    await mosquitto.stop()
    const said: string[] = []
    const here = rolloutsHere(store, { environment: {}, now: Date.now, again: 100, log: (_level, message) => said.push(message) })
    closing.push(here.stop)
    const end = here.workflow.run(inThisProcess, { tenant: 't', rollout: 'r' })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(busy(fleet)).toBe(0)
    await mosquitto.start()
    expect((await end).state).toBe('succeeded')
    allRunNew(fleet)
  }, 120_000)

  it.skipIf(postgresPrograms === undefined)(
    'a database that is killed and started again',
    async () => {
      const postgres = await startPostgres()
      closing.push(postgres.stop)
      const store = await openStore({ is: 'server', url: postgres.url })
      closing.push(() => store.close())
      const { mosquitto, fleet } = await stage(60, {})
      await kept(store, planFor(fleet.names, { perMinute: 1200 }), { is: 'mqtt', url: mosquitto.url, layout: { is: 'own', prefix } })
      const here = rolloutsHere(store, { environment: {}, now: Date.now, again: 200 })
      closing.push(here.stop)
      const end = here.workflow.run(inThisProcess, { tenant: 't', rollout: 'r' })
      await until(() => busy(fleet) > 10)
      await postgres.kill()
      await new Promise((resolve) => setTimeout(resolve, 500))
      await postgres.start()
      expect((await end).state).toBe('succeeded')
      allRunNew(fleet)
      expect(fleet.names.map((name) => fleet.acted(name)[0]!.length)).toEqual(fleet.names.map(() => 1))
      const inventory = await store.rollouts.inventory('t', 'production', { limit: 100 })
      expect(inventory.map(({ variant }) => variant)).toEqual(fleet.names.map(() => 'new'))
    },
    120_000,
  )
})

describe('a backend', () => {
  it('that answers 429, 500 and garbage in between: every device is told until it runs, and none after', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `hook-${at}`)
    const port = await freePort()
    const answered = new Map<string, number[]>()
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const { device } = JSON.parse(Buffer.concat(parts).toString()) as { readonly device: string }
        const before = answered.get(device) ?? []
        const number = names.indexOf(device)
        const status = before.length > 0 ? 200 : ([429, 500, 200, 200][number % 4] ?? 200)
        answered.set(device, [...before, status])
        response
          .writeHead(status, status === 429 ? { 'retry-after': '1' } : {})
          .end(number % 4 === 2 ? '<html>what</html>' : '{"verified":true}')
      })
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    closing.push(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    const deployer = await createWebhookDeployer({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
      secret: 's',
      milliseconds: 2000,
      attempts: 1,
      longestPause: 100,
      parallel: 4,
    })
    closing.push(deployer.close)
    const end = await drive(planFor(names), deployer)
    expect(end.state).toBe('succeeded')
    for (const [at, name] of names.entries())
      expect([name, answered.get(name)]).toEqual([name, at % 4 === 0 ? [429, 200] : at % 4 === 1 ? [500, 200] : [200]])
  }, 60_000)
})
