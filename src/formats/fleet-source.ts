/** Reads everything that a model names: the tables of its joins, then its devices, from itself, NDJSON or CSV. Opens nothing itself. */
import type { Diagnostic, Location, Read } from '../diagnostics/diagnostic.ts'
import { pointer } from '../diagnostics/document.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { readTwinFleet } from './azure/read-twins.ts'
import { readCsvFleet } from './csv/read-fleet.ts'
import { readInlineFleet } from './inline/read-fleet.ts'
import { withTables } from './join-tables.ts'
import { withLinks } from './link-tables.ts'
import { readNdjsonFleet } from './ndjson/read-fleet.ts'
import { readTable } from './ndjson/read-table.ts'
import type { Table } from './table.ts'

/** Gives the bytes of a named source; what it throws while being read becomes a diagnostic. */
export type Open = (name: string) => AsyncIterable<Uint8Array>

/** The fleet, and the model with the types of its joined columns. */
export interface ModelledFleet {
  readonly model: FleetModel
  readonly fleet: Fleet
}

/** Gives the devices as the model reads them, from wherever they are kept; `tables` as `readNdjsonFleet` takes them. */
export type ReadDevices = (model: FleetModel, tables: ReadonlyMap<string, Table>) => Promise<Read<Fleet>>

/** `kept`: in place of reading the devices from what the model names. */
export async function readModelledFleet(
  model: FleetModel,
  open: Open,
  progress?: (devices: number) => void,
  kept?: ReadDevices,
): Promise<Read<ModelledFleet>> {
  const tables = new Map<string, Table>()
  const diagnostics: Diagnostic[] = []
  let failed = false
  const named = [...model.joins, ...(model.links ?? [])]
  for (const { from, at } of named) {
    if (from === undefined || tables.has(from)) continue
    const read = await reading(from, at, open, (chunks) => readTable(from, chunks))
    diagnostics.push(...read.diagnostics)
    if (read.ok) tables.set(from, read.value)
    else failed = true
  }
  if (failed) return { ok: false, diagnostics }
  const typed = withTables(model, tables)
  const fleet = kept === undefined ? await readDevices(typed, open, tables, progress) : await kept(typed, tables)
  diagnostics.push(...fleet.diagnostics)
  if (!fleet.ok) return { ok: false, diagnostics }
  const linked = withLinks({ model: typed, fleet: fleet.value }, tables)
  diagnostics.push(...linked.diagnostics)
  return linked.ok ? { ...linked, diagnostics } : { ok: false, diagnostics }
}

const readers = { csv: readCsvFleet, ndjson: readNdjsonFleet, azure: readTwinFleet } as const

async function readDevices(
  model: FleetModel,
  open: Open,
  tables: ReadonlyMap<string, Table>,
  progress: ((devices: number) => void) | undefined,
): Promise<Read<Fleet>> {
  const { devices } = model
  if (devices.is === 'inline') return readInlineFleet(model, tables)
  const { name } = devices
  const format = devices.format ?? (name.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson')
  const read = readers[format]
  const at = model.places.get(pointer(['devices'])) ?? { source: model.source }
  return reading(name, at, open, (chunks) => read(model, name, chunks, tables, progress))
}

/** What `read` gives, or a diagnostic at the place that names the source where its bytes cannot be had. */
export async function reading<T>(
  name: string,
  at: Location,
  open: Open,
  read: (chunks: AsyncIterable<Uint8Array>) => Promise<Read<T>>,
): Promise<Read<T>> {
  const failure: { why?: unknown } = {}
  const guarded = async function* (): AsyncIterable<Uint8Array> {
    try {
      yield* open(name)
    } catch (error) {
      failure.why = error
      throw error
    }
  }
  try {
    return await read(guarded())
  } catch (error) {
    if (failure.why === undefined) throw error
    const message = `\`${name}\` cannot be read: ${whyUnreadable(failure.why)}`
    return { ok: false, diagnostics: [{ code: 'formats/unreadable', severity: 'error', message, at }] }
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'it is a folder'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
