/** Tables of devices by columns, in chunks of rows, written once and never changed: the contents of fleets and the results of assignments. */
import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { EngineError } from '../diagnostics/engine-error.ts'
import { hashBytes, type ByteDictionary } from '../formats/byte-dictionary.ts'
import { decodeColumn, decodeIds, encodeIds, isIdAt, type ChunkColumn } from './column-codec.ts'
import { remembered } from './dataset-cache.ts'
import type { Schema } from './schema.ts'

export const CHUNK_ROWS = 16_384
/** The column of ids has a name that no field has. */
const IDS = '#ids'
// Rows per bucket of the index: what is read to find one id.
const BUCKET_ROWS = 4096
const MOST_BESIDE = 2 ** 21

export interface DatasetInfo {
  readonly id: string
  readonly size: number
  readonly columns: readonly string[]
  /** What the source calls the id. */
  readonly idField: string
}

export interface DatasetWriter {
  readonly id: string
  /** The next chunk's columns by name; all but the last chunk have CHUNK_ROWS rows. */
  readonly chunk: (columns: readonly { readonly name: string; readonly data: Uint8Array }[], ids: Uint8Array) => Promise<void>
  /** Writes the index; the dataset may be used from now on. */
  readonly finish: (ids: ByteDictionary, info: { readonly columns: readonly string[]; readonly idField: string }) => Promise<void>
}

/** What a writer leaves unfinished is swept by `sweepDatasets`. */
export async function writeDataset(queries: Kysely<Schema>, tenant: string, kind: string, now: string): Promise<DatasetWriter> {
  const id = randomUUID()
  await queries.insertInto('datasets').values({ id, tenant, kind, state: 'writing', size: 0, columns: '{}', created: now }).execute()
  let next = 0
  return {
    id,
    chunk: async (columns, ids) => {
      const chunk = next++
      const rows = [...columns.map(({ name, data }) => ({ name: `.${name}`, data })), { name: IDS, data: ids }]
      // A statement carries at most so many values, and its bytes are held twice on the way.
      for (let at = 0; at < rows.length; at += 64)
        await queries
          .insertInto('dataset_columns')
          .values(rows.slice(at, at + 64).map((row) => ({ dataset: id, chunk, ...row })))
          .execute()
    },
    finish: async (ids, { columns, idField }) => {
      const buckets = indexOf(ids)
      for (let at = 0; at < buckets.length; at += 32)
        await queries
          .insertInto('dataset_index')
          .values(buckets.slice(at, at + 32).map((data, index) => ({ dataset: id, bucket: at + index, data })))
          .execute()
      await queries
        .updateTable('datasets')
        .set({ state: 'ready', size: ids.size, columns: JSON.stringify({ columns, idField }) })
        .where('id', '=', id)
        .execute()
    },
  }
}

/** Ids of rows [from, to) of the dictionary as a chunk. */
export const idsOfChunk = (ids: ByteDictionary, from: number, to: number): Uint8Array => encodeIds(ids.bytes, ids.starts, from, to)

const bucketsFor = (size: number): number => Math.max(1, 2 ** Math.ceil(Math.log2(Math.max(1, size) / BUCKET_ROWS)))

