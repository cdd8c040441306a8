/** Jobs as they are kept: what was asked, how far it is, what came of it, and everything that happened, in order. */
import { sql, type Kysely } from 'kysely'
import { atomically } from './atomically.ts'
import type { Schema } from './schema.ts'

export interface JobRow {
  readonly tenant: string
  readonly id: string
  readonly seq: number
  readonly kind: string
  readonly status: string
  readonly cancelling: boolean
  readonly progress: unknown
  readonly result: unknown
  readonly failure: unknown
  readonly actor: string
  readonly created: string
  readonly started: string | null
  readonly finished: string | null
  readonly executor: string | null
  readonly attempt: number
  readonly events: number
}

export interface JobEventRow {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly data: unknown
}

/** How a job ends. */
export type JobEnd =
  | { readonly status: 'succeeded'; readonly result: unknown }
  | { readonly status: 'failed'; readonly failure: unknown }
  | { readonly status: 'cancelled' }

export interface JobTable {
  /** The job, and whether it is new: an id that is known keeps its job. Undefined where another tenant has the id. */
  readonly add: (
    tenant: string,
    job: { readonly id: string; readonly kind: string; readonly input: unknown; readonly actor: string },
    now: string,
  ) => Promise<{ readonly job: JobRow; readonly added: boolean } | undefined>
  readonly get: (tenant: string, id: string) => Promise<JobRow | undefined>
  /** Whoever's it is: for executors, which are given ids only. */
  readonly work: (id: string) => Promise<(JobRow & { readonly input: unknown }) | undefined>
  readonly list: (
    tenant: string,
    page: { readonly limit: number; readonly before?: number; readonly kind?: string; readonly status?: string },
  ) => Promise<readonly JobRow[]>
  readonly events: (tenant: string, id: string, after: number, limit: number) => Promise<readonly JobEventRow[]>
  /** The executor takes the job up; undefined where it has ended, or is to end. */
  readonly take: (id: string, executor: string, now: string) => Promise<JobRow | undefined>
  /** False where the job is no longer this executor's: it must stop. */
  readonly note: (id: string, executor: string, type: string, data: unknown, now: string) => Promise<boolean>
  /** False where the job is no longer this executor's, or has ended. */
  readonly end: (id: string, executor: string, end: JobEnd, now: string) => Promise<boolean>
  /** Marks it; one that nobody has taken up ends at once. False where there is no such job, or it has ended. */
  readonly cancel: (tenant: string, id: string, now: string) => Promise<boolean>
  /** Ends a job that no executor can, whatever it is at. */
  readonly giveUp: (id: string, failure: unknown, now: string) => Promise<boolean>
  /** The oldest of those that go on. */
  readonly open: (limit: number) => Promise<readonly Pick<JobRow, 'id' | 'status' | 'executor' | 'attempt'>[]>
  /** Which of these are to end, or are another executor's. */
  readonly unwanted: (executor: string, ids: readonly string[]) => Promise<readonly string[]>
}

const columns = [
  'tenant',
  'id',
  'seq',
  'kind',
  'status',
  'cancelling',
  'progress',
  'result',
  'failure',
  'actor',
  'created',
  'started',
  'finished',
  'executor',
  'attempt',
  'events',
] as const

