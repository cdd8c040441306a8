/** Results of assignments: what they come to, and the choice of every device by columns. */
import { sql, type Kysely } from 'kysely'
import { addBytes, byteDictionary, hashBytes } from '../formats/byte-dictionary.ts'
import type { Choice } from '../model/outcome.ts'
import { atomically } from './atomically.ts'
import { encodePlain } from './column-codec.ts'
import {
  CHUNK_ROWS,
  chunksOf,
  datasetInfo,
  findRows,
  idsOfChunk,
  readColumns,
  readIds,
  rememberedColumns,
  retireDataset,
  writeDataset,
} from './datasets.ts'
import type { Schema } from './schema.ts'

interface AssignmentParts {
  readonly id: string
  readonly status: string
  readonly fleet?: string
  readonly fleetRevision?: number
  readonly model?: string
  readonly modelEtag?: string
  /** The JSON of `assign --json` without its devices. */
  readonly summary: unknown
  /** What a device may end as, by index. */
  readonly choices: readonly Choice[]
  /** What it was made from and what proves it: levels, certificates, the texts of the model and its sources. */
  readonly manifest: unknown
  readonly actor: string
}

export interface StoredAssignment extends AssignmentParts {
  /** Devices that have a choice each; 0 where nothing was assigned. */
  readonly devices: number
  readonly created: string
}

export interface NewAssignment extends AssignmentParts {
  readonly devices?: AssignedChunk
}

/** Ids by row, and by row the index of a choice: given, and before (-1: unknown). */
export interface AssignedChunk {
  readonly ids: readonly string[]
  readonly chosen: Int32Array
  readonly current: Int32Array
}

export interface Assignments {
  /** The same id again changes nothing and answers false: who did the work twice did it for nothing. */
  readonly add: (tenant: string, assignment: NewAssignment, now: string) => Promise<boolean>
  readonly get: (tenant: string, id: string) => Promise<StoredAssignment | undefined>
  /** Newest first; without manifests. `before`: when the page ends above. */
  readonly list: (
    tenant: string,
    page: { readonly limit: number; readonly before?: { readonly created: string; readonly id: string }; readonly fleet?: string },
  ) => Promise<readonly Omit<StoredAssignment, 'manifest'>[]>
  /** In order of rows; nothing where nothing was assigned. Undefined where there is no such assignment. `from`: the first chunk. */
  readonly chunks: (tenant: string, id: string, from?: number) => Promise<AsyncIterable<AssignedChunk> | undefined>
  /** Indices of choices of one device. */
  readonly device: (
    tenant: string,
    id: string,
    device: string,
  ) => Promise<{ readonly chosen: number; readonly current: number } | undefined>
  readonly remove: (tenant: string, id: string, now: string) => Promise<boolean>
}

const CHOSEN = 'chosen'
const CURRENT = 'current'

