/** Functions and filters that make or read moments: `today_at`, `as_timestamp`, `timestamp_custom`, ... */
import { apply, choose, not, TRUE, value } from '../../node-red/expressions.ts'
import { textExpr } from './printing.ts'
import { times } from './numbers.ts'
import { formatted, type Moment, momentOf, now, secondsOfText, stampOfText } from './moments.ts'
import { fail, type Given, reading, type Run } from './run.ts'
import { constantOf, has, isA, type Jinja, NONE, only, textOf, unknown } from './values.ts'
import { lifted, splitLifted } from './ways.ts'

const UNITS: Readonly<Record<string, number>> = {
  days: 86400,
  seconds: 1,
  microseconds: 1e-6,
  milliseconds: 1e-3,
  minutes: 60,
  hours: 3600,
  weeks: 604800,
}
const ORDER = ['days', 'seconds', 'microseconds', 'milliseconds', 'minutes', 'hours', 'weeks']

/** The value of a function of time by name; nothing for another name. As a filter, its subject is the first part. */
export function momentsBy(run: Run, name: string, parts: readonly Jinja[], given: Given): Jinja | undefined {
  const [first, second, third] = parts
  switch (name) {
    case 'now':
      return now
    case 'utcnow':
      return { ...now, utc: true }
    case 'today_at':
      return first === undefined ? midnight(0) : todayAt(run, first)
    case 'timedelta':
      return span(run, given)
    case 'as_timedelta':
      return first === undefined ? NONE : splitLifted(run, [first], (one) => spanOfText(textOf(one)))
    case 'as_timestamp':
      return stamp(run, first ?? NONE, second ?? given.named.get('default'))
    case 'as_datetime':
    case 'as_local':
    case 'strptime':
      return moment(
        run,
        first ?? NONE,
        name === 'strptime' ? (third ?? given.named.get('default')) : (second ?? given.named.get('default')),
      )
    case 'timestamp_custom':
      return lifted(run, [first ?? NONE], (one) => {
        const at = momentOf(one)
        const format = textOf(second ?? NONE)
        const local = third ?? given.named.get('local')
        if (at !== undefined && format !== undefined) {
          const known = constantOf(one)
          // Spans written as moments of 1970 are read in UTC.
          if (typeof known === 'number' && local !== undefined && constantOf(local) === false && /^%H:%M(:%S)?$/.test(format))
            return formatted(run, midnight(((known % 86400) + 86400) % 86400), format)
          const here: Moment = { is: 'moment', base: at.base, offset: at.offset, stamp: false }
          return formatted(run, local !== undefined && constantOf(local) === false ? { ...here, utc: true } : here, format)
        }
        return unknown(one.is === 'unknown' ? one.why : 'a moment as text', { is: 'text' })
      })
    default:
      return undefined
  }
}

const midnight = (seconds: number): Moment => ({ is: 'moment', base: 'midnight', offset: value(seconds), stamp: false })

function todayAt(run: Run, of: Jinja): Jinja {
  return splitLifted(run, [of], (one) => {
    const text = textOf(one)
    const seconds = text === undefined ? undefined : text === '' ? 0 : secondsOfText(text)
    if (seconds !== undefined) return midnight(seconds)
    if (one.is === 'clock')
      return { is: 'moment', base: 'midnight', offset: times('*', one.seconds, value(one.format === 'minutes' ? 60 : 1)), stamp: false }
    if (text !== undefined || constantOf(one) !== undefined || one.is === 'undefined') {
      fail(run, TRUE)
      return NONE
    }
    const open = one.is === 'scalar' ? textExpr(run, one) : undefined
    if (open === undefined) return unknown(one.is === 'unknown' ? one.why : 'the time that an open text spells')
    const clock = apply('clock', open)
    fail(run, not(apply('is', clock, value('number'))))
    return { is: 'moment', base: 'midnight', offset: clock, stamp: false }
  })
}

function span(run: Run, given: Given): Jinja {
  const named = [...given.named, ...given.plain.map((part, index) => [ORDER[index] ?? '', part] as const)]
  return lifted(
    run,
    named.map(([, part]) => part),
    (...parts): Jinja => {
      let total = value(0)
      for (const [index, part] of parts.entries()) {
        const unit = UNITS[named[index]![0]]
        if (unit === undefined) return unknown(`a span of \`${named[index]![0]}\``)
        if (part.is === 'unknown') return unknown(part.why)
        if (part.is !== 'scalar' || part.text || !only(part, 'number')) {
          if (part.is === 'scalar' && !part.text && part.types.has('number')) {
            fail(run, { is: 'apply', operator: 'not', arguments: [{ is: 'apply', operator: 'is', arguments: [part.of, value('number')] }] })
          } else {
            fail(run, TRUE)
            return NONE
          }
        }
        total = times('+', total, times('*', part.of, value(unit)))
      }
      return { is: 'span', seconds: total }
    },
  )
}

function spanOfText(text: string | undefined): Jinja {
  const match = text === undefined ? null : /^(?:(\d+) days?,? )?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (match === null) return unknown('the span that a text spells')
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  return { is: 'span', seconds: value(Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) }
}

/** `as_timestamp`: a number of seconds since 1970; of what is no moment the default, else an error. */
function stamp(run: Run, of: Jinja, otherwise: Jinja | undefined): Jinja {
  return read(run, of, otherwise, (at) => ({ ...at, stamp: true }), { is: 'number', integer: false })
}

/** The moment that an open value is or spells. */
function writtenMoment(run: Run, of: Jinja, otherwise: Jinja | undefined, make: (at: Moment) => Jinja): Jinja | undefined {
  const ahead = run.context.time('utc-offset')
  if (ahead === undefined || (of.is !== 'scalar' && of.is !== 'changed' && of.is !== 'joined' && of.is !== 'clock')) return undefined
  const text = of.is === 'scalar' && !of.text ? of.of : textExpr(run, of)
  if (text === undefined) return undefined
  const written = apply('moment', text, reading(run, ahead, false).of)
  const at = of.is === 'scalar' && !of.text && has(of, 'number') ? choose(isA(of, 'number'), of.of, written) : written
  const none = not(apply('is', at, value('number')))
  if (otherwise === undefined) fail(run, none)
  const found = make({ is: 'moment', base: 'epoch', offset: at, stamp: false })
  return otherwise === undefined ? found : { is: 'choice', cases: [{ when: none, value: otherwise }], otherwise: found }
}

function moment(run: Run, of: Jinja, otherwise: Jinja | undefined): Jinja {
  return read(run, of, otherwise, (at) => ({ ...at, stamp: false }), { is: 'any' })
}

function read(
  run: Run,
  of: Jinja,
  otherwise: Jinja | undefined,
  make: (at: Moment) => Jinja,
  type: { readonly is: 'number'; readonly integer: boolean } | { readonly is: 'any' },
): Jinja {
  return splitLifted(run, [of], (one) => {
    const at = momentOf(one)
    if (at !== undefined) return make(at)
    const text = textOf(one)
    const known = text === undefined ? undefined : stampOfText(text)
    if (known !== undefined) return make({ is: 'moment', base: 'epoch', offset: value(known), stamp: false })
    if (one.is === 'unknown') return unknown(one.why, type)
    const surelyNone = one.is === 'undefined' || constantOf(one) === null || (text !== undefined && !/\d/.test(text))
    if (surelyNone) {
      if (otherwise === undefined) fail(run, TRUE)
      return otherwise ?? NONE
    }
    return writtenMoment(run, one, otherwise, make) ?? unknown('the moment that a text spells', type)
  })
}
