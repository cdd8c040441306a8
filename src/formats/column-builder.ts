/** Collects the values of one attribute, row by row, into a typed column that grows. */
import type { AttributeType, Column } from '../model/fleet.ts'
import type { StoredValue } from '../model/attribute-value.ts'
import { type ByteDictionary, byteDictionary } from './byte-dictionary.ts'

export interface ColumnBuilder {
  readonly name: string
  readonly type: AttributeType
  readonly isNumber: boolean
  /** `type.is`, and the places of a decimal (else 0): here, where all builders have one shape, hot loops read them fast. */
  readonly kind: AttributeType['is']
  readonly places: number
  /** One of the two is used; missing is -1 or NaN. */
  codes: Int32Array
  numbers: Float64Array
  readonly values: string[]
  readonly codeOf: Map<string, number>
  /** For scanners: values as they were written, and the code of each. */
  readonly raw: ByteDictionary
  readonly rawCodes: number[]
}

const FIRST_CAPACITY = 1024

export function columnBuilder(name: string, type: AttributeType): ColumnBuilder {
  const isNumber = type.is === 'int' || type.is === 'decimal' || type.is === 'time'
  const values = type.is === 'bool' ? ['false', 'true'] : type.is === 'enum' ? [...type.values] : []
  return {
    name,
    type,
    isNumber,
    kind: type.is,
    places: type.is === 'decimal' ? type.places : 0,
    codes: isNumber ? new Int32Array(0) : new Int32Array(FIRST_CAPACITY).fill(-1),
    numbers: isNumber ? new Float64Array(FIRST_CAPACITY).fill(NaN) : new Float64Array(0),
    values,
    codeOf: new Map(values.map((value, code) => [value, code])),
    raw: byteDictionary(),
    rawCodes: [],
  }
}

/** Makes room for `row`. */
export function growColumn(column: ColumnBuilder, row: number): void {
  const capacity = column.isNumber ? column.numbers.length : column.codes.length
  if (row < capacity) return
  const wanted = Math.max(row + 1, capacity * 2)
  if (column.isNumber) {
    const numbers = new Float64Array(wanted)
    numbers.set(column.numbers)
    column.numbers = numbers.fill(NaN, capacity)
  } else {
    const codes = new Int32Array(wanted)
    codes.set(column.codes)
    column.codes = codes.fill(-1, capacity)
  }
}

/** The code of a stored text, new or known. */
export function codeFor(column: ColumnBuilder, value: string): number {
  let code = column.codeOf.get(value)
  if (code === undefined) {
    code = column.values.push(value) - 1
    column.codeOf.set(value, code)
  }
  return code
}

/** INVARIANT: there is room for `row`. A wrong value counts as missing. */
export function storeValue(column: ColumnBuilder, row: number, value: StoredValue): void {
  if (column.isNumber) column.numbers[row] = value.is === 'stored' && typeof value.value === 'number' ? value.value : NaN
  else column.codes[row] = value.is === 'stored' ? codeFor(column, String(value.value)) : -1
}

export function clearValue(column: ColumnBuilder, row: number): void {
  if (column.isNumber) column.numbers[row] = NaN
  else column.codes[row] = -1
}

/** The first `size` rows; missing ones take `fallback` where there is one. */
export function finishColumn(column: ColumnBuilder, size: number, fallback: string | number | undefined): Column {
  if (column.isNumber) {
    const numbers = column.numbers.slice(0, size)
    column.numbers = new Float64Array(0)
    if (typeof fallback === 'number') for (let row = 0; row < size; row += 1) if (Number.isNaN(numbers[row])) numbers[row] = fallback
    return { is: 'numbers', type: column.type, numbers }
  }
  const codes = column.codes.slice(0, size)
  column.codes = new Int32Array(0)
  if (fallback !== undefined) {
    const code = codeFor(column, String(fallback))
    for (let row = 0; row < size; row += 1) if (codes[row] === -1) codes[row] = code
  }
  return { is: 'codes', type: column.type, codes, values: column.values }
}
