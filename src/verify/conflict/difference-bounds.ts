/** Whether a bound on the difference of two numbers follows from a test, or from a type: by arithmetic on the test's own terms. */
import type { AutomationExpression, Behaviour, ThingAttribute } from '../../model/automation.ts'
import type { DifferenceBound } from '../../model/conflict.ts'
import { indexOf } from '../behaviour-index.ts'
import type { Exact } from '../exact.ts'
import { compare, exactFromNumber, exactFromText, minus, plus } from '../exact.ts'
import type { Test } from './rule-ways.ts'

/** `less - more <= limit`, strictly or not. */
interface Limit {
  readonly less: string | undefined
  readonly more: string | undefined
  readonly limit: Exact
  readonly strict: boolean
}

/** Where tests are given the bound must follow from one of them, else from the types of its attributes. */
export function isBoundedBy(behaviour: Behaviour, bound: DifferenceBound, tests: readonly Test[]): boolean {
  const attribute = (name: string): ThingAttribute => indexOf(behaviour).attributes.get(name)!
  const asked = exactFromText(bound.bound)
  if (asked === undefined) return false
  const given =
    bound.from === 'type'
      ? typeLimits([bound.less, bound.more].flatMap((name) => (name === undefined ? [] : [attribute(name)])))
      : tests.flatMap(limitsOf)
  return given.some((one) => {
    if (one.less !== bound.less || one.more !== bound.more) return false
    const names = [one.less, one.more].filter((name) => name !== undefined)
    const whole = names.every((name) => isWhole(attribute(name)))
    const { limit, strict } = whole ? wholeLimit(one) : one
    const order = compare(limit, asked)
    return order < 0 || (order === 0 && (strict || !bound.strict))
  })

  /** A test that something is not less says so of numbers only: what is no number is not less either. */
  function limitsOf({ expression, holds }: Test): readonly Limit[] {
    if (expression.is !== 'apply') return []
    const { operator, arguments: given } = expression
    const [a, b] = given.map(sumOf)
    if (given.length !== 2 || a === undefined || b === undefined) return []
    const names = [...a.names.keys(), ...b.names.keys()]
    const numbers = names.every((name) => isNumeric(attribute(name)))
    if ((!holds || operator === '==') && !numbers) return []
    if (new Set(names).size !== names.length) return []
    const less = (x: Sum, y: Sum, strict: boolean): readonly Limit[] => {
      const factors = [...x.names, ...[...y.names].map(([name, factor]) => [name, -factor] as const)]
      const [up, down] = [factors.filter(([, factor]) => factor === 1), factors.filter(([, factor]) => factor === -1)]
      if (up.length + down.length !== factors.length || up.length > 1 || down.length > 1) return []
      return [{ less: up[0]?.[0], more: down[0]?.[0], limit: minus(y.constant, x.constant), strict }]
    }
    switch (operator) {
      case '<':
        return holds ? less(a, b, true) : less(b, a, false)
      case '<=':
        return holds ? less(a, b, false) : less(b, a, true)
      case '>':
        return holds ? less(b, a, true) : less(a, b, false)
      case '>=':
        return holds ? less(b, a, false) : less(a, b, true)
      case '==':
      case '!=':
        return holds === (operator === '==') ? [...less(a, b, false), ...less(b, a, false)] : []
      default:
        return []
    }
  }
}

const isNumeric = ({ type, initial = [] }: ThingAttribute): boolean =>
  type.is === 'number' && initial.every((value) => typeof value === 'number')

const isWhole = (attribute: ThingAttribute): boolean =>
  isNumeric(attribute) && attribute.type.is === 'number' && attribute.type.integer && (attribute.initial ?? []).every(Number.isInteger)

/** The largest whole number that keeps to the limit. */
function wholeLimit({ limit, strict }: Limit): Pick<Limit, 'limit' | 'strict'> {
  const rounded = limit.num / limit.den
  const floor = limit.num < 0n && rounded * limit.den !== limit.num ? rounded - 1n : rounded
  const below = strict && floor * limit.den === limit.num
  return { limit: { num: below ? floor - 1n : floor, den: 1n }, strict: false }
}

function typeLimits(attributes: readonly ThingAttribute[]): readonly Limit[] {
  return attributes.flatMap((attribute) => {
    const { id, type, initial = [] } = attribute
    if (type.is !== 'number' || !isNumeric(attribute)) return []
    const numbers = initial.filter((value) => typeof value === 'number')
    const { low, high } = type
    return [
      ...(high === undefined || numbers.some((value) => value > high)
        ? []
        : [{ less: id, more: undefined, limit: exactFromNumber(high), strict: false }]),
      ...(low === undefined || numbers.some((value) => value < low)
        ? []
        : [{ less: undefined, more: id, limit: minus(exactFromNumber(0), exactFromNumber(low)), strict: false }]),
    ]
  })
}

interface Sum {
  readonly names: ReadonlyMap<string, number>
  readonly constant: Exact
}

/** Sums and differences of reads and numbers, each attribute once. */
function sumOf(expression: AutomationExpression): Sum | undefined {
  if (expression.is === 'value')
    return typeof expression.value === 'number' ? { names: new Map(), constant: exactFromNumber(expression.value) } : undefined
  if (expression.is === 'read') return { names: new Map([[expression.attribute, 1]]), constant: exactFromNumber(0) }
  if (expression.is !== 'apply' || (expression.operator !== '+' && expression.operator !== '-') || expression.arguments.length < 2)
    return undefined
  const sums = expression.arguments.map(sumOf)
  return sums.reduce((total, next, at) => {
    if (total === undefined || next === undefined || at === 0) return total
    const sign = expression.operator === '+' ? 1 : -1
    if ([...next.names.keys()].some((name) => total.names.has(name))) return undefined
    return {
      names: new Map([...total.names, ...[...next.names].map(([name, factor]) => [name, sign * factor] as const)]),
      constant: sign === 1 ? plus(total.constant, next.constant) : minus(total.constant, next.constant),
    }
  })
}
