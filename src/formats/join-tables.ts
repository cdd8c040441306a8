/** Adds the columns of joined tables to the devices: looked up once per distinct key, not once per device. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'
import type { CappedDiagnostics } from '../diagnostics/capped.ts'
import { attributeValue, cellValue, type StoredValue } from '../model/attribute-value.ts'
import type { FleetModel, Join, JoinColumn } from '../model/fleet-model.ts'
import type { AttributeType, Column } from '../model/fleet.ts'
import { columnBuilder, finishColumn, growColumn, storeValue } from './column-builder.ts'
import { inferColumns } from './infer-columns.ts'
import type { Table } from './table.ts'

interface Report {
  readonly problems: CappedDiagnostics
  readonly severity: 'error' | 'warning'
  readonly ids: readonly string[]
}

/** The model with the types of all columns of its joined tables: declared ones as they are, the others as their values say. */
export function withTables(model: FleetModel, tables: ReadonlyMap<string, Table>): FleetModel {
  const joins = model.joins.map((join) => {
    const table = tables.get(join.from)
    return table === undefined ? join : { ...join, columns: { ...inferColumns(table), ...join.columns } }
  })
  return { ...model, joins }
}

/** Joined columns that nothing in the model reads are left out, unless declared. */
export function joinTables(
  model: FleetModel,
  tables: ReadonlyMap<string, Table>,
  columns: Record<string, Column>,
  size: number,
  report: Report,
): void {
  const texts = textsOf(model)
  for (const join of model.joins) {
    const table = tables.get(join.from)
    const key = columns[join.by]
    if (table === undefined) {
      const hint = `maybe \`--table ${join.from}=FILE\``
      report.problems.add({
        code: 'formats/missing-table',
        severity: 'error',
        message: `the table \`${join.from}\` of the join \`${join.name}\` was not given`,
        hint,
        at: join.at,
      })
      continue
    }
    if (key === undefined) {
      const names = Object.keys(columns).filter((name) => name.startsWith(join.by.slice(0, join.by.indexOf('.') + 1)))
      report.problems.add({
        code: 'formats/unknown-column',
        severity: 'error',
        message: `the join \`${join.name}\` is looked up by \`${join.by}\`, which no table has`,
        ...(names.length === 0 ? {} : { hint: `maybe one of ${names.join(', ')}` }),
        at: join.at,
      })
      continue
    }
    const inferred = inferColumns(table)
    const wanted = Object.keys(inferred).filter(
      (name) =>
        !(name in join.columns) &&
        (texts.includes(`${join.name}.${name}`) || model.joins.some((other) => other.by === `${join.name}.${name}`)),
    )
    const types: Readonly<Record<string, AttributeType>> = {
      ...Object.fromEntries(wanted.map((name) => [name, inferred[name]!])),
      ...join.columns,
    }
    const rows = matchKeys(join, table, key, size, report)
    for (const name of Object.keys(types)) columns[`${join.name}.${name}`] = joinColumn(join, table, name, types[name]!, rows, size, report)
  }
}

/** For every device the row of the table that its key names, or -1. */
function matchKeys(join: Join, table: Table, key: Column, size: number, report: Report): Int32Array {
  const rowOf = new Map<string, number>()
  let without = 0
  table.rows.forEach((row, index) => {
    const value = at(row, join.key, undefined)
    if (typeof value !== 'string' && typeof value !== 'number') without += 1
    else if (rowOf.has(String(value)))
      tell(
        report,
        'error',
        'duplicate-row',
        `two rows have the ${join.key} \`${value}\`, the first in line ${table.lines[rowOf.get(String(value))!]!}`,
        place(table, index),
      )
    else rowOf.set(String(value), index)
  })
  if (without > 0) {
    const message =
      without === table.rows.length && without > 0
        ? `no row has a \`${join.key}\`, by which \`${join.name}\` is looked up`
        : `${without.toLocaleString('en-US')} rows have no \`${join.key}\`, nothing finds them`
    tell(report, without === table.rows.length ? 'error' : 'warning', 'missing-key', message, { source: table.name })
  }
  const rows = new Int32Array(size).fill(-1)
  let unmatched = 0
  let first = -1
  const byCode = key.is === 'codes' ? Int32Array.from(key.values, (value) => rowOf.get(value) ?? -1) : undefined
  for (let row = 0; row < size; row += 1) {
    let found = -1
    if (key.is === 'codes') {
      const code = key.codes[row]!
      if (code < 0) continue
      found = byCode![code]!
    } else {
      const number = key.numbers[row]!
      if (Number.isNaN(number)) continue
      found = rowOf.get(String(number)) ?? -1
    }
    rows[row] = found
    if (found >= 0) continue
    unmatched += 1
    if (first < 0) first = row
  }
  if (unmatched > 0) {
    const value = key.is === 'codes' ? key.values[key.codes[first]!]! : String(key.numbers[first]!)
    const message = `${unmatched.toLocaleString('en-US')} ${unmatched === 1 ? 'device has' : 'devices have'} a \`${join.by}\` that \`${table.name}\` does not hold; the first: \`${report.ids[first]!}\` with \`${value}\``
    tell(report, 'warning', 'unmatched-key', message, { source: table.name })
  }
  return rows
}

