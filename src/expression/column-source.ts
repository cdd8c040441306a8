/** The columns of a fleet as expressions see them: by path, with the values that their codes stand for. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ExpressionValue } from '../model/expression-type.ts'
import type { Fleet } from '../model/fleet.ts'

/** `codes` index `values` (of `names` as texts), -1 is missing; `numbers` are NaN where missing; `absent`: the fleet has no such column, all is missing. */
export type PathColumn =
  | {
      readonly is: 'codes'
      readonly codes: Int32Array
      readonly values: readonly Exclude<ExpressionValue, undefined>[]
      readonly names: readonly string[]
    }
  | { readonly is: 'numbers'; readonly numbers: Float64Array }
  | { readonly is: 'absent' }

const remembered = new WeakMap<Fleet, Map<string, PathColumn>>()

/** The column of a path. Only paths of `device` are columns: every other must have been given a fixed value before. */
export function columnOf(fleet: Fleet, path: string): PathColumn {
  let known = remembered.get(fleet)
  if (known === undefined) remembered.set(fleet, (known = new Map<string, PathColumn>()))
  let column = known.get(path)
  if (column === undefined) known.set(path, (column = read(fleet, path)))
  return column
}

function read(fleet: Fleet, path: string): PathColumn {
  if (!path.startsWith('device.'))
    throw new EngineError('expression/no-column', `\`${path}\` is no column of a fleet and has no fixed value`)
  if (path === 'device.id')
    return { is: 'codes', codes: Int32Array.from({ length: fleet.size }, (_, row) => row), values: fleet.ids, names: fleet.ids }
  const name = path.slice('device.'.length)
  const column = Object.hasOwn(fleet.columns, name) ? fleet.columns[name] : undefined
  if (column === undefined) return { is: 'absent' }
  if (column.is === 'numbers') return { is: 'numbers', numbers: column.numbers }
  const names = column.values
  const values =
    column.type.is === 'bool'
      ? names.map((v) => v === 'true')
      : column.type.is === 'set'
        ? names.map((v) => JSON.parse(v) as readonly string[])
        : names
  return { is: 'codes', codes: column.codes, values, names }
}

// More different numbers than this are not worth a dictionary: most expressions on them are one pass over the column.
const MOST_NUMBERS = 1024

/** A column of few different numbers as codes into them, -1 where missing; undefined where there are many. */
export interface NumberCodes {
  readonly codes: Int32Array
  readonly values: readonly number[]
}

const numberCodes = new WeakMap<Float64Array, NumberCodes | 'many'>()

export function codesOfNumbers(numbers: Float64Array): NumberCodes | undefined {
  let known = numberCodes.get(numbers)
  if (known === undefined) numberCodes.set(numbers, (known = encodeNumbers(numbers)))
  return known === 'many' ? undefined : known
}

function encodeNumbers(numbers: Float64Array): NumberCodes | 'many' {
  const found = new Map<number, number>()
  const codes = new Int32Array(numbers.length)
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    let code = Number.isNaN(number) ? -1 : found.get(number)
    if (code === undefined) {
      if (found.size === MOST_NUMBERS) return 'many'
      found.set(number, (code = found.size))
    }
    codes[i] = code
  }
  return { codes, values: [...found.keys()] }
}

/** The value in a row, as `evaluate` reads it. */
export function valueAt(column: PathColumn, row: number): ExpressionValue {
  if (column.is === 'absent') return undefined
  if (column.is === 'codes') {
    const code = column.codes[row]!
    return code < 0 ? undefined : column.values[code]
  }
  const number = column.numbers[row]!
  return Number.isNaN(number) ? undefined : number
}

/** Reads any path for one device: the lookup of `evaluate` and `missingIn`. `fixed` are the values of paths outside the fleet. */
export function rowLookup(
  fleet: Fleet,
  row: number,
  fixed: Readonly<Record<string, ExpressionValue>> = {},
): (path: string) => ExpressionValue {
  return (path) => (Object.hasOwn(fixed, path) ? fixed[path] : valueAt(columnOf(fleet, path), row))
}
