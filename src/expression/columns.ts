/**
 * The meaning of a checked expression for every device at once, equal row by row to `evaluate`.
 *
 * What depends on one dictionary-encoded column only is computed once per value of the dictionary; comparisons and sums of numbers are loops over typed
 * arrays; logic works on bytes, four rows at a time. What is left (two sets, one text within another) is computed row by row.
 */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ExpressionValue } from '../model/expression-type.ts'
import type { Fleet } from '../model/fleet.ts'
import { codesOf } from './column-codes.ts'
import { numbersOf } from './column-numbers.ts'
import { truthOf } from './column-truth.ts'
import type { ColumnWalk } from './column-walk.ts'
import { numberName } from './number-name.ts'
import { printExpression } from './print.ts'
import { withFixed } from './specialise.ts'
import { FALSE, published, TRUE } from './truth.ts'
import type { TypedExpression } from './typed.ts'

type Fixed = Readonly<Record<string, ExpressionValue>>

/** A condition by row: 0 false, 1 true, 2 unknown. `fixed` gives the values of paths outside the fleet (`settings.*`, `variant.*`). */
export function evaluateTruth(typed: TypedExpression, fleet: Fleet, fixed: Fixed = {}): Uint8Array {
  return published(walkOf(fleet).truth(withFixed(typed, fixed)), fleet.size)
}

/** A number by row: integers (decimals scaled), NaN where unknown. The array is the caller's own. */
export function evaluateNumbers(typed: TypedExpression, fleet: Fleet, fixed: Fixed = {}): Float64Array {
  const node = withFixed(typed, fixed)
  const numbers = walkOf(fleet).numbers(node)
  return node.is === 'path' ? numbers.slice() : numbers
}

/** By row: an index into `names`, -1 where unknown. */
interface Keys {
  readonly codes: Int32Array
  readonly names: readonly string[]
}

const remembered = new WeakMap<Fleet, Map<string, Keys>>()

/**
 * What to group devices by: an index into `names` by row, -1 where unknown. `names` are sorted by UTF-16 units and each stands for a device at least.
 * Many constraints group by the same expression: the answer is remembered for the fleet and shared, so it is read only.
 */
export function evaluateKeys(typed: TypedExpression, fleet: Fleet, fixed: Fixed = {}): Keys {
  const node = withFixed(typed, fixed)
  let known = remembered.get(fleet)
  if (known === undefined) remembered.set(fleet, (known = new Map<string, Keys>()))
  const text = printExpression(node)
  let keys = known.get(text)
  if (keys === undefined) known.set(text, (keys = keysOf(node, fleet)))
  return keys
}

function keysOf(node: TypedExpression, fleet: Fleet): Keys {
  const walk = walkOf(fleet)
  switch (node.type.is) {
    case 'bool': {
      const truth = walk.truth(node)
      const codes = new Int32Array(fleet.size)
      for (let i = 0; i < fleet.size; i++) codes[i] = truth[i] === TRUE ? 1 : truth[i] === FALSE ? 0 : -1
      return canonical(codes, ['false', 'true'])
    }
    case 'int':
    case 'decimal':
    case 'time':
    case 'duration': {
      const numbers = walk.numbers(node)
      const found = new Map<number, number>()
      const codes = new Int32Array(fleet.size)
      for (let i = 0; i < fleet.size; i++) {
        const number = numbers[i]!
        let code = Number.isNaN(number) ? -1 : found.get(number)
        if (code === undefined) found.set(number, (code = found.size))
        codes[i] = code
      }
      return canonical(
        codes,
        Array.from(found.keys(), (number) => numberName(number, node.type)),
      )
    }
    case 'set':
    case 'list':
      throw new EngineError('expression/no-key', 'sets and lists are no keys')
    default: {
      const { codes, values } = walk.codes(node)
      return canonical(codes, values)
    }
  }
}

function walkOf(fleet: Fleet): ColumnWalk {
  const walk: ColumnWalk = {
    fleet,
    truth: (node) => truthOf(walk, node),
    numbers: (node) => numbersOf(walk, node),
    codes: (node) => codesOf(walk, node),
  }
  return walk
}

/** Only names that a row has, sorted, so that the order of rows and of the dictionary does not show. */
function canonical(codes: Int32Array, values: readonly string[]): Keys {
  const used = new Uint8Array(values.length)
  for (let row = 0; row < codes.length; row++) if (codes[row]! >= 0) used[codes[row]!] = 1
  const order = [...values.keys()].filter((code) => used[code] === 1).sort((a, b) => (values[a]! < values[b]! ? -1 : 1))
  const position = new Int32Array(values.length)
  order.forEach((code, i) => (position[code] = i))
  const names = order.map((code) => values[code]!)
  // The dictionary of a column is often sorted and without names in vain: then its codes are the keys.
  if (order.every((code, i) => code === i)) return { codes, names }
  const renamed = new Int32Array(codes.length)
  for (let row = 0; row < codes.length; row++) renamed[row] = codes[row]! < 0 ? -1 : position[codes[row]!]!
  return { codes: renamed, names }
}
