// A worker tells the collector of its jobs, and refuses an address that is none.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { openStore } from '../../src/store/store.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'
import { killAll, run } from './processes.ts'

const cleaning: (() => void | Promise<void>)[] = []
afterEach(async () => {
  killAll()
  for (const clean of cleaning.splice(0).reverse()) await clean()
})

const now = '2026-11-23T10:00:00.000Z'

describe('a worker', () => {
  it('refuses what is no address of a collector', { timeout: 60_000 }, async () => {
    await expect(run(['worker', '--database', 'postgres://nobody@127.0.0.1/none', '--otlp', 'collector'], /^working on/)).rejects.toThrow(
      'is no address of a collector',
    )
  })

  it.skipIf(postgresPrograms === undefined)('sends traces of the jobs that it does', { timeout: 120_000 }, async () => {
    let received = ''
    const collector = createServer((asked, answer) => {
      asked.on('data', (piece: Buffer) => (received += piece.toString()))
      asked.on('end', () => void answer.setHeader('content-type', 'application/json').end('{}'))
    }).listen(0, '127.0.0.1')
    await once(collector, 'listening')
    cleaning.push(() => void collector.close())
    const server = await startPostgres()
    cleaning.push(server.stop)
    const store = await openStore({ is: 'server', url: server.url })
    cleaning.push(store.close)
    await store.tenants.create({ id: 't', name: 't' }, now)
    const solvers = createSolvers({ threads: 1 })
    cleaning.push(solvers.close)
    const jobs = await startJobs({ store, solvers, works: false })
    cleaning.push(() => jobs.close())
    const address = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
    const worker = await run(['worker', '--database', server.url, '--threads', '1', '--otlp', address], /^working on /)
    const model = { name: 'm.yaml', text: 'fleetproof: 1\ncontext: {}\ndevices: []\nvariants: {only: {}}\n' }
    await jobs.submit('t', { kind: 'assign', id: 'traced', input: { model }, actor: 'ada' })
    expect((await jobs.finished('t', 'traced', AbortSignal.timeout(60_000)))?.status).toBe('succeeded')
    // What was traced is sent before it ends.
    const exit = once(worker.child, 'exit')
    worker.child.kill('SIGTERM')
    await exit
    expect(received).toContain('"job assign"')
    expect(received).toContain('"traced"')
  })
})
