/** A stored fleet as a model reads it: only the columns that the model asks for are fetched, and each different value is read once per chunk. */
import type { Kysely } from 'kysely'
import type { Read } from '../diagnostics/diagnostic.ts'
import { addBytes, hashBytes } from '../formats/byte-dictionary.ts'
import { codeFor, type ColumnBuilder } from '../formats/column-builder.ts'
import { fieldValue } from '../formats/field-value.ts'
import { finishFleet } from '../formats/finish-fleet.ts'
import { clearRow, fleetBuilder, makeRoom, type FleetBuilder } from '../formats/fleet-builder.ts'
import { columnReader } from '../formats/source-column.ts'
import type { Table } from '../formats/table.ts'
import type { StoredValue } from '../model/attribute-value.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { ChunkColumn } from './column-codec.ts'
import { mergedTexts } from './fleet-changes.ts'
import { addedDevices, rowTexts, snapshotChunks, type FleetSnapshot } from './fleet-snapshot.ts'
import type { Schema } from './schema.ts'

/** One attribute: how a written value is read, and what it was read from. */
interface Reader {
  readonly column: ColumnBuilder
  readonly field: string
  readonly read: (written: unknown) => StoredValue
}

export async function readStoredFleet(
  queries: Kysely<Schema>,
  snapshot: FleetSnapshot,
  model: FleetModel,
  source: string,
  tables: ReadonlyMap<string, Table>,
): Promise<Read<Fleet>> {
  const builder = fleetBuilder(model, source)
  const idField = snapshot.table?.idField ?? builder.idField
  const stored = snapshot.table?.columns ?? []
  const readers = readersOf(model, builder)
  const names = stored.filter((name) => readers.some(({ field }) => field === name || field.startsWith(`${name}.`)))
  // Links between devices are found by their ids; nobody else asks.
  const known = model.vocabulary.some(({ type }) => type.is === 'device')
  const inTable = new Set<string>()
  const add = (id: string): void => {
    if (known) {
      const bytes = Buffer.from(id)
      addBytes(builder.known, bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length))
    }
    builder.ids.push(id)
  }
  const readRow = (id: string, texts: ReadonlyMap<string, string>): void => {
    const row = builder.ids.length
    makeRoom(builder, row)
    clearRow(builder, row)
    const parsed = Object.fromEntries([...texts].map(([name, text]) => [name, JSON.parse(text) as unknown]))
    for (const reader of readers)
      keep(builder, reader, reader.read(reader.field === idField ? id : fieldValue(parsed, reader.field)), row, id)
    add(id)
  }
  for await (const { ids, columns } of snapshotChunks(queries, snapshot, names)) {
    const changed = snapshot.changes.size === 0 ? [] : ids.flatMap((id, row) => (snapshot.changes.has(id) ? [row] : []))
    const whole = changed.length === 0 ? undefined : new Set(changed)
    for (const row of changed) inTable.add(ids[row]!)
    // Rows as they stand first, by columns; then those that changed, each on its own.
    const rows = whole === undefined ? undefined : Int32Array.from(ids.keys()).filter((row) => !whole.has(row))
    const first = builder.ids.length
    const count = rows?.length ?? ids.length
    if (count > 0) {
      makeRoom(builder, first + count - 1)
      if (rows === undefined) for (const id of ids) add(id)
      else for (const row of rows) add(ids[row]!)
      for (const reader of readers) readColumn(builder, reader, columns, ids, rows, first, reader.field === idField)
    }
    for (const row of changed) {
      const change = snapshot.changes.get(ids[row]!)!
      if (!(change.whole && change.context === null)) readRow(ids[row]!, mergedTexts(rowTexts(columns, names, row), change))
    }
  }
  for (const [id, change] of addedDevices(snapshot, inTable)) readRow(id, mergedTexts(new Map(), change))
  return finishFleet(builder, tables, stored)
}

function readersOf(model: FleetModel, builder: FleetBuilder): readonly Reader[] {
  const named = model.devices.is === 'source' ? model.devices : undefined
  const shared = { cells: false, missing: named?.missing ?? [], decimalComma: false }
  return builder.columns.map((column, index) => {
    const how = named?.reading?.[column.name] ?? {}
    return { column, field: builder.fields[index]!, read: columnReader(column, how, shared, how.unit) }
  })
}

