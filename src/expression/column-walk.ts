/** What the three walks over columns (truth, numbers, texts) share: each other, and the ways that work for any node. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ExpressionValue } from '../model/expression-type.ts'
import type { Fleet } from '../model/fleet.ts'
import { codesOfNumbers, columnOf, type PathColumn, valueAt } from './column-source.ts'
import { evaluate } from './evaluate.ts'
import { pathsOf, type TypedExpression } from './typed.ts'

/** Texts by row: -1 is unknown. `values` may hold a text that no row has, but none twice. */
export interface Codes {
  readonly codes: Int32Array
  readonly values: readonly string[]
}

/** `truth` gives a fresh array (see `truth.ts`); `numbers` and `codes` may give a column of the fleet itself: read only. */
export interface ColumnWalk {
  readonly fleet: Fleet
  readonly truth: (node: TypedExpression) => Uint8Array
  readonly numbers: (node: TypedExpression) => Float64Array
  readonly codes: (node: TypedExpression) => Codes
}

export interface Dictionary {
  readonly codes: Int32Array
  /** The value of the node for each code + 1; the first is its value where the attribute is missing. */
  readonly results: readonly ExpressionValue[]
}

/** For a node that reads nothing but one column that is dictionary-encoded, or holds few different numbers: its value for each of them. */
export function byDictionary(walk: ColumnWalk, node: TypedExpression): Dictionary | undefined {
  const paths = pathsOf(node)
  if (paths.length !== 1) return undefined
  const column = columnOf(walk.fleet, paths[0]!)
  if (column.is === 'absent' || (node.is === 'path' && column.is === 'numbers')) return undefined
  const encoded = column.is === 'codes' ? column : codesOfNumbers(column.numbers)
  if (encoded === undefined) return undefined
  let value: ExpressionValue = undefined
  const lookup = (): ExpressionValue => value
  const results = [evaluate(node, lookup)]
  for (value of encoded.values) results.push(evaluate(node, lookup))
  return { codes: encoded.codes, results }
}

/** The value of the node for each row in turn: for what no faster way is known. */
export function byRow(walk: ColumnWalk, node: TypedExpression, take: (row: number, value: ExpressionValue) => void): void {
  const columns = new Map<string, PathColumn>(pathsOf(node).map((path) => [path, columnOf(walk.fleet, path)]))
  let row = 0
  const lookup = (path: string): ExpressionValue => valueAt(columns.get(path)!, row)
  for (; row < walk.fleet.size; row++) take(row, evaluate(node, lookup))
}

export function wrongColumn(path: string): EngineError {
  return new EngineError('expression/column-type', `the column of \`${path}\` is of another type than the expression was checked with`)
}
