// Jobs as the service asks for them: done once, watched, stopped, taken up; embedded and on a server alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DurableWorkflow } from '../../src/jobs/durable.ts'
import type { Jobs } from '../../src/jobs/jobs.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { skippedBecause, storeKinds, type StorePlace } from '../fixtures/stores.ts'

const now = '2026-11-23T10:00:00.000Z'
const soon = (): AbortSignal => AbortSignal.timeout(40_000)

const model = {
  name: 'm.yaml',
  text: `fleetproof: 1
context: {ram: {int: MB}}
devices: devices.ndjson
variants:
  a: {requires: device.ram >= 128, prefers: 2}
  b: {}
constraints:
  - quota: {variant: a, max: 20}
objectives: [assigned, preference]
`,
}

/** A model that the solvers below never finish. */
const endless = model.text.replace('  b: {}', '  b: {}\n  endless: {}')
const stopped = { begun: false, ended: false }

function sometimesEndless(solvers: Solvers): Solvers {
  return {
    ...solvers,
    solveAssignment: (problem, limits) => {
      if (!problem.choices.some(({ id }) => id === 'endless')) return solvers.solveAssignment(problem, limits)
      stopped.begun = true
      return new Promise((resolve) => {
        limits?.signal?.addEventListener('abort', () => {
          stopped.ended = true
          resolve({ is: 'undecided', why: 'stopped', bound: problem.levels.map(() => 0), components: [], open: [] })
        })
      })
    },
  }
}

const automations = {
  name: 'home.yaml',
  text: `fleetproof: 1
application: home
things:
  lamp: {class: lamp}
`,
}

const told: string[] = []
const greeting: DurableWorkflow<{ readonly name: string }, unknown> = {
  name: 'greeting',
  run: async ({ id, step, receive, publish, sleep, now: clock }, { name }) => {
    const words = await step('words', () => Promise.resolve(told.push(name)))
    await publish('state', 'waiting')
    const message = await receive('answer', 30_000)
    await sleep(10)
    return { id, words, message, at: await clock() }
  },
}

