/** Global functions of templates and methods of values, by name. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, apply, compare, not, same, TRUE, value } from '../../node-red/expressions.ts'
import { momentsBy } from './clock-functions.ts'
import { filtered, folded, ofList, picked } from './collections.ts'
import { arithmetic, joined } from './arithmetic.ts'
import { asText } from './conversions.ts'
import { filter, iif, isNumber } from './filters.ts'
import { equal } from './compare.ts'
import { dateExpr, dayOf, formatted, type Moment, momentMember, momentText, secondOfDay, timePart } from './moments.ts'
import { textExpr, textScalar } from './printing.ts'
import { argument, fail, type Given, given as givenOf, reading, type Run } from './run.ts'
import {
  asksRegistry,
  attributeValue,
  domainMember,
  expand,
  hasValue,
  isState,
  isStateAttribute,
  registry,
  stateAttribute,
  stateMember,
  states,
} from './states.ts'
import { partAt, plainText, textStep } from './texts.ts'
import {
  constant,
  constantOf,
  has,
  isA,
  type Jinja,
  list,
  NONE,
  numberValue,
  only,
  textOf,
  truthValue,
  UNDEFINED,
  unknown,
} from './values.ts'
import { lifted, ofConstants, splitLifted } from './ways.ts'

/** Names that a template may call without a value before them. */
export const GLOBALS: ReadonlySet<string> = new Set(
  (
    'states is_state state_attr is_state_attr has_value expand now utcnow today_at timedelta as_timedelta as_timestamp as_datetime as_local strptime float int bool is_number iif ' +
    'min max sum average range namespace dict list set tuple area_entities area_devices area_id area_name areas device_entities device_id device_attr is_device_attr label_entities ' +
    'label_areas labels label_id label_name label_devices floor_areas floor_entities floor_id floor_name floors integration_entities config_entry_id config_entry_attr is_hidden_entity ' +
    'distance closest relative_time time_since time_until slugify urlencode timestamp_custom zip state_translated typeof merge_response median log sqrt sin cos tan cycler joiner lipsum ' +
    'to_json from_json regex_match regex_search regex_replace regex_findall regex_findall_index round abs is_defined timestamp_local timestamp_utc pack unpack bitwise_and bitwise_or ' +
    'version issues issue flatten shuffle combine difference intersect union symmetric_difference md5 sha1 random'
  ).split(' '),
)

export function callGlobal(run: Run, name: string, given: Given): Jinja {
  const [first, second, third] = given.plain
  switch (name) {
    case 'states':
      return states(run, given)
    case 'is_state':
      return isState(run, argument(given, 0, 'entity_id') ?? NONE, argument(given, 1, 'state') ?? NONE)
    case 'state_attr':
      return stateAttribute(run, argument(given, 0, 'entity_id') ?? NONE, argument(given, 1, 'name') ?? NONE)
    case 'is_state_attr':
      return isStateAttribute(run, first ?? NONE, second ?? NONE, third ?? NONE)
    case 'has_value':
      return hasValue(run, first ?? NONE)
    case 'expand':
      return expand(run, given.plain)
    case 'iif':
      return iif(run, first ?? NONE, given.plain.slice(1))
    case 'is_number':
      return isNumber(run, first ?? NONE)
    case 'min':
    case 'max':
    case 'average': {
      const items = given.plain.length === 1 ? first! : list(given.plain)
      return ofList(run, items, (all) => folded(run, name, all, undefined))
    }
    case 'range':
      return range(run, given.plain)
    case 'namespace':
      return space(run, given)
    case 'dict':
      if (first?.is === 'mapping' && given.named.size === 0) return first
      return first === undefined || first.is === 'mapping'
        ? {
            is: 'mapping',
            entries: new Map([...(first?.is === 'mapping' ? first.entries : []), ...given.named]),
            ...(first?.is === 'mapping' && first.open !== undefined ? { open: first.open } : {}),
          }
        : unknown('makes a mapping of something else')
    case 'list':
    case 'set':
    case 'tuple':
      return first === undefined ? list([]) : filter(run, name, first, givenOf())
    case 'zip':
      return zipped(run, given.plain)
    default:
      break
  }
  const timely = momentsBy(run, name, given.plain, given)
  if (timely !== undefined) return timely
  if (asksRegistry(name)) return registry(run, name, first)
  if (name === 'distance' && first !== undefined && given.plain.length <= 2) return distance(run, first, second)
  if (first !== undefined && !OPEN.has(name)) return filter(run, name, first, { plain: given.plain.slice(1), named: given.named })
  return unknown(`the function \`${name}\` is not modelled`)
}