export const assignmentsOf = (queries: Kysely<Schema>): Assignments => {
  const dataset = async (tenant: string, id: string): Promise<string | null | undefined> => {
    const row = await queries
      .selectFrom('assignments')
      .select('dataset')
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.dataset
  }
  const exists = async (tenant: string, id: string): Promise<boolean> => (await dataset(tenant, id)) !== undefined

  return {
    add: async (tenant, { devices, ...assignment }, now) => {
      if (await exists(tenant, assignment.id)) return false
      const table = devices && (await writeDevices(queries, tenant, devices, assignment.choices.length, now))
      const added = queries
        .insertInto('assignments')
        .values({
          tenant,
          id: assignment.id,
          status: assignment.status,
          fleet: assignment.fleet ?? null,
          fleet_revision: assignment.fleetRevision ?? null,
          model: assignment.model ?? null,
          model_etag: assignment.modelEtag ?? null,
          summary: JSON.stringify(assignment.summary ?? null),
          choices: JSON.stringify(assignment.choices),
          manifest: JSON.stringify(assignment.manifest ?? null),
          dataset: table ?? null,
          actor: assignment.actor,
          created: now,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
      // One statement: what was written for nothing is retired with it, and nobody waits for this thread's turn in between.
      const { rows } = await sql<{ readonly id: string }>`with added as (${added}), left_over as (
        update datasets set state = 'retired', created = ${now}::timestamptz
        where id = ${table ?? null} and not exists (select 1 from added))
        select id from added`.execute(queries)
      return rows.length > 0
    },
    get: async (tenant, id) => {
      const row = await queries
        .selectFrom('assignments')
        .leftJoin('datasets', 'datasets.id', 'assignments.dataset')
        .select([...shown, 'assignments.manifest', 'datasets.size'])
        .where('assignments.tenant', '=', tenant)
        .where('assignments.id', '=', id)
        .executeTakeFirst()
      return row && { ...shownOf(row), manifest: row.manifest }
    },
    list: async (tenant, { limit, before, fleet }) => {
      let query = queries
        .selectFrom('assignments')
        .leftJoin('datasets', 'datasets.id', 'assignments.dataset')
        .select([...shown, 'datasets.size'])
        .where('assignments.tenant', '=', tenant)
        .orderBy('assignments.created', 'desc')
        .orderBy('assignments.id', 'desc')
        .limit(limit)
      if (fleet !== undefined) query = query.where('assignments.fleet', '=', fleet)
      if (before !== undefined)
        query = query.where((where) =>
          where.or([
            where('assignments.created', '<', before.created),
            where.and([where('assignments.created', '=', before.created), where('assignments.id', '<', before.id)]),
          ]),
        )
      return (await query.execute()).map(shownOf)
    },
    chunks: async (tenant, id, from = 0) => {
      const table = await dataset(tenant, id)
      return table === undefined ? undefined : chunksFrom(queries, tenant, table, from)
    },
    device: async (tenant, id, device) => {
      const table = await dataset(tenant, id)
      if (table === undefined || table === null) return undefined
      const info = await datasetInfo(queries, tenant, table)
      const row = (await findRows(queries, info, [device])).get(device)
      if (row === undefined) return undefined
      const columns = await rememberedColumns(queries, info, Math.floor(row / CHUNK_ROWS))
      const at = (name: string): number => {
        const column = columns.get(name)
        return column?.is === 'codes' ? column.codes[row % CHUNK_ROWS]! - 1 : -1
      }
      return { chosen: at(CHOSEN), current: at(CURRENT) }
    },
    remove: (tenant, id, now) =>
      atomically(queries, async (trx) => {
        const row = await trx
          .deleteFrom('assignments')
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .returning('dataset')
          .executeTakeFirst()
        if (row === undefined) return false
        if (row.dataset !== null) await retireDataset(trx, row.dataset, now)
        return true
      }),
  }
}

const shown = [
  'assignments.id',
  'assignments.status',
  'assignments.fleet',
  'assignments.fleet_revision',
  'assignments.model',
  'assignments.model_etag',
  'assignments.summary',
  'assignments.choices',
  'assignments.actor',
  'assignments.created',
] as const

interface ShownRow {
  readonly id: string
  readonly status: string
  readonly fleet: string | null
  readonly fleet_revision: number | null
  readonly model: string | null
  readonly model_etag: string | null
  readonly summary: unknown
  readonly choices: unknown
  readonly actor: string
  readonly created: string
  readonly size: number | null
}

const shownOf = (row: ShownRow): Omit<StoredAssignment, 'manifest'> => ({
  id: row.id,
  status: row.status,
  ...(row.fleet !== null && { fleet: row.fleet }),
  ...(row.fleet_revision !== null && { fleetRevision: row.fleet_revision }),
  ...(row.model !== null && { model: row.model }),
  ...(row.model_etag !== null && { modelEtag: row.model_etag }),
  summary: row.summary,
  choices: row.choices as readonly Choice[],
  devices: row.size ?? 0,
  actor: row.actor,
  created: row.created,
})

async function writeDevices(
  queries: Kysely<Schema>,
  tenant: string,
  { ids, chosen, current }: AssignedChunk,
  choices: number,
  now: string,
): Promise<string> {
  const writer = await writeDataset(queries, tenant, 'assignment', now)
  const known = byteDictionary()
  for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
    const to = Math.min(ids.length, from + CHUNK_ROWS)
    for (let row = from; row < to; row += 1) {
      const bytes = Buffer.from(ids[row]!)
      addBytes(known, bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length))
    }
    const columns = [
      { name: CHOSEN, data: encodePlain(chosen.subarray(from, to), choices) },
      { name: CURRENT, data: encodePlain(current.subarray(from, to), choices) },
    ]
    await writer.chunk(columns, idsOfChunk(known, from, to))
  }
  await writer.finish(known, { columns: [CHOSEN, CURRENT], idField: 'device' })
  return writer.id
}

async function* chunksFrom(queries: Kysely<Schema>, tenant: string, dataset: string | null, from: number): AsyncGenerator<AssignedChunk> {
  if (dataset === null) return
  const info = await datasetInfo(queries, tenant, dataset)
  for (let chunk = from; chunk < chunksOf(info); chunk += 1) {
    const ids = await readIds(queries, dataset, chunk)
    const columns = await readColumns(queries, dataset, chunk, info.columns)
    const indices = (name: string): Int32Array => {
      const column = columns.get(name)
      return column?.is === 'codes' ? Int32Array.from(column.codes, (code) => code - 1) : new Int32Array(ids.length).fill(-1)
    }
    yield { ids, chosen: indices(CHOSEN), current: indices(CURRENT) }
  }
}
