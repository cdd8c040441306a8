/** Templates, variants and deployments as DivEnact knows them: documents with an `_id` that never changes and an `id` that people read. */
import { randomBytes } from 'node:crypto'
import type { Store } from '../../store/store.ts'
import { now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'

export type Sort = 'template' | 'variant'

export interface Kept {
  readonly _id: string
  readonly id: string
  readonly [key: string]: unknown
}

const collectionOf = (sort: Sort): string => `divenact-${sort}s`
const MOST = 10_000

export async function listKept(store: Pick<Store, 'documents'>, tenant: string, sort: Sort): Promise<readonly Kept[]> {
  const all = await store.documents.list(tenant, collectionOf(sort), { limit: MOST })
  return all.map(({ content }) => content as Kept).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

export async function findKept(store: Pick<Store, 'documents'>, tenant: string, sort: Sort, id: string): Promise<Kept | undefined> {
  const all = await listKept(store, tenant, sort)
  return all.find(({ _id }) => _id === id) ?? all.find((each) => each.id === id)
}

/** Found by `_id` where the document has one, else by `id`; created where there is none. */
export async function keep(
  parts: Parts,
  { tenant, name }: Principal,
  sort: Sort,
  given: string,
  document: Readonly<Record<string, unknown>>,
): Promise<Kept> {
  const { _id: own, id = given } = document as { readonly _id?: string; readonly id?: string }
  const before = own === undefined ? await findKept(parts.store, tenant, sort, given) : await findKept(parts.store, tenant, sort, own)
  const kept: Kept = { ...document, _id: before?._id ?? own ?? randomBytes(12).toString('hex'), id }
  await parts.store.documents.put(tenant, collectionOf(sort), kept._id, { content: kept, state: kept.id }, { actor: name, now: now(parts) })
  return kept
}

export async function drop(parts: Parts, { tenant, name }: Principal, sort: Sort, id: string): Promise<boolean> {
  const found = await findKept(parts.store, tenant, sort, id)
  if (found === undefined) return false
  const gone = await parts.store.documents.remove(tenant, collectionOf(sort), found._id, { actor: name, now: now(parts) })
  return gone.is === 'removed'
}
