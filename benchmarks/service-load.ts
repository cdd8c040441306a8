// Question: does the service answer while it works? 50 clients, in a process of their own, mix reads, small assignments, changes and checks for a minute: errors, times of reads, memory.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import type { LoadPlan, LoadResult } from './load-plan.ts'
import { median } from './measure.ts'
import { jobsEnded, memoryOf, serveBuilt, type Served } from './served.ts'

const CLIENTS = 50
const SECONDS = 60
/** Of all clients together. */
const READS_PER_SECOND = 400
const WORKS_PER_SECOND = 4

/** `ratio`: the 99th percentile of reads against the 50 ms that were asked for. */
export async function serviceLoad(
  { runs, seed }: BenchmarkOptions,
  { seconds = SECONDS, database }: { readonly seconds?: number; readonly database?: string } = {},
): Promise<BenchmarkResult> {
  const all: Awaited<ReturnType<typeof once>>[] = []
  for (let run = 0; run < runs; run++) all.push(await once(seconds, database, seed + run))
  const slow = median(all.map(({ reads }) => reads.p99))
  return {
    ratio: Number((slow / 50).toFixed(2)),
    milliseconds: Math.round(slow),
    memoryMiB: Math.max(...all.map(({ memory }) => Math.max(...memory))),
    details: {
      clients: CLIENTS,
      seconds,
      readsPerSecond: READS_PER_SECOND,
      worksPerSecond: WORKS_PER_SECOND,
      database: database === undefined ? 'embedded' : 'server',
      runs: all,
    },
  }
}

async function once(seconds: number, database: string | undefined, seed: number) {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-load-'))
  const served = await serveBuilt(database === undefined ? ['--data', join(folder, 'data')] : ['--database', database])
  try {
    await prepare(served)
    const memory: number[] = []
    const watch = setInterval(() => memory.push(memoryOf(served.child.pid!).now), 1000)
    const check = JSON.stringify({ sources: [{ format: 'native', name: 'comfort.yaml', text: example('comfort.yaml') }], kinds: ['K1'] })
    const asked = await clients({
      url: served.url,
      token: served.token,
      clients: CLIENTS,
      seconds,
      readsPerSecond: READS_PER_SECOND,
      worksPerSecond: WORKS_PER_SECOND,
      reads: reads.map((path) => ({ method: 'GET', path })),
      works: [
        { method: 'POST', path: '/v1/assignments', body: JSON.stringify({ model: 'building', fleet: 'building' }) },
        { method: 'PATCH', path: '/v1/fleets/building/devices/gw-0002', body: '{"ram":2048}' },
        { method: 'POST', path: '/v1/checks', body: check },
      ],
      seed,
    })
    clearInterval(watch)
    return { ...asked, jobs: await jobsEnded(served), memory: memory.filter((_, i) => i % 5 === 0) }
  } finally {
    await served.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const reads = [
  '/v1/fleets/building',
  '/v1/fleets/building/devices/gw-0001',
  '/v1/models/building',
  '/v1/jobs?limit=10',
  '/v1/assignments?limit=5',
  '/v1/me',
]

async function clients(plan: LoadPlan): Promise<LoadResult> {
  const file = fileURLToPath(new URL('load-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  for await (const piece of child.stdout) told += String(piece)
  return JSON.parse(told) as LoadResult
}

const example = (name: string): string => readFileSync(join('examples', name), 'utf8')

/** The fleet and the model are there, and every thread has started. */
async function prepare(served: Served): Promise<void> {
  await served.ask('PUT', '/v1/fleets/building/devices', example('building-devices.ndjson'), 'application/x-ndjson')
  await served.ask('PUT', '/v1/models/building', example('building.yaml'), 'application/yaml')
  for (let i = 0; i < 4; i++) await served.ask('POST', '/v1/assignments', JSON.stringify({ model: 'building', fleet: 'building' }))
  await jobsEnded(served)
}
