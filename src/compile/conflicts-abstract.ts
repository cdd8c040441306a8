/** Evaluates an expression over sets of values: the result contains every value the expression can take. */
import { isTextOperator, type AutomationExpression, type AutomationOperator } from '../model/automation.ts'
import { parsedNumber } from './conflicts-coding.ts'
import { textualSet } from './conflicts-texts.ts'
import {
  BOOLEANS,
  bounds,
  canBeOther,
  canBeTrue,
  contains,
  EMPTY,
  hasNumbers,
  interval,
  isEmpty,
  meets,
  NULL_ONLY,
  NUMBERS,
  onlyMember,
  setOf,
  setOfType,
  union,
  type NumberSet,
  type ValueSet,
} from './conflicts-value-set.ts'

export interface AbstractReader {
  readonly attribute: (id: string) => ValueSet
  readonly local: (name: string) => ValueSet
}

export const abstractValue = (expression: AutomationExpression, reader: AbstractReader): ValueSet => {
  switch (expression.is) {
    case 'value':
      return setOf(expression.value)
    case 'read':
      return reader.attribute(expression.attribute)
    case 'local':
      return reader.local(expression.name)
    case 'any':
      return setOfType(expression.type)
    case 'apply':
      return applied(expression, reader, new Map())
  }
}

/** Expressions share parts: written out, some have a thousand times as many. */
const applied = (
  expression: Extract<AutomationExpression, { is: 'apply' }>,
  reader: AbstractReader,
  known: Map<AutomationExpression, ValueSet>,
): ValueSet => {
  const before = known.get(expression)
  if (before !== undefined) return before
  const sets = expression.arguments.map((part) => (part.is === 'apply' ? applied(part, reader, known) : abstractValue(part, reader)))
  const made = apply(expression.operator, sets)
  known.set(expression, made)
  return made
}

const truths = (canHold: boolean, canFail: boolean): ValueSet => ({ ...EMPTY, true: canHold, false: canFail })

const apply = (operator: AutomationOperator, sets: readonly ValueSet[]): ValueSet => {
  const a = sets[0] ?? NULL_ONLY
  const b = sets[1] ?? NULL_ONLY
  if (sets.some(isEmpty)) return EMPTY
  if (isTextOperator(operator)) return textualSet(operator, sets)
  switch (operator) {
    case 'and':
      return truths(sets.every(canBeTrue), sets.some(canBeOther))
    case 'or':
      return truths(sets.some(canBeTrue), sets.every(canBeOther))
    case 'not':
      return truths(canBeOther(a), canBeTrue(a))
    case '==':
      return equality(a, b)
    case '!=': {
      const equal = equality(a, b)
      return truths(equal.false, equal.true)
    }
    case '<':
      return comparison(
        a,
        b,
        (x, y) => x.low < y.high,
        (x, y) => x.high >= y.low,
      )
    case '<=':
      return comparison(
        a,
        b,
        (x, y) => x.low <= y.high,
        (x, y) => x.high > y.low,
      )
    case '>':
      return comparison(
        a,
        b,
        (x, y) => x.high > y.low,
        (x, y) => x.low <= y.high,
      )
    case '>=':
      return comparison(
        a,
        b,
        (x, y) => x.high >= y.low,
        (x, y) => x.low < y.high,
      )
    case '+':
      return arithmetic(a, b, (x, y) => interval(x.low + y.low, x.high + y.high))
    case '-':
      return arithmetic(a, b, (x, y) => interval(x.low - y.high, x.high - y.low))
    case '*':
    case '/':
    case 'mod':
      return { ...NUMBERS, null: true }
    case 'min':
      return arithmetic(a, b, (x, y) => interval(Math.min(x.low, y.low), Math.min(x.high, y.high)))
    case 'max':
      return arithmetic(a, b, (x, y) => interval(Math.max(x.low, y.low), Math.max(x.high, y.high)))
    case 'if':
      return union(canBeTrue(a) ? b : EMPTY, canBeOther(a) ? (sets[2] ?? NULL_ONLY) : EMPTY)
    case 'number':
      return parsed(a)
    case 'is':
      return BOOLEANS
  }
}

const equality = (a: ValueSet, b: ValueSet): ValueSet => {
  const [x, y] = [onlyMember(a), onlyMember(b)]
  if (x !== undefined && y !== undefined) return truths(x.value === y.value, x.value !== y.value)
  return truths(meets(a, b), true)
}

interface Bounds {
  readonly low: number
  readonly high: number
}

const comparison = (
  a: ValueSet,
  b: ValueSet,
  canHold: (x: Bounds, y: Bounds) => boolean,
  canFail: (x: Bounds, y: Bounds) => boolean,
): ValueSet => {
  if (!hasNumbers(a.numbers) || !hasNumbers(b.numbers)) return truths(false, true)
  const [x, y] = [bounds(a.numbers), bounds(b.numbers)]
  return truths(canHold(x, y), notOnlyNumbers(a) || notOnlyNumbers(b) || canFail(x, y))
}

const notOnlyNumbers = (set: ValueSet): boolean => set.null || set.true || set.false || set.texts.length > 0

const arithmetic = (a: ValueSet, b: ValueSet, combine: (x: Bounds, y: Bounds) => NumberSet): ValueSet => {
  const failing = { ...EMPTY, null: notOnlyNumbers(a) || notOnlyNumbers(b) }
  if (!hasNumbers(a.numbers) || !hasNumbers(b.numbers)) return failing
  const made = bounds(combine(bounds(a.numbers), bounds(b.numbers)))
  // Rounding of decimals: sums are widened to the next whole numbers, so that the exact result is inside.
  const low = Number.isNaN(made.low) ? -Infinity : Math.floor(made.low)
  const high = Number.isNaN(made.high) ? Infinity : Math.ceil(made.high)
  return { ...failing, numbers: interval(low, high) }
}

const parsed = (a: ValueSet): ValueSet => {
  const kept: ValueSet = { ...EMPTY, numbers: a.numbers, null: a.null || a.true || a.false }
  if (a.texts === 'all') return { ...NUMBERS, null: true }
  return a.texts.reduce<ValueSet>((set, text) => {
    const number = parsedNumber(text)
    return union(set, number === undefined ? { ...NUMBERS, null: true } : setOf(number))
  }, kept)
}

/** Whether the set can hold one of the values (absent: any). */
export const canBeOneOf = (set: ValueSet, values: readonly (string | number | boolean | null)[] | undefined): boolean =>
  values === undefined ? !isEmpty(set) : values.some((value) => contains(set, value))
