/** Tenants: whose data it is. Everything else in the store names one. */
import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface Tenant {
  readonly id: string
  readonly name: string
  readonly created: string
}

export interface Tenants {
  /** False where there is one with this id. */
  readonly create: (tenant: { readonly id: string; readonly name: string }, now: string) => Promise<boolean>
  readonly get: (id: string) => Promise<Tenant | undefined>
  readonly list: () => Promise<readonly Tenant[]>
}

export const tenantsOf = (queries: Kysely<Schema>): Tenants => ({
  create: async ({ id, name }, now) => {
    const added = await queries
      .insertInto('tenants')
      .values({ id, name, created: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return Number(added.numInsertedOrUpdatedRows ?? 0) > 0
  },
  get: (id) => queries.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst(),
  list: () => queries.selectFrom('tenants').selectAll().orderBy('id').execute(),
})
