/** A value of an automation as terms: exactly one of the four tags holds, and the component of that tag is meaningful. */
import { and, eq, FALSE, int, ite, not, numberOf, or, real, TRUE } from '../src/smt/build.ts'
import type { Term } from '../src/smt/term.ts'
import type { Value } from '../src/model/automation.ts'

export interface SymbolicValue {
  readonly isNull: Term
  readonly isBool: Term
  readonly isNumber: Term
  readonly isText: Term
  readonly bool: Term
  /** Real. */
  readonly number: Term
  /** Int: the code of the text. */
  readonly text: Term
}

const ZERO = real(0)
const NONE = int(-1)
const blank: SymbolicValue = { isNull: FALSE, isBool: FALSE, isNumber: FALSE, isText: FALSE, bool: FALSE, number: ZERO, text: NONE }

export const nullValue: SymbolicValue = { ...blank, isNull: TRUE }
export const boolValue = (bool: Term): SymbolicValue => ({ ...blank, isBool: TRUE, bool })
export const numberValue = (number: Term): SymbolicValue => ({ ...blank, isNumber: TRUE, number })
export const textValue = (text: Term): SymbolicValue => ({ ...blank, isText: TRUE, text })

/** The exact rational that the shortest decimal text of a finite number stands for. */
export const decimalTerm = (value: number): Term => {
  const [mantissa = '0', exponent = '0'] = String(value).toLowerCase().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  return shift >= 0 ? real(digits * 10n ** BigInt(shift)) : real(digits, 10n ** BigInt(-shift))
}

/** The constant; `codeOf` numbers the texts. */
export const constantValue = (value: Value, codeOf: (text: string) => number): SymbolicValue => {
  if (value === null) return nullValue
  if (typeof value === 'boolean') return boolValue(value ? TRUE : FALSE)
  if (typeof value === 'number') return numberValue(decimalTerm(value))
  return textValue(int(codeOf(value)))
}

/** True where the value is the boolean true: every other value counts as not true. */
export const truth = (value: SymbolicValue): Term => and(value.isBool, value.bool)

const whereNeeded = (tag: Term, condition: Term, a: Term, b: Term, tagA: Term, tagB: Term): Term => {
  if (tag === FALSE || tagB === FALSE) return a
  return tagA === FALSE ? b : ite(condition, a, b)
}

/** a where the condition holds, else b. Components that no tag can select are dropped. */
export const choose = (condition: Term, a: SymbolicValue, b: SymbolicValue): SymbolicValue => {
  if (condition === TRUE || a === b) return a
  if (condition === FALSE) return b
  if (condition.is === 'bool') return condition.value ? a : b
  const isBool = ite(condition, a.isBool, b.isBool)
  const isNumber = ite(condition, a.isNumber, b.isNumber)
  const isText = ite(condition, a.isText, b.isText)
  return {
    isNull: ite(condition, a.isNull, b.isNull),
    isBool,
    isNumber,
    isText,
    bool: whereNeeded(isBool, condition, a.bool, b.bool, a.isBool, b.isBool),
    number: whereNeeded(isNumber, condition, a.number, b.number, a.isNumber, b.isNumber),
    text: whereNeeded(isText, condition, a.text, b.text, a.isText, b.isText),
  }
}

/** Equality of type and value. */
export const equalValues = (a: SymbolicValue, b: SymbolicValue): Term =>
  a === b
    ? TRUE
    : or(
        and(a.isNull, b.isNull),
        and(a.isBool, b.isBool, bothIf(a.isBool, b.isBool, a.bool, b.bool)),
        and(a.isNumber, b.isNumber, bothIf(a.isNumber, b.isNumber, a.number, b.number)),
        and(a.isText, b.isText, bothIf(a.isText, b.isText, a.text, b.text)),
      )

const bothIf = (tagA: Term, tagB: Term, a: Term, b: Term): Term => (tagA === FALSE || tagB === FALSE ? FALSE : eq(a, b))

export const differentValues = (a: SymbolicValue, b: SymbolicValue): Term => not(equalValues(a, b))

/** True where the value is one of the list. */
export const oneOf = (value: SymbolicValue, list: readonly SymbolicValue[]): Term => or(...list.map((item) => equalValues(value, item)))

/** The terms that fix the value in a model. */
export const componentsOf = (value: SymbolicValue): readonly Term[] => [
  value.isNull,
  value.isBool,
  value.isNumber,
  value.isText,
  value.bool,
  value.number,
  value.text,
]

/** True iff every component is a constant. */
export const isConstant = (value: SymbolicValue): boolean =>
  [value.isNull, value.isBool, value.isNumber, value.isText, value.bool].every((term) => term.is === 'bool') &&
  numberOf(value.number) !== undefined &&
  numberOf(value.text) !== undefined
