/** Methods of values. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, apply, compare, not, TRUE, value } from '../../node-red/expressions.ts'
import { arithmetic, joined } from './arithmetic.ts'
import { filtered } from './collections.ts'
import { equal } from './compare.ts'
import { asText } from './conversions.ts'
import { filter } from './filters.ts'
import { entryOf, lookedUp, TEXT_METHODS } from './members.ts'
import { dateExpr, dayOf, formatted, type Moment, momentMember, momentText, secondOfDay, timePart } from './moments.ts'
import { textScalar } from './printing.ts'
import { fail, type Given, given as givenOf, type Run } from './run.ts'
import { attributeValue } from './states.ts'
import { plainText, textStep } from './texts.ts'
import { constant, constantOf, has, isA, type Jinja, list, NONE, numberValue, textOf, truthValue, unknown } from './values.ts'
import { lifted, ofConstants, splitLifted } from './ways.ts'

/** A method of a value. */
export function callMethod(run: Run, of: Jinja, name: string, given: Given): Jinja {
  return lifted(run, [of], (one) => method(run, one, name, given))
}

function method(run: Run, of: Jinja, name: string, given: Given): Jinja {
  const [first, second] = given.plain
  switch (of.is) {
    case 'unknown':
      return unknown(of.why)
    case 'mapping':
      return mappingMethod(run, of, name, first, second)
    case 'attributes':
      if (name === 'get' && first !== undefined)
        return splitLifted(run, [first], (key) => {
          const text = textOf(key)
          if (text === undefined) return unknown('the name of the attribute is computed')
          return of.holds?.get(text) ?? attributeValue(run, of.entity, text) ?? second ?? NONE
        })
      return unknown(`\`${name}\` of the attributes of an entity`)
    case 'list':
      if (name === 'index' || name === 'count')
        return ofConstants(
          run,
          [first ?? NONE],
          (known) => {
            const constants = of.items.map(({ value: item }) => constantOf(item))
            if (constants.includes(undefined) || of.items.some(({ when }) => when.is !== 'value'))
              return unknown(`\`${name}\` of an open list`)
            if (name === 'count') return constant(constants.filter((item) => item === known).length)
            const index = constants.indexOf(known)
            if (index < 0) fail(run, TRUE)
            return constant(Math.max(index, 0))
          },
          `\`${name}\` of something open`,
          { is: 'number', integer: true, low: 0 },
        )
      if (name === 'append' || name === 'extend' || name === 'pop' || name === 'insert' || name === 'remove') {
        fail(run, TRUE)
        return NONE
      }
      return unknown(`the method \`${name}\` of a list`)
    case 'moment':
      return momentMethod(run, of, name, given)
    case 'span':
      return name === 'total_seconds' ? numberValue(of.seconds, true) : unknown(`the method \`${name}\` of a span`)
    case 'scalar':
    case 'changed':
    case 'joined':
    case 'clock':
      return textMethod(run, of, name, given)
    case 'undefined':
      fail(run, TRUE)
      return NONE
    case 'state':
    case 'domain':
    case 'space':
    case 'parts':
    case 'function':
    case 'method':
    case 'macro':
    case 'choice':
      return unknown(`the method \`${name}\` is not modelled`)
  }
}

