/** Makes the fleet of what was collected: defaults, links, joins, and what can only be said at the end. */
import type { Read } from '../diagnostics/diagnostic.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Column, Fleet } from '../model/fleet.ts'
import { type ColumnBuilder, finishColumn } from './column-builder.ts'
import type { FleetBuilder } from './fleet-builder.ts'
import { joinTables } from './join-tables.ts'
import { linkRows } from './link-rows.ts'
import type { Table } from './table.ts'

/** The fleet, or why there is none; `seen` are the names of the source's fields, for hints. */
export function finishFleet(builder: FleetBuilder, tables: ReadonlyMap<string, Table>, seen: Iterable<string>): Read<Fleet> {
  const { model, problems, source } = builder
  const size = builder.ids.length
  if (size === 0 && !problems.hasErrors())
    problems.add({ code: 'formats/empty-fleet', severity: 'error', message: `\`${source}\` holds no device`, at: { source } })
  const columns: Record<string, Column> = {}
  const free = [...seen].filter((field) => field !== builder.idField && !builder.fields.includes(field)).sort()
  builder.columns.forEach((column, index) => {
    const { default: fallback, at } = model.vocabulary[index]!
    if (size > 0 && fallback === undefined && isEmpty(column, size)) {
      const meant = suggest(builder.fields[index]!, free)
      const message = `no device has a value for \`${column.name}\``
      problems.add({
        code: 'formats/unused-attribute',
        severity: 'warning',
        message,
        ...(meant === undefined ? {} : { hint: `maybe \`${meant}\`, which the devices have` }),
        at,
      })
    }
    const finished = finishColumn(column, size, fallback)
    columns[column.name] = column.type.is === 'device' ? linkRows(builder, column.name, finished) : finished
  })
  joinTables(model, tables, columns, size, builder)
  const diagnostics = problems.list()
  if (problems.hasErrors()) return { ok: false, diagnostics }
  return { ok: true, value: { size, ids: builder.ids, columns }, diagnostics }
}

function isEmpty(column: ColumnBuilder, size: number): boolean {
  for (let row = 0; row < size; row += 1) if (column.isNumber ? !Number.isNaN(column.numbers[row]) : column.codes[row] !== -1) return false
  return true
}