/** Rows of a chunk, all or `rows`, into the builder's rows from `first` on. */
function readColumn(
  builder: FleetBuilder,
  reader: Reader,
  columns: ReadonlyMap<string, ChunkColumn>,
  ids: readonly string[],
  rows: Int32Array | undefined,
  first: number,
  isId: boolean,
): void {
  const count = rows?.length ?? ids.length
  const rowAt = (at: number): number => (rows === undefined ? at : rows[at]!)
  const { field } = reader
  const own = columns.get(field)
  const above = pathsAbove(field).filter((name) => columns.has(name))
  if (isId || above.length > 0 || (own?.is === 'numbers' && !isPlainNumber(reader))) {
    for (let at = 0; at < count; at += 1) {
      const row = rowAt(at)
      const texts = isId ? undefined : rowTexts(columns, own === undefined ? above : [...above, field], row)
      const parsed = texts && Object.fromEntries([...texts].map(([name, text]) => [name, JSON.parse(text) as unknown]))
      keep(builder, reader, reader.read(parsed === undefined ? ids[row] : fieldValue(parsed, field)), first + at, ids[row]!)
    }
    return
  }
  const missing = reader.read(undefined)
  if (own === undefined) {
    for (let at = 0; at < count; at += 1) keep(builder, reader, missing, first + at, ids[rowAt(at)]!)
    return
  }
  if (own.is === 'numbers') {
    for (let at = 0; at < count; at += 1) {
      const number = own.numbers[rowAt(at)]!
      keep(builder, reader, number === own.missing || Number.isNaN(number) ? missing : reader.read(number), first + at, ids[rowAt(at)]!)
    }
    return
  }
  readCodes(builder, reader, [missing, ...own.texts.map((text) => reader.read(JSON.parse(text) as unknown))], own.codes, ids, rows, first)
}

const isPlainNumber = ({ column }: Reader): boolean => column.isNumber || column.kind === 'text'

/** `values` by code. */
function readCodes(
  builder: FleetBuilder,
  reader: Reader,
  values: readonly StoredValue[],
  codes: ArrayLike<number>,
  ids: readonly string[],
  rows: Int32Array | undefined,
  first: number,
): void {
  const { column } = reader
  const count = rows?.length ?? ids.length
  if (values.some(({ is }) => is === 'wrong')) {
    for (let at = 0; at < count; at += 1) {
      const row = rows === undefined ? at : rows[at]!
      keep(builder, reader, values[codes[row]!]!, first + at, ids[row]!)
    }
  } else if (column.isNumber) {
    const numbers = Float64Array.from(values, (value) => (value.is === 'stored' && typeof value.value === 'number' ? value.value : NaN))
    for (let at = 0; at < count; at += 1) column.numbers[first + at] = numbers[codes[rows === undefined ? at : rows[at]!]!]!
  } else {
    // A value that no row has any more (changed devices) gets a code that nobody uses, which harms nobody.
    const own = Int32Array.from(values, (value) => (value.is === 'stored' ? codeFor(column, String(value.value)) : -1))
    for (let at = 0; at < count; at += 1) column.codes[first + at] = own[codes[rows === undefined ? at : rows[at]!]!]!
  }
}

/** `a` and `a.b` for `a.b.c`. */
function pathsAbove(field: string): readonly string[] {
  const steps = field.split('.')
  return steps.slice(1).map((_, at) => steps.slice(0, at + 1).join('.'))
}

/** A wrong value is said and counts as missing. */
function keep(builder: FleetBuilder, { column }: Reader, value: StoredValue, row: number, id: string): void {
  if (column.isNumber) column.numbers[row] = value.is === 'stored' && typeof value.value === 'number' ? value.value : NaN
  else column.codes[row] = value.is === 'stored' ? codeFor(column, String(value.value)) : -1
  if (value.is !== 'wrong') return
  const code = `formats/${value.code}`
  builder.problems.addLazily(builder.severity, code, () => ({
    code,
    severity: builder.severity,
    message: `\`${column.name}\` of device \`${id}\` ${value.message}`,
    ...(value.hint === undefined ? {} : { hint: value.hint }),
    at: { source: builder.source },
  }))
}
