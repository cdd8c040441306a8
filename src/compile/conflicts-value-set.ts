/** Sets of values that an analysis can compute with: every operation returns a set that contains all results. */
import type { Value, ValueType } from '../model/automation.ts'

/** `null` and the booleans one by one; numbers as a list or an interval; texts as a list or all. */
export interface ValueSet {
  readonly null: boolean
  readonly true: boolean
  readonly false: boolean
  readonly numbers: NumberSet
  /** Sorted; `all`: any text. */
  readonly texts: readonly string[] | 'all'
}

export type NumberSet =
  | { readonly is: 'list'; readonly values: readonly number[] }
  | { readonly is: 'interval'; readonly low: number; readonly high: number; readonly integer: boolean }

const LISTED_NUMBERS = 12
const LISTED_TEXTS = 64
const none: NumberSet = { is: 'list', values: [] }
const everyNumber: NumberSet = { is: 'interval', low: -Infinity, high: Infinity, integer: false }

export const EMPTY: ValueSet = { null: false, true: false, false: false, numbers: none, texts: [] }
export const EVERYTHING: ValueSet = { null: true, true: true, false: true, numbers: everyNumber, texts: 'all' }
export const NULL_ONLY: ValueSet = { ...EMPTY, null: true }
export const BOOLEANS: ValueSet = { ...EMPTY, true: true, false: true }
export const NUMBERS: ValueSet = { ...EMPTY, numbers: everyNumber }

export const setOf = (value: Value): ValueSet => {
  if (value === null) return NULL_ONLY
  if (value === true) return { ...EMPTY, true: true }
  if (value === false) return { ...EMPTY, false: true }
  return typeof value === 'number' ? { ...EMPTY, numbers: { is: 'list', values: [value] } } : { ...EMPTY, texts: [value] }
}

export const setOfType = (type: ValueType): ValueSet => {
  switch (type.is) {
    case 'bool':
      return BOOLEANS
    case 'enum':
      return { ...EMPTY, texts: type.other ? 'all' : [...new Set(type.values)].sort() }
    case 'number':
      return { ...EMPTY, numbers: { is: 'interval', low: type.low ?? -Infinity, high: type.high ?? Infinity, integer: type.integer } }
    case 'text':
      return { ...EMPTY, texts: 'all' }
    case 'any':
      return EVERYTHING
  }
}

export const hasNumbers = (set: NumberSet): boolean => (set.is === 'list' ? set.values.length > 0 : set.low <= set.high)
export const isEmpty = (set: ValueSet): boolean =>
  !set.null && !set.true && !set.false && !hasNumbers(set.numbers) && set.texts.length === 0
export const bounds = (set: NumberSet): { readonly low: number; readonly high: number } =>
  set.is === 'list' ? { low: Math.min(...set.values), high: Math.max(...set.values) } : set
export const interval = (low: number, high: number): NumberSet => ({ is: 'interval', low, high, integer: false })

const unionNumbers = (a: NumberSet, b: NumberSet): NumberSet => {
  if (!hasNumbers(a)) return b
  if (!hasNumbers(b)) return a
  if (a.is === 'list' && b.is === 'list') {
    const values = [...new Set([...a.values, ...b.values])].sort((x, y) => x - y)
    if (values.length <= LISTED_NUMBERS) return values.length === a.values.length ? a : { is: 'list', values }
  }
  const [x, y] = [bounds(a), bounds(b)]
  const integer = (set: NumberSet): boolean => (set.is === 'list' ? set.values.every(Number.isInteger) : set.integer)
  return { is: 'interval', low: Math.min(x.low, y.low), high: Math.max(x.high, y.high), integer: integer(a) && integer(b) }
}

const unionTexts = (a: ValueSet['texts'], b: ValueSet['texts']): ValueSet['texts'] => {
  if (a === 'all' || b === 'all') return 'all'
  if (b.length === 0 || (a.length === b.length && a.every((text, at) => text === b[at]))) return a
  const texts = [...new Set([...a, ...b])].sort()
  if (texts.length > LISTED_TEXTS) return 'all'
  return texts.length === a.length ? a : texts
}

