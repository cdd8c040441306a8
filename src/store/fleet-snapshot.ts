/** A fleet as it stands at one moment: its table, and what changed since. */
import type { Kysely } from 'kysely'
import { textAt, type ChunkColumn } from './column-codec.ts'
import { chunksOf, datasetInfo, readColumns, readIds, type DatasetInfo } from './datasets.ts'
import type { DeviceContext, KeptChange } from './fleet-changes.ts'
import type { Schema } from './schema.ts'

export interface FleetSnapshot {
  /** Absent: nothing was ever uploaded. */
  readonly table?: DatasetInfo
  readonly changes: ReadonlyMap<string, KeptChange>
  readonly revision: number
  readonly size: number
}

/** A chunk of a snapshot; rows whose device changed are told by `changes`. */
export interface SnapshotChunk {
  readonly ids: readonly string[]
  readonly columns: ReadonlyMap<string, ChunkColumn>
}

/** Undefined where there is no such fleet. */
export async function takeSnapshot(queries: Kysely<Schema>, tenant: string, id: string): Promise<FleetSnapshot | undefined> {
  // INVARIANT: one statement sees one moment; no transaction stays open while this thread waits for its turn.
  const rows = await queries
    .selectFrom('fleets')
    .leftJoin('fleet_changes', (join) =>
      join.onRef('fleet_changes.tenant', '=', 'fleets.tenant').onRef('fleet_changes.fleet', '=', 'fleets.id'),
    )
    .select(['fleets.dataset', 'fleets.revision', 'fleets.size'])
    .select(['fleet_changes.device', 'fleet_changes.revision as changed', 'fleet_changes.whole', 'fleet_changes.context'])
    .where('fleets.tenant', '=', tenant)
    .where('fleets.id', '=', id)
    .execute()
  const [fleet] = rows
  if (fleet === undefined) return undefined
  const changes = new Map<string, KeptChange>()
  for (const { device, changed, whole, context } of rows)
    if (device !== null && changed !== null && whole !== null) changes.set(device, keptChange({ revision: changed, whole, context }))
  // A table that is replaced meanwhile can be read for long after.
  const table = fleet.dataset === null ? undefined : await datasetInfo(queries, tenant, fleet.dataset)
  return { ...(table && { table }), changes, revision: fleet.revision, size: fleet.size }
}

export const keptChange = ({
  revision,
  whole,
  context,
}: {
  readonly revision: number
  readonly whole: boolean
  readonly context: unknown
}): KeptChange => ({
  revision,
  whole,
  context: context as DeviceContext | null,
})

/** The table's chunks in order; `names`: which columns, all unless told. */
export async function* snapshotChunks(
  queries: Kysely<Schema>,
  { table }: FleetSnapshot,
  names?: readonly string[],
  from = 0,
): AsyncGenerator<SnapshotChunk> {
  if (table === undefined) return
  for (let chunk = from; chunk < chunksOf(table); chunk += 1)
    yield { ids: await readIds(queries, table.id, chunk), columns: await readColumns(queries, table.id, chunk, names ?? table.columns) }
}

/** Devices that are not in the table, by id; `inTable` are those changed ones that are. */
export function addedDevices({ changes }: FleetSnapshot, inTable: ReadonlySet<string>): readonly (readonly [string, KeptChange])[] {
  return [...changes]
    .filter(([device, { whole, context }]) => whole && context !== null && !inTable.has(device))
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** JSON texts of one row by field. */
export function rowTexts(columns: ReadonlyMap<string, ChunkColumn>, names: readonly string[], row: number): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const name of names) {
    const column = columns.get(name)
    const text = column && textAt(column, row)
    if (text !== undefined) texts.set(name, text)
  }
  return texts
}
