/** Texts of an expression (enumerations, links and versions too) for every row, as codes of a dictionary. */
import { byRow, type Codes, type ColumnWalk, wrongColumn } from './column-walk.ts'
import { columnOf } from './column-source.ts'
import { FALSE, TRUE } from './truth.ts'
import type { TypedExpression } from './typed.ts'

/** May be a column of the fleet itself: read only. */
export function codesOf(walk: ColumnWalk, node: TypedExpression): Codes {
  const { size } = walk.fleet
  switch (node.is) {
    case 'literal':
      return { codes: new Int32Array(size), values: [node.value as string] }
    case 'missing':
      return { codes: new Int32Array(size).fill(-1), values: [] }
    case 'path': {
      const column = columnOf(walk.fleet, node.path)
      if (column.is === 'codes') return { codes: column.codes, values: column.names }
      if (column.is === 'absent') return { codes: new Int32Array(size).fill(-1), values: [] }
      throw wrongColumn(node.path)
    }
    case 'if': {
      const condition = walk.truth(node.condition)
      const { first, second, values } = oneDictionary(walk.codes(node.then), walk.codes(node.otherwise))
      const codes = new Int32Array(size)
      for (let i = 0; i < size; i++) codes[i] = condition[i] === TRUE ? first[i]! : condition[i] === FALSE ? second[i]! : -1
      return { codes, values }
    }
    case 'or-value': {
      const { first, second, values } = oneDictionary(walk.codes(node.of), walk.codes(node.otherwise))
      return { codes: first.map((code, i) => (code < 0 ? second[i]! : code)), values }
    }
    default: {
      const codes = new Int32Array(size)
      const values = new Map<string, number>()
      byRow(walk, node, (row, value) => (codes[row] = value === undefined ? -1 : codeOf(values, value as string)))
      return { codes, values: [...values.keys()] }
    }
  }
}

function oneDictionary(
  a: Codes,
  b: Codes,
): { readonly first: Int32Array; readonly second: Int32Array; readonly values: readonly string[] } {
  const codes = new Map(a.values.map((value, code) => [value, code]))
  const renamed = Int32Array.from(b.values, (value) => codeOf(codes, value))
  return { first: a.codes, second: b.codes.map((code) => (code < 0 ? -1 : renamed[code]!)), values: [...codes.keys()] }
}

function codeOf(codes: Map<string, number>, value: string): number {
  let code = codes.get(value)
  if (code === undefined) codes.set(value, (code = codes.size))
  return code
}