/** Spreads the bits that the hash leaves close together. */
function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** By bucket: pairs of hash and row, ascending. */
function indexOf(ids: ByteDictionary): readonly Uint8Array[] {
  const buckets = bucketsFor(ids.size)
  const hashes = new Uint32Array(ids.size)
  const starts = new Int32Array(buckets + 1)
  for (let row = 0; row < ids.size; row += 1) {
    hashes[row] = mixed(hashBytes(ids.bytes, ids.starts[row]!, ids.starts[row + 1]!))
    starts[(hashes[row]! % buckets) + 1]! += 1
  }
  for (let bucket = 0; bucket < buckets; bucket += 1) starts[bucket + 1]! += starts[bucket]!
  if (ids.size > MOST_BESIDE) return slowIndexOf(hashes, starts, buckets)
  // Hash and row in one number below 2^53, which sorts by hash, then row.
  const order = new Float64Array(ids.size)
  const fill = starts.slice(0, buckets)
  for (let row = 0; row < ids.size; row += 1) order[fill[hashes[row]! % buckets]!++] = hashes[row]! * MOST_BESIDE + row
  return Array.from({ length: buckets }, (_, bucket) => {
    const part = order.subarray(starts[bucket], starts[bucket + 1]).sort()
    const pairs = new Uint32Array(part.length * 2)
    part.forEach((entry, at) => {
      pairs[2 * at] = Math.floor(entry / MOST_BESIDE)
      pairs[2 * at + 1] = entry % MOST_BESIDE
    })
    return new Uint8Array(pairs.buffer)
  })
}

/** For more rows than fit beside a hash in one number. */
function slowIndexOf(hashes: Uint32Array, starts: Int32Array, buckets: number): readonly Uint8Array[] {
  const rows = new Uint32Array(hashes.length)
  const fill = starts.slice(0, buckets)
  for (let row = 0; row < hashes.length; row += 1) rows[fill[hashes[row]! % buckets]!++] = row
  return Array.from({ length: buckets }, (_, bucket) => {
    const part = rows.subarray(starts[bucket], starts[bucket + 1]).sort((a, b) => hashes[a]! - hashes[b]! || a - b)
    const pairs = new Uint32Array(part.length * 2)
    part.forEach((row, at) => {
      pairs[2 * at] = hashes[row]!
      pairs[2 * at + 1] = row
    })
    return new Uint8Array(pairs.buffer)
  })
}

export const datasetInfo = (queries: Kysely<Schema>, tenant: string, id: string): Promise<DatasetInfo> =>
  remembered(
    `${id} of ${tenant}`,
    ({ columns }) => 200 + 50 * columns.length,
    () => readInfo(queries, tenant, id),
  )

async function readInfo(queries: Kysely<Schema>, tenant: string, id: string): Promise<DatasetInfo> {
  const row = await queries
    .selectFrom('datasets')
    .select(['id', 'size', 'columns'])
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('state', '!=', 'writing')
    .executeTakeFirst()
  if (row === undefined) throw new EngineError('store/no-dataset', `the table \`${id}\` is gone`)
  const { columns, idField } = row.columns as { readonly columns: readonly string[]; readonly idField: string }
  return { id, size: row.size, columns, idField }
}

export const chunksOf = ({ size }: { readonly size: number }): number => Math.ceil(size / CHUNK_ROWS)

/** The ids of a chunk. */
export const readIds = async (queries: Kysely<Schema>, dataset: string, chunk: number): Promise<readonly string[]> =>
  decodeIds(await readEncodedIds(queries, dataset, chunk))

async function readEncodedIds(queries: Kysely<Schema>, dataset: string, chunk: number): Promise<Uint8Array> {
  const row = await queries
    .selectFrom('dataset_columns')
    .select('data')
    .where('dataset', '=', dataset)
    .where('name', '=', IDS)
    .where('chunk', '=', chunk)
    .executeTakeFirst()
  if (row === undefined) throw new EngineError('store/no-dataset', `chunk ${chunk} of the table \`${dataset}\` is gone`)
  return row.data
}

