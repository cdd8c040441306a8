/** Documents by collection (`models`, `variants`, `templates`, `releases`, `stages`, `plans`, `rollouts`, ...), with etags, revisions and everything that they were before. */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { atomically } from './atomically.ts'
import type { Schema } from './schema.ts'

export interface Document {
  readonly id: string
  /** What it belongs to, for listing. */
  readonly parent?: string
  /** For listing: `running`, `draft`. */
  readonly state?: string
  /** From 1, one more with every change, also after removal. */
  readonly revision: number
  readonly etag: string
  readonly content: unknown
  readonly created: string
  readonly updated: string
}

export interface DocumentVersion {
  readonly revision: number
  readonly etag: string
  /** Absent: it was removed. */
  readonly content?: unknown
  readonly at: string
  readonly actor: string
}

/** `absent`: only where there is none; an etag: only where it is that one. */
export type Condition = { readonly is: 'absent' } | { readonly is: 'etag'; readonly etag: string }

export type Written = { readonly is: 'written'; readonly document: Document; readonly before?: Document }
/** The condition does not hold; `document` is what there is. */
export type Refused = { readonly is: 'refused'; readonly document?: Document }

export interface NewContent {
  readonly content: unknown
  readonly parent?: string
  readonly state?: string
}

export interface DocumentQuery {
  readonly limit: number
  /** Ids above this one. */
  readonly after?: string
  readonly parent?: string
  readonly state?: string
}

export interface Documents {
  readonly get: (tenant: string, collection: string, id: string) => Promise<Document | undefined>
  /** By id. */
  readonly list: (tenant: string, collection: string, query: DocumentQuery) => Promise<readonly Document[]>
  readonly put: (
    tenant: string,
    collection: string,
    id: string,
    content: NewContent,
    by: { readonly actor: string; readonly now: string; readonly condition?: Condition },
  ) => Promise<Written | Refused>
  readonly remove: (
    tenant: string,
    collection: string,
    id: string,
    by: { readonly actor: string; readonly now: string; readonly condition?: Condition },
  ) => Promise<{ readonly is: 'removed'; readonly before: Document } | { readonly is: 'absent' } | Refused>
  /** Newest first. */
  readonly versions: (tenant: string, collection: string, id: string, limit: number) => Promise<readonly DocumentVersion[]>
  readonly version: (tenant: string, collection: string, id: string, revision: number) => Promise<DocumentVersion | undefined>
}

interface DocumentRow {
  readonly id: string
  readonly parent: string | null
  readonly state: string | null
  readonly revision: number
  readonly etag: string
  readonly content: unknown
  readonly created: string
  readonly updated: string
}

const versionColumns = ['revision', 'etag', 'content', 'at', 'actor'] as const
const columns = ['id', 'parent', 'state', 'revision', 'etag', 'content', 'created', 'updated'] as const

const documentOf = ({ parent, state, ...row }: DocumentRow): Document => ({
  ...row,
  ...(parent !== null && { parent }),
  ...(state !== null && { state }),
})

/** Of content and revision: what is put back as it was is another version all the same. */
const etagOf = (revision: number, text: string): string =>
  createHash('sha256').update(`${revision}\n${text}`).digest('base64url').slice(0, 22)

const holds = (condition: Condition | undefined, found: DocumentRow | undefined): boolean => {
  switch (condition?.is) {
    case undefined:
      return true
    case 'absent':
      return found === undefined
    case 'etag':
      return found?.etag === condition.etag
  }
}

