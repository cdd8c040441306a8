/** Reads a fleet from NDJSON, one JSON object per line and device, as a stream: memory holds the columns and one line. */
import type { Read } from '../../diagnostics/diagnostic.ts'
import type { StoredValue } from '../../model/attribute-value.ts'
import type { FleetModel } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import { addDevice, clearRow, type FleetBuilder, fleetBuilder, makeRoom, refuse, store } from '../fleet-builder.ts'
import { finishFleet } from '../finish-fleet.ts'
import { eachLine, LONGEST_LINE } from '../lines.ts'
import { columnReader } from '../source-column.ts'
import type { Table } from '../table.ts'
import { fieldValue } from '../field-value.ts'
import { brokenLine, fieldLocation, locationIn } from './broken-line.ts'
import { lineScanner } from './scan-line.ts'

const PROGRESS_EVERY = 16_384

/** `tables` by the name that joins call them (`from`); `progress` hears the number of devices now and then. */
export async function readNdjsonFleet(
  model: FleetModel,
  source: string,
  chunks: AsyncIterable<Uint8Array>,
  tables: ReadonlyMap<string, Table>,
  progress?: (rows: number) => void,
): Promise<Read<Fleet>> {
  const builder = fleetBuilder(model, source)
  const scanner = lineScanner(builder)
  // A field inside another mapping, or one that feeds two attributes, is beyond the scanner.
  const plain = builder.fields.every(
    (field, index) => !field.includes('.') && field !== builder.idField && builder.fields.indexOf(field) === index,
  )
  const named = model.devices.is === 'source' ? model.devices : undefined
  const shared = { cells: false, missing: named?.missing ?? [], decimalComma: false }
  const ordinary = named?.reading === undefined && shared.missing.length === 0
  const read = builder.columns.map((column) =>
    columnReader(column, named?.reading?.[column.name] ?? {}, shared, named?.reading?.[column.name]?.unit),
  )
  const seen = new Set<string>()
  const end = await eachLine(chunks, (buffer, start, stop, line, ended) => {
    const row = builder.ids.length
    makeRoom(builder, row)
    if (plain && ordinary) {
      const scanned = scanner.scan(buffer, start, stop)
      if (scanned === 'added') {
        if (progress !== undefined && (row + 1) % PROGRESS_EVERY === 0) progress(row + 1)
        return
      }
      clearRow(builder, row)
    }
    readSlowly(builder, read, buffer.toString('utf8', start, stop), line, ended, seen)
  })
  if (!end.ok) {
    refuse(
      builder,
      'too-large',
      `the line is longer than ${LONGEST_LINE / 1024 / 1024} MB`,
      () => locationIn(source, end.tooLong, 1, 1),
      'maybe the file is not NDJSON, one device per line',
    )
  }
  progress?.(builder.ids.length)
  return finishFleet(builder, tables, new Set([...seen, ...scanner.fields.keys()]))
}

/** Reads one line by `JSON.parse`, saying all that is wrong. INVARIANT: the row is clear. */
function readSlowly(
  builder: FleetBuilder,
  read: readonly ((written: unknown) => StoredValue)[],
  text: string,
  line: number,
  ended: boolean,
  seen: Set<string>,
): void {
  if (text.trim() === '') return
  const parsed = parsedObject(text)
  if (parsed === undefined) {
    const problem = brokenLine(builder.source, text, line, ended)
    builder.problems.add(problem)
    return
  }
  for (const field of Object.keys(parsed)) seen.add(field)
  const at = (field: string) => () => fieldLocation(builder.source, text, line, field)
  const device = (): string => (parsed[builder.idField] === undefined ? 'a device' : `device \`${String(parsed[builder.idField])}\``)
  builder.columns.forEach((column, index) => {
    const field = builder.fields[index]!
    const written = fieldValue(parsed, field)
    const value = read[index]!(written)
    const unreadable = value.is === 'stored' && typeof value.value === 'string' && value.value.includes('\ufffd')
    store(
      builder,
      column,
      unreadable ? { is: 'wrong', code: 'not-utf8', message: 'is not UTF-8' } : value,
      device,
      at(field.split('.')[0]!),
    )
  })
  if (!addDevice(builder, parsed[builder.idField], at(builder.idField))) clearRow(builder, builder.ids.length)
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
