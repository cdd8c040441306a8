/** Conditions over fixed attributes as formulas over dimensions: comparisons with constants, differences of two numbers, equality; all else is unknown. */
import {
  isTextOperator,
  type AutomationExpression,
  type AutomationOperator,
  type ThingAttribute,
  type Value,
} from '../../model/automation.ts'
import { decimalOf, negated, sum, ZERO, type Decimal } from './decimal.ts'

/** `number`: the number that stands there; `parsed`: the number that its text tells; `symbol`: which of the values named it is. */
export interface Dimension {
  readonly attribute: string
  readonly view: 'symbol' | 'number' | 'parsed'
  /** It may hold something that is no number. */
  readonly nullable: boolean
  readonly integer: boolean
  readonly low?: number
  readonly high?: number
}

/** `x - y <= bound` (or `<`) holds of two numbers; -1 stands for zero. */
export interface Less {
  readonly is: 'less'
  readonly x: number
  readonly y: number
  readonly bound: Decimal
  readonly strict: boolean
}

export type Formula =
  | { readonly is: 'constant'; readonly value: boolean }
  | { readonly is: 'unknown' }
  | { readonly is: 'all' | 'any'; readonly of: readonly Formula[] }
  | { readonly is: 'equal'; readonly dimension: number; readonly value: Value; readonly holds: boolean }
  | { readonly is: 'numeric'; readonly dimension: number; readonly holds: boolean }
  | Less

export const YES: Formula = { is: 'constant', value: true }
export const NO: Formula = { is: 'constant', value: false }
const UNKNOWN: Formula = { is: 'unknown' }

/** Finds the dimension, and makes it at the first call. */
export interface Space {
  readonly dimensions: readonly Dimension[]
  /** Absent: the attribute is not fixed. */
  readonly attribute: (id: string) => ThingAttribute | undefined
  readonly dimension: (attribute: ThingAttribute, view: Dimension['view']) => number
}

export const createSpace = (attribute: Space['attribute']): Space => {
  const dimensions: Dimension[] = []
  const known = new Map<string, number>()
  return {
    dimensions,
    attribute,
    dimension: (thing, view) => {
      const key = `${view} ${thing.id}`
      const before = known.get(key)
      if (before !== undefined) return before
      known.set(key, dimensions.length)
      dimensions.push(dimensionOf(thing, view))
      return dimensions.length - 1
    },
  }
}

const onlyNumbers = ({ type, initial = [] }: ThingAttribute): boolean => type.is === 'number' && initial.every((v) => typeof v === 'number')

const dimensionOf = (attribute: ThingAttribute, view: Dimension['view']): Dimension => {
  const base = { attribute: attribute.id, view, nullable: view !== 'symbol' && !onlyNumbers(attribute), integer: false }
  const { type, initial = [] } = attribute
  if (view === 'symbol' || type.is !== 'number' || base.nullable) return base
  const numbers = initial.filter((value) => typeof value === 'number')
  const { low, high } = type
  const integer = type.integer && numbers.every(Number.isInteger)
  return {
    ...base,
    integer,
    ...(low !== undefined && numbers.every((value) => value >= low) ? { low: integer ? Math.ceil(low) : low } : {}),
    ...(high !== undefined && numbers.every((value) => value <= high) ? { high: integer ? Math.floor(high) : high } : {}),
  }
}

const all = (of: readonly Formula[]): Formula => joined('all', of)
const some = (of: readonly Formula[]): Formula => joined('any', of)

const joined = (is: 'all' | 'any', of: readonly Formula[]): Formula => {
  const end = is === 'any'
  const left = of.filter((one) => one.is !== 'constant' || one.value === end)
  if (left.some((one) => one.is === 'constant')) return end ? YES : NO
  return left.length === 0 ? (end ? NO : YES) : left.length === 1 ? left[0]! : { is, of: left }
}