export const union = (a: ValueSet, b: ValueSet): ValueSet =>
  a === b
    ? a
    : {
        null: a.null || b.null,
        true: a.true || b.true,
        false: a.false || b.false,
        numbers: unionNumbers(a.numbers, b.numbers),
        texts: unionTexts(a.texts, b.texts),
      }

export const sameSet = (a: ValueSet, b: ValueSet): boolean =>
  a === b ||
  (a.null === b.null && a.true === b.true && a.false === b.false && sameTexts(a.texts, b.texts) && sameNumbers(a.numbers, b.numbers))

const sameTexts = (a: ValueSet['texts'], b: ValueSet['texts']): boolean =>
  a === b || (a !== 'all' && b !== 'all' && a.length === b.length && a.every((text, at) => text === b[at]))

const sameNumbers = (a: NumberSet, b: NumberSet): boolean => {
  if (a === b) return true
  if (a.is === 'list')
    return b.is === 'list' && a.values.length === b.values.length && a.values.every((value, at) => value === b.values[at])
  return b.is === 'interval' && a.low === b.low && a.high === b.high && a.integer === b.integer
}

/** The union, with every bound that moved since `before` given up: a chain of widenings ends. */
export const widen = (before: ValueSet, after: ValueSet): ValueSet => {
  const merged = union(before, after)
  if (!hasNumbers(before.numbers) || sameSet({ ...EMPTY, numbers: before.numbers }, { ...EMPTY, numbers: merged.numbers })) return merged
  const [x, y] = [bounds(before.numbers), bounds(merged.numbers)]
  const integer = merged.numbers.is === 'list' ? merged.numbers.values.every(Number.isInteger) : merged.numbers.integer
  return {
    ...merged,
    numbers: { is: 'interval', low: y.low < x.low ? -Infinity : x.low, high: y.high > x.high ? Infinity : x.high, integer },
  }
}

export const contains = (set: ValueSet, value: Value): boolean => {
  if (value === null) return set.null
  if (typeof value === 'boolean') return value ? set.true : set.false
  if (typeof value === 'string') return set.texts === 'all' || set.texts.includes(value)
  if (set.numbers.is === 'list') return set.numbers.values.includes(value)
  return value >= set.numbers.low && value <= set.numbers.high && (!set.numbers.integer || Number.isInteger(value))
}

/** The only member, where there is exactly one. */
export const onlyMember = (set: ValueSet): { readonly value: Value } | undefined => {
  if (set.texts === 'all' || set.numbers.is === 'interval') return undefined
  const members: Value[] = [...set.numbers.values, ...set.texts]
  if (set.null) members.push(null)
  if (set.true) members.push(true)
  if (set.false) members.push(false)
  return members.length === 1 ? { value: members[0]! } : undefined
}

/** Whether a value of the set can be the boolean true, and whether one can be anything else. */
export const canBeTrue = (set: ValueSet): boolean => set.true
export const canBeOther = (set: ValueSet): boolean => set.null || set.false || hasNumbers(set.numbers) || set.texts.length > 0

/** Whether some value is in both. Intervals of whole numbers without one inside may count as meeting. */
export const meets = (a: ValueSet, b: ValueSet): boolean => {
  if ((a.null && b.null) || (a.true && b.true) || (a.false && b.false)) return true
  const texts =
    a.texts === 'all' ? b.texts.length > 0 : b.texts === 'all' ? a.texts.length > 0 : a.texts.some((text) => b.texts.includes(text))
  if (texts) return true
  if (!hasNumbers(a.numbers) || !hasNumbers(b.numbers)) return false
  const [x, y] = [a.numbers, b.numbers]
  if (x.is === 'list') return x.values.some((value) => contains({ ...EMPTY, numbers: y }, value))
  if (y.is === 'list') return y.values.some((value) => contains({ ...EMPTY, numbers: x }, value))
  return Math.max(x.low, y.low) <= Math.min(x.high, y.high)
}
