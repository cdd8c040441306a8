// What a second worker process gains: one large assignment of independent sites on one PostgreSQL server, by one worker with one thread, then by two.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startJobs } from '../src/jobs/start-jobs.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import { openStore } from '../src/store/store.ts'
import { startPostgres } from '../test/fixtures/postgres.ts'
import type { BenchmarkOptions, BenchmarkResult, MeasuredRun } from './benchmark.ts'
import { sitesModel } from './sites-model.ts'

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const SITES = 120

async function worker(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'worker', '--database', url, '--threads', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('working on') && resolve())
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
  return child
}

/** `ratio`: the time of two workers against that of one, in the same run. */
export async function assignWorkers({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const { text, devices } = sitesModel({ sites: SITES, devices: 4, rooms: 2, seed })
  const model = { name: 'sites.yaml', text: text.replaceAll(/^ {2}- quota:.*\n/gm, '') }
  const server = await startPostgres()
  const store = await openStore({ is: 'server', url: server.url })
  const solvers = createSolvers({ threads: 1 })
  const now = new Date().toISOString()
  await store.tenants.create({ id: 't', name: 't' }, now)
  const lines = (async function* () {
    yield await Promise.resolve(Buffer.from(devices))
  })()
  await store.fleets.replace('t', 'f', lines, { source: 'f', now })
  const jobs = await startJobs({ store, solvers, works: false })
  const children = [await worker(server.url)]
  const each: MeasuredRun[] = []
  const shares: unknown[] = []
  const timed = async (id: string): Promise<number> => {
    const begun = performance.now()
    await jobs.submit('t', { kind: 'assign', id, input: { model, fleet: 'f' }, actor: 'benchmark' })
    const job = await jobs.finished('t', id, AbortSignal.timeout(1_800_000))
    if (job?.status !== 'succeeded') throw new Error(JSON.stringify(job))
    for await (const { type, data } of jobs.events('t', id, 0, AbortSignal.timeout(10_000))) if (type === 'shared') shares.push(data)
    return performance.now() - begun
  }
  try {
    const alone: number[] = []
    for (let run = 0; run < runs; run++) alone.push(await timed(`one-${run}`))
    children.push(await worker(server.url))
    for (let run = 0; run < runs; run++) {
      const milliseconds = await timed(`two-${run}`)
      each.push({ ratio: milliseconds / alone[run]!, milliseconds, memoryMiB: process.memoryUsage.rss() / 1024 / 1024 })
    }
    const middle = each.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(each.length / 2)]!
    return { ...middle, each, details: { sites: SITES, oneWorker: alone, shares } }
  } finally {
    for (const child of children) {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    }
    await jobs.close()
    await solvers.close()
    await store.close()
    await server.stop()
  }
}