/** Holds exactly where the formula does not; what is unknown stays unknown. */
const opposite = (formula: Formula, space: Space): Formula => {
  switch (formula.is) {
    case 'constant':
      return formula.value ? NO : YES
    case 'unknown':
      return formula
    case 'all':
    case 'any': {
      const parts = formula.of.map((part) => opposite(part, space))
      return formula.is === 'all' ? some(parts) : all(parts)
    }
    case 'equal':
    case 'numeric':
      return { ...formula, holds: !formula.holds }
    case 'less': {
      const { x, y, bound, strict } = formula
      const none = [x, y].flatMap((dimension): readonly Formula[] =>
        dimension >= 0 && space.dimensions[dimension]!.nullable ? [{ is: 'numeric', dimension, holds: false }] : [],
      )
      return some([...none, { is: 'less', x: y, y: x, bound: negated(bound), strict: !strict }])
    }
  }
}

/** Where the condition holds (`truth`), or is not true. It is implied, and equivalent where nothing in it is unknown. */
export const formulaOf = (condition: AutomationExpression, truth: boolean, space: Space): Formula => {
  const formula = whereTrue(condition, space)
  return truth ? formula : opposite(formula, space)
}

const whereTrue = (expression: AutomationExpression, space: Space): Formula => {
  switch (expression.is) {
    case 'value':
      return expression.value === true ? YES : NO
    case 'read':
      return equals(expression, true, space)
    case 'local':
    case 'any':
      return UNKNOWN
    case 'apply':
      return applied(expression.operator, expression.arguments, space)
  }
}

const applied = (operator: AutomationOperator, given: readonly AutomationExpression[], space: Space): Formula => {
  const [a, b, c] = given
  const not = (formula: Formula): Formula => opposite(formula, space)
  if (isTextOperator(operator)) return UNKNOWN
  switch (operator) {
    case 'and':
      return all(given.map((part) => whereTrue(part, space)))
    case 'or':
      return some(given.map((part) => whereTrue(part, space)))
    case 'not':
      return a === undefined ? YES : not(whereTrue(a, space))
    case 'if': {
      const [condition, yes, no] = [a, b, c].map((part) => (part === undefined ? NO : whereTrue(part, space))) as [
        Formula,
        Formula,
        Formula,
      ]
      return some([all([condition, yes]), all([not(condition), no])])
    }
    case '==':
      return a === undefined || b === undefined ? UNKNOWN : equality(a, b, space)
    case '!=':
      return a === undefined || b === undefined ? UNKNOWN : not(equality(a, b, space))
    case '<':
    case '<=':
      return compared(a, b, operator === '<', space)
    case '>':
    case '>=':
      return compared(b, a, operator === '>', space)
    case 'is':
      return typed(a, b, space)
    default:
      return UNKNOWN
  }
}

const TRUTHS: readonly AutomationOperator[] = ['and', 'or', 'not', '==', '!=', '<', '<=', '>', '>=', 'is']
const yieldsTruth = (expression: AutomationExpression): boolean => expression.is === 'apply' && TRUTHS.includes(expression.operator)

const typed = (a: AutomationExpression | undefined, b: AutomationExpression | undefined, space: Space): Formula => {
  if (a?.is !== 'read' || b?.is !== 'value' || b.value !== 'number') return UNKNOWN
  const attribute = space.attribute(a.attribute)
  if (attribute === undefined) return UNKNOWN
  const dimension = space.dimension(attribute, 'number')
  return space.dimensions[dimension]!.nullable ? { is: 'numeric', dimension, holds: true } : YES
}

const equality = (a: AutomationExpression, b: AutomationExpression, space: Space): Formula => {
  if (a.is === 'value' && b.is === 'value') return a.value === b.value ? YES : NO
  if (a.is === 'value') return equality(b, a, space)
  if (b.is === 'value') {
    if (a.is === 'read') return equals(a, b.value, space)
    if (yieldsTruth(a)) return typeof b.value !== 'boolean' ? NO : b.value ? whereTrue(a, space) : opposite(whereTrue(a, space), space)
    if (typeof b.value !== 'number') return UNKNOWN
  }
  const [x, y] = [linear(a, space), linear(b, space)]
  // Two values that are no numbers may be equal, too.
  if (
    x === undefined ||
    y === undefined ||
    (b.is !== 'value' && [...x.of.keys(), ...y.of.keys()].some((one) => space.dimensions[one]!.nullable))
  )
    return UNKNOWN
  return all([less(x, y, false), less(y, x, false)])
}

