/** A fleet after some of its devices changed, came or went: columns are shared where nothing in them changed. */
import type { Column, Fleet, LinkTable } from '../model/fleet.ts'
import { rowsById } from './id-order.ts'

export interface FleetChange {
  /** Devices with what is now known of them, in columns that stand here: a device that the fleet has is changed, any other is new. Columns that are not here stay as they are. */
  readonly devices?: Fleet
  /** Ids of devices that are gone; ids that the fleet does not have are passed over. */
  readonly removed?: readonly string[]
}

export interface ChangedFleet {
  readonly fleet: Fleet
  /** By row, the row of the same device before; -1 where it is new. */
  readonly before: Int32Array
  /** By row: 1 where the device is new or anything in its columns differs from before. */
  readonly changed: Uint8Array
  /** Rows ascending by device id. */
  readonly order: Int32Array
}

/** `order`: the fleet's rows ascending by device id. Devices keep their order; new ones follow in theirs. */
export function changeFleet(fleet: Fleet, order: Int32Array, { devices, removed = [] }: FleetChange): ChangedFleet {
  const gone = new Set<number>()
  for (const id of removed) {
    const row = rowOfId(fleet.ids, order, id)
    if (row >= 0) gone.add(row)
  }
  const given = devices?.ids.map((id) => rowOfId(fleet.ids, order, id)) ?? []
  for (const row of given) gone.delete(row)
  const fresh = given.flatMap((row, i) => (row < 0 ? [i] : []))
  const sameRows = gone.size === 0 && fresh.length === 0
  const before = rowsBefore(fleet.size, gone, fresh.length)
  const after = sameRows ? before : inverse(before, fleet.size)
  const size = before.length
  const targets = sameRows ? given : given.map((row) => (row < 0 ? -1 : after[row]!))
  fresh.forEach((i, n) => (targets[i] = size - fresh.length + n))
  const changed = new Uint8Array(size)
  for (const i of fresh) changed[targets[i]!] = 1
  const ids = sameRows ? fleet.ids : [...fleet.ids.filter((_, row) => !gone.has(row)), ...fresh.map((i) => devices!.ids[i]!)]
  const place: Placing = { before, sameRows, targets, changed }
  const columns = Object.fromEntries(
    Object.entries(fleet.columns).map(([name, column]) => [name, changeColumn(column, devices?.columns[name], place)]),
  )
  for (const [name, column] of Object.entries(devices?.columns ?? {}))
    if (!Object.hasOwn(columns, name)) columns[name] = changeColumn(emptyLike(column, fleet.size), column, place)
  const newOrder = sameRows ? order : rowsById(ids)
  const linked = Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, relinked(column, fleet.columns[name], ids, newOrder, sameRows)]),
  )
  const links =
    fleet.links && Object.fromEntries(Object.entries(fleet.links).map(([name, table]) => [name, sameRows ? table : moved(table, after)]))
  return { fleet: { size, ids, columns: linked, ...(links && { links }) }, before, changed, order: newOrder }
}

/** Rows that stay, in their order, then -1 for each new one. */
function rowsBefore(size: number, gone: ReadonlySet<number>, fresh: number): Int32Array {
  const before = new Int32Array(size - gone.size + fresh)
  let next = 0
  if (gone.size === 0) for (; next < size; next++) before[next] = next
  else for (let row = 0; row < size; row++) if (!gone.has(row)) before[next++] = row
  return before.fill(-1, next)
}

/** By row now, the value that stood in its row before. */
export function carried<T extends Int32Array | Float64Array>(before: Int32Array, values: T, empty: T): T {
  for (let at = 0; at < before.length; at++) if (before[at]! >= 0) empty[at] = values[before[at]!]!
  return empty
}

/** The row of an id by bisection, or -1. */
export function rowOfId(ids: readonly string[], order: Int32Array, id: string): number {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[order[middle]!]! < id) low = middle + 1
    else high = middle
  }
  const row = order[low]
  return row !== undefined && ids[row] === id ? row : -1
}

