/** Tells the types of a table's columns from its values: bool, int, decimal, set of text, text. */
import type { AttributeType } from '../model/fleet.ts'
import type { Table } from './table.ts'

/** What all values of one column seen so far are; `places` is the most decimal places among numbers. */
interface Seen {
  bool: boolean
  number: boolean
  set: boolean
  places: number
}

const cache = new WeakMap<Table, Readonly<Record<string, AttributeType>>>()

/** By name, nested mappings flattened with dots; a column without any value, or of mixed values, is text. */
export function inferColumns(table: Table): Readonly<Record<string, AttributeType>> {
  const known = cache.get(table)
  if (known !== undefined) return known
  const columns = new Map<string, Seen>()
  for (const row of table.rows) see(columns, '', row, table.format === 'csv', 0)
  const types: Readonly<Record<string, AttributeType>> = Object.fromEntries([...columns].map(([name, seen]) => [name, typeOf(seen)]))
  cache.set(table, types)
  return types
}

function see(columns: Map<string, Seen>, prefix: string, row: object, cells: boolean, depth: number): void {
  for (const [key, value] of Object.entries(row) as [string, unknown][]) {
    if (value === null || value === undefined || value === '') continue
    const name = prefix + key
    if (typeof value === 'object' && !Array.isArray(value)) {
      if (depth < 8) see(columns, `${name}.`, value, cells, depth + 1)
      continue
    }
    let seen = columns.get(name)
    if (seen === undefined) columns.set(name, (seen = { bool: true, number: true, set: true, places: 0 }))
    const isCell = cells && typeof value === 'string'
    if (!(typeof value === 'boolean' || (isCell && (value === 'true' || value === 'false')))) seen.bool = false
    if (!(Array.isArray(value) && value.every((member) => typeof member === 'string'))) seen.set = false
    const places = decimalPlaces(isCell ? value : typeof value === 'number' ? String(value) : '')
    if (places === undefined) seen.number = false
    else seen.places = Math.max(seen.places, places)
  }
}

/** Decimal places of a plain number that can be kept exactly, else nothing. */
function decimalPlaces(text: string): number | undefined {
  const parts = /^-?(0|[1-9]\d{0,14})(?:\.(\d{1,6}))?$/.exec(text)
  return parts === null ? undefined : (parts[2]?.length ?? 0)
}

function typeOf(seen: Seen): AttributeType {
  if (seen.bool) return { is: 'bool' }
  if (seen.set) return { is: 'set', of: 'text' }
  if (!seen.number) return { is: 'text' }
  return seen.places === 0 ? { is: 'int' } : { is: 'decimal', places: seen.places }
}