export const jobTableOf = (queries: Kysely<Schema>): JobTable => {
  /** INVARIANT: the job's row is held, so that events count up without gaps. */
  const event = async (trx: Kysely<Schema>, job: JobRow, type: string, data: unknown, now: string): Promise<void> => {
    await trx
      .insertInto('job_events')
      .values({ tenant: job.tenant, job: job.id, seq: job.events, at: now, type, data: JSON.stringify(data ?? null) })
      .execute()
  }

  return {
    add: (tenant, { id, kind, input, actor }, now) =>
      atomically(queries, async (trx) => {
        const job = await trx
          .insertInto('jobs')
          .values({ tenant, id, kind, status: 'queued', input: JSON.stringify(input ?? null), actor, created: now, events: 1 })
          .onConflict((conflict) => conflict.doNothing())
          .returning(columns)
          .executeTakeFirst()
        if (job !== undefined) {
          await event(trx, job, 'queued', {}, now)
          return { job, added: true }
        }
        const known = await trx.selectFrom('jobs').select(columns).where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst()
        return known && { job: known, added: false }
      }),
    get: (tenant, id) => queries.selectFrom('jobs').select(columns).where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst(),
    work: (id) =>
      queries
        .selectFrom('jobs')
        .select([...columns, 'input'])
        .where('id', '=', id)
        .executeTakeFirst(),
    list: (tenant, { limit, before, kind, status }) => {
      let query = queries.selectFrom('jobs').select(columns).where('tenant', '=', tenant).orderBy('seq', 'desc').limit(limit)
      if (before !== undefined) query = query.where('seq', '<', before)
      if (kind !== undefined) query = query.where('kind', '=', kind)
      if (status !== undefined) query = query.where('status', '=', status)
      return query.execute()
    },
    events: (tenant, id, after, limit) =>
      queries
        .selectFrom('job_events')
        .select(['seq', 'at', 'type', 'data'])
        .where('tenant', '=', tenant)
        .where('job', '=', id)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute(),
    take: (id, executor, now) =>
      atomically(queries, async (trx) => {
        const job = await trx
          .updateTable('jobs')
          .set((set) => ({
            status: 'running',
            executor,
            attempt: set('attempt', '+', 1),
            started: set.fn.coalesce('started', sql<string>`${now}::timestamptz`),
            events: set('events', '+', 1),
          }))
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'running'])
          .where('cancelling', '=', false)
          .returning(columns)
          .executeTakeFirst()
        if (job !== undefined) await event(trx, job, job.attempt === 1 ? 'started' : 'taken-over', { attempt: job.attempt }, now)
        return job
      }),
    note: (id, executor, type, data, now) =>
      atomically(queries, async (trx) => {
        const job = await trx
          .updateTable('jobs')
          .set((set) => ({ events: set('events', '+', 1), ...(type === 'progress' && { progress: JSON.stringify(data) }) }))
          .where('id', '=', id)
          .where('status', '=', 'running')
          .where('executor', '=', executor)
          .returning(columns)
          .executeTakeFirst()
        if (job !== undefined) await event(trx, job, type, data, now)
        return job !== undefined
      }),
    end: (id, executor, end, now) =>
      atomically(queries, async (trx) => {
        const job = await trx
          .updateTable('jobs')
          .set((set) => ({
            status: end.status,
            finished: now,
            events: set('events', '+', 1),
            ...(end.status === 'succeeded' && { result: JSON.stringify(end.result ?? null) }),
            ...(end.status === 'failed' && { failure: JSON.stringify(end.failure ?? null) }),
          }))
          .where('id', '=', id)
          .where('status', '=', 'running')
          .where('executor', '=', executor)
          .returning(columns)
          .executeTakeFirst()
        if (job !== undefined) await event(trx, job, end.status, dataOf(end), now)
        return job !== undefined
      }),
    cancel: (tenant, id, now) =>
      atomically(queries, async (trx) => {
        const job = await trx
          .selectFrom('jobs')
          .select(columns)
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        if (job === undefined || (job.status !== 'queued' && job.status !== 'running')) return false
        if (job.cancelling) return true
        const idle = job.status === 'queued'
        const next = await trx
          .updateTable('jobs')
          .set({ cancelling: true, events: job.events + 1, ...(idle && { status: 'cancelled', finished: now }) })
          .where('id', '=', id)
          .returning(columns)
          .executeTakeFirstOrThrow()
        await event(trx, next, idle ? 'cancelled' : 'cancelling', {}, now)
        return true
      }),
    giveUp: (id, failure, now) =>
      atomically(queries, async (trx) => {
        const job = await trx
          .updateTable('jobs')
          .set((set) => ({ status: 'failed', failure: JSON.stringify(failure ?? null), finished: now, events: set('events', '+', 1) }))
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'running'])
          .returning(columns)
          .executeTakeFirst()
        if (job !== undefined) await event(trx, job, 'failed', failure, now)
        return job !== undefined
      }),
    open: (limit) =>
      queries
        .selectFrom('jobs')
        .select(['id', 'status', 'executor', 'attempt'])
        .where('status', 'in', ['queued', 'running'])
        .orderBy('seq')
        .limit(limit)
        .execute(),
    unwanted: async (executor, ids) => {
      if (ids.length === 0) return []
      const rows = await queries
        .selectFrom('jobs')
        .select('id')
        .where('id', 'in', [...ids])
        .where((where) => where.or([where('cancelling', '=', true), where('status', '!=', 'running'), where('executor', '!=', executor)]))
        .execute()
      return rows.map(({ id }) => id)
    },
  }
}

function dataOf(end: JobEnd): unknown {
  switch (end.status) {
    case 'succeeded':
      return end.result
    case 'failed':
      return end.failure
    case 'cancelled':
      return {}
  }
}
