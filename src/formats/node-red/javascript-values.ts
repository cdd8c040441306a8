/**
 * JavaScript's operators over values, in the strict operators of the model. `undefined`, `null` and `NaN` are all null; texts are numbers where they are
 * decimal literals (JavaScript also reads `0x10`, and blanks as 0). What has no exact form calls `open`, which says why and stands for any value.
 */
import type { AutomationExpression, ValueType } from '../../model/automation.ts'
import { and, choose, compare, decimalOf, is, not, NOTHING, number, or, same, typesOf, value } from './expressions.ts'

export type Open = (type: ValueType, why: string) => AutomationExpression

/** `a == b`. */
export function looselyEqual(a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  if (a.is === 'value' && b.is !== 'value') return looselyEqual(b, a)
  if (b.is === 'value') return equalsConstant(a, b)
  const [left, right] = [numberOf(a), numberOf(b)]
  const mixed = and(not(and(is(a, 'text'), is(b, 'text'))), not(is(left, 'null')), same(left, right))
  return or(same(a, b), mixed)
}

function equalsConstant(a: AutomationExpression, b: AutomationExpression & { readonly is: 'value' }): AutomationExpression {
  const constant = b.value
  if (constant === null) return same(a, b)
  const spelled = typeof constant === 'boolean' ? Number(constant) : constant === '' ? 0 : decimalOf(constant)
  const types = typesOf(a)
  const cases: AutomationExpression[] = []
  if (typeof constant === 'string') {
    cases.push(same(a, b))
    // Two texts are compared as texts: only a number or a boolean is compared with the number that the text spells.
    if (spelled !== null) cases.push(same(a, value(spelled)))
  } else {
    if (spelled !== null) cases.push(types.has('text') ? same(number(a), value(spelled)) : same(a, value(spelled)))
    if (spelled === 0) cases.push(same(a, value('')))
  }
  if (spelled === 1) cases.push(same(a, value(true)))
  if (spelled === 0) cases.push(same(a, value(false)))
  return or(...cases)
}

/** `a < b` and its kin. */
export function ordered(
  operator: '<' | '<=' | '>' | '>=',
  a: AutomationExpression,
  b: AutomationExpression,
  open: Open,
): AutomationExpression {
  const byNumber = compare(operator, numberOf(a), numberOf(b))
  const [left, right] = [typesOf(a), typesOf(b)]
  if (a.is === 'value' && b.is === 'value' && typeof a.value === 'string' && typeof b.value === 'string') {
    const [one, other] = [a.value, b.value]
    return value(operator === '<' ? one < other : operator === '<=' ? one <= other : operator === '>' ? one > other : one >= other)
  }
  if (!left.has('text') || !right.has('text')) return byNumber
  return choose(and(is(a, 'text'), is(b, 'text')), open({ is: 'bool' }, 'texts are compared by their letters'), byNumber)
}

/** What arithmetic takes a value for. */
export function numberOf(part: AutomationExpression): AutomationExpression {
  if (part.is === 'value') return part.value === '' ? value(0) : typeof part.value === 'boolean' ? value(Number(part.value)) : number(part)
  const types = typesOf(part)
  const spelled = number(part)
  const text = types.has('text') ? choose(same(part, value('')), value(0), spelled) : spelled
  return types.has('bool') ? choose(same(part, value(true)), value(1), choose(same(part, value(false)), value(0), text)) : text
}

/** Whether `if (part)` goes in. */
export function truthy(part: AutomationExpression): AutomationExpression {
  if (part.is === 'value') return value(Boolean(part.value))
  const types = typesOf(part)
  if (types.size === 1 && types.has('bool')) return part
  const falsy = [value(false), NOTHING, value(0), value('')].map((constant) => same(part, constant))
  return not(or(...falsy))
}
