// Killed at any moment: what was acknowledged is there, every job ends, and nothing is done twice. All of it through `serve`, over HTTP. Long runs: FLEETPROOF_LONG=1.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { randomNumbers } from '../../benchmarks/random.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'
import { killAll, run, runServe, type Running, type RunningService } from './processes.ts'

const long = process.env['FLEETPROOF_LONG'] === '1'
const [embeddedKills, serverKills] = long ? [10, 50] : [2, 5]
const CLIENTS = 3

const cleaning: (() => void | Promise<void>)[] = []
afterEach(async () => {
  killAll()
  for (const clean of cleaning.splice(0).reverse()) await clean()
})

const model = `fleetproof: 1
context: {ram: {int: MB}}
devices: devices.ndjson
variants:
  a: {requires: device.ram >= 128, prefers: 2}
  b: {}
constraints:
  - quota: {variant: a, max: 20}
objectives: [assigned, preference]
`

/** Asks the service that runs now; undefined where it does not answer or is away for a while. */
interface Client {
  readonly ask: (method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>) => Promise<Response | undefined>
}

function clientOf(address: { url: string; token: string }): Client {
  return {
    ask: async (method, path, body, headers = {}) => {
      try {
        const answer = await fetch(`${address.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${address.token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          signal: AbortSignal.timeout(30_000),
          ...(body === undefined ? {} : { body }),
        })
        return answer.status === 503 || answer.status === 429 ? undefined : answer
      } catch {
        return undefined
      }
    },
  }
}

interface Acknowledged {
  readonly models: string[]
  readonly devices: string[]
  /** Job by the key that it was asked with. */
  readonly jobs: Map<string, string>
}

/** Writes as fast as it can until it is told to stop; what is answered well is acknowledged. */
async function load({ ask }: Client, name: string, kept: Acknowledged, signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const id = `${name}-${n}`
    const put = await ask('PUT', `/v1/models/${id}`, model, { 'content-type': 'application/yaml', 'if-none-match': '*' })
    if (put?.status === 201) kept.models.push(id)
    const device = await ask('PUT', `/v1/fleets/f/devices/${id}`, JSON.stringify({ ram: 64 + n }))
    if (device?.status === 200) kept.devices.push(id)
    if (n % 2 === 0) {
      const job = await ask('POST', '/v1/assignments', askedJob, { 'idempotency-key': id })
      if (job?.status === 202) kept.jobs.set(id, ((await job.json()) as { readonly id: string }).id)
    }
    if (put === undefined) await delay(50)
  }
}

const askedJob = JSON.stringify({ model: 'kill', fleet: 'f' })

async function prepare({ ask }: Client): Promise<void> {
  const lines = Array.from({ length: 60 }, (_, k) => `{"id":"d${k}","ram":${64 * (1 + (k % 4))}}\n`).join('')
  expect((await ask('PUT', '/v1/fleets/f/devices', lines, { 'content-type': 'application/x-ndjson' }))?.status).toBe(200)
  expect((await ask('PUT', '/v1/models/kill', model, { 'content-type': 'application/yaml' }))?.status).toBe(201)
}

/** Everything that was acknowledged, as the service tells it when all is up again. */
async function judge({ ask }: Client, { models, devices, jobs }: Acknowledged): Promise<void> {
  const read = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
    for (let tries = 0; ; tries++) {
      const answer = await ask('GET', path)
      if (answer !== undefined) {
        expect(answer.status, path).toBe(200)
        return (await answer.json()) as Readonly<Record<string, unknown>>
      }
      expect(tries, `${path} is not answered`).toBeLessThan(100)
      await delay(200)
    }
  }
  for (const id of models) {
    expect(await read(`/v1/models/${id}`), id).toMatchObject({ revision: 1 })
    expect((await read(`/v1/audit?object=model/${id}`))['items'], id).toHaveLength(1)
  }
  for (const id of devices) expect(await read(`/v1/fleets/f/devices/${id}`), id).toMatchObject({ device: id })
  for (const [key, id] of jobs) {
    let job = await read(`/v1/jobs/${id}?wait=30`)
    for (let waits = 0; (job['status'] === 'queued' || job['status'] === 'running') && waits < 10; waits++)
      job = await read(`/v1/jobs/${id}?wait=30`)
    expect(job['status'], `${id} ${JSON.stringify(job)}`).toBe('succeeded')
    expect(await read(`/v1/assignments/${id}`)).toMatchObject({ status: 'assigned' })
    const text = await (await ask('GET', `/v1/jobs/${id}/events`))!.text()
    const seqs = [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))
    expect(seqs, id).toEqual(seqs.map((_, at) => at + 1))
    expect(text.match(/^event: succeeded$/gm), id).toHaveLength(1)
    // The same request again is the same job, whoever answered it first.
    const again = await ask('POST', '/v1/assignments', askedJob, { 'idempotency-key': key })
    expect([again?.status, ((await again?.json()) as { readonly id: string }).id]).toEqual([202, id])
  }
  expect(models.length, 'acknowledged models').toBeGreaterThan(2)
  expect(jobs.size, 'acknowledged jobs').toBeGreaterThan(0)
}

/** Loads the service while `kill` does its work, then looks at everything. */
async function killed(address: { url: string; token: string }, kill: (acknowledged: Acknowledged) => Promise<void>): Promise<void> {
  const client = clientOf(address)
  await prepare(client)
  const acknowledged: Acknowledged = { models: [], devices: [], jobs: new Map() }
  const stop = new AbortController()
  const loading = Array.from({ length: CLIENTS }, (_, n) => load(client, `c${n}`, acknowledged, stop.signal))
  await kill(acknowledged)
  await pause(() => 0, acknowledged)
  stop.abort()
  await Promise.all(loading)
  await judge(client, acknowledged)
}

/** Some moment after something more was acknowledged: what was never under load proves nothing. */
async function pause(next: () => number, { models }: Acknowledged): Promise<void> {
  for (const before = models.length; models.length === before;) await delay(20)
  await delay(Math.floor(next() * 1200))
}

describe('killed', () => {
  it(`the service on an embedded folder, ${embeddedKills} times`, { timeout: 120_000 + embeddedKills * 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-kill-'))
    cleaning.push(() => rmSync(folder, { recursive: true, force: true }))
    const place = ['--data', folder]
    let service = await runServe(place)
    const address = { url: service.url, token: await firstToken(service) }
    const next = randomNumbers(11)
    await killed(address, async (acknowledged) => {
      for (let round = 0; round < embeddedKills; round++) {
        await pause(next, acknowledged)
        await service.kill()
        service = await runServe(place)
        address.url = service.url
      }
    })
  })

  it.skipIf(postgresPrograms === undefined)(
    `service, worker or PostgreSQL, ${serverKills} times`,
    { timeout: 120_000 + serverKills * 60_000 },
    async () => {
      const server = await startPostgres()
      cleaning.push(server.stop)
      const place = ['--database', server.url, '--dead-after', '3']
      const startWorker = (): Promise<Running> => run(['worker', ...place, '--threads', '1'], /^working on /)
      let [service, worker] = await Promise.all([runServe(place), startWorker()])
      const address = { url: service.url, token: await firstToken(service) }
      const next = randomNumbers(12)
      await killed(address, async (acknowledged) => {
        for (let round = 0; round < serverKills; round++) {
          await pause(next, acknowledged)
          // Each of them first, then whichever comes.
          const victim = round < 3 ? round : Math.floor(next() * 3)
          if (victim === 0) {
            await service.kill()
            service = await runServe(place)
            address.url = service.url
          } else if (victim === 1) {
            await worker.kill()
            worker = await startWorker()
          } else {
            await server.kill()
            await delay(Math.floor(next() * 300))
            await server.start()
          }
        }
        expect([service.child.exitCode, worker.child.exitCode], 'a process ended by itself').toEqual([null, null])
      })
    },
  )
})

async function firstToken(service: RunningService): Promise<string> {
  for (;;) {
    const { token } = service
    if (token !== undefined) return token
    await delay(20)
  }
}
