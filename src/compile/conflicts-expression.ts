/** Turns an expression of an automation into a value of terms that means the same (exact decimals); what has no exact term becomes an open value of its type. */
import { boolValue, choose, equalValues, nullValue, numberValue, truth, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { add, and, bool, FALSE, ge, gt, ite, le, lt, mul, not, numberOf, or, quotient, real, sub } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import { isTextOperator, type AutomationExpression, type AutomationOperator, type ValueType } from '../model/automation.ts'
import type { Coding } from './conflicts-coding.ts'
import { textual } from './conflicts-texts.ts'
import { NULL_ONLY, NUMBERS, union } from './conflicts-value-set.ts'

export interface ExpressionReader {
  readonly attribute: (id: string) => SymbolicValue
  readonly local: (name: string) => SymbolicValue
  /** A new open value of an unmodelled part. */
  readonly any: (type: ValueType, part: string) => SymbolicValue
}

/**
 * Equal parts of an expression that are one value (see `shared-expressions.ts`) have one result; so has the whole, wherever everything that it reads is the same again:
 * what stands for a result that has no exact term is then one open value, too.
 */
export const symbolicValue = (expression: AutomationExpression, reader: ExpressionReader, coding: Coding): SymbolicValue => {
  if (expression.is !== 'apply') return leafValue(expression, reader, coding)
  const names = namesIn(expression)
  const attributes = new Map(names.attributes.map((id) => [id, reader.attribute(id)]))
  const locals = new Map(names.locals.map((name) => [name, reader.local(name)]))
  const within: ExpressionReader = { attribute: (id) => attributes.get(id)!, local: (name) => locals.get(name)!, any: reader.any }
  if (names.open) return evaluated(expression, within, coding, new Map())
  const kept = keptBy.get(coding) ?? new Map<AutomationExpression, Kept>()
  keptBy.set(coding, kept)
  const inputs = [...attributes.values(), ...locals.values()]
  const before = kept.get(expression)
  if (before?.inputs.every((input, at) => input === inputs[at]) === true) return before.value
  const value = evaluated(expression, within, coding, new Map())
  kept.set(expression, { inputs, value })
  return value
}

interface Kept {
  readonly inputs: readonly SymbolicValue[]
  readonly value: SymbolicValue
}

/** The last result of each whole expression, and of what. */
const keptBy = new WeakMap<Coding, Map<AutomationExpression, Kept>>()

const leafValue = (expression: Exclude<AutomationExpression, { is: 'apply' }>, reader: ExpressionReader, coding: Coding): SymbolicValue => {
  switch (expression.is) {
    case 'value':
      return coding.constant(expression.value)
    case 'read':
      return reader.attribute(expression.attribute)
    case 'local':
      return reader.local(expression.name)
    case 'any':
      return reader.any(expression.type, expression.part)
  }
}

const evaluated = (
  expression: AutomationExpression,
  reader: ExpressionReader,
  coding: Coding,
  done: Map<AutomationExpression, SymbolicValue>,
): SymbolicValue => {
  if (expression.is !== 'apply') return leafValue(expression, reader, coding)
  const before = done.get(expression)
  if (before !== undefined) return before
  const values = expression.arguments.map((argument) => evaluated(argument, reader, coding, done))
  const value = apply(expression.operator, values, coding)
  if (!namesIn(expression).open) done.set(expression, value)
  return value
}

interface Names {
  readonly attributes: readonly string[]
  readonly locals: readonly string[]
  /** Some part of it may be any value, anew each time. */
  readonly open: boolean
}

const namesOnce = new WeakMap<AutomationExpression, Names>()

const namesIn = (expression: AutomationExpression): Names => {
  const before = namesOnce.get(expression)
  if (before !== undefined) return before
  const parts = expression.is === 'apply' ? expression.arguments.map(namesIn) : []
  const names: Names = {
    attributes: expression.is === 'read' ? [expression.attribute] : [...new Set(parts.flatMap(({ attributes }) => attributes))],
    locals: expression.is === 'local' ? [expression.name] : [...new Set(parts.flatMap(({ locals }) => locals))],
    open: expression.is === 'any' || parts.some(({ open }) => open),
  }
  namesOnce.set(expression, names)
  return names
}

const apply = (operator: AutomationOperator, values: readonly SymbolicValue[], coding: Coding): SymbolicValue => {
  const a = values[0] ?? nullValue
  const b = values[1] ?? nullValue
  if (isTextOperator(operator)) return textual(operator, values, coding)
  switch (operator) {
    case 'and':
      return boolValue(and(...values.map(truth)))
    case 'or':
      return boolValue(or(...values.map(truth)))
    case 'not':
      return boolValue(not(truth(a)))
    case '==':
      return boolValue(equalValues(a, b))
    case '!=':
      return boolValue(not(equalValues(a, b)))
    case '<':
      return comparison(a, b, lt)
    case '<=':
      return comparison(a, b, le)
    case '>':
      return comparison(a, b, gt)
    case '>=':
      return comparison(a, b, ge)
    case '+':
      return arithmetic(values, (x, y) => add(x, y))
    case '-':
      return values.length === 1 ? arithmetic([numberValue(real(0)), a], sub) : arithmetic(values, sub)
    case '*':
      return a.number.is === 'real' || b.number.is === 'real' ? arithmetic(values, mul) : openNumber(coding)
    case '/':
      return division(a, b, coding)
    case 'mod':
      return and(a.isNumber, b.isNumber) === FALSE ? nullValue : openNumber(coding)
    case 'min':
      return arithmetic(values, (x, y) => ite(le(x, y), x, y))
    case 'max':
      return arithmetic(values, (x, y) => ite(ge(x, y), x, y))
    case 'if':
      return choose(truth(a), b, values[2] ?? nullValue)
    case 'number':
      return parsed(a, coding)
    case 'is':
      return typeTest(a, b, coding)
  }
}

// Products of two unknowns and remainders leave linear arithmetic: any number or none stands for them, which proofs may use and runs must confirm.
const openNumber = (coding: Coding): SymbolicValue => coding.valueIn(coding.fresh('open'), union(NUMBERS, NULL_ONLY))

const comparison = (a: SymbolicValue, b: SymbolicValue, holds: (x: Term, y: Term) => Term): SymbolicValue => {
  const numbers = and(a.isNumber, b.isNumber)
  return boolValue(numbers === FALSE ? FALSE : and(numbers, holds(a.number, b.number)))
}

/** The number where every operand is one, else null. */
const numberIf = (isNumber: Term, number: Term): SymbolicValue => choose(isNumber, numberValue(number), nullValue)

const arithmetic = (values: readonly SymbolicValue[], combine: (x: Term, y: Term) => Term): SymbolicValue => {
  const numbers = and(...values.map((value) => value.isNumber))
  if (numbers === FALSE || values.length === 0) return nullValue
  return numberIf(numbers, values.map((value) => value.number).reduce(combine))
}

const division = (a: SymbolicValue, b: SymbolicValue, coding: Coding): SymbolicValue => {
  const divisor = numberOf(b.number)
  if (divisor === undefined) return openNumber(coding)
  return divisor.numerator === 0n ? nullValue : arithmetic([a, b], quotient)
}

const parsed = (a: SymbolicValue, coding: Coding): SymbolicValue => {
  if (a.isText === FALSE) return numberIf(a.isNumber, a.number)
  const { parses, number } = coding.parse(a.text)
  return numberIf(or(a.isNumber, and(a.isText, parses)), ite(a.isNumber, a.number, number))
}

const typeTest = (a: SymbolicValue, type: SymbolicValue, coding: Coding): SymbolicValue => {
  const code = numberOf(type.text)
  const name = code === undefined ? undefined : coding.texts[Number(code.numerator)]
  const tags: Readonly<Record<string, Term>> = { bool: a.isBool, number: a.isNumber, text: a.isText, null: a.isNull }
  return boolValue(name === undefined ? bool(false) : (tags[name] ?? FALSE))
}
