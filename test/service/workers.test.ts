// Several workers share one large assignment; killing one in the middle changes only the time.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { sitesModel } from '../../benchmarks/sites-model.ts'
import { runAssignment } from '../../src/engine.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { openStore } from '../../src/store/store.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const now = '2026-11-23T10:00:00.000Z'
const started: ChildProcess[] = []
const cleaning: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  for (const clean of cleaning.splice(0).reverse()) await clean()
})

async function worker(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'worker', '--database', url, '--threads', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('working on') && resolve())
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
  return child
}

/** Every site is a part of its own, and no two are alike. */
function independentSites(sites: number): { readonly text: string; readonly devices: string } {
  const { text, devices } = sitesModel({ sites, devices: 4, rooms: 2, seed: 5 })
  return { devices, text: text.replaceAll(/^ {2}- quota:.*\n/gm, '') }
}

describe.skipIf(postgresPrograms === undefined)('workers', () => {
  it('share the parts of one assignment and answer as one process does, though one is killed', { timeout: 240_000 }, async () => {
    const { text, devices } = independentSites(24)
    const server = await startPostgres()
    cleaning.push(server.stop)
    const store = await openStore({ is: 'server', url: server.url })
    cleaning.push(store.close)
    await store.tenants.create({ id: 't', name: 't' }, now)
    await store.fleets.replace('t', 'f', [Buffer.from(devices)] as unknown as AsyncIterable<Uint8Array>, { source: 'f', now })
    const solvers = createSolvers({ threads: 1 })
    cleaning.push(solvers.close)
    const model = { name: 'sites.yaml', text }
    const alone = await runAssignment({ model, open: () => [Buffer.from(devices)] as unknown as AsyncIterable<Uint8Array> }, solvers)
    if (alone.result.status !== 'assigned') throw new Error(JSON.stringify(alone.result))
    const { assignment, levels } = alone.result
    const expected = new Map(alone.fleet!.ids.map((id, row) => [id, assignment.choices[assignment.chosen[row]!]!.id]))

    const jobs = await startJobs({ store, solvers, works: false, beatEvery: 200, deadAfter: 4000 })
    cleaning.push(() => jobs.close())
    const workers = [await worker(server.url), await worker(server.url)]
    for (const id of ['shared', 'killed']) {
      await jobs.submit('t', { kind: 'assign', id, input: { model, fleet: 'f' }, actor: 'ada' })
      if (id === 'killed') {
        const end = Date.now() + 60_000
        while ((await store.shards.done('killed', [])).length === 0 && Date.now() < end)
          await new Promise((resume) => setTimeout(resume, 20))
        const exit = once(workers[0]!, 'exit')
        workers[0]!.removeAllListeners('exit')
        workers[0]!.kill('SIGKILL')
        await Promise.race([exit, once(workers[0]!, 'close')])
      }
      const job = await jobs.finished('t', id, AbortSignal.timeout(120_000))
      expect(job?.status, JSON.stringify(job)).toBe('succeeded')
      const kept = (await store.assignments.get('t', id))!
      expect((kept.summary as { levels: unknown }).levels).toEqual(
        levels.map(({ name, value, bound, gap, checkedBy }) => ({ name, value, bound, gap, checkedBy })),
      )
      const found = new Map<string, string>()
      for await (const { ids, chosen } of (await store.assignments.chunks('t', id))!)
        ids.forEach((device, row) => found.set(device, kept.choices[chosen[row]!]!.id))
      expect(found).toEqual(expected)
      const events = await store.jobTable.events('t', id, 0, 1000)
      const shared = events.find(({ type }) => type === 'shared')?.data as Record<string, number>
      if (id === 'shared') expect(Object.keys(shared), JSON.stringify(shared)).toHaveLength(2)
    }
  })
})
