// What a second worker process gains: one assignment of communities of linked routers, each a search of its own, on one PostgreSQL server, by one worker with one thread, then by two.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { startJobs } from '../src/jobs/start-jobs.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import { openStore } from '../src/store/store.ts'
import { startPostgres } from '../test/fixtures/postgres.ts'
import type { BenchmarkOptions, BenchmarkResult, MeasuredRun } from './benchmark.ts'
import { builtCommandLine } from './measure.ts'
import { processorOf } from './served.ts'
import { meshesModel } from './meshes-model.ts'

// Large enough that searching dominates: what is sent, kept and put together is little beside it.
const FLEET = { communities: 16, routers: 400 } as const

async function worker(url: string): Promise<ChildProcess> {
  const words = [...(await builtCommandLine()), 'worker', '--database', url, '--threads', '1']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('working on') && resolve())
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
  return child
}

/** `ratio`: the time of two workers against that of one, in the same run. */
export async function assignWorkers({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const { text, devices, links } = meshesModel({ ...FLEET, seed })
  const model = { name: 'meshes.yaml', text }
  const sources = [{ name: 'links.ndjson', text: links }]
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
  /** Processor milliseconds of each worker in each job: the longest of them is what no machine can go below. */
  const processors: (readonly number[])[] = []
  const timed = async (id: string): Promise<number> => {
    const before = children.map(({ pid = 0 }) => processorOf(pid))
    const begun = performance.now()
    await jobs.submit('t', { kind: 'assign', id, input: { model, sources, fleet: 'f' }, actor: 'benchmark' })
    const job = await jobs.finished('t', id, AbortSignal.timeout(1_800_000))
    if (job?.status !== 'succeeded') throw new Error(JSON.stringify(job))
    for await (const { type, data } of jobs.events('t', id, 0, AbortSignal.timeout(10_000))) if (type === 'shared') shares.push(data)
    const milliseconds = performance.now() - begun
    processors.push(children.map(({ pid = 0 }, at) => Math.round(processorOf(pid) - before[at]!)))
    return milliseconds
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
    return { ...middle, each, details: { ...FLEET, oneWorker: alone, shares, processors } }
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
