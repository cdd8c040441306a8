/** Truth of a condition for every row. */
import { byDictionary, byRow, type ColumnWalk, wrongColumn } from './column-walk.ts'
import { columnOf } from './column-source.ts'
import type { Comparison, TypedExpression } from './typed.ts'
import { allOf, andInto, encoded, FALSE, notInto, orInto, TRUE, UNKNOWN } from './truth.ts'
import { isNumeric, isTextual } from './types.ts'

/** A fresh array in the bytes of `truth.ts`. */
export function truthOf(walk: ColumnWalk, node: TypedExpression): Uint8Array {
  const { size } = walk.fleet
  if (node.is === 'literal') return allOf(size, encoded(node.value === true))
  if (node.is === 'missing') return allOf(size, UNKNOWN)
  const dictionary = byDictionary(walk, node)
  if (dictionary !== undefined)
    return fromTable(
      size,
      dictionary.codes,
      Uint8Array.from(dictionary.results, (v) => encoded(v as boolean | undefined)),
    )
  switch (node.is) {
    case 'path':
      // A column with codes was met above.
      if (columnOf(walk.fleet, node.path).is === 'absent') return allOf(size, UNKNOWN)
      throw wrongColumn(node.path)
    case 'not': {
      const out = walk.truth(node.of)
      notInto(out, size)
      return out
    }
    case 'and': {
      const out = walk.truth(node.all[0]!)
      for (let i = 1; i < node.all.length; i++) if (!andInto(out, walk.truth(node.all[i]!))) break
      return out
    }
    case 'or': {
      const out = walk.truth(node.any[0]!)
      for (let i = 1; i < node.any.length; i++) orInto(out, walk.truth(node.any[i]!))
      return out
    }
    case 'if': {
      const condition = walk.truth(node.condition)
      const then = walk.truth(node.then)
      const otherwise = walk.truth(node.otherwise)
      for (let i = 0; i < size; i++) {
        const c = condition[i]!
        condition[i] = c === TRUE ? then[i]! : c === FALSE ? otherwise[i]! : UNKNOWN
      }
      return condition
    }
    case 'or-value': {
      const out = walk.truth(node.of)
      const otherwise = walk.truth(node.otherwise)
      for (let i = 0; i < size; i++) if (out[i] === UNKNOWN) out[i] = otherwise[i]!
      return out
    }
    case 'has':
      return known(walk, node.of)
    case 'compare':
      return comparison(walk, node)
    case 'one-of':
      return node.by === 'number' ? oneOfNumbers(walk, node.of, node.values as readonly number[]) : rowByRow(walk, node)
    default:
      return rowByRow(walk, node)
  }
}

function rowByRow(walk: ColumnWalk, node: TypedExpression): Uint8Array {
  const out = allOf(walk.fleet.size, FALSE)
  byRow(walk, node, (row, value) => (out[row] = encoded(value as boolean | undefined)))
  return out
}

function fromTable(size: number, codes: Int32Array, table: Uint8Array): Uint8Array {
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) out[i] = table[codes[i]! + 1]!
  return out
}

function known(walk: ColumnWalk, of: TypedExpression): Uint8Array {
  const { size } = walk.fleet
  const out = allOf(size, FALSE)
  if (of.type.is === 'bool') {
    const truth = walk.truth(of)
    for (let i = 0; i < size; i++) out[i] = truth[i] === UNKNOWN ? FALSE : TRUE
  } else if (isNumeric(of.type)) {
    const numbers = walk.numbers(of)
    for (let i = 0; i < size; i++) out[i] = Number.isNaN(numbers[i]!) ? FALSE : TRUE
  } else if (isTextual(of.type) || of.type.is === 'semver') {
    const { codes } = walk.codes(of)
    for (let i = 0; i < size; i++) out[i] = codes[i]! < 0 ? FALSE : TRUE
  } else byRow(walk, of, (row, value) => (out[row] = value === undefined ? FALSE : TRUE))
  return out
}

type Compare = Extract<TypedExpression, { readonly is: 'compare' }>

