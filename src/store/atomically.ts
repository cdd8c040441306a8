/** All or nothing: in the transaction that is open already, or in one of its own. */
import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export const atomically = <T>(queries: Kysely<Schema>, run: (trx: Kysely<Schema>) => Promise<T>): Promise<T> =>
  queries.isTransaction ? run(queries) : queries.transaction().execute(run)
