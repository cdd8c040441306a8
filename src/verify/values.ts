/** Values inside the interpreter and the exact meaning of expressions over them (the header of `model/automation.ts`). */
import { isTextOperator } from '../model/automation.ts'
import type { AutomationExpression, AutomationOperator, Value, ValueType } from '../model/automation.ts'
import { sizeOfExpression } from '../model/expression-size.ts'
import { compare, exactFromNumber, exactFromText, exactToNumber, minus, over, plus, remainder, times } from './exact.ts'
import type { Exact } from './exact.ts'
import { applyToTexts } from './texts.ts'

/** A value whose numbers are exact. */
export type Datum = boolean | string | null | Exact

/** Where an expression finds what it reads. */
export interface Scope {
  readonly attribute: (id: string) => Datum
  readonly local: (name: string) => Datum
  readonly any: (type: ValueType, part: string) => Datum
}

export const isNumber = (datum: Datum): datum is Exact => typeof datum === 'object' && datum !== null

export function toDatum(value: Value): Datum {
  return typeof value === 'number' ? exactFromNumber(value) : value
}

/** The value as the model writes it; a number that is no decimal is rounded to the nearest double. */
export function toValue(datum: Datum): Value {
  return isNumber(datum) ? exactToNumber(datum) : datum
}

/** A text that is equal for equal values of the same type, and for no others. */
export function datumKey(datum: Datum): string {
  if (isNumber(datum)) return datum.den === 1n ? `#${String(datum.num)}` : `#${String(datum.num)}/${String(datum.den)}`
  return typeof datum === 'string' ? `'${datum}` : String(datum)
}

export const same = (a: Datum, b: Datum): boolean => (isNumber(a) && isNumber(b) ? a.num === b.num && a.den === b.den : a === b)

/** Whether a value may stand in an attribute of this type. */
export function inType(value: Value, type: ValueType): boolean {
  switch (type.is) {
    case 'bool':
      return typeof value === 'boolean'
    case 'enum':
      return typeof value === 'string' && (type.other || type.values.includes(value))
    case 'number':
      return (
        typeof value === 'number' &&
        Number.isFinite(value) &&
        (type.low === undefined || value >= type.low) &&
        (type.high === undefined || value <= type.high) &&
        (!type.integer || Number.isInteger(value))
      )
    case 'text':
      return typeof value === 'string'
    case 'any':
      return typeof value !== 'number' || Number.isFinite(value)
  }
}

/** The value of an expression. Every argument is evaluated, from left to right, whether the operator needs it or not: it fixes how `any` consumes choices. */
export function evaluate(expression: AutomationExpression, scope: Scope): Datum {
  switch (expression.is) {
    case 'value':
      return toDatum(expression.value)
    case 'read':
      return scope.attribute(expression.attribute)
    case 'local':
      return scope.local(expression.name)
    case 'any':
      return scope.any(expression.type, expression.part)
    case 'apply':
      if (sizeOfExpression(expression).parts > LARGE) return evaluateOnce(expression, scope, new Map())
      return apply(
        expression.operator,
        expression.arguments.map((argument) => evaluate(argument, scope)),
      )
  }
}

/** Parts from which on what stands in several places is looked at once. */
const LARGE = 200

/** The same, for an expression whose parts stand in many places: what asks for no choice has one value in all of them. */
function evaluateOnce(expression: AutomationExpression, scope: Scope, known: Map<AutomationExpression, Datum>): Datum {
  if (expression.is !== 'apply') return evaluate(expression, scope)
  const before = known.get(expression)
  if (before !== undefined) return before
  const data = expression.arguments.map((argument) => evaluateOnce(argument, scope, known))
  const value = apply(expression.operator, data)
  if (!sizeOfExpression(expression).open) known.set(expression, value)
  return value
}

function apply(operator: AutomationOperator, data: readonly Datum[]): Datum {
  if (isTextOperator(operator)) return applyToTexts(operator, data)
  const [first = null, second = null, third = null] = data
  switch (operator) {
    case 'and':
      return data.every((datum) => datum === true)
    case 'or':
      return data.some((datum) => datum === true)
    case 'not':
      return first !== true
    case '==':
      return same(first, second)
    case '!=':
      return !same(first, second)
    case '<':
      return isNumber(first) && isNumber(second) && compare(first, second) < 0
    case '<=':
      return isNumber(first) && isNumber(second) && compare(first, second) <= 0
    case '>':
      return isNumber(first) && isNumber(second) && compare(first, second) > 0
    case '>=':
      return isNumber(first) && isNumber(second) && compare(first, second) >= 0
    case '+':
      return fold(data, plus)
    case '-':
      return data.length === 1 ? fold([exactFromNumber(0), ...data], minus) : fold(data, minus)
    case '*':
      return fold(data, times)
    case '/':
      return fold(data, (a, b) => (b.num === 0n ? null : over(a, b)))
    case 'mod':
      return fold(data, (a, b) => (b.num === 0n ? null : remainder(a, b)))
    case 'min':
      return fold(data, (a, b) => (compare(a, b) <= 0 ? a : b))
    case 'max':
      return fold(data, (a, b) => (compare(a, b) >= 0 ? a : b))
    case 'if':
      return first === true ? second : third
    case 'number':
      return isNumber(first) ? first : typeof first === 'string' ? (exactFromText(first) ?? null) : null
    case 'is':
      return typeName(first) === second
  }
}

function fold(data: readonly Datum[], combine: (a: Exact, b: Exact) => Exact | null): Datum {
  let result: Exact | null | undefined
  for (const datum of data) {
    if (!isNumber(datum) || result === null) return null
    result = result === undefined ? datum : combine(result, datum)
  }
  return result ?? null
}

function typeName(datum: Datum): string {
  if (datum === null) return 'null'
  if (isNumber(datum)) return 'number'
  return typeof datum === 'boolean' ? 'bool' : 'text'
}
