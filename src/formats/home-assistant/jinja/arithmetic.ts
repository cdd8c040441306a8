/** `+ - * / // % **` and `~` of Python on values of Jinja. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, apply, FALSE, not, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { asNumber } from './compare.ts'
import { isTextual, printed } from './printing.ts'
import { differenceOf, minus, type Moment, momentOf, plus, stampOf } from './moments.ts'
import { floored, remainder, times } from './numbers.ts'
import { mayBeTree, partOf, spelledOutside } from './outside.ts'
import { fail, type Run } from './run.ts'
import type { ArithmeticOperator } from './syntax.ts'
import { constant, constantOf, gathered, has, isA, type Jinja, NONE, numberValue, only, type Scalar, textOf, unknown } from './values.ts'
import { lifted } from './ways.ts'

export function arithmetic(run: Run, operator: ArithmeticOperator, left: Jinja, right: Jinja): Jinja {
  return lifted(run, [left, right], (a, b) => calculated(run, operator, a, b))
}

/** A list from outside and one that is written here, put together. */
function addedOutside(run: Run, a: Jinja, b: Jinja): Jinja | undefined {
  const [whole, other] = b.is === 'list' ? [a, b] : [b, a]
  if (other.is !== 'list' || !mayBeTree(whole)) return undefined
  const spelled = spelledOutside(run, other)
  return spelled === undefined ? undefined : partOf(run, whole, b.is === 'list' ? `[… ${spelled}]` : `[${spelled} …]`)
}

function calculated(run: Run, operator: ArithmeticOperator, a: Jinja, b: Jinja): Jinja {
  if (a.is === 'undefined' || b.is === 'undefined') {
    fail(run, TRUE)
    return NONE
  }
  if (a.is === 'unknown' || b.is === 'unknown') return unknownResult(operator, a, b)
  const timely = ofTime(run, operator, a, b)
  if (timely !== undefined) return timely
  if (operator === '+' && a.is === 'list' && b.is === 'list') return { is: 'list', items: [...a.items, ...b.items] }
  if (operator === '+') {
    const text = added(a, b) ?? addedOutside(run, a, b)
    if (text !== undefined) return text
  }
  if (operator === '%' && (a.is === 'joined' || textOf(a) !== undefined)) return unknown('formats a text', { is: 'text' })
  if (operator === '*' && textOf(a) !== undefined && typeof constantOf(b) === 'number')
    return constant(textOf(a)!.repeat(Math.min(Math.max(Number(constantOf(b)), 0), 100)))
  if (a.is !== 'scalar' || b.is !== 'scalar') {
    const sorts = new Set([a.is, b.is])
    if ([a, b].some((one) => one.is === 'scalar' && only(one, 'null'))) {
      fail(run, TRUE)
      return NONE
    }
    if (sorts.has('moment') || sorts.has('span') || sorts.has('list'))
      return unknown(`\`${operator}\` of values of the sorts ${a.is} and ${b.is}`)
    fail(run, TRUE)
    return NONE
  }
  if (operator === '+' && mayBeText(a) && mayBeText(b)) return addedOpen(run, a, b)
  const [x, y] = [operand(run, a), operand(run, b)]
  const float = a.float || b.float
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return numberValue(times(operator, x, y), float)
    case '/':
      failAtZero(run, y)
      return numberValue(times('/', x, y), true)
    case '//':
      failAtZero(run, y)
      return numberValue(floored(times('/', x, y)), float)
    case '%':
      failAtZero(run, y)
      return numberValue(remainder(x, y), float)
    case '**': {
      const power = constantOf(numberValue(y))
      const base = constantOf(numberValue(x))
      if (typeof power === 'number' && typeof base === 'number') {
        const result = base ** power
        return Number.isFinite(result) ? constant(result, float || power < 0) : unknown('a power that is no number')
      }
      if (power === 0) return constant(1, float)
      if (typeof power === 'number' && Number.isInteger(power) && power > 0 && power <= 4)
        return numberValue(power === 1 ? x : apply('*', ...Array.from({ length: power }, () => x)), float)
      return unknown('a power', { is: 'number', integer: false })
    }
  }
}

/** Two texts are joined, two numbers added; anything else is an error. */
function addedOpen(run: Run, a: Scalar, b: Scalar): Jinja {
  const texts = and(isTextual(a), isTextual(b))
  const [x, y] = [a, b].map((of) => (of.text ? FALSE : or(isA(of, 'number'), isA(of, 'bool'))))
  const numbers = and(x!, y!)
  const neither = not(or(texts, numbers))
  if (!(neither.is === 'value' && neither.value !== true)) fail(run, neither)
  const asTexts = [a, b].map((of): Scalar => (of.text ? of : { ...of, text: true, types: new Set(['text']) }))
  const sum = numbers.is === 'value' ? NONE : numberValue(apply('+', asNumber(a), asNumber(b)), a.float || b.float)
  return gathered([
    { when: texts, value: joined(asTexts) },
    { when: not(texts), value: sum },
  ])
}

const mayBeText = (of: Scalar): boolean => has(of, 'text') || of.text

/** The parts that may be a text are added as texts where both surely are. */
function added(a: Jinja, b: Jinja): Jinja | undefined {
  if (!isText(a) || !isText(b)) return undefined
  const [x, y] = [textOf(a), textOf(b)]
  return x !== undefined && y !== undefined ? constant(x + y) : joined([a, b])
}

