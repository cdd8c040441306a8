// Question: what does the way over HTTP cost? 1,000,000 devices go in as NDJSON, are assigned, and come out, on either store, against the command line on the same files.
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { postgresPrograms, startPostgres, type PostgresServer } from '../test/fixtures/postgres.ts'
import type { BenchmarkOptions, BenchmarkResult, MeasuredRun } from './benchmark.ts'
import { builtCommandLine, measure, type Measured } from './measure.ts'
import { millionFile } from './million.ts'
import { memoryOf, processorOf, serveBuilt, type Body } from './served.ts'

interface Passed extends MeasuredRun {
  /** Milliseconds by the clock, and of processor time in the service and the database server. */
  readonly phases: Readonly<Record<string, readonly [number, number]>>
}

/** `ratio`: against the command line, three being asked for; the worse of the two stores. Memory is the service's alone. */
export async function serviceMillion({ runs, seed, devices = 1_000_000 }: BenchmarkOptions): Promise<BenchmarkResult> {
  const file = await millionFile(devices, seed)
  const each: MeasuredRun[] = []
  const details: unknown[] = []
  for (let run = 0; run < runs; run++) {
    const { measured, levels } = await commandLine(file)
    const embedded = await withFolder((folder) => passed(['--data', join(folder, 'data')], file, devices, measured, levels))
    const server = postgresPrograms === undefined ? undefined : await onServer(file, devices, measured, levels)
    details.push({ commandLine: measured.milliseconds, commandLineProcessor: measured.processorMilliseconds, embedded, server })
    each.push(...[embedded, server].filter((side) => side !== undefined))
  }
  const worst = each.reduce((one, other) => (other.ratio > one.ratio ? other : one))
  return { ...worst, details: { devices, runs: details } }
}

async function onServer(file: string, devices: number, measured: Measured, levels: string): Promise<Passed> {
  const server = await startPostgres()
  try {
    return await passed(['--database', server.url], file, devices, measured, levels, server)
  } finally {
    await server.stop()
  }
}

async function commandLine(file: string): Promise<{ readonly measured: Measured; readonly levels: string }> {
  return withFolder(async (folder) => {
    const words = [...(await builtCommandLine()), 'assign', file.replace(/ndjson$/, 'yaml'), '--json', '--out', join(folder, 'result')]
    const measured = await measure(words)
    if (measured.code !== 0) throw new Error(`assign ended with ${measured.code}: ${measured.output.slice(0, 2000)}`)
    return { measured, levels: levelsOf(JSON.parse(measured.output)) }
  })
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-service-million-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const levelsOf = (summary: unknown): string =>
  JSON.stringify(
    (summary as { readonly levels: readonly { readonly value: number; readonly gap: number }[] }).levels.map(({ value, gap }) => [
      value,
      gap,
    ]),
  )

async function passed(
  place: readonly string[],
  file: string,
  devices: number,
  cli: Measured,
  levels: string,
  server?: PostgresServer,
): Promise<Passed> {
  const service = await serveBuilt(place)
  const pid = service.child.pid!
  const spent = (): number => processorOf(pid) + (server === undefined ? 0 : processorOf(server.pid()))
  const phases: Record<string, readonly [number, number]> = {}
  const timed = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const [begun, before] = [performance.now(), spent()]
    const value = await act()
    phases[name] = [Math.round(performance.now() - begun), Math.round(spent() - before)]
    return value
  }
  try {
    await service.ask('PUT', '/v1/models/million', readFileSync(file.replace(/ndjson$/, 'yaml'), 'utf8'), 'application/yaml')
    await timed('upload', () => {
      const body = Readable.toWeb(createReadStream(file, { highWaterMark: 1 << 20 })) as Body
      return service.ask('PUT', '/v1/fleets/million/devices', body, 'application/x-ndjson')
    })
    const id = await timed('assign', async () => {
      const asked = JSON.stringify({ model: 'million', fleet: 'million' })
      let job = (await service.ask('POST', '/v1/assignments', asked)) as {
        readonly id: string
        readonly status: string
        readonly failure?: unknown
      }
      while (job.status === 'queued' || job.status === 'running')
        job = (await service.ask('GET', `/v1/jobs/${job.id}?wait=60`)) as typeof job
      if (job.status !== 'succeeded') throw new Error(`the job ${job.status}: ${JSON.stringify(job.failure)}`)
      return job.id
    })
    await timed('download', async () => {
      let lines = 0
      const answer = await service.send('GET', `/v1/assignments/${id}/devices.ndjson`)
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
        for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
      if (lines !== devices) throw new Error(`${lines} lines came, ${devices} were asked for`)
    })
    const { summary } = (await service.ask('GET', `/v1/assignments/${id}`)) as { readonly summary: unknown }
    if (levelsOf(summary) !== levels) throw new Error(`the service reaches ${levelsOf(summary)}, the command line ${levels}`)
    const all = Object.values(phases)
    const milliseconds = all.reduce((sum, [clock]) => sum + clock, 0)
    const processor = all.reduce((sum, [, time]) => sum + time, 0)
    return {
      ratio: Number((milliseconds / cli.milliseconds).toFixed(2)),
      milliseconds,
      memoryMiB: memoryOf(pid).most,
      processorRatio: Number((processor / cli.processorMilliseconds).toFixed(2)),
      phases,
    }
  } finally {
    await service.stop()
  }
}
