/** What was answered to a request with an idempotency key, so that the same request sent again is answered again and not done again. */
import type { Kysely } from 'kysely'
import { atomically } from './atomically.ts'
import type { Schema } from './schema.ts'

/** `begun`: nobody asked this before; do it, then `finish` (or `forget`). `busy`: it is being done. `other`: the key was used for another request. */
export type Claim =
  { readonly is: 'begun' } | { readonly is: 'busy' } | { readonly is: 'done'; readonly response: unknown } | { readonly is: 'other' }

export interface Idempotency {
  /** `request`: a hash of the request. What has expired counts as never asked; so does what was begun before `staleBefore` and never finished, whose process died. */
  readonly begin: (
    tenant: string,
    key: string,
    request: string,
    times: { readonly now: string; readonly expires: string; readonly staleBefore: string },
  ) => Promise<Claim>
  readonly finish: (tenant: string, key: string, response: unknown) => Promise<void>
  /** After a failure that may be tried again. */
  readonly forget: (tenant: string, key: string) => Promise<void>
  readonly sweep: (now: string) => Promise<void>
}

export const idempotencyOf = (queries: Kysely<Schema>): Idempotency => ({
  begin: (tenant, key, request, { now, expires, staleBefore }) =>
    atomically(queries, async (trx): Promise<Claim> => {
      const added = await trx
        .insertInto('idempotency')
        .values({ tenant, key, request, created: now, expires })
        .onConflict((conflict) =>
          conflict
            .columns(['tenant', 'key'])
            .doUpdateSet({ request, response: null, created: now, expires })
            .where((where) =>
              where.or([
                where('idempotency.expires', '<=', now),
                where.and([where('idempotency.response', 'is', null), where('idempotency.created', '<', staleBefore)]),
              ]),
            ),
        )
        .returning('key')
        .executeTakeFirst()
      if (added !== undefined) return { is: 'begun' }
      const found = await trx
        .selectFrom('idempotency')
        .select(['request', 'response'])
        .where('tenant', '=', tenant)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      if (found.request !== request) return { is: 'other' }
      return found.response === null ? { is: 'busy' } : { is: 'done', response: (found.response as { readonly value: unknown }).value }
    }),
  finish: async (tenant, key, response) => {
    await queries
      .updateTable('idempotency')
      .set({ response: JSON.stringify({ value: response }) })
      .where('tenant', '=', tenant)
      .where('key', '=', key)
      .execute()
  },
  forget: async (tenant, key) => {
    await queries.deleteFrom('idempotency').where('tenant', '=', tenant).where('key', '=', key).where('response', 'is', null).execute()
  },
  sweep: async (now) => {
    await queries.deleteFrom('idempotency').where('expires', '<=', now).execute()
  },
})