/** Columns of a chunk by name; those that hold nothing there are absent. */
export async function readColumns(
  queries: Kysely<Schema>,
  dataset: string,
  chunk: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, ChunkColumn>> {
  if (names.length === 0) return new Map()
  const rows = await queries
    .selectFrom('dataset_columns')
    .select(['name', 'data'])
    .where('dataset', '=', dataset)
    .where('chunk', '=', chunk)
    .where(
      'name',
      'in',
      names.map((name) => `.${name}`),
    )
    .execute()
  return new Map(rows.map(({ name, data }) => [name.slice(1), decodeColumn(data)]))
}

/** A chunk for one device in it, whose neighbours are likely to be asked for next. */
export const rememberedColumns = (
  queries: Kysely<Schema>,
  { id, columns }: DatasetInfo,
  chunk: number,
): Promise<ReadonlyMap<string, ChunkColumn>> =>
  remembered(`${id} columns ${chunk}`, sizeOfColumns, () => readColumns(queries, id, chunk, columns))

function sizeOfColumns(columns: ReadonlyMap<string, ChunkColumn>): number {
  let size = 0
  for (const column of columns.values())
    size += column.is === 'codes' ? column.codes.byteLength + 60 * column.texts.length : column.numbers.byteLength
  return size
}

const sizeOf = ({ byteLength }: Uint8Array): number => byteLength

/** The rows of those ids that are there. */
export async function findRows(
  queries: Kysely<Schema>,
  { id, size }: DatasetInfo,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  if (size === 0 || ids.length === 0) return found
  const buckets = bucketsFor(size)
  const hashes = new Map(
    ids.map((each) => {
      const bytes = Buffer.from(each)
      return [each, mixed(hashBytes(bytes, 0, bytes.length))]
    }),
  )
  const wanted = [...new Set([...hashes.values()].map((hash) => hash % buckets))]
  const index = new Map<number, Uint32Array>()
  for (const bucket of wanted)
    index.set(
      bucket,
      await remembered(
        `${id} bucket ${bucket}`,
        ({ byteLength }) => byteLength,
        () => readBucket(queries, id, bucket),
      ),
    )
  const byChunk = new Map<number, { readonly id: string; readonly row: number }[]>()
  for (const [each, hash] of hashes)
    for (const row of rowsWith(index.get(hash % buckets) ?? new Uint32Array(), hash)) {
      const chunk = Math.floor(row / CHUNK_ROWS)
      byChunk.set(chunk, [...(byChunk.get(chunk) ?? []), { id: each, row }])
    }
  for (const [chunk, candidates] of byChunk) {
    const there = await remembered(`${id} ids ${chunk}`, sizeOf, () => readEncodedIds(queries, id, chunk))
    for (const { id: each, row } of candidates) if (isIdAt(there, row % CHUNK_ROWS, each)) found.set(each, row)
  }
  return found
}

async function readBucket(queries: Kysely<Schema>, dataset: string, bucket: number): Promise<Uint32Array> {
  const found = await queries
    .selectFrom('dataset_index')
    .select('data')
    .where('dataset', '=', dataset)
    .where('bucket', '=', bucket)
    .executeTakeFirst()
  return found === undefined ? new Uint32Array() : new Uint32Array(Uint8Array.from(found.data).buffer)
}

/** Rows whose hash is this one, by a search in the sorted pairs. */
function rowsWith(pairs: Uint32Array, hash: number): readonly number[] {
  let low = 0
  let high = pairs.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pairs[2 * middle]! < hash) low = middle + 1
    else high = middle
  }
  const rows: number[] = []
  for (; pairs[2 * low] === hash; low += 1) rows.push(pairs[2 * low + 1]!)
  return rows
}

/** Nobody new will read it; who reads it now may finish. */
export async function retireDataset(queries: Kysely<Schema>, id: string, now: string): Promise<void> {
  await queries.updateTable('datasets').set({ state: 'retired', created: now }).where('id', '=', id).execute()
}

/** Removes what was retired, or begun and never finished, before then. */
export async function sweepDatasets(queries: Kysely<Schema>, before: string): Promise<void> {
  await queries.deleteFrom('datasets').where('state', 'in', ['writing', 'retired']).where('created', '<', before).execute()
}

/** Of what nobody has seen yet. */
export async function removeDataset(queries: Kysely<Schema>, id: string): Promise<void> {
  await queries.deleteFrom('datasets').where('id', '=', id).execute()
}
