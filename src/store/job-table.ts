/** Jobs as they are kept: what was asked, how far it is, what came of it, and everything that happened, in order. */
import { sql, type Kysely, type OperationNodeSource, type RawBuilder } from 'kysely'
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
    job: { readonly id: string; readonly kind: string; readonly input?: unknown; readonly inputText?: string; readonly actor: string },
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
  /**
   * A change of a job and its event in one statement, so that nobody waits between them for a client of ours.
   * INVARIANT: the job's row is held, so that events count up without gaps.
   */
  const told = async (
    change: OperationNodeSource,
    type: string | RawBuilder<string>,
    data: RawBuilder<unknown>,
    now: string,
  ): Promise<JobRow | undefined> => {
    const { rows } = await sql<JobRow>`with job as (${change}), event as (
      insert into job_events (tenant, job, seq, at, type, data)
      select tenant, id, events, ${now}::timestamptz, ${type}::text, ${data}::json from job)
      select * from job`.execute(queries)
    return rows[0]
  }

  /** INVARIANT: the job's row is held, so that events count up without gaps. */
  const event = async (trx: Kysely<Schema>, job: JobRow, type: string, data: unknown, now: string): Promise<void> => {
    await trx
      .insertInto('job_events')
      .values({ tenant: job.tenant, job: job.id, seq: job.events, at: now, type, data: JSON.stringify(data ?? null) })
      .execute()
  }

  return {
    add: async (tenant, { id, kind, input, inputText, actor }, now) => {
      const added = queries
        .insertInto('jobs')
        .values({ tenant, id, kind, status: 'queued', input: inputText ?? JSON.stringify(input ?? null), actor, created: now, events: 1 })
        .onConflict((conflict) => conflict.doNothing())
        .returning(columns)
      const job = await told(added, 'queued', json({}), now)
      if (job !== undefined) return { job, added: true }
      const known = await queries.selectFrom('jobs').select(columns).where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst()
      return known && { job: known, added: false }
    },
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
      told(
        queries
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
          .returning(columns),
        sql<string>`case when attempt = 1 then 'started' else 'taken-over' end`,
        sql`json_build_object('attempt', attempt)`,
        now,
      ),
    note: async (id, executor, type, data, now) => {
      const changed = queries
        .updateTable('jobs')
        .set((set) => ({ events: set('events', '+', 1), ...(type === 'progress' && { progress: JSON.stringify(data) }) }))
        .where('id', '=', id)
        .where('status', '=', 'running')
        .where('executor', '=', executor)
        .returning(columns)
      return (await told(changed, type, json(data), now)) !== undefined
    },
    end: async (id, executor, end, now) => {
      const changed = queries
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
      return (await told(changed, end.status, json(dataOf(end)), now)) !== undefined
    },
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
    giveUp: async (id, failure, now) => {
      const changed = queries
        .updateTable('jobs')
        .set((set) => ({ status: 'failed', failure: JSON.stringify(failure ?? null), finished: now, events: set('events', '+', 1) }))
        .where('id', '=', id)
        .where('status', 'in', ['queued', 'running'])
        .returning(columns)
      return (await told(changed, 'failed', json(failure), now)) !== undefined
    },
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

const json = (value: unknown): RawBuilder<unknown> => sql`${JSON.stringify(value ?? null)}`

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
