/** A valuation in two boxes at once: what stands in each attribute that their conditions speak of. */
import type { ThingAttribute, Value } from '../../model/automation.ts'
import { MOST, STEPS } from './encoding.ts'
import { cellsIn, differencesHold, type Scratch, type Table } from './table.ts'

/** A value for each attribute that a box speaks of. Undefined where the boxes do not meet, or a value is none that a double can tell. */
export const witnessOf = (
  table: Table,
  one: number,
  other: number,
  scratch: Scratch,
  attribute: (id: string) => ThingAttribute,
): ReadonlyMap<string, Value> | undefined => {
  const { encodings, dimensions } = table.encoded
  if (!differencesHold(table, one, other, scratch)) return undefined
  const zero = scratch.distance[scratch.distance.length - 1]!
  const values = new Map<string, Value>()
  for (const [dimension, part] of partsOfBoth(table, one, other)) {
    const encoding = encodings[dimension]!
    const { attribute: id, view, integer } = dimensions[dimension]!
    if (encoding.is === 'cells' && 'words' in part) {
      const [cell] = cellsIn(part.words)
      if (cell === undefined) return undefined
      values.set(id, cell < encoding.values.length ? encoding.values[cell]! : anotherOf(attribute(id), encoding.values))
    } else if (encoding.is === 'steps' && !('words' in part)) {
      const related = scratch.known[dimension] === scratch.stamp && hasDifferences(table, one, other)
      const steps = related ? scratch.distance[dimension]! - zero : within(part, integer ? STEPS * 10 ** encoding.places : 1)
      // No number at all.
      const value = steps === -Infinity ? null : steps / (STEPS * 10 ** encoding.places)
      values.set(id, value === null ? (view === 'parsed' ? 'unavailable' : null) : view === 'parsed' ? String(value) : value)
    }
  }
  return values
}

const hasDifferences = ({ differences }: Table, one: number, other: number): boolean =>
  differences[one] !== differences[one + 1] || differences[other] !== differences[other + 1]

/** Zero where it lies inside, else the end that is nearest to it. */
const within = ({ low, high }: { readonly low: number; readonly high: number }, unit: number): number => {
  if (high === -Infinity) return -Infinity
  const [from, to] = [low <= -MOST ? -Infinity : Math.ceil(low / unit) * unit, high >= MOST ? Infinity : Math.floor(high / unit) * unit]
  return Math.min(Math.max(0, from), to)
}

/** Parts of each dimension that either box bounds. */
const partsOfBoth = (
  table: Table,
  one: number,
  other: number,
): ReadonlyMap<number, { readonly low: number; readonly high: number } | { readonly words: Uint32Array }> => {
  const [a, b] = [table.boxes[one]!, table.boxes[other]!]
  const parts = new Map(a.parts)
  for (const [dimension, part] of b.parts) {
    const before = parts.get(dimension)
    if (before === undefined) parts.set(dimension, part)
    else if ('words' in before && 'words' in part) parts.set(dimension, { words: before.words.map((word, at) => word & part.words[at]!) })
    else if (!('words' in before) && !('words' in part))
      parts.set(dimension, { low: Math.max(before.low, part.low), high: Math.min(before.high, part.high) })
  }
  return parts
}

/** A value that none of the conditions names. */
const anotherOf = ({ type }: ThingAttribute, named: readonly Value[]): Value => {
  if (type.is === 'number') {
    for (let number = type.low ?? 0; ; number++) if (!named.includes(number)) return number
  }
  for (let text = 'other'; ; text += '+') if (!named.includes(text)) return text
}
