/** Why two rules never command incompatible values in one reaction, in words that can be checked apart from how it was found. */
import type { DifferenceBound, DisjointReason, ValueSpan } from '../../model/conflict.ts'
import type { Part } from './boxes.ts'
import { intersected } from './boxes.ts'
import { MOST, STEPS, type Encoded } from './encoding.ts'
import { cellsIn, type Group, type Table } from './table.ts'

/** Reasons for more ways than that are not listed. */
const MOST_REASONS = 64

/** One reason for each pair of boxes that `clash`, each listed once; undefined where some pair has none. */
export const reasonsOf = (
  table: Table,
  a: Group,
  b: Group,
  clash: (one: number, other: number) => boolean,
): readonly DisjointReason[] | undefined => {
  const reasons = new Map<string, DisjointReason>()
  for (let one = a.from; one < a.to; one++)
    for (let other = b.from; other < b.to; other++) {
      if (!clash(one, other)) continue
      const reason = reasonOf(table, one, other)
      if (reason === undefined) return undefined
      reasons.set(JSON.stringify(reason), reason)
      if (reasons.size > MOST_REASONS) return undefined
    }
  return [...reasons.values()]
}

const reasonOf = (table: Table, one: number, other: number): DisjointReason | undefined => {
  const [event, theirs] = [table.events[one]!, table.events[other]!]
  if (event >= 0 && theirs >= 0 && event !== theirs) return { is: 'event' }
  const { encoded } = table
  const [first, second] = [table.boxes[one]!, table.boxes[other]!]
  for (const [dimension, part] of first.parts) {
    const their = second.parts.get(dimension)
    if (their === undefined || intersected(part, their) !== undefined) continue
    const { attribute, view } = encoded.dimensions[dimension]!
    const of = view === 'parsed' ? 'number' : 'value'
    return { is: 'attribute', attribute, of, first: spanOf(encoded, dimension, part), second: spanOf(encoded, dimension, their) }
  }
  return circleOf(table, one, other)
}

const spanOf = ({ encodings, dimensions }: Encoded, dimension: number, part: Part): ValueSpan => {
  const encoding = encodings[dimension]!
  if ('words' in part) {
    const { values, rest } = encoding as Extract<typeof encoding, { is: 'cells' }>
    const cells = new Set(cellsIn(part.words))
    const others = rest && cells.has(values.length)
    return { is: others ? 'except' : 'among', values: values.filter((_, cell) => cells.has(cell) !== others) }
  }
  const { places } = encoding as Extract<typeof encoding, { is: 'steps' }>
  const { low, high } = part
  const none = low === -Infinity && dimensions[dimension]!.nullable
  if (high === -Infinity) return { is: 'among', values: [] }
  const [from, to] = [low <= -MOST ? undefined : told(low, places, 1), high >= MOST ? undefined : told(high, places, -1)]
  return {
    ...{ is: 'numbers', above: from?.strict ?? false, below: to?.strict ?? false, none },
    ...(from === undefined ? {} : { low: from.bound }),
    ...(to === undefined ? {} : { high: to.bound }),
  }
}

/** The bound that the steps stand for; one step beside it in the direction means that it is not reached. */
const told = (steps: number, places: number, direction: 1 | -1): { readonly bound: string; readonly strict: boolean } => {
  const strict = steps % STEPS !== 0
  const units = direction === 1 ? Math.floor(steps / STEPS) : Math.ceil(steps / STEPS)
  return { bound: decimalText(units, places), strict }
}

const decimalText = (units: number, places: number): string => {
  const digits = String(Math.abs(units)).padStart(places + 1, '0')
  const [whole, fraction] = [digits.slice(0, digits.length - places), digits.slice(digits.length - places)]
  return `${units < 0 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

interface Edge {
  /** Dimensions; -1: zero. */
  readonly x: number
  readonly y: number
  readonly steps: number
  readonly from: DifferenceBound['from']
}

/** The circle of differences that sums up to less than nothing. */
const circleOf = (table: Table, one: number, other: number): DisjointReason | undefined => {
  const { encodings, dimensions } = table.encoded
  const edges: Edge[] = []
  for (const [box, from] of [
    [table.boxes[one]!, 'first'],
    [table.boxes[other]!, 'second'],
  ] as const) {
    for (const { x, y, steps } of box.differences) edges.push({ x, y, steps, from })
    for (const [dimension, part] of box.parts) {
      const encoding = encodings[dimension]!
      if ('words' in part || encoding.is !== 'steps') continue
      if (part.high < MOST) edges.push({ x: dimension, y: -1, steps: part.high, from: part.high === encoding.high ? 'type' : from })
      if (part.low > -MOST) edges.push({ x: -1, y: dimension, steps: -part.low, from: part.low === encoding.low ? 'type' : from })
    }
  }
  const distance = new Map<number, number>()
  const before = new Map<number, Edge>()
  let last: number | undefined
  for (let round = 0; round <= dimensions.length + 1; round++) {
    last = undefined
    for (const edge of edges) {
      const reached = (distance.get(edge.y) ?? 0) + edge.steps
      if (reached >= (distance.get(edge.x) ?? 0)) continue
      distance.set(edge.x, reached)
      before.set(edge.x, edge)
      last = edge.x
    }
    if (last === undefined) return undefined
  }
  // So many steps back one stands on the circle.
  for (let step = 0; step <= dimensions.length; step++) last = before.get(last!)!.y
  const bounds: DifferenceBound[] = []
  for (let at = last!, done = false; !done;) {
    const { x, y, steps, from } = before.get(at)!
    const encoding = encodings[x >= 0 ? x : y]! as Extract<(typeof encodings)[number], { is: 'steps' }>
    const name = (dimension: number): string | undefined => (dimension < 0 ? undefined : dimensions[dimension]!.attribute)
    const [less, more] = [name(x), name(y)]
    bounds.push({
      ...{ from, ...told(steps, encoding.places, -1) },
      ...(less === undefined ? {} : { less }),
      ...(more === undefined ? {} : { more }),
    })
    at = y
    done = at === last
  }
  return { is: 'circle', bounds }
}
