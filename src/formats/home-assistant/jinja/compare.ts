/** Equality, order and containment of values of Jinja, as truths. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, apply, choose, compare, decimalOf, FALSE, not, number, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { clockText, differenceOf, momentOfText } from './moments.ts'
import { isTextual, printed, textExpr } from './printing.ts'
import { fail, open, type Run, under } from './run.ts'
import { constantOf, has, isA, type Item, type Jinja, only, preimages, type Scalar, split, textOf, waysOf } from './values.ts'

/** Combines the ways of two values. */
export function eachWay(run: Run, a: Jinja, b: Jinja, what: (a: Jinja, b: Jinja) => AutomationExpression): AutomationExpression {
  if (a.is !== 'choice' && b.is !== 'choice') return what(a, b)
  return or(
    ...waysOf(a).flatMap((left) =>
      waysOf(b).map((right) => {
        const when = and(left.when, right.when)
        return when.is === 'value' && when.value !== true
          ? FALSE
          : and(
              when,
              under(run, when, () => what(left.value, right.value)),
            )
      }),
    ),
  )
}

export function equal(run: Run, left: Jinja, right: Jinja): AutomationExpression {
  return eachWay(run, left, right, (a, b) => equalWays(run, a, b))
}

function equalWays(run: Run, a: Jinja, b: Jinja): AutomationExpression {
  if (a.is === 'unknown' || b.is === 'unknown')
    return open(run, { is: 'bool' }, a.is === 'unknown' ? a.why : b.is === 'unknown' ? b.why : '')
  if (a.is === 'scalar' && b.is === 'scalar') return equalScalars(a, b)
  if (a.is === 'undefined' || b.is === 'undefined') return a.is === b.is ? TRUE : FALSE
  if (a.is === 'moment' && b.is === 'moment') {
    const difference = differenceOf(run, a, b)
    return difference === undefined ? open(run, { is: 'bool' }, 'compares moments') : same(difference, value(0))
  }
  if (a.is === 'moment' && a.stamp && b.is === 'scalar') return equalWays(run, a, momentOfStamp(b))
  if (b.is === 'moment' && b.stamp && a.is === 'scalar') return equalWays(run, b, momentOfStamp(a))
  if (a.is === 'span' && b.is === 'span') return same(a.seconds, b.seconds)
  if (a.is === 'list' && b.is === 'list') return equalLists(run, a, b)
  if (a.is === 'mapping' && b.is === 'mapping' && a.entries.size === 0 && b.entries.size === 0 && (a.open ?? b.open) === undefined)
    return TRUE
  const texts = textEquality(a, b) ?? textEquality(b, a)
  if (texts !== undefined) return texts
  const textual = (of: Jinja): boolean =>
    of.is === 'changed' || of.is === 'joined' || of.is === 'clock' || (of.is === 'scalar' && (of.text || has(of, 'text')))
  if (textual(a) && textual(b)) {
    const [x, y] = [textExpr(run, a), textExpr(run, b)]
    const texts = [a, b].map((of) => (of.is === 'scalar' ? isTextual(of) : TRUE))
    return x === undefined || y === undefined ? open(run, { is: 'bool' }, 'compares computed texts') : and(...texts, same(x, y))
  }
  if (a.is === b.is)
    return a.is === 'state' && b.is === 'state' && a.entity === b.entity
      ? TRUE
      : open(run, { is: 'bool' }, `compares values of the sort ${a.is}`)
  return FALSE
}

const momentOfStamp = (of: Scalar): Jinja => ({ is: 'moment', base: 'epoch', offset: of.of, stamp: true })

/** A computed text against a constant one. */
function textEquality(a: Jinja, b: Jinja): AutomationExpression | undefined {
  if (a.is === 'clock' && b.is === 'clock' && a.format === b.format) return same(a.seconds, b.seconds)
  const text = textOf(b)
  if (text === undefined)
    return b.is === 'scalar' && !has(b, 'text') && !b.text && (a.is === 'changed' || a.is === 'joined' || a.is === 'clock')
      ? FALSE
      : undefined
  if (a.is === 'clock') return clockEquals(a, text)
  if (a.is === 'changed') {
    const back = preimages(a, text)
    if (back === undefined || (!back.sure && a.of.values === undefined)) return undefined
    return or(...back.texts.map((one) => equalScalars(a.of, scalarText(one))))
  }
  return a.is === 'joined' ? joinedEquals(a.parts, text) : undefined
}