function joinColumn(join: Join, table: Table, name: string, type: AttributeType, rows: Int32Array, size: number, report: Report): Column {
  const how: JoinColumn = join.reading?.[name] ?? {}
  const declared = name in join.columns
  const builder = columnBuilder(name, type)
  growColumn(builder, Math.max(0, table.rows.length - 1))
  table.rows.forEach((row, index) => {
    const value = valueOf(table, row, name, type, how, declared)
    storeValue(builder, index, value)
    if (value.is !== 'wrong') return
    tell(
      report,
      report.severity,
      value.code,
      `\`${name}\` of \`${String(at(row, join.key, undefined))}\` ${value.message}`,
      place(table, index),
      value.hint,
    )
  })
  const small = finishColumn(builder, table.rows.length, undefined)
  if (small.is === 'numbers') {
    const fallback = typeof how.default === 'number' ? how.default : NaN
    const numbers = new Float64Array(size)
    for (let row = 0; row < size; row += 1) {
      const value = rows[row]! < 0 ? NaN : small.numbers[rows[row]!]!
      numbers[row] = Number.isNaN(value) ? fallback : value
    }
    return { is: 'numbers', type, numbers }
  }
  const values = [...small.values]
  let fallback = how.default === undefined ? -1 : values.indexOf(String(how.default))
  if (fallback < 0 && how.default !== undefined) fallback = values.push(String(how.default)) - 1
  const codes = new Int32Array(size)
  for (let row = 0; row < size; row += 1) {
    const code = rows[row]! < 0 ? -1 : small.codes[rows[row]!]!
    codes[row] = code < 0 ? fallback : code
  }
  return { is: 'codes', type, codes, values }
}

function valueOf(
  table: Table,
  row: Readonly<Record<string, unknown>>,
  name: string,
  type: AttributeType,
  how: JoinColumn,
  declared: boolean,
): StoredValue {
  if (how.present !== undefined) return { is: 'stored', value: String(follow(row, how.present) !== undefined) }
  const value = at(row, name, how.path)
  if (table.format === 'csv' && typeof value === 'string') return cellValue(type, value)
  return attributeValue(type, !declared && type.is === 'text' ? asText(value) : value)
}

/** What an undeclared column of mixed values holds. */
function asText(value: unknown): unknown {
  if (typeof value === 'string' || value === null || value === undefined) return value
  return JSON.stringify(value)
}

/** The value under the name itself, else along the dots of the name, or along `path`. */
function at(row: Readonly<Record<string, unknown>>, name: string, path: readonly string[] | undefined): unknown {
  if (path !== undefined) return follow(row, path)
  return Object.hasOwn(row, name) ? row[name] : name.includes('.') ? follow(row, name.split('.')) : undefined
}

function follow(row: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined,
    row,
  )
}

/** Every text of the model that may name a joined column. */
function textsOf(model: FleetModel): string {
  const { variants, constraints, current, leave, unmanagedUses, advisories } = model
  // Numbers beyond 2^53 stand here still unread: they are refused where the kind's parameters are.
  return JSON.stringify(
    [variants, constraints.map((use) => use.parameters), current, leave, unmanagedUses, advisories?.packages],
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  )
}

function place(table: Table, index: number): Location {
  const line = table.lines[index]!
  return { source: table.name, range: { start: { line, column: 1 }, end: { line, column: 1 } } }
}

function tell(report: Report, severity: 'error' | 'warning', code: string, message: string, where: Location, hint?: string): void {
  report.problems.addLazily(severity, `formats/${code}`, (): Diagnostic => ({
    code: `formats/${code}`,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    at: where,
  }))
}
