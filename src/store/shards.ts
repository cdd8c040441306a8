/** Parts of one job's work that several processes share: what each is given and what it answered, as bytes. */
import { sql, type Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface Shards {
  /** Numbers that the job has already keep what they have. */
  readonly add: (tenant: string, job: string, shards: readonly { readonly number: number; readonly input: Uint8Array }[]) => Promise<void>
  /** What it is given, unless it is done or gone. */
  readonly take: (job: string, number: number, executor: string, now: string) => Promise<Uint8Array | undefined>
  /** The first answer counts. */
  readonly finish: (job: string, number: number, output: Uint8Array, now: string) => Promise<boolean>
  /** Numbers that are done and not among these. */
  readonly done: (job: string, known: readonly number[]) => Promise<readonly number[]>
  readonly output: (job: string, number: number) => Promise<Uint8Array | undefined>
  /** By executor: how many it finished. */
  readonly tally: (job: string) => Promise<Readonly<Record<string, number>>>
  readonly remove: (job: string) => Promise<void>
}

export const shardsOf = (queries: Kysely<Schema>): Shards => ({
  add: async (tenant, job, shards) => {
    for (const { number, input } of shards)
      await queries
        .insertInto('shards')
        .values({ tenant, job, number, state: 'waiting', input })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
  },
  take: async (job, number, executor, now) => {
    const row = await queries
      .updateTable('shards')
      .set((set) => ({ state: 'running', executor, started: now, attempt: set('attempt', '+', 1) }))
      .where('job', '=', job)
      .where('number', '=', number)
      .where('state', '!=', 'done')
      .returning('input')
      .executeTakeFirst()
    return row?.input ?? undefined
  },
  finish: async (job, number, output, now) => {
    // What it was given is not needed any more.
    const row = await queries
      .updateTable('shards')
      .set({ state: 'done', output, input: null, finished: now })
      .where('job', '=', job)
      .where('number', '=', number)
      .where('state', '!=', 'done')
      .executeTakeFirst()
    return row.numUpdatedRows > 0n
  },
  done: async (job, known) => {
    let query = queries.selectFrom('shards').select('number').where('job', '=', job).where('state', '=', 'done').orderBy('number')
    if (known.length > 0) query = query.where(sql<boolean>`not (number = any(${[...known]}::int[]))`)
    return (await query.execute()).map(({ number }) => number)
  },
  output: async (job, number) => {
    const row = await queries.selectFrom('shards').select('output').where('job', '=', job).where('number', '=', number).executeTakeFirst()
    return row?.output ?? undefined
  },
  tally: async (job) => {
    const rows = await queries
      .selectFrom('shards')
      .select(['executor', sql<number>`count(*)`.as('count')])
      .where('job', '=', job)
      .where('state', '=', 'done')
      .groupBy('executor')
      .orderBy('executor')
      .execute()
    return Object.fromEntries(rows.map(({ executor, count }) => [executor ?? '', count]))
  },
  remove: async (job) => {
    await queries.deleteFrom('shards').where('job', '=', job).execute()
  },
})
