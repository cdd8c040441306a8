/** Reads the lists of links that a model names: pairs of device ids become pairs of rows, their other columns typed columns. */
import { cappedDiagnostics, type CappedDiagnostics } from '../diagnostics/capped.ts'
import type { Read } from '../diagnostics/diagnostic.ts'
import { attributeValue, cellValue } from '../model/attribute-value.ts'
import type { FleetModel, Links } from '../model/fleet-model.ts'
import type { AttributeType, Column, Fleet, LinkTable } from '../model/fleet.ts'
import { columnBuilder, finishColumn, growColumn, storeValue } from './column-builder.ts'
import { inferColumns } from './infer-columns.ts'
import type { Table } from './table.ts'

interface Linkable {
  readonly model: FleetModel
  readonly fleet: Fleet
}

/** The fleet with its links, and the model with the types of their columns. `tables` are those that were read, by source. */
export function withLinks({ model, fleet }: Linkable, tables: ReadonlyMap<string, Table>): Read<Linkable> {
  if (model.links === undefined) return { ok: true, value: { model, fleet }, diagnostics: [] }
  const problems = cappedDiagnostics()
  const rowOf = new Map(fleet.ids.map((id, row) => [id, row]))
  const read = model.links.map((links) => {
    const table = tableOf(model, links, tables)
    const typed: Links = { ...links, columns: { ...wantedColumns(model, links, table), ...links.columns } }
    return { links: typed, table: linkTable(typed, table, rowOf, problems) }
  })
  const diagnostics = problems.list()
  if (problems.hasErrors()) return { ok: false, diagnostics }
  const byName = Object.fromEntries(read.map(({ links, table }) => [links.name, table]))
  const value = { model: { ...model, links: read.map(({ links }) => links) }, fleet: { ...fleet, links: byName } }
  return { ok: true, value, diagnostics }
}

function tableOf(model: FleetModel, { from, rows = [] }: Links, tables: ReadonlyMap<string, Table>): Table {
  // INVARIANT: every source that links name was read before.
  return from === undefined ? { name: model.source, format: 'json', rows, lines: rows.map(() => 1) } : tables.get(from)!
}

/** Columns that a constraint reads as `link.<column>`. */
function wantedColumns(model: FleetModel, { a, b }: Links, table: Table): Readonly<Record<string, AttributeType>> {
  const texts = JSON.stringify(model.constraints.map(({ parameters }) => parameters))
  return Object.fromEntries(
    Object.entries(inferColumns(table)).filter(([name]) => name !== a && name !== b && texts.includes(`link.${name}`)),
  )
}

function linkTable(links: Links, table: Table, rowOf: ReadonlyMap<string, number>, problems: CappedDiagnostics): LinkTable {
  const [a, b, kept]: [number[], number[], number[]] = [[], [], []]
  let [unknown, without, example] = [0, 0, '']
  table.rows.forEach((row, index) => {
    const ends = [row[links.a], row[links.b]]
    if (ends.some((end) => typeof end !== 'string' && typeof end !== 'number')) {
      without++
      return
    }
    const [first, second] = ends.map((end) => rowOf.get(String(end as string | number)))
    if (first === undefined || second === undefined) {
      if (unknown++ === 0) example = String(first === undefined ? ends[0] : ends[1])
      return
    }
    if (first === second) return
    a.push(first)
    b.push(second)
    kept.push(index)
  })
  const at = { source: table.name }
  if (without > 0) {
    const message = `${without} of ${table.rows.length} links have no \`${links.a}\` or no \`${links.b}\``
    problems.add({ code: 'formats/missing-key', severity: without === table.rows.length ? 'error' : 'warning', message, at })
  }
  if (unknown > 0) {
    const message = `${unknown} ${unknown === 1 ? 'link names' : 'links name'} a device that the fleet does not have, such as \`${example}\``
    problems.add({ code: 'formats/unknown-device', severity: 'warning', message, at })
  }
  const columns = Object.fromEntries(
    Object.keys(links.columns)
      .sort()
      .map((name) => [name, columnOf(links, table, name, kept, problems)]),
  )
  return { a: Int32Array.from(a), b: Int32Array.from(b), columns }
}

function columnOf(links: Links, table: Table, name: string, kept: readonly number[], problems: CappedDiagnostics): Column {
  const type = links.columns[name]!
  const builder = columnBuilder(name, type)
  growColumn(builder, Math.max(0, kept.length - 1))
  kept.forEach((index, pair) => {
    const value = table.rows[index]![name]
    const asText = type.is === 'text' && typeof value === 'object' && value !== null ? JSON.stringify(value) : value
    const stored = table.format === 'csv' && typeof value === 'string' ? cellValue(type, value) : attributeValue(type, asText)
    storeValue(builder, pair, stored)
    if (stored.is !== 'wrong') return
    const range = { start: { line: table.lines[index]!, column: 1 }, end: { line: table.lines[index]!, column: 1 } }
    const at = { source: table.name, range }
    problems.add({ code: `formats/${stored.code}`, severity: 'error', message: `\`${name}\` of the link ${stored.message}`, at })
  })
  return finishColumn(builder, kept.length, undefined)
}