function textMethod(run: Run, of: Jinja, name: string, given: Given): Jinja {
  const [first] = given.plain
  if (of.is === 'scalar' && !of.text && of.types.size > 1) {
    if (name === 'get' && first !== undefined && textOf(first) !== undefined) {
      const entry = entryOf(run, of, textOf(first)!)
      if (entry !== undefined) return filter(run, 'default', entry, givenOf(given.plain[1] ?? NONE))
    }
    if (!TEXT_METHODS.has(name)) return unknown(`\`${name}\` of an attribute whose type is open`)
    // Only texts have the method; of anything else it is an error.
    fail(run, not(isA(of, 'text')))
    return textMethod(run, { ...of, types: new Set(['text']), text: true }, name, given)
  }
  if (of.is === 'clock' && name === 'split' && first !== undefined && textOf(first) === ':') {
    const unit = of.format === 'minutes' ? 1 : 60
    const at: Moment = {
      is: 'moment',
      base: 'midnight',
      offset: of.format === 'minutes' ? { is: 'apply', operator: '*', arguments: [of.seconds, value(60)] } : of.seconds,
      stamp: false,
    }
    const parts = ['%H', '%M', ...(unit === 60 ? ['%S'] : [])]
    return list(parts.map((part) => (part === '%S' ? padded(run, at) : formatted(run, at, part))))
  }
  if (['get', 'items', 'keys', 'values'].includes(name)) {
    fail(run, TRUE)
    return NONE
  }
  if (name === 'format') return formatText(run, of, given)
  if (name === 'join' && first !== undefined) return filter(run, 'join', first, givenOf(of))
  const step = textStep(run, name, of, given.plain)
  if (step !== undefined) return step
  if ((name === 'startswith' || name === 'endswith') && first?.is === 'list') {
    const any = filtered(run, first.items, (item) => equal(run, method(run, of, name, givenOf(item)), constant(true)))
    return truthValue(
      any.is === 'list'
        ? any.items.reduce<ReturnType<typeof value>>((all, { when }) => (when.is === 'value' ? TRUE : all), value(false))
        : value(false),
    )
  }
  const ends = of.is === 'joined' && first !== undefined ? textOf(first) : undefined
  if (of.is === 'joined' && ends !== undefined && (name === 'startswith' || name === 'endswith')) {
    const edge = textOf((name === 'startswith' ? of.parts[0] : of.parts.at(-1))!)
    if (edge !== undefined && edge.length >= ends.length)
      return constant(name === 'startswith' ? edge.startsWith(ends) : edge.endsWith(ends))
  }
  return plainText(run, name, of, given.plain) ?? unknown(`the method \`${name}\` is not modelled`)
}

function padded(run: Run, at: Moment): Jinja {
  const seconds = momentMember(run, at, 'second')
  return seconds.is === 'scalar' ? { ...seconds, text: true } : seconds
}

/** `'a {} b'.format(x)`: plain places only. */
function formatText(run: Run, of: Jinja, given: Given): Jinja {
  return splitLifted(run, [of], (one) => {
    const text = textOf(one)
    if (text === undefined) return unknown('formats a text that is open', { is: 'text' })
    const parts = text.split(/(\{[^{}]*\})/)
    let index = 0
    const made: Jinja[] = []
    for (const part of parts) {
      const place = /^\{(\w*)(:[^}]*)?\}$/.exec(part)
      if (place === null) {
        made.push(constant(part.replaceAll('{{', '{').replaceAll('}}', '}')))
        continue
      }
      const key = place[1]!
      const held = key === '' ? given.plain[index++] : /^\d+$/.test(key) ? given.plain[Number(key)] : given.named.get(key)
      if (held === undefined || place[2] !== undefined) return unknown('formats a text with widths', { is: 'text' })
      made.push(asText(run, held))
    }
    return lifted(run, made, (...ways) => joined(ways))
  })
}

function mappingMethod(
  run: Run,
  of: Extract<Jinja, { readonly is: 'mapping' }>,
  name: string,
  first: Jinja | undefined,
  second: Jinja | undefined,
): Jinja {
  switch (name) {
    case 'get':
      return lookedUp(run, of, first ?? NONE, second ?? NONE)
    case 'keys':
    case 'values':
    case 'items':
      if (of.open !== undefined) return unknown(of.open)
      return list(
        [...of.entries].map(([key, part]) => (name === 'keys' ? constant(key) : name === 'values' ? part : list([constant(key), part]))),
      )
    default:
      return unknown(`the method \`${name}\` of a mapping`)
  }
}

