/** Boxes of many rules in typed arrays, and what is decided about two of them without making anything. */
import type { Value } from '../../model/automation.ts'
import type { Box } from './boxes.ts'
import { BITS, MOST, type Encoded } from './encoding.ts'
import type { Way, WayEvent } from './ways.ts'

/** Boxes `from` up to, not including, `to`: what one rule needs to command one attribute. */
export interface Group {
  readonly from: number
  readonly to: number
}

export interface Table {
  readonly encoded: Encoded
  /** What each box stands for. */
  readonly ways: readonly Way[]
  readonly boxes: readonly Box[]
  /** Per box the number of its event, or -1; of its value, or -1. */
  readonly events: Int32Array
  readonly values: Int32Array
  readonly exact: Uint8Array
  /** Per box where its parts begin; parts in the order of dimensions. */
  readonly parts: Int32Array
  readonly dimension: Int32Array
  readonly low: Float64Array
  readonly high: Float64Array
  /** Of a set of cells: where its words begin. -1: an interval. */
  readonly cells: Int32Array
  readonly words: Uint32Array
  /** Words of a set of the dimension. */
  readonly width: Int32Array
  /** Per box where its differences begin. */
  readonly differences: Int32Array
  readonly x: Int32Array
  readonly y: Int32Array
  readonly steps: Float64Array
}

export const eventKey = (event: WayEvent): string => JSON.stringify(event)

export const tableOf = (
  encoded: Encoded,
  given: readonly (readonly [Way, readonly Box[]])[],
): { readonly table: Table; readonly groups: readonly Group[] } => {
  const groups: Group[] = []
  const ways: Way[] = []
  const boxes: Box[] = []
  for (const [way, own] of given) {
    groups.push({ from: boxes.length, to: boxes.length + own.length })
    for (const box of own) {
      ways.push(way)
      boxes.push(box)
    }
  }
  const codes = new Map<string, number>()
  const codeOf = (key: string): number => codes.get(key) ?? (codes.set(key, codes.size), codes.size - 1)
  const valueKey = (value: Value): string => `value ${JSON.stringify(value)}`
  const parts = boxes.map((box) => [...box.parts].sort(([a], [b]) => a - b))
  const total = parts.reduce((sum, own) => sum + own.length, 0)
  const differing = boxes.reduce((sum, { differences }) => sum + differences.length, 0)
  const words: number[] = []
  const table: Table = {
    encoded,
    ways,
    boxes,
    events: Int32Array.from(ways, ({ event }) => (event === undefined ? -1 : codeOf(eventKey(event)))),
    values: Int32Array.from(ways, ({ constant }) => (constant === undefined ? -1 : codeOf(valueKey(constant.value)))),
    exact: Uint8Array.from(boxes, (box, at) => Number(box.exact && ways[at]!.exact)),
    parts: new Int32Array(boxes.length + 1),
    dimension: new Int32Array(total),
    low: new Float64Array(total),
    high: new Float64Array(total),
    cells: new Int32Array(total).fill(-1),
    words: new Uint32Array(0),
    width: Int32Array.from(encoded.encodings, (encoding) => (encoding.is === 'cells' ? encoding.words : 0)),
    differences: new Int32Array(boxes.length + 1),
    x: new Int32Array(differing),
    y: new Int32Array(differing),
    steps: new Float64Array(differing),
  }
  let [part, difference] = [0, 0]
  for (const [at, box] of boxes.entries()) {
    table.parts[at] = part
    table.differences[at] = difference
    for (const [dimension, one] of parts[at]!) {
      table.dimension[part] = dimension
      if ('words' in one) {
        table.cells[part] = words.length
        words.push(...one.words)
      } else {
        table.low[part] = one.low
        table.high[part] = one.high
      }
      part++
    }
    for (const { x, y, steps } of box.differences) {
      table.x[difference] = x
      table.y[difference] = y
      table.steps[difference++] = steps
    }
  }
  table.parts[boxes.length] = part
  table.differences[boxes.length] = difference
  return { table: { ...table, words: Uint32Array.from(words) }, groups }
}

/** `unsure`: the conditions meet as far as they are known, but something in them is not. */
export type PairVerdict = 'disjoint' | 'meets' | 'unsure'

