/** Moments, spans and times of day: what is modelled of Home Assistant's clock. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { apply, choose, compare, same, value } from '../../node-red/expressions.ts'
import { floored, times } from './numbers.ts'
import { textScalar } from './printing.ts'
import { reading, type Run } from './run.ts'
import { type ClockFormat, constant, type Jinja, numberValue, textOf, unknown } from './values.ts'
import type { TimePart } from './template-value.ts'

export type Moment = Extract<Jinja, { readonly is: 'moment' }>

export const now: Moment = { is: 'moment', base: 'now', offset: value(0), stamp: false }

export function timePart(run: Run, part: TimePart): Jinja {
  const attribute = run.context.time(part)
  return attribute === undefined
    ? unknown(`the ${part} of the local time`, { is: 'number', integer: part !== 'timestamp' })
    : reading(run, attribute, false)
}

const seconds = (run: Run, part: TimePart): AutomationExpression | undefined => {
  const attribute = run.context.time(part)
  return attribute === undefined ? undefined : reading(run, attribute, false).of
}

export const plus = (a: AutomationExpression, b: AutomationExpression): AutomationExpression => times('+', a, b)
export const minus = (a: AutomationExpression, b: AutomationExpression): AutomationExpression => times('-', a, b)

/** Seconds from b to a; nothing where the clock that it needs is not modelled. */
export function differenceOf(run: Run, a: Moment, b: Moment): AutomationExpression | undefined {
  const difference = minus(a.offset, b.offset)
  if (a.base === b.base) return difference
  const [x, y] = [baseIn(run, a.base, b.base), baseIn(run, b.base, a.base)]
  return x === undefined || y === undefined ? undefined : plus(minus(x, y), difference)
}

/** Seconds of one base after a common origin of both. */
function baseIn(run: Run, base: Moment['base'], other: Moment['base']): AutomationExpression | undefined {
  const stamp = base === 'epoch' || other === 'epoch'
  switch (base) {
    case 'epoch':
      return value(0)
    case 'now':
      return seconds(run, stamp ? 'timestamp' : 'second-of-day')
    case 'midnight': {
      if (!stamp) return value(0)
      const [total, day] = [seconds(run, 'timestamp'), seconds(run, 'second-of-day')]
      return total === undefined || day === undefined ? undefined : minus(total, day)
    }
  }
}

/** Seconds that the clock of the moment is ahead of UTC. */
export const aheadOf = (run: Run, of: Moment): AutomationExpression | undefined => (of.utc === true ? value(0) : seconds(run, 'utc-offset'))

/** Seconds since 1970. */
export const stampOf = (run: Run, of: Moment): AutomationExpression | undefined =>
  of.base === 'epoch' ? of.offset : differenceOf(run, of, { is: 'moment', base: 'epoch', offset: value(0), stamp: false })

/** By a format of `strftime`. */
export function dateExpr(run: Run, of: Moment, format: string): AutomationExpression | undefined {
  const [at, ahead] = [stampOf(run, of), aheadOf(run, of)]
  return at === undefined || ahead === undefined ? undefined : apply('date', at, ahead, value(format))
}

/** As Python prints a moment: with its zone, fractions of a second where there are some. */
export function momentText(run: Run, of: Moment, between: string): AutomationExpression | undefined {
  const [at, ahead] = [stampOf(run, of), aheadOf(run, of)]
  if (at === undefined || ahead === undefined) return undefined
  const date = (format: string): AutomationExpression => apply('date', at, ahead, value(format))
  const plain = `%Y-%m-%d${between}%H:%M:%S`
  const whole = same(apply('mod', at, value(1)), value(0))
  return apply('concat', choose(whole, date(plain), date(`${plain}.%f`)), date('%:z'))
}

/** The first second of the local day of a moment. */
export function dayOf(run: Run, of: Moment): Moment | undefined {
  const [at, ahead] = [stampOf(run, of), aheadOf(run, of)]
  if (at === undefined || ahead === undefined) return undefined
  const days = floored(times('/', plus(at, ahead), value(86_400)))
  return { is: 'moment', base: 'epoch', offset: minus(times('*', days, value(86_400)), ahead), stamp: false }
}

