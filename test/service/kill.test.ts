// Killed at any moment: what was acknowledged is there, every job ends, and nothing is done twice. Long runs: FLEETPROOF_LONG=1.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { randomNumbers } from '../../benchmarks/random.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { DatabasePlace } from '../../src/store/database.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import type { KillLoad } from '../fixtures/kill-load.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'
import { storeKinds } from '../fixtures/stores.ts'

const kills = process.env['FLEETPROOF_LONG'] === '1' ? 50 : 5
const script = fileURLToPath(new URL('../fixtures/kill-load.ts', import.meta.url))
const now = '2026-11-23T10:00:00.000Z'

interface Process {
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

const started: ChildProcess[] = []
const cleaning: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  for (const clean of cleaning.splice(0)) await clean()
})

/** Lines that are whole are acknowledged. */
function run(load: KillLoad, acknowledged: Set<string>): Process {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(load)], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  const errors: string[] = []
  child.stderr.on('data', (piece: Buffer) => errors.push(piece.toString()))
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') resolve()
      else if (!line.startsWith('refused')) acknowledged.add(line)
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors.join('')}`)))
  })
  ready.catch(() => undefined)
  return { child, ready }
}

async function kill({ child }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function prepare(place: DatabasePlace): Promise<void> {
  const store = await openStore(place)
  await store.tenants.create({ id: 't', name: 't' }, now)
  const lines = Array.from({ length: 60 }, (_, k) => `{"id":"d${k}","ram":${64 * (1 + (k % 4))}}\n`).join('')
  await store.fleets.replace('t', 'f', [Buffer.from(lines)] as unknown as AsyncIterable<Uint8Array>, { source: 'devices', now })
  await store.close()
}

/** Takes up what is left, and looks at everything. */
async function judge(place: DatabasePlace, acknowledged: ReadonlySet<string>): Promise<Readonly<Record<string, number>>> {
  const store = await openStore(place)
  const solvers = createSolvers({ threads: 1 })
  const jobs = await startJobs({ store, solvers, cores: 2, beatEvery: 300, deadAfter: 3000 })
  try {
    const counts: Record<string, number> = { document: 0, device: 0, job: 0, again: 0 }
    for (const line of acknowledged) {
      const [kind = '', id = ''] = line.split(' ')
      counts[kind]! += 1
      if (kind === 'document') {
        expect(await store.documents.get('t', 'models', id), line).toMatchObject({ revision: 1 })
        expect(await store.audit.list('t', { limit: 5, object: `model/${id}` }), line).toHaveLength(1)
      } else if (kind === 'device') expect(await store.fleets.device('t', 'f', id), line).toBeDefined()
      else {
        const job = await jobs.finished('t', id, AbortSignal.timeout(120_000))
        expect(job?.status, `${line} ${JSON.stringify(job)}`).toBe('succeeded')
        counts['again']! += job!.attempt > 1 ? 1 : 0
        await endedOnce(store, id)
      }
    }
    return counts
  } finally {
    await jobs.close()
    await solvers.close()
    await store.close()
  }
}

/** One result, one end, and events without gaps. */
async function endedOnce(store: Store, id: string): Promise<void> {
  const events = await store.jobTable.events('t', id, 0, 10_000)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))
  expect(events.filter(({ type }) => type === 'succeeded')).toHaveLength(1)
  expect(events.at(-1)?.type).toBe('succeeded')
  expect(await store.assignments.get('t', id)).toMatchObject({ status: 'assigned' })
}

describe('killed', () => {
  it('embedded, the only process', { timeout: 120_000 + kills * 30_000 }, async () => {
    const at = await storeKinds[0]!.make()
    cleaning.push(at.clean)
    await prepare(at.place)
    const acknowledged = new Set<string>()
    const next = randomNumbers(11)
    for (let round = 0; round < kills; round++) {
      const running = run({ place: at.place, name: `r${round}`, writes: true, works: true }, acknowledged)
      await running.ready
      await delay(Math.floor(100 + next() * 1500))
      await kill(running)
    }
    const counts = await judge(at.place, acknowledged)
    expect(counts['document']).toBeGreaterThan(kills)
    expect(counts['job']).toBeGreaterThan(0)
  })

  it.skipIf(postgresPrograms === undefined)(
    'on PostgreSQL: who submits, who works, or the server itself',
    { timeout: 120_000 + kills * 30_000 },
    async () => {
      const server = await startPostgres()
      cleaning.push(server.stop)
      const place: DatabasePlace = { is: 'server', url: server.url }
      await prepare(place)
      const acknowledged = new Set<string>()
      const next = randomNumbers(12)
      let names = 0
      const submitter = (): Process => run({ place, name: `s${names++}`, writes: true, works: false }, acknowledged)
      const worker = (): Process => run({ place, name: `w${names++}`, writes: false, works: true }, acknowledged)
      let submits = submitter()
      let works = [worker(), worker()]
      await Promise.all([submits, ...works].map(({ ready }) => ready))
      for (let round = 0; round < kills; round++) {
        await delay(Math.floor(100 + next() * 1500))
        const victim = Math.floor(next() * 3)
        if (victim === 0) {
          await kill(submits)
          submits = submitter()
          await submits.ready
        } else if (victim === 1) {
          await kill(works[0]!)
          works = [works[1]!, worker()]
          await works[1]!.ready
        } else {
          await server.kill()
          await delay(Math.floor(next() * 500))
          await server.start()
        }
      }
      await delay(1000)
      for (const each of [submits, ...works]) {
        expect(each.child.exitCode, 'a process ended by itself').toBeNull()
        await kill(each)
      }
      const counts = await judge(place, acknowledged)
      expect(counts['document']).toBeGreaterThan(kills)
      expect(counts['job']).toBeGreaterThan(0)
    },
  )
})
