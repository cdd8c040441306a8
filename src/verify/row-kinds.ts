/** Rows that some expressions cannot tell apart, with a small fleet of one row for each kind: what depends on these expressions is decided there, once. */
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { Column, Fleet } from '../model/fleet.ts'
import { classesOf, type ClassColumn } from './bound/classes.ts'

export interface RowKinds {
  /** The representatives, with the columns that the expressions read. */
  readonly fleet: Fleet
  /** Kind by row of the whole fleet: a row of `fleet`. */
  readonly of: Int32Array
}

export function rowKinds(fleet: Fleet, expressions: readonly TypedExpression[]): RowKinds {
  const read = new Set(expressions.flatMap(pathsOf))
  // Ids tell all rows apart.
  if (read.has('device.id') || fleet.size < 2) return { fleet, of: Int32Array.from({ length: fleet.size }, (_, row) => row) }
  const columns = Object.entries(fleet.columns).filter(([name]) => read.has(`device.${name}`))
  const { representative, classOf } = classesOf(
    fleet.size,
    columns.map(([, column]) => comparable(column)),
  )
  const kinds: Record<string, Column> = {}
  for (const [name, column] of columns)
    kinds[name] =
      column.is === 'numbers'
        ? { ...column, numbers: Float64Array.from(representative, (row) => column.numbers[row]!) }
        : { ...column, codes: representative.map((row) => column.codes[row]!) }
  return {
    fleet: { size: representative.length, ids: Array.from(representative, (row) => fleet.ids[row]!), columns: kinds },
    of: classOf,
  }
}

/** The kind of every row where kinds have been put together: `merged` by kind. */
export function mergedKinds({ of }: RowKinds, merged: Int32Array): Int32Array {
  const kindOf = new Int32Array(of.length)
  for (let row = 0; row < of.length; row++) kindOf[row] = merged[of[row]!]!
  return kindOf
}

/** The column with 2^53, which no attribute has, for missing numbers: NaN is not equal to itself. */
export function comparable(column: Column): ClassColumn {
  if (column.is === 'codes') return column.codes
  const { numbers } = column
  for (let row = 0; row < numbers.length; row++) {
    if (!Number.isNaN(numbers[row]!)) continue
    const copy = numbers.slice()
    for (let at = row; at < copy.length; at++) if (Number.isNaN(copy[at]!)) copy[at] = 2 ** 53
    return copy
  }
  return numbers
}
