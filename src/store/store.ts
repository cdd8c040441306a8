/** Everything that lasts, in one database: an embedded folder or a PostgreSQL server. Every question names its tenant; nothing here reads a clock. */
import { setTimeout as delay } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import { atomically } from './atomically.ts'
import { assignmentsOf, type Assignments } from './assignments.ts'
import { entriesOf, type Entries } from './entries.ts'
import { executorsOf, type Executors } from './executors.ts'
import { jobTableOf, type JobTable } from './job-table.ts'
import { reportsOf, type Reports } from './reports.ts'
import { rolloutsOf, type Rollouts } from './rollouts.ts'
import { shardsOf, type Shards } from './shards.ts'
import { auditOf, type Audit } from './audit.ts'
import {
  followWay,
  openDatabase,
  type DatabaseOptions,
  type DatabasePlace,
  type DatabaseWay,
  type OpenWay,
  type SystemPool,
} from './database.ts'
import { startBeating, type Beating } from './beating.ts'
import { documentsOf, type Documents } from './documents.ts'
import { sweepDatasets } from './datasets.ts'
import { fleetsOf, type Fleets } from './fleets.ts'
import { idempotencyOf, type Idempotency } from './idempotency.ts'
import type { Schema } from './schema.ts'
import { loginFailuresOf, sessionsOf, type LoginFailures, type Sessions } from './sessions.ts'
import { tenantsOf, type Tenants } from './tenants.ts'
import { together } from './together.ts'
import { tokensOf, type Tokens } from './tokens.ts'

/** The questions that can be asked, each in a transaction of its own, or all in one (see `atomically`). */
export interface Tables {
  readonly tenants: Tenants
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly loginFailures: LoginFailures
  readonly audit: Audit
  readonly documents: Documents
  readonly idempotency: Idempotency
  readonly fleets: Fleets
  readonly assignments: Assignments
  readonly entries: Entries
  readonly executors: Executors
  readonly jobTable: JobTable
  readonly reports: Reports
  readonly rollouts: Rollouts
  readonly shards: Shards
}

/** What any thread of the process may have of the store. */
export interface ThreadStore extends Tables {
  /** Everything that `run` asks of its argument happens, or nothing where it throws. It must not ask the store itself meanwhile. */
  readonly atomically: <T>(run: (tables: Tables) => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}

export interface Store extends ThreadStore {
  readonly is: DatabasePlace['is']
  /** Forgets what has expired by `now`, and tables that nobody reads any more since `before`. */
  readonly sweep: (times: { readonly now: string; readonly before: string }) => Promise<void>
  /** Runs while no other process on the same database runs anything this way. */
  readonly alone: <T>(run: () => Promise<T>) => Promise<T>
  /** Says that the executor is alive from a thread of its own; nothing where nobody else could ask. */
  readonly keepBeating: (executor: string, every: number) => Beating | undefined
  /** For the workflow engine. */
  readonly systemPool: SystemPool
  /** Lets another thread of this process have a store, see `storeOfThread`. */
  readonly way: () => OpenWay
  /** Rejects where the database does not answer. */
  readonly ping: () => Promise<void>
}

// Any number, the same in every process.
const ALONE = 7_325_114_210

/** Throws `store/locked` (another process has the folder), `store/newer-schema`, `store/unavailable`. The first start in a folder takes some seconds. */
export async function openStore(place: DatabasePlace, options: DatabaseOptions = {}): Promise<Store> {
  const { is, queries, systemPool, way, close } = await openDatabase(place, options)
  return {
    ...sharing(tablesOf(queries)),
    is,
    atomically: (run) => atomically(queries, (trx) => run(tablesOf(trx))),
    sweep: async ({ now, before }) => {
      const tables = tablesOf(queries)
      await tables.sessions.sweep(now)
      await tables.loginFailures.sweep(before)
      await tables.idempotency.sweep(now)
      await sweepDatasets(queries, before)
    },
    alone: (run) =>
      queries.connection().execute(async (one) => {
        // Who waited inside a statement would be waited for by an index that is made concurrently, and both forever.
        for (;;) {
          const lock = await sql<{ held: boolean }>`select pg_try_advisory_lock(${ALONE}) as held`.execute(one)
          if (lock.rows[0]?.held === true) break
          await delay(100)
        }
        try {
          return await run()
        } finally {
          await sql`select pg_advisory_unlock(${ALONE})`.execute(one)
        }
      }),
    keepBeating: (executor, every) => (place.is === 'server' ? startBeating(place.url, executor, every) : undefined),
    systemPool,
    way,
    ping: async () => {
      await sql`select 1`.execute(queries)
    },
    close,
  }
}

/** The store that another thread of this process opened and goes on to own. */
export function storeOfThread(way: DatabaseWay): ThreadStore {
  const { queries, close } = followWay(way)
  return { ...tablesOf(queries), atomically: (run) => atomically(queries, (trx) => run(tablesOf(trx))), close }
}

/** What many ask for at once is read once for all of them. */
function sharing(tables: Tables): Tables {
  const { fleets, documents, jobTable, assignments } = tables
  const { read } = together()
  return {
    ...tables,
    fleets: {
      ...fleets,
      get: (...asked) => read(['fleet', ...asked], () => fleets.get(...asked)),
      device: (...asked) => read(['device', ...asked], () => fleets.device(...asked)),
      devices: (...asked) => read(['devices', ...asked], () => fleets.devices(...asked)),
    },
    documents: { ...documents, get: (...asked) => read(['document', ...asked], () => documents.get(...asked)) },
    jobTable: {
      ...jobTable,
      get: (...asked) => read(['job', ...asked], () => jobTable.get(...asked)),
      list: (...asked) => read(['jobs', ...asked], () => jobTable.list(...asked)),
    },
    assignments: {
      ...assignments,
      get: (...asked) => read(['assignment', ...asked], () => assignments.get(...asked)),
      list: (...asked) => read(['assignments', ...asked], () => assignments.list(...asked)),
    },
  }
}

const tablesOf = (queries: Kysely<Schema>): Tables => ({
  tenants: tenantsOf(queries),
  tokens: tokensOf(queries),
  sessions: sessionsOf(queries),
  loginFailures: loginFailuresOf(queries),
  audit: auditOf(queries),
  documents: documentsOf(queries),
  idempotency: idempotencyOf(queries),
  fleets: fleetsOf(queries),
  assignments: assignmentsOf(queries),
  entries: entriesOf(queries),
  executors: executorsOf(queries),
  jobTable: jobTableOf(queries),
  reports: reportsOf(queries),
  rollouts: rolloutsOf(queries),
  shards: shardsOf(queries),
})
