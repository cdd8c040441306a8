/** Reports of checks, as they were answered. */
import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface StoredReport {
  readonly id: string
  readonly seq: number
  readonly kind: string
  /** `proved`, `conflict`, `possible`, `unknown`. */
  readonly verdict: string
  readonly summary: unknown
  readonly content: unknown
  readonly actor: string
  readonly created: string
}

export interface Reports {
  /** The same id again changes nothing and answers false. */
  readonly add: (tenant: string, report: Omit<StoredReport, 'seq' | 'created'>, now: string) => Promise<boolean>
  readonly get: (tenant: string, id: string) => Promise<StoredReport | undefined>
  /** Newest first, without contents. */
  readonly list: (
    tenant: string,
    page: { readonly limit: number; readonly before?: number; readonly kind?: string },
  ) => Promise<readonly Omit<StoredReport, 'content'>[]>
  readonly remove: (tenant: string, id: string) => Promise<boolean>
}

const listed = ['id', 'seq', 'kind', 'verdict', 'summary', 'actor', 'created'] as const

export const reportsOf = (queries: Kysely<Schema>): Reports => ({
  add: async (tenant, { summary, content, ...report }, now) => {
    const added = await queries
      .insertInto('reports')
      .values({ tenant, ...report, summary: JSON.stringify(summary ?? null), content: JSON.stringify(content ?? null), created: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return Number(added.numInsertedOrUpdatedRows ?? 0) > 0
  },
  get: (tenant, id) =>
    queries
      .selectFrom('reports')
      .select([...listed, 'content'])
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst(),
  list: (tenant, { limit, before, kind }) => {
    let query = queries.selectFrom('reports').select(listed).where('tenant', '=', tenant).orderBy('seq', 'desc').limit(limit)
    if (before !== undefined) query = query.where('seq', '<', before)
    if (kind !== undefined) query = query.where('kind', '=', kind)
    return query.execute()
  },
  remove: async (tenant, id) => {
    const done = await queries.deleteFrom('reports').where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst()
    return done.numDeletedRows > 0n
  },
})
