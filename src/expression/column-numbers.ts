/** Numbers of an expression for every row; NaN is unknown. */
import { byDictionary, byRow, type ColumnWalk, wrongColumn } from './column-walk.ts'
import { columnOf } from './column-source.ts'
import { LARGEST } from './literal.ts'
import { FALSE, TRUE } from './truth.ts'
import type { TypedExpression } from './typed.ts'

/** May be a column of the fleet itself: read only. */
export function numbersOf(walk: ColumnWalk, node: TypedExpression): Float64Array {
  const { size } = walk.fleet
  if (node.is === 'literal') return new Float64Array(size).fill(node.value as number)
  if (node.is === 'missing') return new Float64Array(size).fill(NaN)
  const dictionary = byDictionary(walk, node)
  if (dictionary !== undefined) {
    const { codes, results } = dictionary
    const table = Float64Array.from(results, (value) => (value === undefined ? NaN : (value as number)))
    const out = new Float64Array(size)
    for (let i = 0; i < size; i++) out[i] = table[codes[i]! + 1]!
    return out
  }
  switch (node.is) {
    case 'path': {
      const column = columnOf(walk.fleet, node.path)
      if (column.is === 'numbers') return column.numbers
      if (column.is === 'absent') return new Float64Array(size).fill(NaN)
      throw wrongColumn(node.path)
    }
    case 'scale':
      return walk.numbers(node.of).map((v) => within(v * node.factor))
    case 'negative':
      return walk.numbers(node.of).map((v) => 0 - v)
    case 'arithmetic':
      return arithmetic(size, node.operator, walk.numbers(node.left), walk.numbers(node.right))
    case 'if': {
      const condition = walk.truth(node.condition)
      const then = walk.numbers(node.then)
      const otherwise = walk.numbers(node.otherwise)
      const out = new Float64Array(size)
      for (let i = 0; i < size; i++) out[i] = condition[i] === TRUE ? then[i]! : condition[i] === FALSE ? otherwise[i]! : NaN
      return out
    }
    case 'or-value': {
      const otherwise = walk.numbers(node.otherwise)
      return walk.numbers(node.of).map((v, i) => (Number.isNaN(v) ? otherwise[i]! : v))
    }
    default: {
      const out = new Float64Array(size)
      byRow(walk, node, (row, value) => (out[row] = value === undefined ? NaN : (value as number)))
      return out
    }
  }
}

function within(value: number): number {
  return value >= -LARGEST && value <= LARGEST ? value + 0 : NaN
}

/** NaN where an operand is, where a divisor is 0, and beyond 2^53. */
function arithmetic(size: number, operator: '+' | '-' | '*' | '/' | '%', a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(size)
  switch (operator) {
    case '+':
      for (let i = 0; i < size; i++) out[i] = within(a[i]! + b[i]!)
      return out
    case '-':
      for (let i = 0; i < size; i++) out[i] = within(a[i]! - b[i]!)
      return out
    case '*':
      for (let i = 0; i < size; i++) out[i] = within(a[i]! * b[i]!)
      return out
    case '/':
      // A remainder of division by 0 is NaN. See `divide` for why the remainder is taken off first.
      for (let i = 0; i < size; i++) out[i] = (a[i]! - (a[i]! % b[i]!)) / b[i]! + 0
      return out
    case '%':
      for (let i = 0; i < size; i++) out[i] = (a[i]! % b[i]!) + 0
      return out
  }
}