/** Kilometres from the home, or between two entities: what the trackers say, from outside. */
function distance(run: Run, of: Jinja, other: Jinja | undefined): Jinja {
  const [x, y] = [textOf(of), other === undefined ? 'home' : textOf(other)]
  const attribute = x === undefined || y === undefined ? undefined : run.context.entity(x, `distance to ${y}`)
  return attribute === undefined ? unknown('the function `distance` is not modelled') : reading(run, attribute, false)
}

const OPEN: ReadonlySet<string> = new Set([
  'distance',
  'closest',
  'device_attr',
  'is_device_attr',
  'state_translated',
  'is_hidden_entity',
  'merge_response',
])

function range(run: Run, parts: readonly Jinja[]): Jinja {
  return ofConstants(
    run,
    parts,
    (...ends) => {
      const [a, b, c] = ends
      const [from, to, by] = b === undefined ? [0, a, 1] : [a, b, c ?? 1]
      if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number' || by === 0)
        return unknown('a range of something but numbers')
      const count = Math.max(0, Math.ceil((to - from) / by))
      return count > 5000 ? unknown('a long range') : list(Array.from({ length: count }, (_, index) => constant(from + index * by)))
    },
    'a range with open ends',
  )
}

function space(run: Run, given: Given): Jinja {
  const [first] = given.plain
  const entries = first?.is === 'mapping' ? [...first.entries].map(([key, part]) => [String(key), part] as const) : []
  run.spaces += 1
  run.state.spaces.set(run.spaces, new Map([...entries, ...given.named]))
  return { is: 'space', id: run.spaces }
}

function zipped(run: Run, parts: readonly Jinja[]): Jinja {
  return lifted(run, parts, (...ways) => {
    const lists = ways.map((way) => (way.is === 'list' && way.items.every(({ when }) => when.is === 'value') ? way.items : undefined))
    if (lists.includes(undefined)) return unknown('`zip` of lists that are not known')
    const length = Math.min(...lists.map((items) => items!.length))
    return list(
      Array.from({ length: Number.isFinite(length) ? length : 0 }, (_, index) => list(lists.map((items) => items![index]!.value))),
    )
  })
}

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

