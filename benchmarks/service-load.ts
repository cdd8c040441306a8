// Question: does the service answer while it works? 50 clients mix reads, small assignments and checks for a minute: errors, times of reads, memory.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { jobsEnded, memoryOf, serveBuilt, type Served } from './served.ts'

const CLIENTS = 50
/** Of each client's twenty requests one assigns and, now and then, one checks. */
const SECONDS = 60

/** `ratio`: the 99th percentile of reads against the 50 ms that were asked for. */
export async function serviceLoad(
  { runs }: BenchmarkOptions,
  { seconds = SECONDS, database }: { readonly seconds?: number; readonly database?: string } = {},
): Promise<BenchmarkResult> {
  const all: Awaited<ReturnType<typeof once>>[] = []
  for (let run = 0; run < runs; run++) all.push(await once(seconds, database))
  const slow = median(all.map(({ readP99 }) => readP99))
  return {
    ratio: Number((slow / 50).toFixed(2)),
    milliseconds: Math.round(slow),
    memoryMiB: Math.max(...all.map(({ memory }) => Math.max(...memory))),
    details: { clients: CLIENTS, seconds, database: database === undefined ? 'embedded' : 'server', runs: all },
  }
}

async function once(seconds: number, database: string | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-load-'))
  const served = await serveBuilt(database === undefined ? ['--data', join(folder, 'data')] : ['--database', database])
  try {
    await prepare(served)
    const memory: number[] = []
    const watch = setInterval(() => memory.push(memoryOf(served.child.pid!).now), 1000)
    const headers = { authorization: `Bearer ${served.token}`, 'content-type': 'application/json' }
    const reads = [
      '/v1/fleets/building',
      '/v1/fleets/building/devices/gw-0001',
      '/v1/models/building',
      '/v1/jobs?limit=10',
      '/v1/assignments?limit=5',
      '/v1/me',
    ]
    const check = JSON.stringify({ sources: [{ format: 'native', name: 'comfort.yaml', text: example('comfort.yaml') }], kinds: ['K1'] })
    const [read, work] = await Promise.all([
      autocannon({
        url: served.url,
        connections: CLIENTS - 4,
        duration: seconds,
        overallRate: 400,
        requests: reads.map((path) => ({ method: 'GET', path, headers })),
      }),
      autocannon({
        url: served.url,
        connections: 4,
        duration: seconds,
        overallRate: 4,
        requests: [
          { method: 'POST', path: '/v1/assignments', headers, body: JSON.stringify({ model: 'building', fleet: 'building' }) },
          { method: 'PATCH', path: '/v1/fleets/building/devices/gw-0002', headers, body: '{"ram":2048}' },
          { method: 'POST', path: '/v1/checks', headers, body: check },
        ],
      }),
    ])
    clearInterval(watch)
    const left = await jobsEnded(served)
    return {
      reads: read.requests.total,
      readP50: read.latency.p50,
      readP99: read.latency.p99,
      readMost: read.latency.max,
      work: work.requests.total,
      workP99: work.latency.p99,
      errors: read.errors + work.errors + read.timeouts + work.timeouts + read.non2xx + work.non2xx,
      jobs: left,
      memory: memory.filter((_, i) => i % 5 === 0),
    }
  } finally {
    await served.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const example = (name: string): string => readFileSync(join('examples', name), 'utf8')

/** The fleet and the model are there, and every thread has started. */
async function prepare(served: Served): Promise<void> {
  await served.ask('PUT', '/v1/fleets/building/devices', example('building-devices.ndjson'), 'application/x-ndjson')
  await served.ask('PUT', '/v1/models/building', example('building.yaml'), 'application/yaml')
  for (let i = 0; i < 4; i++) await served.ask('POST', '/v1/assignments', JSON.stringify({ model: 'building', fleet: 'building' }))
  await jobsEnded(served)
}