function momentMethod(run: Run, of: Moment, name: string, given: Given): Jinja {
  const [first] = given.plain
  switch (name) {
    case 'strftime':
      return ofConstants(run, [first ?? NONE], (format) => formatted(run, of, String(format)), 'a time format that is open', { is: 'text' })
    case 'weekday':
    case 'isoweekday': {
      const today = of.base !== 'epoch' && of.offset.is === 'value' && of.offset.value === 0
      const spelled = today ? undefined : dateExpr(run, of, '%u')
      const day = today
        ? timePart(run, 'weekday')
        : spelled !== undefined
          ? numberValue(apply('-', apply('number', spelled), value(1)))
          : unknown('the weekday of a moment that is not the present', { is: 'number', integer: true, low: 0, high: 7 })
      return name === 'weekday' ? day : arithmetic(run, '+', day, constant(1))
    }
    case 'timestamp':
      return { ...of, stamp: true }
    case 'replace': {
      const zero = (part: string): boolean => constantOf(given.named.get(part) ?? constant(0)) === 0
      const [hour, minute, second = constant(0)] = ['hour', 'minute', 'second'].map((part) => given.named.get(part))
      const [h, m, s] = [hour, minute, second].map((part) => (part === undefined ? undefined : constantOf(part)))
      const other = [...given.named.keys()].every((part) => ['hour', 'minute', 'second', 'microsecond', 'tzinfo'].includes(part))
      const sameDay = (of.base === 'now' && of.offset.is === 'value' && of.offset.value === 0) || of.base === 'midnight'
      if (other && sameDay && zero('microsecond') && typeof h === 'number' && typeof m === 'number' && typeof s === 'number')
        return { is: 'moment', base: 'midnight', offset: value(h * 3600 + m * 60 + s), stamp: false }
      if (given.named.size > 0 && [...given.named.keys()].every((part) => part === 'microsecond' || part === 'tzinfo')) return of
      const replaced = other && sameDay ? clockReplaced(run, of, hour, minute, given.named.get('second')) : undefined
      if (replaced !== undefined) return replaced
      return unknown('a moment with parts replaced')
    }
    case 'astimezone':
      return of
    case 'date':
      return dayOf(run, of) ?? unknown('the date of a moment')
    case 'time': {
      const at = secondOfDay(run, of)
      return at === undefined ? unknown('the time of day of a moment') : { is: 'moment', base: 'midnight', offset: at, stamp: false }
    }
    case 'timetuple':
      return unknown('the parts of a moment')
    case 'isoformat': {
      const text = momentText(run, of, 'T')
      return text === undefined ? unknown('a moment as text', { is: 'text' }) : textScalar(text)
    }
    case 'ctime':
      return unknown('a moment as text', { is: 'text' })
    default:
      return unknown(`\`${name}\` of a moment`)
  }
}

/** A moment of today with hour, minute or second replaced by numbers; what is out of range is an error. */
function clockReplaced(
  run: Run,
  of: Moment,
  hour: Jinja | undefined,
  minute: Jinja | undefined,
  second: Jinja | undefined,
): Jinja | undefined {
  const now = secondOfDay(run, of)
  if (now === undefined) return undefined
  const part = (given: Jinja | undefined, otherwise: AutomationExpression, most: number): AutomationExpression | undefined => {
    if (given === undefined) return otherwise
    if (given.is !== 'scalar' || given.text || !has(given, 'number')) return undefined
    if (given.of.is !== 'value') fail(run, not(and(compare('>=', given.of, value(0)), compare('<=', given.of, value(most)))))
    return given.of
  }
  const inHour = apply('mod', now, value(3600))
  const inMinute = apply('mod', now, value(60))
  const parts = [
    part(hour, apply('/', apply('-', now, inHour), value(3600)), 23),
    part(minute, apply('/', apply('-', inHour, inMinute), value(60)), 59),
    part(second, inMinute, 59),
  ]
  const [h, m, s] = parts
  if (h === undefined || m === undefined || s === undefined) return undefined
  return { is: 'moment', base: 'midnight', offset: apply('+', apply('*', h, value(3600)), apply('*', m, value(60)), s), stamp: false }
}
