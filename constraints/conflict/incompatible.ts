/** When two commanded values oppose each other, and when they are merely inconsistent. A command of no value (null) opposes nothing. */
import { and, any, eq, FALSE, neq, not, or } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { ThingAttribute } from '../../src/model/automation.ts'
import type { ConflictWords } from '../reaction.ts'
import { differentValues, type SymbolicValue } from '../symbolic-value.ts'

/** Words that undo each other; compared in lower case. */
export const oppositeWords: readonly (readonly [string, string])[] = [
  ['on', 'off'],
  ['open', 'close'],
  ['open', 'closed'],
  ['opened', 'closed'],
  ['opening', 'closing'],
  ['lock', 'unlock'],
  ['locked', 'unlocked'],
  ['up', 'down'],
  ['start', 'stop'],
  ['true', 'false'],
  ['enable', 'disable'],
  ['enabled', 'disabled'],
  ['arm', 'disarm'],
  ['armed', 'disarmed'],
  ['home', 'away'],
]

const commanded = (a: SymbolicValue, b: SymbolicValue): Term => and(not(a.isNull), not(b.isNull))

/** Two texts that are opposite words, or any two of a closed choice between two. */
const oppositeTexts = (attribute: ThingAttribute | undefined, a: SymbolicValue, b: SymbolicValue, words: ConflictWords): Term => {
  const texts = and(a.isText, b.isText)
  if (texts === FALSE) return FALSE
  const type = attribute?.type
  if (type?.is === 'enum' && !type.other && type.values.length === 2) return and(texts, neq(a.text, b.text))
  const pairs = words.opposites.map(([x, y]) => or(and(eq(a.text, x), eq(b.text, y)), and(eq(a.text, y), eq(b.text, x))))
  return and(texts, any(pairs))
}

/** K1: unlike booleans, opposite words, or values of unlike types. */
export const opposite = (attribute: ThingAttribute | undefined, a: SymbolicValue, b: SymbolicValue, words: ConflictWords): Term => {
  const numbers = and(a.isNumber, b.isNumber)
  const texts = and(a.isText, b.isText)
  return or(and(commanded(a, b), not(numbers), not(texts), differentValues(a, b)), oppositeTexts(attribute, a, b, words))
}

/** K2: unlike numbers, or unlike texts that are no opposites. */
export const inconsistent = (attribute: ThingAttribute | undefined, a: SymbolicValue, b: SymbolicValue, words: ConflictWords): Term => {
  const numbers = and(a.isNumber, b.isNumber)
  const texts = and(a.isText, b.isText)
  return or(
    numbers === FALSE ? FALSE : and(numbers, neq(a.number, b.number)),
    texts === FALSE ? FALSE : and(texts, neq(a.text, b.text), not(oppositeTexts(attribute, a, b, words))),
  )
}