const equals = (a: Extract<AutomationExpression, { is: 'read' }>, value: Value, space: Space): Formula => {
  const attribute = space.attribute(a.attribute)
  if (attribute === undefined) return UNKNOWN
  if (!onlyNumbers(attribute)) return { is: 'equal', dimension: space.dimension(attribute, 'symbol'), value, holds: true }
  if (typeof value !== 'number') return NO
  const x: Linear = { of: new Map([[space.dimension(attribute, 'number'), 1]]), plus: ZERO }
  const y: Linear = { of: new Map(), plus: decimalOf(value) }
  return all([less(x, y, false), less(y, x, false)])
}

/** A sum of dimensions, each with a factor that is not 0. */
interface Linear {
  readonly of: ReadonlyMap<number, number>
  readonly plus: Decimal
}

const compared = (a: AutomationExpression | undefined, b: AutomationExpression | undefined, strict: boolean, space: Space): Formula => {
  if (a === undefined || b === undefined) return UNKNOWN
  const [x, y] = [linear(a, space), linear(b, space)]
  return x === undefined || y === undefined ? UNKNOWN : less(x, y, strict)
}

/** Where a is less than b, or equal. */
const less = (a: Linear, b: Linear, strict: boolean): Formula => {
  const { of, plus } = added(a, b, -1)
  // What cancels out must still be a number.
  if (new Set([...a.of.keys(), ...b.of.keys()]).size !== of.size) return UNKNOWN
  const bound = negated(plus)
  const entries = [...of]
  const [x, y] = [entries.find(([, factor]) => factor === 1)?.[0] ?? -1, entries.find(([, factor]) => factor === -1)?.[0] ?? -1]
  if (entries.length === 0) return bound.digits > 0n || (bound.digits === 0n && !strict) ? YES : NO
  return entries.length === Number(x >= 0) + Number(y >= 0) ? { is: 'less', x, y, bound, strict } : UNKNOWN
}

const added = (a: Linear, b: Linear, sign: 1 | -1): Linear => {
  const of = new Map(a.of)
  for (const [dimension, factor] of b.of) {
    const total = (of.get(dimension) ?? 0) + sign * factor
    if (total === 0) of.delete(dimension)
    else of.set(dimension, total)
  }
  return { of, plus: sum(a.plus, sign === 1 ? b.plus : negated(b.plus)) }
}

const linear = (expression: AutomationExpression, space: Space): Linear | undefined => {
  if (expression.is === 'value')
    return typeof expression.value === 'number' ? { of: new Map(), plus: decimalOf(expression.value) } : undefined
  if (expression.is === 'read') return single(expression.attribute, 'number', space)
  if (expression.is !== 'apply') return undefined
  const [first, ...rest] = expression.arguments
  if (first === undefined) return undefined
  if (expression.operator === 'number') return first.is === 'read' ? single(first.attribute, 'parsed', space) : undefined
  if ((expression.operator !== '+' && expression.operator !== '-') || rest.length === 0) return undefined
  let total = linear(first, space)
  for (const part of rest) {
    const next = linear(part, space)
    if (total === undefined || next === undefined) return undefined
    const before = total
    total = added(before, next, expression.operator === '+' ? 1 : -1)
    if (total.of.size < new Set([...before.of.keys(), ...next.of.keys()]).size) return undefined
  }
  return total
}

const single = (id: string, view: 'number' | 'parsed', space: Space): Linear | undefined => {
  const attribute = space.attribute(id)
  if (attribute === undefined) return undefined
  const seen = onlyNumbers(attribute) ? 'number' : view
  return { of: new Map([[space.dimension(attribute, seen), 1]]), plus: ZERO }
}
