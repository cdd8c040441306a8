/** Collects devices row by row, whatever they are read from: ids, typed columns, what is wrong with them. */
import { type CappedDiagnostics, cappedDiagnostics } from '../diagnostics/capped.ts'
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'
import type { StoredValue } from '../model/attribute-value.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import { addBytes, type ByteDictionary, byteDictionary, findBytes, hashBytes } from './byte-dictionary.ts'
import { clearValue, type ColumnBuilder, columnBuilder, growColumn, storeValue } from './column-builder.ts'

export interface FleetBuilder {
  readonly model: FleetModel
  readonly source: string
  /** One per attribute of the vocabulary, in its order; `fields[i]` is what the source calls it. */
  readonly columns: readonly ColumnBuilder[]
  readonly fields: readonly string[]
  readonly idField: string
  readonly ids: string[]
  /** Entry i is the id of row i. */
  readonly known: ByteDictionary
  readonly problems: CappedDiagnostics
  readonly severity: 'error' | 'warning'
  /** Rows that the columns have room for. */
  capacity: number
}

export function fleetBuilder(model: FleetModel, source: string): FleetBuilder {
  const named =
    model.devices.is === 'source' ? model.devices : { id: 'id', columns: {} as Readonly<Record<string, string>>, dirty: undefined }
  return {
    model,
    source,
    columns: model.vocabulary.map((attribute) => columnBuilder(attribute.name, attribute.type)),
    fields: model.vocabulary.map((attribute) => named.columns[attribute.name] ?? attribute.name),
    idField: named.id,
    ids: [],
    known: byteDictionary(),
    problems: cappedDiagnostics(),
    severity: named.dirty === 'report' ? 'warning' : 'error',
    capacity: 0,
  }
}

/** Room for `row` in every column. */
export function makeRoom(builder: FleetBuilder, row: number): void {
  if (row < builder.capacity) return
  for (const column of builder.columns) growColumn(column, row)
  builder.capacity = Math.max(1024, builder.capacity * 2, row + 1)
}

/** Forgets what stands in a row that does not count. */
export function clearRow(builder: FleetBuilder, row: number): void {
  for (const column of builder.columns) clearValue(column, row)
}

/** Adds a device whose values stand in row `builder.ids.length` already; false (and said) where its id cannot be. */
export function addDevice(builder: FleetBuilder, id: unknown, at: () => Location): boolean {
  const text = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id
  const field = `\`${builder.idField}\``
  if (text === undefined || text === null || text === '') return refuse(builder, 'missing-id', `the device has no ${field}`, at)
  if (typeof text !== 'string') return refuse(builder, 'wrong-type', `${field} must be a text`, at)

  if (/[\0-\x1f\x7f]/.test(text)) return refuse(builder, 'control-character', `${field} holds a control character`, at)
  if (text.includes('\ufffd')) return refuse(builder, 'not-utf8', `${field} is not UTF-8`, at)
  const bytes = Buffer.from(text)
  const hash = hashBytes(bytes, 0, bytes.length)
  if (findBytes(builder.known, bytes, 0, bytes.length, hash) >= 0) return refuseDuplicate(builder, text, at)
  addBytes(builder.known, bytes, 0, bytes.length, hash)
  builder.ids.push(text)
  return true
}

export function refuseDuplicate(builder: FleetBuilder, id: string, at: () => Location): false {
  return refuse(builder, 'duplicate-id', `a device \`${id}\` stands further up already`, at)
}

export function refuse(builder: FleetBuilder, code: string, message: string, at: () => Location, hint?: string): false {
  builder.problems.addLazily('error', `formats/${code}`, (): Diagnostic => ({
    code: `formats/${code}`,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    at: at(),
  }))
  return false
}

/** Stores a value of the row being read; a wrong one is said and counts as missing. */
export function store(builder: FleetBuilder, column: ColumnBuilder, value: StoredValue, device: () => string, at: () => Location): void {
  storeValue(column, builder.ids.length, value)
  if (value.is !== 'wrong') return
  const code = `formats/${value.code}`
  builder.problems.addLazily(builder.severity, code, () => ({
    code,
    severity: builder.severity,
    message: `\`${column.name}\` of ${device()} ${value.message}`,
    ...(value.hint === undefined ? {} : { hint: value.hint }),
    at: at(),
  }))
}
