/** Who did what to what, and why. The database itself refuses to change or remove an entry. */
import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface AuditEntry {
  readonly seq: number
  readonly at: string
  readonly actor: string
  readonly action: string
  /** `model/building`, `token/4f..`. */
  readonly object: string
  readonly before?: unknown
  readonly after?: unknown
  readonly reason?: string
}

export interface Audit {
  readonly add: (tenant: string, entry: Omit<AuditEntry, 'seq' | 'at'>, now: string) => Promise<void>
  /** Newest first; `before` is the `seq` that the page ends above. */
  readonly list: (
    tenant: string,
    page: { readonly limit: number; readonly before?: number; readonly object?: string; readonly actor?: string },
  ) => Promise<readonly AuditEntry[]>
}

export const auditOf = (queries: Kysely<Schema>): Audit => ({
  add: async (tenant, { actor, action, object, before, after, reason }, now) => {
    await queries
      .insertInto('audit')
      .values({
        tenant,
        at: now,
        actor,
        action,
        object,
        ...(before !== undefined && { before: JSON.stringify(before) }),
        ...(after !== undefined && { after: JSON.stringify(after) }),
        ...(reason !== undefined && { reason }),
      })
      .execute()
  },
  list: async (tenant, { limit, before, object, actor }) => {
    let query = queries.selectFrom('audit').selectAll().where('tenant', '=', tenant).orderBy('seq', 'desc').limit(limit)
    if (before !== undefined) query = query.where('seq', '<', before)
    if (object !== undefined) query = query.where('object', '=', object)
    if (actor !== undefined) query = query.where('actor', '=', actor)
    return (await query.execute()).map(({ seq, at, actor, action, object, before, after, reason }) => ({
      seq,
      at,
      actor,
      action,
      object,
      ...(before !== null && { before }),
      ...(after !== null && { after }),
      ...(reason !== null && { reason }),
    }))
  },
})
