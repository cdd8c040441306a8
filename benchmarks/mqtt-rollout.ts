// A rollout on 10,000 simulated devices over mosquitto in 5 waves, journal in the database: messages a second against what the same broker itself can do.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { connectDeployer } from '../src/deploy/connect-deployer.ts'
import { systemClock } from '../src/deploy/pace.ts'
import { carryOut } from '../src/deploy/rollout/carry-out.ts'
import { createRollout, startRollout } from '../src/deploy/rollout/manage.ts'
import type { DatabasePlace } from '../src/store/database.ts'
import { openStore } from '../src/store/store.ts'
import { startMosquitto } from '../test/fixtures/mosquitto.ts'
import { postgresPrograms, startPostgres } from '../test/fixtures/postgres.ts'
import { planInWaves } from '../test/fixtures/rollout-plan.ts'
import type { BenchmarkOptions, BenchmarkResult, MeasuredRun } from './benchmark.ts'
import { brokerLines, measureBrokerLimit, measureRolloutLimit, rolloutMessages } from './broker-limit.ts'
import { median } from './measure.ts'

const DEVICES = 10_000
const WAVES = [100, 400, 1500, 3000, 5000]
const release = 'ab'.repeat(32)

const plan = planInWaves({
  release,
  names: Array.from({ length: DEVICES }, (_, at) => `sim-${String(at).padStart(5, '0')}`),
  waves: WAVES.map((devices) => ({ devices, deviceTimeout: 600_000 })),
  variants: ['old', 'comfort-edge'],
  settings: { level: 2, mode: 'low', night: true },
})

interface Simulator {
  readonly end: () => Promise<{ readonly desired: number; readonly reported: number; readonly acted: number; readonly repeated: number }>
}

/** The fleet in a process of its own, as devices are elsewhere; they answer at once, so that what is measured is not their time. */
async function simulate(url: string, seed: number): Promise<Simulator> {
  const loader = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href
  const words = [
    '--url',
    url,
    '--devices',
    String(DEVICES),
    '--seed',
    String(seed),
    '--variant',
    'old',
    '--faults',
    'instant',
    '--until-input-ends',
  ]
  const child = spawn(process.execPath, ['--import', loader, resolve('examples/simulator/main.ts'), ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    end: async () => {
      child.stdin.end()
      const totals = await lines.next()
      if (child.exitCode === null) await once(child, 'exit')
      return JSON.parse(String(totals.value)) as Awaited<ReturnType<Simulator['end']>>
    },
  }
}

async function database(): Promise<{ readonly place: DatabasePlace; readonly close: () => Promise<void> }> {
  if (postgresPrograms !== undefined) {
    const server = await startPostgres()
    return { place: { is: 'server', url: server.url }, close: server.stop }
  }
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-bench-'))
  return {
    place: { is: 'folder', folder },
    close: () => {
      rmSync(folder, { recursive: true })
      return Promise.resolve()
    },
  }
}

interface OneRun extends MeasuredRun {
  readonly rate: number
  /** Of the broker with the same connections and processes, and nothing around it. */
  readonly limit: number
  /** Of the broker from one connection to another. */
  readonly oneWay: number
  readonly messages: number
}

async function runOnce(seed: number): Promise<OneRun> {
  const broker = await startMosquitto({ lines: [...brokerLines, 'max_queued_messages 0'] })
  const { place, close } = await database()
  const store = await openStore(place)
  try {
    const limitBefore = await measureRolloutLimit(broker.port, DEVICES, 'limit-a')
    const simulator = await simulate(broker.url, seed)
    await store.tenants.create({ id: 't', name: 't' }, new Date().toISOString())
    const by = { actor: 'benchmark', reason: '', now: new Date().toISOString() }
    const deployer = { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'fleetproof' } }
    await createRollout(store, 't', { id: 'r', fleet: 'f', release, plan, needsApproval: false, deployer }, by)
    await startRollout(store, 't', 'r', by)
    const begun = performance.now()
    const end = await carryOut(store, {
      tenant: 't',
      rollout: 'r',
      connect: (config, name) => connectDeployer(config, name, { environment: {} }),
      clock: { now: Date.now, sleep: systemClock.sleep },
    })
    const milliseconds = performance.now() - begun
    const { desired, reported, acted, repeated } = await simulator.end()
    if (end.state !== 'succeeded' || acted !== DEVICES || repeated > 0)
      throw new Error(`the rollout ${end.state}: ${end.because}; ${acted} acted, ${repeated} twice`)
    // Each device says once what it runs when it comes, before the rollout begins.
    const messages = desired + reported - DEVICES
    const limitAfter = await measureRolloutLimit(broker.port, DEVICES, 'limit-b')
    const oneWay = await measureBrokerLimit(broker.port, rolloutMessages(DEVICES, 2, 'one-way'), 'one-way/#')
    const limit = (limitBefore + limitAfter) / 2
    const rate = (messages * 1000) / milliseconds
    return { ratio: rate / limit, milliseconds, memoryMiB: process.memoryUsage().rss / 2 ** 20, rate, limit, oneWay, messages }
  } finally {
    await store.close()
    await close()
    await broker.remove()
  }
}

export async function mqttRollout({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const each: OneRun[] = []
  for (let run = 0; run < runs; run++) each.push(await runOnce(seed + run))
  const middle = (of: (run: OneRun) => number): number => median(each.map(of))
  return {
    ratio: middle(({ ratio }) => ratio),
    milliseconds: middle(({ milliseconds }) => milliseconds),
    memoryMiB: middle(({ memoryMiB }) => memoryMiB),
    each: each.map(({ ratio, milliseconds, memoryMiB }) => ({ ratio, milliseconds, memoryMiB })),
    details: {
      devices: DEVICES,
      waves: WAVES.length,
      messages: middle(({ messages }) => messages),
      messagesPerSecond: Math.round(middle(({ rate }) => rate)),
      brokerLimit: Math.round(middle(({ limit }) => limit)),
      brokerOneWay: Math.round(middle(({ oneWay }) => oneWay)),
      ratioToOneWay: middle(({ rate, oneWay }) => rate / oneWay),
      journal: postgresPrograms === undefined ? 'embedded' : 'PostgreSQL',
    },
  }
}