const scalarText = (text: string): Scalar => ({
  is: 'scalar',
  of: value(text),
  types: new Set(['text']),
  text: true,
  float: false,
  values: [text],
})

function clockEquals(clock: Extract<Jinja, { readonly is: 'clock' }>, text: string): AutomationExpression {
  const unit = clock.format === 'minutes' ? 60 : 1
  const at = firstNotBefore(clock.format, text)
  return at * unit < 86400 && clockText(at * unit, clock.format) === text ? same(clock.seconds, value(at)) : FALSE
}

/** How many of the times of day, written in the format, come before the text in the order of texts. */
function firstNotBefore(format: 'minutes' | 'seconds', text: string): number {
  const unit = format === 'minutes' ? 60 : 1
  let [low, high] = [0, 86400 / unit]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (clockText(middle * unit, format) < text) low = middle + 1
    else high = middle
  }
  return low
}

/** `a<x>c` equals a text where the middle does. */
function joinedEquals(parts: readonly Jinja[], text: string): AutomationExpression | undefined {
  const open = parts.filter((part) => constantOf(part) === undefined)
  const index = parts.findIndex((part) => constantOf(part) === undefined)
  const before = parts
    .slice(0, index)
    .map((part) => printed(constantOf(part)!))
    .join('')
  if (!text.startsWith(before)) return FALSE
  const [part] = open
  if (open.length !== 1 || part === undefined) return undefined
  const after = parts
    .slice(index + 1)
    .map((one) => printed(constantOf(one)!))
    .join('')
  if (!text.endsWith(after) || text.length < before.length + after.length) return FALSE
  const middle = text.slice(before.length, text.length - after.length)
  if (part.is !== 'scalar') return undefined
  return printsAs(part, middle)
}

/** Where a plain value prints as the text. */
export function printsAs(of: Scalar, text: string): AutomationExpression {
  const parts: AutomationExpression[] = []
  if (has(of, 'text')) parts.push(same(of.of, value(text)))
  if (has(of, 'number')) {
    const known = decimalOf(text)
    if (known !== null && String(known) === text.replace(/\.0$/, '')) parts.push(same(of.of, value(known)))
  }
  if (has(of, 'bool') && text === 'True') parts.push(same(of.of, value(true)))
  if (has(of, 'bool') && text === 'False') parts.push(same(of.of, value(false)))
  if (has(of, 'null') && text === 'None') parts.push(same(of.of, value(null)))
  return or(...parts)
}

function equalScalars(a: Scalar, b: Scalar): AutomationExpression {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined)
    return value(
      typeof x === typeof y
        ? x === y
        : Number(x) === Number(y) && typeof x !== 'string' && typeof y !== 'string' && x !== null && y !== null,
    )
  if (typeof x === 'string') return spelledEquals(b, x)
  if (typeof y === 'string') return spelledEquals(a, y)
  const parts: AutomationExpression[] = []
  const numbersMeet = has(a, 'number') && has(b, 'number') && a.text === b.text
  const plainly = [...a.types].some((type) => b.types.has(type) && (type !== 'number' || numbersMeet))
  if (plainly) {
    const both = same(a.of, b.of)
    parts.push(has(a, 'number') && has(b, 'number') && !numbersMeet ? and(not(apply('is', a.of, value('number'))), both) : both)
  }
  // 1 is True and 0 is False in Python.
  for (const [truths, numbers] of [
    [a, b],
    [b, a],
  ] as const)
    if (has(truths, 'bool') && has(numbers, 'number') && !numbers.text)
      parts.push(or(and(same(truths.of, TRUE), same(numbers.of, value(1))), and(same(truths.of, FALSE), same(numbers.of, value(0)))))
  // A text that spells the number.
  for (const [spelling, text] of [
    [a, b],
    [b, a],
  ] as const)
    if (has(spelling, 'number') && spelling.text && has(text, 'text'))
      parts.push(and(isA(spelling, 'number'), isA(text, 'text'), same(number(text.of), spelling.of)))
  return or(...parts)
}