export const isText = (of: Jinja): boolean =>
  of.is === 'joined' ||
  of.is === 'changed' ||
  of.is === 'clock' ||
  (of.is === 'scalar' && (of.text ? only(of, 'text', 'number') : only(of, 'text')))

/** A number that is needed here; anything else is an error. */
export function operand(run: Run, of: Scalar): AutomationExpression {
  if (of.text || !(has(of, 'number') || has(of, 'bool'))) {
    fail(run, TRUE)
    return value(0)
  }
  if (!only(of, 'number', 'bool')) fail(run, not(or(isA(of, 'number'), isA(of, 'bool'))))
  return asNumber(of)
}

function failAtZero(run: Run, of: AutomationExpression): void {
  if (of.is === 'value' ? of.value === 0 : true) fail(run, of.is === 'value' ? TRUE : same(of, value(0)))
}

function unknownResult(operator: ArithmeticOperator, a: Jinja, b: Jinja): Jinja {
  const why = a.is === 'unknown' ? a.why : b.is === 'unknown' ? b.why : ''
  if (isText(a) || isText(b)) return unknown(why, { is: 'text' })
  const number = (of: Jinja): boolean =>
    (of.is === 'scalar' && only(of, 'number', 'bool') && !of.text) || (of.is === 'unknown' && of.type.is === 'number')
  if (number(a) && number(b)) return unknown(why, { is: 'number', integer: false })
  return operator === '-' && (a.is === 'moment' || b.is === 'moment') ? unknown(why) : unknown(why)
}

function ofTime(run: Run, operator: ArithmeticOperator, a: Jinja, b: Jinja): Jinja | undefined {
  const factor = (of: Jinja): AutomationExpression | undefined =>
    of.is === 'scalar' && !of.text && only(of, 'number', 'bool') ? asNumber(of) : undefined
  if (a.is === 'span' || b.is === 'span') {
    if (a.is === 'span' && b.is === 'span') {
      if (operator === '+' || operator === '-') return { is: 'span', seconds: times(operator, a.seconds, b.seconds) }
      return operator === '/' ? numberValue(times('/', a.seconds, b.seconds), true) : undefined
    }
    if (a.is === 'moment' && b.is === 'span' && !a.stamp && (operator === '+' || operator === '-'))
      return { ...a, offset: times(operator, a.offset, b.seconds) }
    if (a.is === 'span' && b.is === 'moment' && !b.stamp && operator === '+') return { ...b, offset: plus(a.seconds, b.offset) }
    const [x, y] = [factor(a), factor(b)]
    if (a.is === 'span' && y !== undefined && (operator === '*' || operator === '/'))
      return { is: 'span', seconds: times(operator, a.seconds, y) }
    if (b.is === 'span' && x !== undefined && operator === '*') return { is: 'span', seconds: times('*', x, b.seconds) }
    return undefined
  }
  if (a.is !== 'moment' && b.is !== 'moment') return undefined
  const [x, y] = [momentOf(a), momentOf(b)]
  if (operator === '-' && x !== undefined && y !== undefined && x.stamp === y.stamp) {
    // A number less than any moment is a span of seconds: stamps minus small constants stay stamps.
    if (a.is === 'moment' && b.is !== 'moment') return { ...a, offset: minus(a.offset, y.offset) }
    const difference = differenceOf(run, x, y)
    if (difference === undefined)
      return unknown('the difference of two moments', x.stamp ? { is: 'number', integer: false } : { is: 'any' })
    return x.stamp ? numberValue(difference, true) : { is: 'span', seconds: difference }
  }
  if (operator === '+' && a.is === 'moment' && a.stamp && factor(b) !== undefined) return { ...a, offset: plus(a.offset, factor(b)!) }
  if (operator === '+' && b.is === 'moment' && b.stamp && factor(a) !== undefined) return { ...b, offset: plus(factor(a)!, b.offset) }
  if (!scaled(a, b)) return undefined
  const [left, right] = [plainStamp(run, a), plainStamp(run, b)]
  return left === undefined || right === undefined
    ? unknown('calculates with the time since 1970', { is: 'number', integer: false })
    : calculated(run, operator, left, right)
}

/** A moment as its plain number. */
function plainStamp(run: Run, of: Jinja): Jinja | undefined {
  if (of.is !== 'moment') return of
  const stamp = of.stamp ? stampOf(run, of) : undefined
  return stamp === undefined ? undefined : numberValue(stamp, true)
}

const scaled = (a: Jinja, b: Jinja): boolean =>
  ((a as Moment).stamp || (b as Moment).stamp) && (a.is === 'scalar' || b.is === 'scalar' || a.is === b.is)

/** One text of several parts. */
export function joined(parts: readonly Jinja[]): Jinja {
  const flat = parts.flatMap((part): readonly Jinja[] => (part.is === 'joined' ? part.parts : [part]))
  const kept = flat.filter((part) => textOf(part) !== '')
  const merged: Jinja[] = []
  for (const part of kept) {
    const text = kept.length === 1 ? textOf(part) : printedConstant(part)
    const last = merged.at(-1)
    const before = last === undefined ? undefined : printedConstant(last)
    if (text !== undefined && before !== undefined) merged[merged.length - 1] = constant(before + text)
    else merged.push(part)
  }
  if (merged.length === 0) return constant('')
  const [one] = merged
  return merged.length === 1 && one !== undefined && isText(one) ? one : { is: 'joined', parts: merged }
}

function printedConstant(of: Jinja): string | undefined {
  const known = constantOf(of)
  return known === undefined || of.is !== 'scalar' ? undefined : printed(known, of.float)
}