export const documentsOf = (queries: Kysely<Schema>): Documents => {
  const one = (on: Kysely<Schema>, tenant: string, collection: string, id: string) =>
    on
      .selectFrom('documents')
      .select(columns)
      .where('tenant', '=', tenant)
      .where('collection', '=', collection)
      .where('id', '=', id)
      .executeTakeFirst()
  const versionsOf = (on: Kysely<Schema>, tenant: string, collection: string, id: string) =>
    on.selectFrom('document_versions').where('tenant', '=', tenant).where('collection', '=', collection).where('id', '=', id)

  /** INVARIANT: whoever writes a document holds the lock on its row, or on its name where there is none yet. */
  const locked = async (trx: Kysely<Schema>, tenant: string, collection: string, id: string): Promise<DocumentRow | undefined> => {
    await trx
      .selectNoFrom((select) => select.fn<unknown>('pg_advisory_xact_lock', [select.val(keyOf(tenant, collection, id))]).as('locked'))
      .execute()
    return one(trx, tenant, collection, id)
  }

  const lastRevision = async (trx: Kysely<Schema>, tenant: string, collection: string, id: string): Promise<number> => {
    const row = await versionsOf(trx, tenant, collection, id).select('revision').orderBy('revision', 'desc').limit(1).executeTakeFirst()
    return row?.revision ?? 0
  }

  return {
    get: async (tenant, collection, id) => {
      const row = await one(queries, tenant, collection, id)
      return row && documentOf(row)
    },
    list: async (tenant, collection, { limit, after, parent, state }) => {
      let query = queries.selectFrom('documents').select(columns).where('tenant', '=', tenant).where('collection', '=', collection)
      if (after !== undefined) query = query.where('id', '>', after)
      if (parent !== undefined) query = query.where('parent', '=', parent)
      if (state !== undefined) query = query.where('state', '=', state)
      return (await query.orderBy('id').limit(limit).execute()).map(documentOf)
    },
    put: (tenant, collection, id, { content, parent, state }, { actor, now, condition }) =>
      atomically(queries, async (trx): Promise<Written | Refused> => {
        const found = await locked(trx, tenant, collection, id)
        if (!holds(condition, found)) return { is: 'refused', ...(found && { document: documentOf(found) }) }
        const revision = (await lastRevision(trx, tenant, collection, id)) + 1
        const text = JSON.stringify(content ?? null)
        const etag = etagOf(revision, text)
        const values = { parent: parent ?? null, state: state ?? null, revision, etag, content: text, updated: now }
        const row = await trx
          .insertInto('documents')
          .values({ tenant, collection, id, created: now, ...values })
          .onConflict((conflict) => conflict.columns(['tenant', 'collection', 'id']).doUpdateSet(values))
          .returning(columns)
          .executeTakeFirstOrThrow()
        await trx
          .insertInto('document_versions')
          .values({ tenant, collection, id, revision, etag, content: text, at: now, actor })
          .execute()
        return { is: 'written', document: documentOf(row), ...(found && { before: documentOf(found) }) }
      }),
    remove: (tenant, collection, id, { actor, now, condition }) =>
      atomically(queries, async (trx) => {
        const found = await locked(trx, tenant, collection, id)
        if (!holds(condition, found)) return { is: 'refused' as const, ...(found && { document: documentOf(found) }) }
        if (found === undefined) return { is: 'absent' as const }
        const revision = found.revision + 1
        await trx.deleteFrom('documents').where('tenant', '=', tenant).where('collection', '=', collection).where('id', '=', id).execute()
        await trx
          .insertInto('document_versions')
          .values({ tenant, collection, id, revision, etag: etagOf(revision, ''), at: now, actor })
          .execute()
        return { is: 'removed' as const, before: documentOf(found) }
      }),
    versions: async (tenant, collection, id, limit) =>
      (await versionsOf(queries, tenant, collection, id).select(versionColumns).orderBy('revision', 'desc').limit(limit).execute()).map(
        versionOf,
      ),
    version: async (tenant, collection, id, revision) => {
      const row = await versionsOf(queries, tenant, collection, id)
        .select(versionColumns)
        .where('revision', '=', revision)
        .executeTakeFirst()
      return row && versionOf(row)
    },
  }
}

const versionOf = ({ content, ...row }: Omit<DocumentVersion, 'content'> & { readonly content: unknown }): DocumentVersion => ({
  ...row,
  ...(content !== null && { content }),
})

/** A number of 53 bits for the lock on a name; two names that share one only wait for each other. */
function keyOf(tenant: string, collection: string, id: string): number {
  const hash = createHash('sha256')
    .update(JSON.stringify([tenant, collection, id]))
    .digest()
  return hash.readUIntBE(0, 6)
}