/** A plain value equals a constant text. */
function spelledEquals(of: Scalar, text: string): AutomationExpression {
  const parts: AutomationExpression[] = []
  if (has(of, 'text') && (of.values === undefined || of.values.includes(text))) parts.push(same(of.of, value(text)))
  const spelled = has(of, 'number') && of.text ? decimalOf(text) : null
  if (spelled !== null) parts.push(same(of.of, value(spelled)))
  return or(...parts)
}

function equalLists(
  run: Run,
  a: Extract<Jinja, { readonly is: 'list' }>,
  b: Extract<Jinja, { readonly is: 'list' }>,
): AutomationExpression {
  const fixed = [...a.items, ...b.items].every(({ when }) => when.is === 'value')
  if (a.items.length === 0 || b.items.length === 0) {
    const other = a.items.length === 0 ? b : a
    return not(or(...other.items.map(({ when }) => when)))
  }
  if (!fixed) return open(run, { is: 'bool' }, 'compares lists whose length is open')
  if (a.items.length !== b.items.length) return FALSE
  return and(...a.items.map(({ value: item }, index) => equal(run, item, b.items[index]!.value)))
}

export type OrderOperator = '<' | '<=' | '>' | '>='

export function ordered(run: Run, operator: OrderOperator, left: Jinja, right: Jinja): AutomationExpression {
  return eachWay(run, left, right, (a, b) => orderedWays(run, operator, a, b))
}

const turned: Readonly<Record<OrderOperator, OrderOperator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

function orderedWays(run: Run, operator: OrderOperator, a: Jinja, b: Jinja): AutomationExpression {
  if (a.is === 'scalar' && b.is === 'scalar') return orderedScalars(run, operator, a, b)
  if (a.is === 'span' && b.is === 'span') return compare(operator, a.seconds, b.seconds)
  if (a.is === 'moment' || b.is === 'moment') {
    const [x, y] = [asMoment(a), asMoment(b)]
    const difference = x === undefined || y === undefined ? undefined : differenceOf(run, x, y)
    if (difference !== undefined) return compare(operator, difference, value(0))
    if ([a, b].some((of) => of.is === 'undefined' || (of.is === 'scalar' && only(of, 'null')))) {
      fail(run, TRUE)
      return FALSE
    }
    const one = a.is === 'unknown' ? a.why : b.is === 'unknown' ? b.why : 'compares a moment with something that is none'
    return openOrder(run, one)
  }
  if (a.is === 'clock' || b.is === 'clock') return orderedClocks(run, operator, a, b)
  if (a.is === 'unknown') return openOrder(run, a.why)
  if (b.is === 'unknown') return openOrder(run, b.why)
  if ([a, b].some((one) => one.is === 'undefined' || (one.is === 'scalar' && only(one, 'null')))) {
    fail(run, TRUE)
    return FALSE
  }
  const [x, y] = [textExpr(run, a), textExpr(run, b)]
  return x === undefined || y === undefined ? openOrder(run, 'orders texts or lists') : precedes(operator, x, y)
}

function precedes(operator: OrderOperator, a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  switch (operator) {
    case '<':
      return apply('precedes', a, b)
    case '>':
      return apply('precedes', b, a)
    case '<=':
      return not(apply('precedes', b, a))
    case '>=':
      return not(apply('precedes', a, b))
  }
}

function openOrder(run: Run, why: string): AutomationExpression {
  return open(run, { is: 'bool' }, why)
}

const asMoment = (of: Jinja): Extract<Jinja, { readonly is: 'moment' }> | undefined => {
  if (of.is === 'moment') return of
  if (of.is === 'scalar' && only(of, 'number') && !of.text) return { is: 'moment', base: 'epoch', offset: of.of, stamp: true }
  return undefined
}

