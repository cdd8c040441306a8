/** Boxes: products of sets of cells. Every device for which a formula is true lies in one of its boxes; the other way round only where no test is free. */
import type { Dimension, Formula, Test } from './rules-formula.ts'
import { FREE, NO, YES, type Tables } from './rules-tables.ts'

/** Dimensions in ascending order, each with its cells as bits; dimensions that are not there are free. No set is empty. */
export interface Box {
  readonly dimensions: readonly number[]
  readonly sets: readonly Uint32Array[]
}

const MOST_BOXES = 64
const EVERYTHING: Box = { dimensions: [], sets: [] }

/** Thrown inside this file only: more boxes than are kept. */
class TooMany extends Error {}

export function boxesOf(formula: Formula, dimensions: readonly Dimension[], tables: Tables): readonly Box[] | undefined {
  try {
    return sides(formula, true)
  } catch (error) {
    if (error instanceof TooMany) return undefined
    throw error
  }

  /** Boxes around all devices for which the formula is true (or false). */
  function sides(node: Formula, truth: boolean): readonly Box[] {
    switch (node.is) {
      case 'constant':
        return node.value === truth ? [EVERYTHING] : []
      case 'test':
        return node.deciding === 'cells' || (node.deciding === 'term' && node.reads.length === 1) ? ofCells(node, truth) : [EVERYTHING]
      case 'flag': {
        const last = dimensions[node.dimension]!.cells.length - 1
        return single(node.dimension, (cell) => (cell === last) === truth)
      }
      case 'not':
        return sides(node.of, !truth)
      case 'all':
      case 'any': {
        const parts = node.of.map((part) => sides(part, truth))
        return (node.is === 'all') === truth ? parts.reduce(products, [EVERYTHING]) : unions(parts)
      }
      case 'if':
        return unions([
          products(sides(node.condition, true), sides(node.then, truth)),
          products(sides(node.condition, false), sides(node.otherwise, truth)),
        ])
      case 'or-value':
        return unions([sides(node.of, truth), sides(node.otherwise, truth)])
      case 'known':
        return truth ? unions([sides(node.of, true), sides(node.of, false)]) : [EVERYTHING]
    }
  }

  function ofCells(test: Test, truth: boolean): readonly Box[] {
    const table = tables.cells(test)
    const wanted = truth ? YES : NO
    return single(test.reads[0]!, (cell) => table[cell] === wanted || table[cell] === FREE)
  }

  function single(dimension: number, holds: (cell: number) => boolean): readonly Box[] {
    const count = dimensions[dimension]!.cells.length
    const set = new Uint32Array((count + 31) >> 5)
    let size = 0
    for (let cell = 0; cell < count; cell++) {
      if (!holds(cell)) continue
      set[cell >> 5] = set[cell >> 5]! | (1 << (cell & 31))
      size++
    }
    return size === 0 ? [] : size === count ? [EVERYTHING] : [{ dimensions: [dimension], sets: [set] }]
  }
}

/** The boxes in common; undefined where there is none. */
export function meet(a: Box, b: Box): Box | undefined {
  const dimensions: number[] = []
  const sets: Uint32Array[] = []
  let i = 0
  let j = 0
  while (i < a.dimensions.length || j < b.dimensions.length) {
    const left = a.dimensions[i] ?? Infinity
    const right = b.dimensions[j] ?? Infinity
    dimensions.push(Math.min(left, right))
    if (left < right) sets.push(a.sets[i++]!)
    else if (right < left) sets.push(b.sets[j++]!)
    else {
      const common = a.sets[i++]!.slice()
      const other = b.sets[j++]!
      let any = 0
      for (let word = 0; word < common.length; word++) any |= common[word] = common[word]! & other[word]!
      if (any === 0) return undefined
      sets.push(common)
    }
  }
  return { dimensions, sets }
}

/** Whether two boxes have something in common. */
export function meets(a: Box, b: Box): boolean {
  let i = 0
  let j = 0
  while (i < a.dimensions.length && j < b.dimensions.length) {
    const left = a.dimensions[i]!
    const right = b.dimensions[j]!
    if (left < right) i++
    else if (right < left) j++
    else {
      const one = a.sets[i++]!
      const other = b.sets[j++]!
      let any = 0
      for (let word = 0; word < one.length; word++) any |= one[word]! & other[word]!
      if (any === 0) return false
    }
  }
  return true
}

/** The first cell of a set, of those in `among` if that is given. */
export function firstIn(set: Uint32Array, among?: Uint32Array): number | undefined {
  for (let at = 0; at < set.length; at++) {
    const word = among === undefined ? set[at]! : set[at]! & among[at]!
    if (word !== 0) return at * 32 + (31 - Math.clz32(word & -word))
  }
  return undefined
}

function products(a: readonly Box[], b: readonly Box[]): readonly Box[] {
  const found: Box[] = []
  for (const left of a) {
    for (const right of b) {
      const common = meet(left, right)
      if (common !== undefined) found.push(common)
      if (found.length > 4 * MOST_BOXES) throw new TooMany()
    }
  }
  return kept(found)
}

/** Boxes of one and the same dimension become one. */
function unions(parts: readonly (readonly Box[])[]): readonly Box[] {
  const all = parts.flat()
  if (all.some(({ dimensions }) => dimensions.length === 0)) return [EVERYTHING]
  const single = new Map<number, Uint32Array>()
  const others: Box[] = []
  for (const box of all) {
    const [dimension] = box.dimensions
    if (box.dimensions.length > 1) {
      others.push(box)
      continue
    }
    const before = single.get(dimension!)
    single.set(dimension!, before === undefined ? box.sets[0]! : before.map((word, at) => word | box.sets[0]![at]!))
  }
  return kept([...[...single].map(([dimension, set]): Box => ({ dimensions: [dimension], sets: [set] })), ...others])
}

function kept(boxes: readonly Box[]): readonly Box[] {
  const found = boxes.length < 2 ? boxes : [...new Map(boxes.map((box) => [boxKey(box), box])).values()]
  if (found.length > MOST_BOXES) throw new TooMany()
  return found
}

/** Equal keys are equal boxes. */
export function boxKey({ dimensions, sets }: Box): string {
  return dimensions.map((dimension, at) => `${dimension}:${sets[at]!.join('.')}`).join(' ')
}
