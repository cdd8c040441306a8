/** Processes that do work, each with the time of its last heartbeat. */
import { sql, type Expression, type Kysely, type SqlBool } from 'kysely'
import type { Schema } from './schema.ts'

export interface ExecutorRow {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly cores: number
  readonly works: boolean
  readonly started: string
  readonly seen: string
}

/** Times are the database's own, so that machines whose clocks differ agree on who is alive. */
export interface Executors {
  /** Adds the executor, or says that it is alive. */
  readonly beat: (executor: Omit<ExecutorRow, 'started' | 'seen'>) => Promise<void>
  /** Heard of within so many milliseconds. */
  readonly alive: (milliseconds: number) => Promise<readonly ExecutorRow[]>
  /** The executor goes: what it has not finished may be handed over at once. */
  readonly leave: (id: string) => Promise<void>
  /**
   * Hands over those not heard of for so many milliseconds, while nobody else can, and forgets them when `bury` is through; answers how many. Nothing where
   * another process is at it.
   */
  readonly reap: (milliseconds: number, bury: (dead: readonly string[]) => Promise<void>) => Promise<number>
  /** The same for all but this one. */
  readonly reapOthers: (id: string, bury: (dead: readonly string[]) => Promise<void>) => Promise<number>
}

// Any number, the same in every process: who holds it buries the dead.
const LOCK = 7_325_114_209

const columns = ['id', 'host', 'pid', 'version', 'cores', 'works', 'started', 'seen'] as const

export const executorsOf = (queries: Kysely<Schema>): Executors => {
  // INVARIANT: `bury` asks the database by other connections, so no row is locked here but the lock itself, and the embedded database is not held.
  const reapThose = async (which: Expression<SqlBool>, bury: (dead: readonly string[]) => Promise<void>): Promise<number> => {
    const dead = await queries.selectFrom('executors').select('id').where(which).orderBy('id').execute()
    if (dead.length === 0) return 0
    const ids = dead.map(({ id }) => id)
    await bury(ids)
    await queries.deleteFrom('executors').where('id', 'in', ids).execute()
    return ids.length
  }
  return {
    beat: async ({ id, host, pid, version, cores, works }) => {
      await sql`insert into executors (id, host, pid, version, cores, works, started, seen)
      values (${id}, ${host}, ${pid}, ${version}, ${cores}, ${works}, clock_timestamp(), clock_timestamp())
      on conflict (id) do update set seen = clock_timestamp()`.execute(queries)
    },
    alive: (milliseconds) =>
      queries
        .selectFrom('executors')
        .select(columns)
        .where('seen', '>=', sql<string>`clock_timestamp() - ${milliseconds} * interval '1 millisecond'`)
        .orderBy('id')
        .execute(),
    leave: async (id) => {
      await queries.updateTable('executors').set({ seen: '-infinity' }).where('id', '=', id).execute()
    },
    reap: (milliseconds, bury) =>
      queries.connection().execute(async (one) => {
        const lock = await sql<{ held: boolean }>`select pg_try_advisory_lock(${LOCK}) as held`.execute(one)
        if (lock.rows[0]?.held !== true) return 0
        try {
          return await reapThose(sql<SqlBool>`seen < clock_timestamp() - ${milliseconds} * interval '1 millisecond'`, bury)
        } finally {
          await sql`select pg_advisory_unlock(${LOCK})`.execute(one)
        }
      }),
    reapOthers: (own, bury) => reapThose(sql<SqlBool>`id <> ${own}`, bury),
  }
}