interface Placing {
  readonly before: Int32Array
  readonly sameRows: boolean
  /** By device of the change: its row. */
  readonly targets: readonly number[]
  readonly changed: Uint8Array
}

function inverse(before: Int32Array, size: number): Int32Array {
  const after = new Int32Array(size).fill(-1)
  for (let at = 0; at < before.length; at++) if (before[at]! >= 0) after[before[at]!] = at
  return after
}

function emptyLike(column: Column, size: number): Column {
  return column.is === 'numbers'
    ? { ...column, numbers: new Float64Array(size).fill(NaN) }
    : { ...column, codes: new Int32Array(size).fill(-1), values: [] }
}

function changeColumn(old: Column, given: Column | undefined, { before, sameRows, targets, changed }: Placing): Column {
  if (old.is === 'numbers') {
    const placed = sameRows ? old.numbers : carried(before, old.numbers, new Float64Array(before.length).fill(NaN))
    if (given?.is !== 'numbers') return placed === old.numbers ? old : { ...old, numbers: placed }
    let numbers = placed
    targets.forEach((row, i) => {
      const value = given.numbers[i]!
      if (Object.is(numbers[row], value)) return
      if (numbers === old.numbers) numbers = numbers.slice()
      numbers[row] = value
      changed[row] = 1
    })
    return numbers === old.numbers ? old : { ...old, numbers }
  }
  const placed = sameRows ? old.codes : carried(before, old.codes, new Int32Array(before.length).fill(-1))
  if (given?.is !== 'codes') return placed === old.codes ? old : { ...old, codes: placed }
  const { values, codeOf } = withValues(old.values, given.values)
  let codes = placed
  targets.forEach((row, i) => {
    const own = given.codes[i]!
    const code = own < 0 ? -1 : codeOf[own]!
    if (codes[row] === code) return
    if (codes === old.codes) codes = codes.slice()
    codes[row] = code
    changed[row] = 1
  })
  return codes === old.codes && values === old.values ? old : { ...old, codes, values }
}

/** One dictionary for both, and the codes of the second in it. */
function withValues(
  values: readonly string[],
  more: readonly string[],
): { readonly values: readonly string[]; readonly codeOf: Int32Array } {
  const wanted = new Map(more.map((value) => [value, -1]))
  values.forEach((value, code) => wanted.has(value) && wanted.set(value, code))
  const fresh = more.filter((value) => wanted.get(value) === -1)
  fresh.forEach((value, i) => wanted.set(value, values.length + i))
  return { values: fresh.length === 0 ? values : [...values, ...fresh], codeOf: Int32Array.from(more, (value) => wanted.get(value)!) }
}

/** Links lead to other rows where rows moved, or to devices that were named before they came. */
function relinked(column: Column, old: Column | undefined, ids: readonly string[], order: Int32Array, sameRows: boolean): Column {
  if (column.is !== 'codes' || column.type.is !== 'device') return column
  if (sameRows && column === old) return column
  return { ...column, rows: Int32Array.from(column.values, (id) => rowOfId(ids, order, id)) }
}

/** Links of which both ends are still there. */
function moved(table: LinkTable, after: Int32Array): LinkTable {
  const kept = Array.from(table.a.keys()).filter((i) => after[table.a[i]!]! >= 0 && after[table.b[i]!]! >= 0)
  const columns = Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, takeRows(column, kept)]))
  return { a: Int32Array.from(kept, (i) => after[table.a[i]!]!), b: Int32Array.from(kept, (i) => after[table.b[i]!]!), columns }
}

function takeRows(column: Column, rows: ArrayLike<number>): Column {
  return column.is === 'numbers'
    ? { ...column, numbers: Float64Array.from(rows, (row) => column.numbers[row]!) }
    : { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) }
}

/** The fleet of these rows only, with the same dictionaries; without links. */
export function takeDevices(fleet: Fleet, rows: Int32Array): Fleet {
  const columns = Object.fromEntries(Object.entries(fleet.columns).map(([name, column]) => [name, takeRows(column, rows)]))
  return { size: rows.length, ids: Array.from(rows, (row) => fleet.ids[row]!), columns }
}
