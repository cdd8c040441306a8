/** Reads a fleet from CSV with a header line, as a stream; empty cells are missing, members of a set are parted by `;`. */
import type { Read } from '../../diagnostics/diagnostic.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import type { StoredValue } from '../../model/attribute-value.ts'
import type { FleetModel } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import { addDevice, clearRow, fleetBuilder, makeRoom, refuse, store } from '../fleet-builder.ts'
import { finishFleet } from '../finish-fleet.ts'
import type { Table } from '../table.ts'
import { locateFields } from './columns.ts'
import { cellLocation, lineLocation, readHeader, sayCsvProblem } from './header.ts'
import { type CsvRow, eachCsvRow } from './rows.ts'

const PROGRESS_EVERY = 16_384
/** Distinct cells of one column whose reading is remembered. */
const REMEMBERED = 65_536

export async function readCsvFleet(
  model: FleetModel,
  source: string,
  chunks: AsyncIterable<Uint8Array>,
  tables: ReadonlyMap<string, Table>,
  progress?: (rows: number) => void,
): Promise<Read<Fleet>> {
  const builder = fleetBuilder(model, source)
  const { problems, columns } = builder
  const { devices } = model
  const separator = devices.is === 'source' ? devices.separator : undefined
  let read: readonly ((cell: string) => StoredValue)[] = []
  let header: ReadonlyMap<string, number> | undefined
  let positions: readonly (number | undefined)[] = []
  let idPosition: number | undefined
  const begin = (row: CsvRow): void => {
    header = readHeader(source, row, problems)
    const found = locateFields(builder, header, row.line)
    positions = found.positions
    read = found.read.map(remembering)
    idPosition = header.get(builder.idField)
    if (idPosition !== undefined) return
    const meant = suggest(builder.idField, header.keys())
    const hint = meant === undefined ? 'maybe `devices: {from: ..., id: NAME}`' : `maybe \`devices: {from: ..., id: ${meant}}\``
    refuse(builder, 'missing-id', `no column is called \`${builder.idField}\``, () => lineLocation(source, row.line), hint)
  }
  const device = (row: CsvRow): void => {
    if (idPosition === undefined) return
    const at = () => lineLocation(source, row.line)
    if (row.cells.length !== header?.size) {
      refuse(builder, 'broken-line', `the row has ${row.cells.length} cells, the header has ${header?.size ?? 0}`, at)
      return
    }
    const bad = row.cells.find((cell) => cell.includes('\0') || cell.includes('\ufffd'))
    if (bad !== undefined) {
      refuse(
        builder,
        bad.includes('\0') ? 'control-character' : 'not-utf8',
        bad.includes('\0') ? 'a NUL byte stands in the row' : 'the row is not UTF-8',
        at,
      )
      return
    }
    makeRoom(builder, builder.ids.length)
    const id = row.cells[idPosition]!
    columns.forEach((column, index) => {
      const position = positions[index]
      const value = read[index]!(position === undefined ? '' : row.cells[position]!)
      store(
        builder,
        column,
        value,
        () => `device \`${id}\``,
        () => cellLocation(source, row, position),
      )
    })
    if (!addDevice(builder, id, () => cellLocation(source, row, idPosition))) clearRow(builder, builder.ids.length)
    else if (progress !== undefined && builder.ids.length % PROGRESS_EVERY === 0) progress(builder.ids.length)
  }
  const problem = await eachCsvRow(
    chunks,
    (row) => {
      if (header === undefined) begin(row)
      else device(row)
    },
    separator,
  )
  if (problem !== undefined) sayCsvProblem(source, problem, problems)
  progress?.(builder.ids.length)
  return finishFleet(builder, tables, header?.keys() ?? [])
}

function remembering(read: (cell: string) => StoredValue): (cell: string) => StoredValue {
  const known = new Map<string, StoredValue>()
  return (cell) => {
    let value = known.get(cell)
    if (value === undefined) {
      value = read(cell)
      if (known.size < REMEMBERED) known.set(cell, value)
    }
    return value
  }
}