/** Seconds of the local day of a moment that lies in the present day, or wraps around it. */
export function secondOfDay(run: Run, of: Moment): AutomationExpression | undefined {
  if (of.base === 'epoch' || of.utc === true) {
    const [at, ahead] = [stampOf(run, of), aheadOf(run, of)]
    if (at === undefined || ahead === undefined) return undefined
    const rest = apply('mod', plus(at, ahead), value(86_400))
    return choose(compare('<', rest, value(0)), apply('+', rest, value(86_400)), rest)
  }
  const base = of.base === 'midnight' ? value(0) : seconds(run, 'second-of-day')
  if (base === undefined) return undefined
  if (of.offset.is === 'value' && of.offset.value === 0) return base
  const sum = plus(base, of.offset)
  if (sum.is === 'value' && typeof sum.value === 'number') return value(((sum.value % 86400) + 86400) % 86400)
  const rest = apply('mod', sum, value(86400))
  return choose(compare('<', rest, value(0)), apply('+', rest, value(86400)), rest)
}

export const isNow = (of: Moment): boolean => of.base === 'now' && of.utc !== true && of.offset.is === 'value' && of.offset.value === 0

export function momentMember(run: Run, of: Moment, name: string): Jinja {
  const day = (): AutomationExpression | undefined => secondOfDay(run, of)
  const part = (unit: number, cycle: number): Jinja => {
    const at = day()
    if (at === undefined) return unknown('the time of day of a moment', { is: 'number', integer: true, low: 0, high: cycle - 1 })
    const units = floored(times('/', at, value(unit)))
    return numberValue(cycle === 24 ? units : modulo(units, cycle))
  }
  switch (name) {
    case 'hour':
      return part(3600, 24)
    case 'minute':
      return part(60, 60)
    case 'second': {
      const at = day()
      return at === undefined
        ? unknown('the seconds of a moment', { is: 'number', integer: true, low: 0, high: 59 })
        : numberValue(modulo(floored(at), 60))
    }
    case 'microsecond':
      return unknown('the microseconds of a moment', { is: 'number', integer: true, low: 0, high: 999_999 })
    case 'day':
    case 'month':
    case 'year':
      if (isNow(of) || (of.base === 'midnight' && of.offset.is === 'value' && of.offset.value === 0)) return timePart(run, name)
      {
        const text = dateExpr(run, of, { day: '%d', month: '%m', year: '%Y' }[name])
        if (text !== undefined) return numberValue(asDecimal(text))
      }
      return unknown(`the ${name} of a moment that is not the present`, { is: 'number', integer: true })
    default:
      return { is: 'method', of, name }
  }
}

const modulo = (of: AutomationExpression, by: number): AutomationExpression =>
  of.is === 'value' && typeof of.value === 'number' ? value(of.value % by) : apply('mod', of, value(by))