for (const kind of storeKinds)
  describe.skipIf(kind.missing !== undefined)(`jobs, ${skippedBecause(kind)}`, () => {
    let at: StorePlace
    let store: Store
    let solvers: Solvers
    let jobs: Jobs
    beforeAll(async () => {
      at = await kind.make()
      store = await openStore(at.place)
      solvers = sometimesEndless(createSolvers({ threads: 1 }))
      for (const id of ['t', 'u']) await store.tenants.create({ id, name: id }, now)
      const lines = Array.from({ length: 60 }, (_, k) => `{"id":"d${k}","ram":${64 * (1 + (k % 4))}}\n`).join('')
      await store.fleets.replace('t', 'f', [Buffer.from(lines)] as unknown as AsyncIterable<Uint8Array>, { source: 'f', now })
      jobs = await startJobs({ store, solvers, cores: 2, beatEvery: 200, workflows: [greeting] })
    })
    afterAll(async () => {
      await jobs.close()
      await solvers.close()
      await store.close()
      await at.clean()
    })

    it('assigns a stored fleet once, however often it is asked under one id, and keeps every choice', async () => {
      const request = { kind: 'assign', id: 'one', input: { model, modelId: 'm', fleet: 'f' }, actor: 'ada' } as const
      const asked = await Promise.all([jobs.submit('t', request), jobs.submit('t', request)])
      expect(asked.map(({ id }) => id)).toEqual(['one', 'one'])
      const job = await jobs.finished('t', 'one', soon())
      expect(job).toMatchObject({ status: 'succeeded', result: { assignment: 'one', status: 'assigned' }, attempt: 1, actor: 'ada' })
      expect((await jobs.submit('t', request)).status).toBe('succeeded')
      await expect(jobs.submit('u', request)).rejects.toMatchObject({ code: 'jobs/foreign-id' })
      expect(await jobs.get('u', 'one')).toBeUndefined()

      const kept = await store.assignments.get('t', 'one')
      expect(kept).toMatchObject({
        status: 'assigned',
        fleet: 'f',
        fleetRevision: 2,
        model: 'm',
        devices: 60,
        summary: { counts: { a: 20, b: 40 } },
      })
      expect(await store.assignments.get('u', 'one')).toBeUndefined()
      const counted = new Map<string, number>()
      for await (const { ids, chosen } of (await store.assignments.chunks('t', 'one')) ?? [])
        for (const row of ids.keys()) {
          const { id } = kept!.choices[chosen[row]!]!
          counted.set(id, (counted.get(id) ?? 0) + 1)
        }
      expect(Object.fromEntries(counted)).toEqual({ a: 20, b: 40 })
      const single = await store.assignments.device('t', 'one', 'd4')
      expect(kept?.choices[single?.chosen ?? -1]?.id).toBe('b')
      expect(await store.assignments.device('t', 'one', 'nobody')).toBeUndefined()
    })

    it('tells everything that happens, from wherever one begins to listen', async () => {
      await jobs.submit('t', { kind: 'assign', id: 'told', input: { model, fleet: 'f' }, actor: 'ada' })
      const all: { seq: number; type: string }[] = []
      for await (const event of jobs.events('t', 'told', 0, soon())) all.push(event)
      expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
      expect(all.map(({ type }) => type).filter((type) => type !== 'progress')).toEqual(['queued', 'started', 'succeeded'])
      const rest: number[] = []
      for await (const { seq } of jobs.events('t', 'told', 2, soon())) rest.push(seq)
      expect(rest).toEqual(all.slice(2).map(({ seq }) => seq))
      const foreign: number[] = []
      for await (const { seq } of jobs.events('u', 'told', 0, soon())) foreign.push(seq)
      expect(foreign).toEqual([])
    })

    it('answers what is wrong with the input as a result, not as a failure', async () => {
      await jobs.submit('t', {
        kind: 'assign',
        id: 'bad',
        input: { model: { name: 'm', text: 'fleetproof: 1\n' }, fleet: 'f' },
        actor: 'ada',
      })
      expect(await jobs.finished('t', 'bad', soon())).toMatchObject({ status: 'succeeded', result: { status: 'invalid' } })
      await jobs.submit('t', { kind: 'assign', id: 'none', input: { model, fleet: 'nobody' }, actor: 'ada' })
      await jobs.finished('t', 'none', soon())
      expect(JSON.stringify((await store.assignments.get('t', 'none'))?.summary)).toContain('there is no fleet `nobody`')
      await jobs.submit('t', {
        kind: 'check',
        id: 'check-bad',
        input: { sources: [{ format: 'native', source: automations }] },
        actor: 'ada',
      })
      const checked = await jobs.finished('t', 'check-bad', soon())
      expect(checked?.status).toBe('succeeded')
      expect(await store.reports.get('t', 'check-bad')).toMatchObject({
        kind: 'check',
        verdict: (checked?.result as { verdict: string }).verdict,
      })
    })

    it('ends a job that is not wanted any more, and its solvers with it', async () => {
      expect(await jobs.cancel('t', 'no such job')).toBe(false)
      expect(await jobs.cancel('t', 'one')).toBe(false)
      await jobs.submit('t', { kind: 'assign', id: 'endless', input: { model: { ...model, text: endless }, fleet: 'f' }, actor: 'ada' })
      await expect.poll(() => stopped.begun, { timeout: 20_000 }).toBe(true)
      expect(await jobs.cancel('u', 'endless')).toBe(false)
      expect(await jobs.cancel('t', 'endless')).toBe(true)
      expect(await jobs.finished('t', 'endless', soon())).toMatchObject({ status: 'cancelled', cancelling: true })
      expect(stopped.ended).toBe(true)
      const types: string[] = []
      for await (const { type } of jobs.events('t', 'endless', 0, soon())) if (type !== 'progress') types.push(type)
      expect(types).toEqual(['queued', 'started', 'cancelling', 'cancelled'])
      expect(await store.assignments.get('t', 'endless')).toBeUndefined()
      expect(await jobs.cancel('t', 'endless')).toBe(false)
      stopped.begun = stopped.ended = false
    })

    it('runs workflows of other rooms step by step, each message once', async () => {
      await jobs.start(greeting, 'hello', { name: 'ada' })
      await jobs.start(greeting, 'hello', { name: 'again' })
      const end = Date.now() + 30_000
      while ((await jobs.published('hello', 'state')) !== 'waiting' && Date.now() < end)
        await new Promise((resume) => setTimeout(resume, 50))
      await jobs.send('hello', 'answer', { well: true }, 'key')
      await jobs.send('hello', 'answer', { well: false }, 'key')
      while ((await jobs.workflow('hello'))?.is !== 'done' && Date.now() < end) await new Promise((resume) => setTimeout(resume, 50))
      expect(await jobs.workflow('hello')).toMatchObject({ is: 'done', output: { id: 'hello', message: { well: true } } })
      expect(told.filter((name) => name === 'again')).toEqual([])
      expect(await jobs.workflow('nobody')).toBeUndefined()
      await jobs.start(greeting, 'unheard', { name: 'bob' })
      await jobs.cancelWorkflow('unheard')
      expect(await jobs.workflow('unheard')).toEqual({ is: 'cancelled' })
    })

    it('takes up what a process left, and begins what was asked for when it died', async () => {
      await jobs.close({ milliseconds: 2000 })
      // As if the submitter had died between keeping the job and starting it.
      await store.jobTable.add('t', { id: 'orphan', kind: 'assign', input: { model, fleet: 'f' }, actor: 'ada' }, now)
      // As if its executor had died at work.
      await store.jobTable.add('t', { id: 'left', kind: 'assign', input: { model, fleet: 'f' }, actor: 'ada' }, now)
      await store.jobTable.take('left', 'dead', now)
      jobs = await startJobs({ store, solvers, cores: 2, beatEvery: 100, workflows: [greeting] })
      expect(await jobs.finished('t', 'orphan', soon())).toMatchObject({ status: 'succeeded', attempt: 1 })
      expect(await jobs.finished('t', 'left', soon())).toMatchObject({ status: 'succeeded', attempt: 2 })
      const types: string[] = []
      for await (const { type } of jobs.events('t', 'left', 0, soon())) if (type !== 'progress') types.push(type)
      expect(types).toEqual(['queued', 'started', 'taken-over', 'succeeded'])
    })

    // In a folder there are no others.
    if (kind.name !== 'embedded')
      it('is alive to others while it computes without a pause', async () => {
        const executor = { id: 'busy', host: 'here', pid: 1, version: '0', cores: 1, works: false }
        await store.executors.beat(executor)
        const beating = store.keepBeating('busy', 50)
        await new Promise((resume) => setTimeout(resume, 1000))
        const block = Date.now() + 1500
        while (Date.now() < block) JSON.stringify(block)
        expect((await store.executors.alive(1000)).map(({ id }) => id)).toContain('busy')
        await beating?.stop()
        await store.executors.leave('busy')
        expect((await store.executors.alive(1000)).map(({ id }) => id)).not.toContain('busy')
      })

    it('lists a page at a time, newest first', async () => {
      const first = await jobs.list('t', { limit: 2 })
      const next = await jobs.list('t', { limit: 100, before: first[1]!.seq })
      expect([...first, ...next].map(({ seq }) => seq)).toEqual([...first, ...next].map(({ seq }) => seq).sort((a, b) => b - a))
      expect(await jobs.list('u', { limit: 10 })).toEqual([])
      expect((await jobs.list('t', { limit: 100, kind: 'check' })).every(({ kind: asked }) => asked === 'check')).toBe(true)
    })
  })