/** The entry of a mapping at a key that may be open: each entry where the key is its own. */
export function lookedUp(run: Run, of: Extract<Jinja, { readonly is: 'mapping' }>, key: Jinja, otherwise: Jinja): Jinja {
  return lifted(run, [key], (one) => {
    if (one.is === 'unknown') return unknown(one.why)
    const known = constantOf(one)
    if (known !== undefined) return of.entries.get(known) ?? (of.open === undefined ? otherwise : unknown(of.open))
    const rest = of.open === undefined ? otherwise : unknown(of.open)
    const cases = [...of.entries].map(([name, part]) => ({ when: equal(run, one, constant(name)), value: part }))
    const open = cases.filter(({ when }) => when.is !== 'value' || when.value === true)
    return open.length === 0 ? rest : { is: 'choice', cases: open, otherwise: rest }
  })
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

/** A part of a value by name or index; `dotted`: written with a dot, then methods are reached too. */
export function member(run: Run, of: Jinja, key: Jinja, dotted: boolean): Jinja {
  return lifted(run, [of], (one) => {
    if (one.is === 'unknown') return unknown(one.why)
    if (one.is === 'mapping') {
      const name = textOf(key)
      const found = lookedUp(run, one, key, UNDEFINED(name ?? 'an entry'))
      return found.is === 'undefined' && dotted && name !== undefined && ['get', 'items', 'keys', 'values', 'update'].includes(name)
        ? { is: 'method', of: one, name }
        : found
    }
    return splitLifted(run, [key], (part) => memberOf(run, one, part, dotted))
  })
}

function memberOf(run: Run, of: Jinja, key: Jinja, dotted: boolean): Jinja {
  if (key.is === 'unknown') return unknown(key.why)
  const known = constantOf(key)
  const name = typeof known === 'string' ? known : undefined
  switch (of.is) {
    case 'function':
      if (of.name === 'states' && name !== undefined) return domainMember(run, '', name)
      return of.name === 'states' ? unknown('the name of the entity is computed') : UNDEFINED(name ?? 'a part of a function')
    case 'domain':
      return name === undefined ? unknown('the name of the entity is computed') : domainMember(run, of.name, name)
    case 'state':
      return name === undefined ? UNDEFINED('a part of a state') : stateMember(run, of, name)
    case 'attributes':
      if (name === 'get' && dotted) return { is: 'method', of, name }
      return name === undefined ? unknown('the name of the attribute is computed') : stateMember(run, of, name)
    case 'space':
      return name === undefined ? UNDEFINED('an entry') : (run.state.spaces.get(of.id)?.get(name) ?? UNDEFINED(name))
    case 'moment':
      return name === undefined ? unknown('a part of a moment') : of.stamp ? { is: 'method', of, name } : momentMember(run, of, name)
    case 'span':
      if (name === 'total_seconds') return { is: 'method', of, name }
      return name === 'seconds' || name === 'days' ? spanPart(run, of, name) : unknown(`\`${name ?? ''}\` of a span`)
    case 'list':
      if (typeof known === 'number' && Number.isInteger(known)) return picked(of.items, known)
      if (name !== undefined) return dotted ? { is: 'method', of, name } : UNDEFINED(name)
      return indexed(run, of, key)
    case 'scalar':
    case 'changed':
    case 'joined':
    case 'clock':
      return partOfText(run, of, known, name, dotted)
    case 'parts':
      return typeof known === 'number' ? partAt(of, known) : unknown('a part of a text at an open place', { is: 'text' })
    case 'undefined':
      fail(run, TRUE)
      return NONE
    case 'mapping':
    case 'method':
    case 'macro':
    case 'unknown':
    case 'choice':
      return UNDEFINED(name ?? 'a part')
  }
}

function spanPart(run: Run, of: Extract<Jinja, { readonly is: 'span' }>, name: 'seconds' | 'days'): Jinja {
  const whole = filter(run, 'int', numberValue(of.seconds), givenOf())
  return name === 'seconds' ? arithmetic(run, '%', whole, constant(86400)) : arithmetic(run, '//', numberValue(of.seconds), constant(86400))
}

/** An item at an open index. */
function indexed(run: Run, of: Extract<Jinja, { readonly is: 'list' }>, key: Jinja): Jinja {
  if (of.items.some(({ when }) => when.is !== 'value') || of.items.length > 64) return unknown('an item at an open index')
  const cases = of.items.flatMap(({ value: item }, index) => [
    { when: equal(run, key, constant(index)), value: item },
    { when: equal(run, key, constant(index - of.items.length)), value: item },
  ])
  return { is: 'choice', cases: cases.filter(({ when }) => when.is !== 'value'), otherwise: UNDEFINED('an item that is not there') }
}

function partOfText(run: Run, of: Jinja, known: unknown, name: string | undefined, dotted: boolean): Jinja {
  const text = textOf(of)
  if (typeof known === 'number') {
    if (text !== undefined) {
      const letter = Array.from(text).at(known)
      return letter === undefined ? UNDEFINED('a letter that is not there') : constant(letter)
    }
    if (of.is === 'joined') {
      const edge = textOf((known < 0 ? of.parts.at(-1) : of.parts[0])!)
      const letter = edge === undefined ? undefined : Array.from(edge).at(known)
      if (letter !== undefined) return constant(letter)
    }
    const open = of.is !== 'scalar' || of.text || only(of, 'text') ? textExpr(run, of) : undefined
    if (open !== undefined) {
      const letter = apply('slice', open, value(known), value(known === -1 ? null : known + 1))
      return { is: 'choice', cases: [{ when: same(letter, value('')), value: UNDEFINED('a letter') }], otherwise: textScalar(letter) }
    }
    if (of.is === 'scalar' && of.types.size === 1 && of.types.has('null')) return UNDEFINED('a part of None')
    return (of.is === 'scalar' ? entryOf(run, of, String(known)) : undefined) ?? unknown('an item or letter of an open value')
  }
  if (name === undefined) return unknown('an item of an open value')
  if (of.is === 'scalar' && !of.text && of.types.size > 1)
    return dotted && METHODS.has(name)
      ? { is: 'method', of, name }
      : (entryOf(run, of, name) ?? unknown('a part of an attribute that may be a mapping'))
  const textual = of.is !== 'scalar' || of.text || of.types.has('text')
  return dotted && textual ? { is: 'method', of, name } : UNDEFINED(name)
}

/** An entry of an attribute that holds a mapping, as an attribute of its own; None where it holds none. */
function entryOf(run: Run, of: Extract<Jinja, { readonly is: 'scalar' }>, name: string): Jinja | undefined {
  const [, entity, attribute] = of.of.is === 'read' ? (/^([a-z_]+\.\w+)\.(.+)$/.exec(of.of.attribute) ?? []) : []
  const found =
    entity === undefined || attribute === undefined
      ? run.context.part?.(of.of, name, { is: 'any' })
      : run.context.entity(entity, `${attribute}.${name}`)
  if (found === undefined) return undefined
  const held = reading(run, found, false)
  return { is: 'choice', cases: [{ when: isA(held, 'null'), value: UNDEFINED(name) }], otherwise: held }
}

const TEXT_METHODS: ReadonlySet<string> = new Set(
  'split rsplit startswith endswith lower upper strip lstrip rstrip replace title capitalize casefold swapcase isdigit isnumeric isalpha removeprefix removesuffix zfill'.split(
    ' ',
  ),
)
const METHODS: ReadonlySet<string> = new Set([...TEXT_METHODS, 'get', 'items', 'keys', 'values'])
