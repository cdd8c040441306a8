/** Boxes: conjunctions of intervals, sets of cells and differences, in typed arrays. A condition is a few boxes; every valuation for which it holds lies in one. */
import { digitsAt, type Decimal } from './decimal.ts'
import { BITS, MOST, STEPS, type Encoded } from './encoding.ts'
import type { Formula, Less } from './formula.ts'

/** `x - y <= steps` over two dimensions. */
export interface Difference {
  readonly x: number
  readonly y: number
  readonly steps: number
}

export type Part = { readonly low: number; readonly high: number } | { readonly words: Uint32Array }

/** Parts by dimension; what is not there is free. */
export interface Box {
  readonly parts: ReadonlyMap<number, Part>
  readonly differences: readonly Difference[]
  /** Holds wherever the condition does, and nowhere else. */
  readonly exact: boolean
}

/** Conditions of more boxes are taken for unknown. */
const MOST_BOXES = 24

const FREE: Box = { parts: new Map(), differences: [], exact: true }
const OPEN: Box = { ...FREE, exact: false }

export const boxesOf = (formula: Formula, encoded: Encoded): readonly Box[] => {
  const { dimensions, encodings, loose } = encoded
  switch (formula.is) {
    case 'constant':
      return formula.value ? [FREE] : []
    case 'unknown':
      return [OPEN]
    case 'all':
      return formula.of.map((part) => boxesOf(part, encoded)).reduce(products, [FREE])
    case 'any':
      return capped(united(formula.of.flatMap((part) => boxesOf(part, encoded))))
    case 'equal': {
      const { dimension, value, holds } = formula
      return cells(dimension, (one) => (one === value) === holds)
    }
    case 'numeric':
      return formula.holds ? steps(formula.dimension, -MOST, MOST) : steps(formula.dimension, -Infinity, -Infinity)
    case 'less':
      return lessBoxes(formula)
  }

  function cells(dimension: number, holds: (value: unknown) => boolean): readonly Box[] {
    const encoding = encodings[dimension]!
    if (encoding.is !== 'cells') return [OPEN]
    const words = new Uint32Array(encoding.words)
    let count = 0
    const add = (cell: number): void => {
      words[cell >> 5]! |= 1 << (cell & (BITS - 1))
      count++
    }
    for (const [cell, value] of encoding.values.entries()) if (holds(value)) add(cell)
    if (encoding.rest && holds(REST)) add(encoding.values.length)
    return count === 0 ? [] : [{ parts: new Map([[dimension, { words }]]), differences: [], exact: !loose[dimension]! }]
  }

  function steps(dimension: number, from: number, to: number): readonly Box[] {
    const encoding = encodings[dimension]!
    if (encoding.is !== 'steps') return [OPEN]
    const [low, high] = [Math.max(from, encoding.low), Math.min(to, encoding.high)]
    return low > high ? [] : [{ parts: new Map([[dimension, { low, high }]]), differences: [], exact: !loose[dimension]! }]
  }

  function lessBoxes({ x, y, bound, strict }: Less): readonly Box[] {
    const one = x >= 0 ? x : y
    const encoding = encodings[one]!
    if (encoding.is === 'beyond') return [OPEN]
    const whole = [x, y].every((at) => at < 0 || dimensions[at]!.integer)
    if (encoding.is === 'cells') {
      // Cells of numbers are whole numbers.
      const limit = floored(bound, strict)
      return cells(one, (value) => typeof value === 'number' && (x >= 0 ? value <= limit : value >= -limit))
    }
    const unit = Number(10n ** BigInt(encoding.places)) * STEPS
    const most = whole ? floored(bound, strict) * unit : Number(digitsAt(bound, encoding.places)) * STEPS - Number(strict)
    if (y < 0) return steps(x, -MOST, most)
    if (x < 0) return steps(y, -most, MOST)
    return products([{ ...FREE, differences: [{ x, y, steps: most }] }], products(steps(x, -MOST, MOST), steps(y, -MOST, MOST)))
  }
}

const REST = Symbol('rest')

/** The largest whole number that is not above the bound (below it, where it is strict). */
const floored = ({ digits, places }: Decimal, strict: boolean): number => {
  const unit = 10n ** BigInt(places)
  const quotient = digits / unit
  const floor = digits < 0n && quotient * unit !== digits ? quotient - 1n : quotient
  return Number(strict && floor * unit === digits ? floor - 1n : floor)
}

export const intersected = (a: Part, b: Part): Part | undefined => {
  if ('words' in a && 'words' in b) {
    const words = a.words.map((word, at) => word & b.words[at]!)
    return words.some((word) => word !== 0) ? { words } : undefined
  }
  if ('words' in a || 'words' in b) return undefined
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)]
  return low > high ? undefined : { low, high }
}

/** The box in common; undefined where a dimension parts them. */
export const intersection = (a: Box, b: Box): Box | undefined => {
  const parts = new Map(a.parts)
  for (const [dimension, part] of b.parts) {
    const before = parts.get(dimension)
    const both = before === undefined ? part : intersected(before, part)
    if (both === undefined) return undefined
    parts.set(dimension, both)
  }
  return { parts, differences: [...a.differences, ...b.differences], exact: a.exact && b.exact }
}

const products = (a: readonly Box[], b: readonly Box[]): readonly Box[] =>
  capped(
    a.flatMap((one) =>
      b.flatMap((other) => {
        const both = intersection(one, other)
        return both === undefined ? [] : [both]
      }),
    ),
  )

const capped = (boxes: readonly Box[]): readonly Box[] => (boxes.length > MOST_BOXES ? [OPEN] : boxes)

/** Sets of cells of one and the same dimension become one box. */
const united = (boxes: readonly Box[]): readonly Box[] => {
  const sets = new Map<number, Box>()
  const others: Box[] = []
  for (const box of boxes) {
    const [first] = box.parts
    if (box.parts.size !== 1 || first === undefined || !('words' in first[1]) || box.differences.length > 0) {
      others.push(box)
      continue
    }
    const [dimension, { words }] = first
    const before = sets.get(dimension)?.parts.get(dimension)
    const both = before !== undefined && 'words' in before ? words.map((word, at) => word | before.words[at]!) : words
    sets.set(dimension, { parts: new Map([[dimension, { words: both }]]), differences: [], exact: box.exact })
  }
  return [...sets.values(), ...others]
}
