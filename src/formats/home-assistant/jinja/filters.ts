/** Filters of Jinja and Home Assistant, by name. */
import { type AutomationExpression, CHANCE, type Value, type ValueType } from '../../../model/automation.ts'
import { and, choose, compare, FALSE, not, number, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { arithmetic } from './arithmetic.ts'
import { momentsBy } from './clock-functions.ts'
import { counted, filtered, folded, joinedItems, mapped, ofList, picked, sorted, unique } from './collections.ts'
import { asNumber, changedWays, equal } from './compare.ts'
import { contained } from './contain.ts'
import { asBool, asNumeric, asText } from './conversions.ts'
import { percentFormat } from './formats.ts'
import { fromJson, jsonText } from './json.ts'
import { stampNumber } from './moments.ts'
import { negated, rounded } from './numbers.ts'
import { filteredOutside, mayBeTree, spelledOutside, takesList } from './outside.ts'
import { textExpr } from './printing.ts'
import { argument, fail, type Given, given as givenOf, open, reading, type Run, truth } from './run.ts'
import { asksRegistry, expand, hasValue, isState, ofDomain, registry, stateAttribute, states } from './states.ts'
import { plainText, textStep } from './texts.ts'
import {
  chosen,
  constant,
  constantOf,
  has,
  isA,
  type Item,
  type Jinja,
  list,
  NONE,
  numberValue,
  only,
  textOf,
  truthValue,
  typed,
  UNDEFINED,
  unknown,
} from './values.ts'
import { lifted, ofConstants } from './ways.ts'

export function filter(run: Run, name: string, of: Jinja, given: Given): Jinja {
  const [first] = given.plain
  if (of.is === 'choice' && takesList(name) && [...of.cases.map((one) => one.value), of.otherwise].some(mayBeTree))
    return lifted(run, [of], (one) => filter(run, name, one, given))
  const outside = filteredOutside(run, name, of.is === 'domain' && takesList(name) ? ofDomain(run, of.name) : of, given)
  if (outside !== undefined) return outside
  switch (name) {
    case 'int':
    case 'float':
      return asNumeric(run, of, name, argument(given, 0, 'default'))
    case 'bool':
      return asBool(run, of, argument(given, 0, 'default'))
    case 'string':
      return asText(run, of)
    case 'default':
    case 'd':
      return defaulted(run, of, argument(given, 0, 'default_value') ?? constant(''), argument(given, 1, 'boolean'))
    case 'round':
      return roundedBy(run, of, given)
    case 'abs':
      return numeric(run, of, (part) => choose(compare('<', part, value(0)), negated(part), part))
    case 'multiply':
      return arithmetic(run, '*', of, first ?? constant(1))
    case 'add':
      return arithmetic(run, '+', of, first ?? constant(0))
    case 'is_number':
      return isNumber(run, of)
    case 'iif':
      return iif(run, of, given.plain)
    case 'count':
    case 'length':
      return counted(run, of)
    case 'list':
    case 'tuple':
    case 'set':
      return name === 'set' ? ofList(run, of, (items) => unique(run, items)) : ofList(run, of, (items) => ({ is: 'list', items }))
    case 'first':
      return endOf(run, of, 0)
    case 'last':
      return endOf(run, of, -1)
    case 'join':
      return joinedBy(run, of, given)
    case 'select':
    case 'reject':
      return ofList(run, of, (items) =>
        filtered(run, items, (item) => {
          const holds =
            first === undefined ? truth(run, item) : run.names.test(run, textOf(first) ?? '', item, givenOf(...given.plain.slice(1)))
          return name === 'select' ? holds : not(holds)
        }),
      )
    case 'selectattr':
    case 'rejectattr':
      if (name === 'selectattr' && isAllStates(of) && textOf(first ?? NONE) === 'entity_id' && textOf(given.plain[1] ?? NONE) === 'in')
        return expand(run, given.plain.slice(2))
      return ofList(run, of, (items) =>
        filtered(run, items, (item) => {
          const part = path(run, item, textOf(first ?? NONE) ?? '')
          const [, test] = given.plain
          const holds =
            test === undefined ? truth(run, part) : run.names.test(run, textOf(test) ?? '', part, givenOf(...given.plain.slice(2)))
          return name === 'selectattr' ? holds : not(holds)
        }),
      )
    case 'map':
      return mappedBy(run, of, given)
    case 'sort':
      return ofList(run, of, (items) => {
        const by = textOf(argument(given, 2, 'attribute') ?? NONE)
        const turned = argument(given, 0, 'reverse')
        return sorted(items, (item) => (by === undefined ? item : path(run, item, by)), turned !== undefined && constantOf(turned) === true)
      })
    case 'unique':
      return ofList(run, of, (items) => unique(run, items))
    case 'reverse':
      return (
        ofText(run, of, (text) => constant(Array.from(text).reverse().join(''))) ??
        ofList(run, of, (items) => ({ is: 'list', items: [...items].reverse() }))
      )
    case 'min':
    case 'max':
    case 'sum':
    case 'average': {
      const by = textOf(given.named.get('attribute') ?? (name === 'sum' ? (first ?? NONE) : NONE))
      return ofList(run, of, (items) =>
        folded(
          run,
          name,
          by === undefined ? items : items.map((item) => ({ ...item, value: path(run, item.value, by) })),
          name === 'average' ? argument(given, 0, 'default') : given.named.get('start'),
        ),
      )
    }
    case 'random':
      return ofList(run, of, (items) => {
        return drawn(items)
      })
    case 'groupby': {
      const by = textOf(argument(given, 0, 'attribute') ?? NONE)
      return by === undefined ? unknown('groups by something computed') : ofList(run, of, (items) => grouped(run, items, by))
    }
    case 'items':
    case 'dictsort':
      return lifted(run, [of], (one) =>
        one.is === 'mapping' && one.open === undefined
          ? list([...one.entries].map(([key, part]) => list([constant(key), part])))
          : unknown('the entries of something that is no known mapping'),
      )
    case 'expand':
      return expand(run, [of])
    case 'states':
      return states(run, givenOf(of, ...given.plain))
    case 'state_attr':
      return stateAttribute(run, of, first ?? NONE)
    case 'is_state':
      return isState(run, of, first ?? NONE)
    case 'has_value':
      return hasValue(run, of)
    case 'contains':
      return truthValue(contained(run, first ?? NONE, of))
    case 'is_defined':
      return lifted(run, [of], (one) => {
        if (one.is === 'undefined') fail(run, TRUE)
        return one
      })
    case 'to_json':
    case 'tojson':
      return jsonText(run, of)
    case 'from_json':
      return fromJson(run, of)
    case 'escape':
    case 'e':
    case 'safe':
    case 'forceescape':
      return asText(run, of)
    case 'format':
      return percentFormat(run, of, given)
    case 'ordinal':
    case 'truncate':
    case 'filesizeformat':
    case 'timestamp_local':
    case 'timestamp_utc':
    case 'relative_time':
    case 'time_since':
    case 'time_until':
    case 'striptags':
    case 'center':
    case 'indent':
    case 'wordwrap':
      return unknown(`the filter \`${name}\``, { is: 'text' })
    case 'log':
    case 'sin':
    case 'cos':
    case 'tan':
    case 'sqrt':
      return ofConstants(
        run,
        [of],
        (known) => (typeof known === 'number' && Number.isFinite(Math[name](known)) ? constant(Math[name](known), true) : NONE),
        `the filter \`${name}\` of an open number`,
        { is: 'number', integer: false },
      )
    default:
      break
  }
  if (asksRegistry(name)) return registry(run, name, of)
  const timely = momentsBy(run, name, [of, ...given.plain], given)
  if (timely !== undefined) return timely
  const step = textStep(run, name, of, given.plain)
  if (step !== undefined) return step
  const plain = plainText(
    run,
    name,
    of,
    name === 'regex_findall_index' ? [given.plain[0] ?? NONE, argument(given, 1, 'index') ?? constant(0)] : given.plain,
  )
  const found = name === 'regex_findall' && plain?.is === 'unknown' ? foundOutside(run, of, given) : undefined
  return found ?? plain ?? unknown(of.is === 'unknown' ? of.why : `the filter \`${name}\` is not modelled`)
}

/** What a pattern finds in a text that no automation decides: a list from outside. */
function foundOutside(run: Run, of: Jinja, given: Given): Jinja | undefined {
  const text = textExpr(run, of)
  const spelled = text === undefined ? undefined : spelledOutside(run, [text, given.plain])
  const part = spelled === undefined ? undefined : run.context.part?.(text!, `regex_findall ${spelled}`, { is: 'any' })
  return part === undefined ? undefined : reading(run, part, false)
}

/** The first or last letter of a text, or item of a list. */
function endOf(run: Run, of: Jinja, place: 0 | -1): Jinja {
  return lifted(run, [of], (one) => {
    if (one.is === 'changed' || one.is === 'joined' || (one.is === 'scalar' && (one.text || only(one, 'text'))))
      return run.names.member(run, one, constant(place), false)
    return ofList(run, one, (items) => picked(items, place))
  })
}

const isAllStates = (of: Jinja): boolean => (of.is === 'function' && of.name === 'states') || (of.is === 'domain' && of.name === '')

/** One of the items, by chance. */
function drawn(items: readonly Item[]): Jinja {
  const by = (type: ValueType): AutomationExpression => ({ is: 'any', type, part: CHANCE })
  if (items.length === 0) return UNDEFINED('an item of nothing')
  if (items.some(({ when }) => when.is !== 'value')) return unknown('a random choice from a list whose length is open')
  const known = items.map(({ value: item }) => constantOf(item))
  const texts = [...new Set(known.filter((one) => typeof one === 'string'))]
  if (known.every((one) => typeof one === 'string'))
    return { ...typed(by({ is: 'enum', values: texts, other: false }), { is: 'enum', values: texts, other: false }, false) }
  const numbers = known.filter((one) => typeof one === 'number')
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  if (numbers.length === items.length && numbers.every(Number.isInteger) && high - low + 1 === new Set(numbers).size)
    return numberValue(by({ is: 'number', integer: true, low, high }))
  return items
    .slice(1)
    .reduce<Jinja>(
      (rest, { value: item }) => ({ is: 'choice', cases: [{ when: by({ is: 'bool' }), value: item }], otherwise: rest }),
      items[0]!.value,
    )
}

/** Items by the value of a part: a group for each value that is asked for; which values there are is open. */
function grouped(run: Run, items: readonly Item[], by: string): Jinja {
  const keys = items.map(({ value: item }) => path(run, item, by))
  const groups = new Map<Value, Jinja>()
  groups.get = (key) => {
    const members = items.map(({ when, value: item }, index) => ({ when: and(when, equal(run, keys[index]!, constant(key))), value: item }))
    const kept = members.filter(({ when }) => !(when.is === 'value' && when.value !== true))
    const any = or(...kept.map(({ when }) => when))
    return chosen(any, { is: 'list', items: kept }, UNDEFINED('a group'))
  }
  return { is: 'mapping', entries: groups, open: 'which groups a list has' }
}

/** What `make` gives for a constant text; nothing where the value is no text at all. */
function ofText(run: Run, of: Jinja, make: (text: string) => Jinja): Jinja | undefined {
  const flat = changedWays(of)
  if (flat.is === 'scalar' ? flat.text || has(flat, 'text') : flat.is === 'changed' || flat.is === 'joined')
    return ofConstants(run, [flat], (text) => make(String(text)), 'a letter of an open text', { is: 'text' })
  return undefined
}

function defaulted(run: Run, of: Jinja, otherwise: Jinja, falseToo: Jinja | undefined): Jinja {
  const deep = falseToo !== undefined && constantOf(falseToo) === true
  return lifted(run, [of], (one) => {
    if (one.is === 'undefined') return otherwise
    if (one.is === 'unknown') return chosen(open(run, { is: 'bool' }, one.why), otherwise, one)
    return deep ? chosen(truth(run, one), one, otherwise) : one
  })
}

/** A number made of a number; None and texts are errors. */
function numeric(run: Run, of: Jinja, make: (part: ReturnType<typeof value>) => ReturnType<typeof value>, float?: boolean): Jinja {
  return lifted(run, [of], (one) => {
    if (one.is === 'unknown') return unknown(one.why, { is: 'number', integer: false })
    if (one.is === 'moment' && one.stamp) return numeric(run, stampNumber(run, one), make, float)
    if (one.is !== 'scalar' || one.text || !(has(one, 'number') || has(one, 'bool'))) {
      fail(run, TRUE)
      return NONE
    }
    if (!only(one, 'number', 'bool')) fail(run, not(or(isA(one, 'number'), isA(one, 'bool'))))
    const plain = asNumber(one)
    const made = make(plain)
    return numberValue(made.is === 'apply' && plain.is === 'value' ? made : made, float ?? one.float)
  })
}

/** `round`: of what is no number, its text read as one, else the default. */
function roundedBy(run: Run, of: Jinja, given: Given): Jinja {
  const digits = argument(given, 0, 'precision') ?? constant(0)
  const how = textOf(argument(given, 1, 'method') ?? constant('common')) ?? 'common'
  const places = constantOf(digits)
  if (typeof places !== 'number' || Math.abs(places) > 12)
    return unknown('rounds to an open number of places', { is: 'number', integer: false })
  const parsed = asNumeric(run, of, 'float', argument(given, 2, 'default'))
  return lifted(run, [parsed], (one) => {
    if (one.is === 'unknown') return unknown(one.why, { is: 'number', integer: places <= 0 })
    if (one.is === 'moment') return one
    if (one.is !== 'scalar' || one.text || !has(one, 'number')) return one
    const method = how === 'floor' || how === 'ceil' || how === 'half' ? how : 'common'
    if (only(one, 'number')) return numberValue(rounded(one.of, places, method), places !== 0 || method === 'half')
    return { ...one, of: choose(isA(one, 'number'), rounded(one.of, places, method), one.of) }
  })
}

/** A finite number, or a text that spells one. */
export function isNumber(run: Run, of: Jinja): Jinja {
  return lifted(run, [changedWays(of)], (one) => {
    if (one.is === 'unknown') return unknown(one.why, { is: 'bool' })
    if (one.is === 'moment') return constant(one.stamp)
    if (one.is === 'changed' && one.steps.every(({ keepsNumbers }) => keepsNumbers))
      return truthValue(not(same(number(one.of.of), value(null))))
    if (one.is === 'changed' || one.is === 'joined') return unknown('asks for a number within a computed text', { is: 'bool' })
    if (one.is !== 'scalar') return constant(false)
    if (only(one, 'number', 'bool')) return constant(true)
    return truthValue(or(has(one, 'bool') ? isA(one, 'bool') : FALSE, not(same(number(one.of), value(null)))))
  })
}

export function iif(run: Run, of: Jinja, parts: readonly Jinja[]): Jinja {
  const [yes = constant(true), no = constant(false), none] = parts
  return lifted(run, [of], (one) => {
    const holds = truth(run, one)
    const plain = chosen(holds, yes, no)
    if (one.is !== 'scalar' || !has(one, 'null') || none === undefined) return plain
    return chosen(isA(one, 'null'), none, plain)
  })
}

function joinedBy(run: Run, of: Jinja, given: Given): Jinja {
  const by = textOf(argument(given, 1, 'attribute') ?? NONE)
  const separator = argument(given, 0, 'd') ?? constant('')
  return ofList(run, of, (items) =>
    joinedItems(run, by === undefined ? items : items.map((item) => ({ ...item, value: path(run, item.value, by) })), separator),
  )
}

function mappedBy(run: Run, of: Jinja, given: Given): Jinja {
  const attribute = given.named.get('attribute')
  const otherwise = given.named.get('default')
  const [name, ...rest] = given.plain
  return ofList(run, of, (items) =>
    mapped(run, items, (item) => {
      if (attribute !== undefined) {
        const part = path(run, item, String(constantOf(attribute) ?? ''))
        return otherwise === undefined ? part : defaulted(run, part, otherwise, undefined)
      }
      const known = name === undefined ? undefined : textOf(name)
      if (known !== undefined) return run.names.filter(run, known, item, { plain: rest, named: given.named })
      if (name?.is === 'function' || name?.is === 'macro') return run.names.call(run, name, givenOf(item, ...rest))
      return unknown('`map` with a computed filter')
    }),
  )
}

/** A part of an item by a path with dots. */
function path(run: Run, of: Jinja, dotted: string): Jinja {
  return dotted
    .split('.')
    .reduce<Jinja>(
      (part, name) =>
        part.is === 'undefined' ? part : run.names.member(run, part, /^\d+$/.test(name) ? constant(Number(name)) : constant(name), true),
      of,
    )
}