/** What deciding writes to; one serves any number of decisions, one after the other. */
export interface Scratch {
  readonly distance: Float64Array
  readonly known: Int32Array
  readonly listed: Int32Array
  stamp: number
}

export const scratchOf = ({ encoded }: Table): Scratch => ({
  distance: new Float64Array(encoded.dimensions.length + 1),
  known: new Int32Array(encoded.dimensions.length),
  listed: new Int32Array(encoded.dimensions.length),
  stamp: 0,
})

/** Whether one event in one valuation lets both groups command different values. */
export const decidePair = (table: Table, a: Group, b: Group, scratch: Scratch): PairVerdict => {
  let open = false
  for (let one = a.from; one < a.to; one++)
    for (let other = b.from; other < b.to; other++) {
      const value = table.values[one]!
      if ((value >= 0 && value === table.values[other]!) || !boxesMeet(table, one, other, scratch)) continue
      if (table.exact[one] === 1 && table.exact[other] === 1) return 'meets'
      open = true
    }
  return open ? 'unsure' : 'disjoint'
}

/** False where no valuation lies in both boxes. */
export const boxesMeet = (table: Table, one: number, other: number, scratch: Scratch): boolean => {
  const { events, parts, dimension, low, high, cells, words, width, differences } = table
  const event = events[one]!
  const theirs = events[other]!
  if (event >= 0 && theirs >= 0 && event !== theirs) return false
  let i = parts[one]!
  let j = parts[other]!
  const iEnd = parts[one + 1]!
  const jEnd = parts[other + 1]!
  while (i < iEnd && j < jEnd) {
    const left = dimension[i]!
    const right = dimension[j]!
    if (left < right) i++
    else if (right < left) j++
    else {
      const at = cells[i]!
      if (at < 0) {
        if (low[i]! > high[j]! || low[j]! > high[i]!) return false
      } else {
        const from = cells[j]!
        let common = 0
        for (let word = width[left]! - 1; word >= 0; word--) common |= words[at + word]! & words[from + word]!
        if (common === 0) return false
      }
      i++
      j++
    }
  }
  return differences[one + 1]! === differences[one]! && differences[other + 1]! === differences[other]!
    ? true
    : differencesHold(table, one, other, scratch)
}

/** Bellman and Ford's relaxation: false where some circle of differences and bounds is negative. Leaves a solution in `distance`, by dimension, zero at the end. */
export const differencesHold = (table: Table, one: number, other: number, scratch: Scratch): boolean => {
  const { differences, x, y, steps } = table
  const { distance, known, listed } = scratch
  const zero = distance.length - 1
  const stamp = ++scratch.stamp
  let count = 0
  for (let side = 0; side < 2; side++) {
    const box = side === 0 ? one : other
    for (let at = differences[box]!; at < differences[box + 1]!; at++)
      for (let end = 0; end < 2; end++) {
        const variable = end === 0 ? x[at]! : y[at]!
        if (known[variable] === stamp) continue
        known[variable] = stamp
        distance[variable] = 0
        listed[count++] = variable
      }
  }
  distance[zero] = 0
  for (let round = 0; round <= count + 1; round++) {
    let moved = false
    for (let side = 0; side < 2; side++) {
      const box = side === 0 ? one : other
      for (let at = differences[box]!; at < differences[box + 1]!; at++) {
        const reached = distance[y[at]!]! + steps[at]!
        if (reached < distance[x[at]!]!) {
          distance[x[at]!] = reached
          moved = true
        }
      }
      for (let at = table.parts[box]!; at < table.parts[box + 1]!; at++) {
        const variable = table.dimension[at]!
        if (known[variable] !== stamp) continue
        const most = table.high[at]!
        const least = table.low[at]!
        if (most < MOST && distance[zero] + most < distance[variable]!) {
          distance[variable] = distance[zero] + most
          moved = true
        }
        if (least > -MOST && distance[variable]! - least < distance[zero]) {
          distance[zero] = distance[variable]! - least
          moved = true
        }
      }
    }
    if (!moved) return true
  }
  return false
}

/** Cells of a set, in order. */
export const cellsIn = (words: Uint32Array): readonly number[] =>
  [...words].flatMap((word, at) =>
    Array.from({ length: BITS }, (_, bit) => bit).flatMap((bit) => ((word >>> bit) & 1 ? [at * BITS + bit] : [])),
  )