/** `strftime`, `timestamp_custom`. */
export function formatted(run: Run, of: Moment, format: string): Jinja {
  const day = secondOfDay(run, of)
  const today = isNow(of) || (of.base === 'midnight' && of.offset.is === 'value' && of.offset.value === 0)
  switch (format) {
    case '%H:%M':
    case '%R':
      return day === undefined
        ? unknown('the time of day of a moment')
        : { is: 'clock', seconds: floored(times('/', day, value(60))), format: 'minutes' }
    case '%H:%M:%S':
    case '%T':
    case '%X':
      return day === undefined ? unknown('the time of day of a moment') : { is: 'clock', seconds: floored(day), format: 'seconds' }
    default:
      break
  }
  const number = (part: 'hour' | 'minute' | 'day' | 'month' | 'year', low: number, high: number, width: number): Jinja => {
    const at = momentMember(run, of, part)
    return at.is === 'scalar' ? finite(at.of, low, high, (one) => String(one).padStart(width, '0')) : at
  }
  const weekday = (names: readonly string[]): Jinja => {
    const at = today ? timePart(run, 'weekday') : unknown('the weekday of a moment that is not the present')
    return at.is === 'scalar' ? finite(at.of, 0, 6, (one) => names[one]!) : at
  }
  const monthName = (names: readonly string[]): Jinja => {
    const at = momentMember(run, of, 'month')
    return at.is === 'scalar' ? finite(at.of, 1, 12, (one) => names[one - 1]!) : at
  }
  const simple = /^%[-:]?[YmdHMSAaBbjpIwuyfz]$/.test(format)
  // The time of day of a moment near the present is read off the clock of the day, which the model holds by itself.
  const ofDay = of.base !== 'epoch' && /^(%-?[HMS]|[^%])*$/.test(format)
  if (simple && !today && !ofDay) {
    const text = dateExpr(run, of, format)
    if (text !== undefined) return textScalar(text)
  }
  switch (format) {
    case '%H':
      return number('hour', 0, 23, 2)
    case '%-H':
      return number('hour', 0, 23, 1)
    case '%M':
      return number('minute', 0, 59, 2)
    case '%d':
      return number('day', 1, 31, 2)
    case '%-d':
      return number('day', 1, 31, 1)
    case '%m':
      return number('month', 1, 12, 2)
    case '%-m':
      return number('month', 1, 12, 1)
    case '%Y': {
      const at = momentMember(run, of, 'year')
      return at.is === 'scalar' ? { ...at, text: true } : at
    }
    case '%A':
      return weekday(DAYS)
    case '%a':
      return weekday(DAYS.map((name) => name.slice(0, 3)))
    case '%w':
      return weekday(['1', '2', '3', '4', '5', '6', '0'])
    case '%u':
      return weekday(['1', '2', '3', '4', '5', '6', '7'])
    case '%B':
      return monthName(MONTHS)
    case '%b':
      return monthName(MONTHS.map((name) => name.slice(0, 3)))
    case '%s':
      return { ...of, stamp: true }
    case '%p': {
      const at = momentMember(run, of, 'hour')
      return at.is === 'scalar'
        ? { is: 'choice', cases: [{ when: compare('<', at.of, value(12)), value: constant('AM') }], otherwise: constant('PM') }
        : at
    }
    default:
      break
  }
  const date =
    today || ofDay || !/^(%[-:]?[A-Za-z%]|[^%])*$/.test(format) || /%[-:]?[^YmdHMSAaBbjUWpIwuyfz%]/.test(format)
      ? undefined
      : dateExpr(run, of, format)
  if (date !== undefined) return textScalar(date)
  // Several codes: one after the other.
  const parts = format.match(/%[-:]?[A-Za-z]|%%|[^%]+/g)
  if (parts?.length === 1 && simple) {
    const text = dateExpr(run, of, format)
    if (text !== undefined) return textScalar(text)
  }
  if (parts === null || parts.length < 2 || parts.join('') !== format) return unknown(`the time format \`${format}\``, { is: 'text' })
  const made = parts.map((part) => (part === '%%' ? constant('%') : part.startsWith('%') ? formatted(run, of, part) : constant(part)))
  const hidden = made.find((part) => part.is === 'unknown')
  return hidden ?? { is: 'joined', parts: made }
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** A text for each whole number of a range. */
function finite(of: AutomationExpression, low: number, high: number, text: (one: number) => string): Jinja {
  if (of.is === 'value') return typeof of.value === 'number' ? constant(text(of.value)) : constant(null)
  const numbers = Array.from({ length: high - low + 1 }, (_, index) => low + index)
  return {
    is: 'choice',
    cases: numbers.slice(0, -1).map((one) => ({ when: same(of, value(one)), value: constant(text(one)) })),
    otherwise: constant(text(high)),
    exclusive: true,
  }
}

export function clockText(at: number, format: ClockFormat): string {
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0')
  const minutes = `${two(at / 3600)}:${two((at % 3600) / 60)}`
  return format === 'minutes' ? minutes : `${minutes}:${two(at % 60)}`
}

/** Seconds of a written time of day: "6:30", "06:30:15". */
export function secondsOfText(text: string): number | undefined {
  const match = /^\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*$/.exec(text)
  if (match === null) return undefined
  const [hours, minutes, rest] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  return hours < 24 && minutes < 60 && rest < 60 ? hours * 3600 + minutes * 60 + rest : undefined
}

/** A number that a text of digits spells. */
const asDecimal = (of: AutomationExpression): AutomationExpression => apply('number', of)

/** The time of day of an open text, where the model holds it; nothing otherwise. */
export function momentOfText(_run: Run, of: Jinja): AutomationExpression | undefined {
  const text = textOf(of)
  const known = text === undefined ? undefined : secondsOfText(text)
  return known === undefined ? undefined : value(known)
}

/** Written dates as seconds since 1970; without a zone they are local and not known. */
export function stampOfText(text: string): number | undefined {
  if (!/^\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})\s*$/.test(text)) return undefined
  const parsed = Date.parse(text.trim().replace(' ', 'T'))
  return Number.isFinite(parsed) ? parsed / 1000 : undefined
}

/** A number of seconds of a moment as a moment; nothing where it is none. */
export function momentOf(of: Jinja): Moment | undefined {
  if (of.is === 'moment') return of
  if (of.is === 'scalar' && [...of.types].every((type) => type === 'number' || type === 'bool') && !of.text)
    return { is: 'moment', base: 'epoch', offset: of.of, stamp: true }
  return undefined
}

/** A moment as a number of seconds since 1970. */
export function stampNumber(run: Run, of: Moment): Jinja {
  if (of.base === 'epoch') return numberValue(of.offset, true)
  const known = differenceOf(run, of, { is: 'moment', base: 'epoch', offset: value(0), stamp: false })
  return known === undefined ? unknown('the time since 1970', { is: 'number', integer: false, low: 0 }) : numberValue(known, true)
}