function comparison(walk: ColumnWalk, node: Compare): Uint8Array {
  const { operator, left, right } = node
  switch (node.by) {
    case 'number':
      if (right.is === 'literal') return againstConstant(walk, left, operator, right.value as number)
      if (left.is === 'literal') return againstConstant(walk, right, FLIPPED[operator], left.value as number)
      return againstColumn(walk.fleet.size, walk.numbers(left), operator, walk.numbers(right))
    case 'text':
      return texts(walk, left, right, operator === '==')
    case 'bool': {
      const a = walk.truth(left)
      const b = walk.truth(right)
      const [equal, other] = operator === '==' ? [TRUE, FALSE] : [FALSE, TRUE]
      for (let i = 0; i < walk.fleet.size; i++) a[i] = a[i] === UNKNOWN || b[i] === UNKNOWN ? UNKNOWN : a[i] === b[i] ? equal : other
      return a
    }
    case 'semver':
    case 'set':
      return rowByRow(walk, node)
  }
}

const FLIPPED: Readonly<Record<Comparison, Comparison>> = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** Numbers are integers, so that `>` k is `>=` k + 1. */
function againstConstant(walk: ColumnWalk, of: TypedExpression, operator: Comparison, k: number): Uint8Array {
  const numbers = walk.numbers(of)
  const { size } = walk.fleet
  switch (operator) {
    case '==':
      return equalTo(size, numbers, k, TRUE, FALSE)
    case '!=':
      return equalTo(size, numbers, k, FALSE, TRUE)
    case '>=':
      return atLeast(size, numbers, k, TRUE, FALSE)
    case '<':
      return atLeast(size, numbers, k, FALSE, TRUE)
    case '>':
      return atLeast(size, numbers, k + 1, TRUE, FALSE)
    case '<=':
      return atLeast(size, numbers, k + 1, FALSE, TRUE)
  }
}

function equalTo(size: number, numbers: Float64Array, k: number, yes: number, no: number): Uint8Array {
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) {
    const v = numbers[i]!
    out[i] = v === k ? yes : Number.isNaN(v) ? UNKNOWN : no
  }
  return out
}

function atLeast(size: number, numbers: Float64Array, k: number, yes: number, no: number): Uint8Array {
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) {
    const v = numbers[i]!
    out[i] = v >= k ? yes : v < k ? no : UNKNOWN
  }
  return out
}

function againstColumn(size: number, a: Float64Array, operator: Comparison, b: Float64Array): Uint8Array {
  switch (operator) {
    case '==':
      return equalPairs(size, a, b, TRUE, FALSE)
    case '!=':
      return equalPairs(size, a, b, FALSE, TRUE)
    case '>=':
      return orderedPairs(size, a, b, TRUE, FALSE)
    case '<':
      return orderedPairs(size, a, b, FALSE, TRUE)
    case '<=':
      return orderedPairs(size, b, a, TRUE, FALSE)
    case '>':
      return orderedPairs(size, b, a, FALSE, TRUE)
  }
}

function equalPairs(size: number, a: Float64Array, b: Float64Array, yes: number, no: number): Uint8Array {
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) out[i] = a[i] === b[i] ? yes : Number.isNaN(a[i]!) || Number.isNaN(b[i]!) ? UNKNOWN : no
  return out
}

function orderedPairs(size: number, a: Float64Array, b: Float64Array, yes: number, no: number): Uint8Array {
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) out[i] = a[i]! >= b[i]! ? yes : a[i]! < b[i]! ? no : UNKNOWN
  return out
}

function texts(walk: ColumnWalk, left: TypedExpression, right: TypedExpression, equal: boolean): Uint8Array {
  const { size } = walk.fleet
  const a = walk.codes(left)
  const b = walk.codes(right)
  const positions = new Map(b.values.map((value, code) => [value, code]))
  const same = Int32Array.from(a.values, (value) => positions.get(value) ?? -2)
  const [yes, no] = equal ? [TRUE, FALSE] : [FALSE, TRUE]
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) {
    const one = a.codes[i]!
    const other = b.codes[i]!
    out[i] = one < 0 || other < 0 ? UNKNOWN : same[one] === other ? yes : no
  }
  return out
}

function oneOfNumbers(walk: ColumnWalk, of: TypedExpression, values: readonly number[]): Uint8Array {
  const { size } = walk.fleet
  const numbers = walk.numbers(of)
  const wanted = new Set(values)
  const out = allOf(size, FALSE)
  for (let i = 0; i < size; i++) {
    const v = numbers[i]!
    out[i] = wanted.has(v) ? TRUE : Number.isNaN(v) ? UNKNOWN : FALSE
  }
  return out
}
