/** Brings a database to this version's schema, forward only; a newer schema is refused. */
import { sql, type Kysely } from 'kysely'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Schema } from './schema.ts'
import { first } from './migrations/first.ts'
import { rollouts } from './migrations/rollouts.ts'

/** Statements by version, from 1. */
const migrations: readonly (readonly string[])[] = [first, rollouts]

// Any number, the same in every process: who holds it migrates.
const LOCK = 7_325_114_208

/** Answers the version. Several processes may start at once: one migrates, the others wait. */
export async function migrate(database: Kysely<Schema>, all: readonly (readonly string[])[] = migrations): Promise<number> {
  return database.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx)
    await sql`create table if not exists schema_version (version integer primary key, at timestamptz not null default now())`.execute(trx)
    const found = await sql<{ version: number | null }>`select max(version) as version from schema_version`.execute(trx)
    const version = found.rows[0]?.version ?? 0
    if (version > all.length)
      throw new EngineError(
        'store/newer-schema',
        `the database has schema ${version}, this version knows up to ${all.length}: it was written by a newer fleetproof`,
      )
    for (let next = version; next < all.length; next++) {
      for (const statement of all[next]!) await sql.raw(statement).execute(trx)
      await sql`insert into schema_version (version) values (${next + 1})`.execute(trx)
    }
    return all.length
  })
}
