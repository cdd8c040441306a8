/** Lists that only grow: approvals, outcomes of gates, what happened in a rollout. */
import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export interface Entry {
  readonly seq: number
  readonly subject: string
  readonly at: string
  readonly actor: string
  readonly content: unknown
}

export interface Entries {
  /** `list`: `approvals`, `gates`, ...; `subject`: what it is about. Answers its number. */
  readonly add: (tenant: string, list: string, entry: Omit<Entry, 'seq' | 'at'>, now: string) => Promise<number>
  /** In order, those after `after`. */
  readonly read: (
    tenant: string,
    list: string,
    subject: string,
    page: { readonly limit: number; readonly after?: number },
  ) => Promise<readonly Entry[]>
}

export const entriesOf = (queries: Kysely<Schema>): Entries => ({
  add: async (tenant, list, { subject, actor, content }, now) => {
    const row = await queries
      .insertInto('entries')
      .values({ tenant, list, subject, actor, at: now, content: JSON.stringify(content ?? null) })
      .returning('seq')
      .executeTakeFirstOrThrow()
    return row.seq
  },
  read: (tenant, list, subject, { limit, after }) => {
    let query = queries
      .selectFrom('entries')
      .select(['seq', 'subject', 'at', 'actor', 'content'])
      .where('tenant', '=', tenant)
      .where('list', '=', list)
      .where('subject', '=', subject)
      .orderBy('seq')
      .limit(limit)
    if (after !== undefined) query = query.where('seq', '>', after)
    return query.execute()
  },
})