function orderedClocks(run: Run, operator: OrderOperator, a: Jinja, b: Jinja): AutomationExpression {
  if (a.is !== 'clock') return orderedClocks(run, turned[operator], b, a)
  if (b.is === 'clock' && a.format === b.format) return compare(operator, a.seconds, b.seconds)
  const text = textOf(b)
  if (text === undefined) {
    const other = momentOfText(run, b)
    if (other === undefined) {
      const [x, y] = [textExpr(run, a), b.is === 'scalar' && b.text ? textExpr(run, b) : undefined]
      if (x !== undefined && y !== undefined) return precedes(operator, x, y)
      return openOrder(run, b.is === 'unknown' ? b.why : 'compares the time of day with a text that is open')
    }
    return compare(operator, a.seconds, other)
  }
  const first = firstNotBefore(a.format, text)
  const hit = clockEquals(a, text).is === 'value' ? 0 : 1
  // Times before `first` are less than the text; with a hit, `first` itself is equal.
  switch (operator) {
    case '<':
      return compare('<', a.seconds, value(first))
    case '<=':
      return compare('<', a.seconds, value(first + hit))
    case '>':
      return compare('>=', a.seconds, value(first + hit))
    case '>=':
      return compare('>=', a.seconds, value(first))
  }
}

function orderedScalars(run: Run, operator: OrderOperator, a: Scalar, b: Scalar): AutomationExpression {
  const [x, y] = [textOf(a), textOf(b)]
  if (x !== undefined && y !== undefined) return value(orderedTexts(operator, x, y))
  const native = (of: Scalar): boolean => !of.text
  const parts: AutomationExpression[] = []
  const numeric = (of: Scalar): AutomationExpression => (native(of) ? or(isA(of, 'number'), isA(of, 'bool')) : FALSE)
  const textual = (of: Scalar): AutomationExpression => (native(of) ? isA(of, 'text') : TRUE)
  const [bothNumbers, bothTexts] = [and(numeric(a), numeric(b)), and(textual(a), textual(b))]
  if (bothNumbers !== FALSE && !(bothNumbers.is === 'value' && bothNumbers.value !== true))
    parts.push(and(bothNumbers, compare(operator, asNumber(a), asNumber(b))))
  if (!(bothTexts.is === 'value' && bothTexts.value !== true)) {
    const [left, right] = [split(a), split(b)]
    const known = [...left, ...right].every(({ value: one }) => textOf(one) !== undefined)
    const texts = known
      ? or(
          ...left.flatMap((one) =>
            right
              .filter((other) => orderedTexts(operator, textOf(one.value)!, textOf(other.value)!))
              .map((other) => and(one.when, other.when)),
          ),
        )
      : precedes(operator, textExpr(run, a)!, textExpr(run, b)!)
    parts.push(and(bothTexts, texts))
  }
  const neither = not(or(bothNumbers, bothTexts))
  if (!(neither.is === 'value' && neither.value !== true)) fail(run, neither)
  return or(...parts)
}

/** A native number, truth values as 1 and 0. */
export function asNumber(of: Scalar): AutomationExpression {
  if (!has(of, 'bool')) return of.of
  const known = constantOf(of)
  if (typeof known === 'boolean') return value(known ? 1 : 0)
  const truthNumber = choose(same(of.of, TRUE), value(1), value(0))
  return only(of, 'bool') ? truthNumber : choose(isA(of, 'bool'), truthNumber, of.of)
}

function orderedTexts(operator: OrderOperator, a: string, b: string): boolean {
  switch (operator) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}

/** A changed text whose values are known as a choice of constants. */
export function changedWays(of: Jinja): Jinja {
  if (of.is !== 'changed' || of.of.values === undefined) return of
  const cases = of.of.values.map((one): Item => {
    const text = of.steps.reduce((now, { forwards }) => forwards(now), String(one))
    return {
      when: same(of.of.of, value(one)),
      value: { is: 'scalar', of: value(text), types: new Set(['text'] as const), text: true, float: false, values: [text] },
    }
  })
  const last = cases.at(-1)
  return last === undefined ? of : { is: 'choice', cases: cases.slice(0, -1), otherwise: last.value }
}
