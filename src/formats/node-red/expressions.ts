/** Builders of expressions that fold constants, and what types an expression can have. */
import { isTextOperator, textResults } from '../../model/automation.ts'
import type { AutomationExpression, AutomationOperator, Value, ValueType } from '../../model/automation.ts'

export type TypeName = 'null' | 'bool' | 'number' | 'text'
export type Types = ReadonlySet<TypeName>

export const value = (constant: Value): AutomationExpression => ({ is: 'value', value: constant })
export const local = (name: string): AutomationExpression => ({ is: 'local', name })
export const read = (attribute: string): AutomationExpression => ({ is: 'read', attribute })
export const TRUE = value(true)
export const FALSE = value(false)
export const NOTHING = value(null)

const allTypes: Types = new Set<TypeName>(['null', 'bool', 'number', 'text'])
const truth: Types = new Set<TypeName>(['bool'])
const numeric: Types = new Set<TypeName>(['number', 'null'])
const resultTypes = {
  bool: truth,
  text: new Set<TypeName>(['text']),
  'text or null': new Set<TypeName>(['text', 'null']),
  'number or null': numeric,
} as const

export const typeName = (constant: Value): TypeName => {
  if (constant === null) return 'null'
  if (typeof constant === 'boolean') return 'bool'
  return typeof constant === 'number' ? 'number' : 'text'
}

/** A superset of the types that the expression can have. */
export function typesOf(expression: AutomationExpression): Types {
  switch (expression.is) {
    case 'value':
      return new Set([typeName(expression.value)])
    case 'read':
    case 'local':
      return allTypes
    case 'any':
      return ofType(expression.type)
    case 'apply':
      if (isTextOperator(expression.operator)) return resultTypes[textResults[expression.operator]]
      switch (expression.operator) {
        case 'and':
        case 'or':
        case 'not':
        case '==':
        case '!=':
        case '<':
        case '<=':
        case '>':
        case '>=':
        case 'is':
          return truth
        case 'if':
          return new Set([...typesOf(expression.arguments[1]!), ...typesOf(expression.arguments[2]!)])
        case '+':
        case '-':
        case '*':
        case '/':
        case 'mod':
        case 'min':
        case 'max':
        case 'number':
          return numeric
      }
  }
}

function ofType(type: ValueType): Types {
  switch (type.is) {
    case 'bool':
      return truth
    case 'enum':
    case 'text':
      return new Set<TypeName>(['text'])
    case 'number':
      return new Set<TypeName>(['number'])
    case 'any':
      return allTypes
  }
}

export function apply(operator: AutomationOperator, ...parts: readonly AutomationExpression[]): AutomationExpression {
  return { is: 'apply', operator, arguments: parts }
}

const constantOf = (expression: AutomationExpression): Value | undefined => (expression.is === 'value' ? expression.value : undefined)

export function and(...parts: readonly AutomationExpression[]): AutomationExpression {
  const open = parts.filter((part) => constantOf(part) !== true)
  if (open.some((part) => part.is === 'value')) return FALSE
  return open.length === 0 ? TRUE : open.length === 1 && isTruth(open[0]!) ? open[0]! : apply('and', ...open)
}

export function or(...parts: readonly AutomationExpression[]): AutomationExpression {
  if (parts.some((part) => constantOf(part) === true)) return TRUE
  const open = parts.filter((part) => part.is !== 'value')
  return open.length === 0 ? FALSE : open.length === 1 && isTruth(open[0]!) ? open[0]! : apply('or', ...open)
}

export function not(part: AutomationExpression): AutomationExpression {
  if (part.is === 'value') return value(part.value !== true)
  if (part.is === 'apply' && part.operator === 'not' && isTruth(part.arguments[0]!)) return part.arguments[0]!
  return apply('not', part)
}

const isTruth = (part: AutomationExpression): boolean => [...typesOf(part)].every((type) => type === 'bool')

export function same(a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  if (a.is === 'value' && b.is === 'value') return value(a.value === b.value)
  const types = typesOf(a)
  return [...typesOf(b)].some((type) => types.has(type)) ? apply('==', a, b) : FALSE
}

export function is(part: AutomationExpression, name: TypeName): AutomationExpression {
  const types = typesOf(part)
  if (!types.has(name)) return FALSE
  return types.size === 1 ? TRUE : apply('is', part, value(name))
}

export function choose(condition: AutomationExpression, then: AutomationExpression, otherwise: AutomationExpression): AutomationExpression {
  if (condition.is === 'value') return condition.value === true ? then : otherwise
  return sameExpression(then, otherwise) ? then : apply('if', condition, then, otherwise)
}

/** The number that a value is or that a text spells, else null; a constant where it is known. */
export function number(part: AutomationExpression): AutomationExpression {
  if (part.is === 'value') return value(decimalOf(part.value))
  return [...typesOf(part)].every((type) => numeric.has(type)) ? part : apply('number', part)
}

/** What the operator `number` makes of a constant: only decimal literals are numbers. */
export function decimalOf(constant: Value): number | null {
  if (typeof constant === 'number') return constant
  if (typeof constant !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?\s*$/i.test(constant)) return null
  const parsed = Number(constant)
  return Number.isFinite(parsed) ? parsed : null
}

export function compare(operator: '<' | '<=' | '>' | '>=', a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  if (a.is !== 'value' || b.is !== 'value') return apply(operator, a, b)
  if (typeof a.value !== 'number' || typeof b.value !== 'number') return FALSE
  switch (operator) {
    case '<':
      return value(a.value < b.value)
    case '<=':
      return value(a.value <= b.value)
    case '>':
      return value(a.value > b.value)
    case '>=':
      return value(a.value >= b.value)
  }
}

/** Equal trees; two open values are never the same, each is chosen by itself. */
export function sameExpression(a: AutomationExpression, b: AutomationExpression): boolean {
  if (a === b) return true
  switch (a.is) {
    case 'value':
      return b.is === 'value' && a.value === b.value
    case 'read':
      return b.is === 'read' && a.attribute === b.attribute
    case 'local':
      return b.is === 'local' && a.name === b.name
    case 'any':
      return false
    case 'apply':
      return (
        b.is === 'apply' &&
        a.operator === b.operator &&
        a.arguments.length === b.arguments.length &&
        a.arguments.every((part, index) => sameExpression(part, b.arguments[index]!))
      )
  }
}

/** Whether some part of the expression may be anything. */
export function holdsOpen(expression: AutomationExpression): boolean {
  return expression.is === 'any' || (expression.is === 'apply' && expression.arguments.some(holdsOpen))
}

export function sizeOf(expression: AutomationExpression): number {
  return expression.is === 'apply' ? expression.arguments.reduce((sum, part) => sum + sizeOf(part), 1) : 1
}

/** The expression with its leaves replaced. */
export function mapLeaves(
  expression: AutomationExpression,
  leaf: (part: AutomationExpression) => AutomationExpression,
): AutomationExpression {
  // INVARIANT: parts that are shared stay shared.
  const known = new Map<AutomationExpression, AutomationExpression>()
  const map = (one: AutomationExpression): AutomationExpression => {
    const before = known.get(one)
    if (before !== undefined) return before
    const made = one.is === 'apply' ? { ...one, arguments: one.arguments.map(map) } : leaf(one)
    known.set(one, made)
    return made
  }
  return map(expression)
}
