/** Decides again that two rules never command incompatible values in one reaction: every pair of their ways is parted by one of the reasons given. */
import type { AutomationExpression, Behaviour, ThingAttribute } from '../../model/automation.ts'
import type { DifferenceBound, DisjointReason, ValueSpan } from '../../model/conflict.ts'
import { indexOf, readsOf } from '../behaviour-index.ts'
import type { Exact } from '../exact.ts'
import { compare, exactFromNumber, exactFromText, minus, over, plus } from '../exact.ts'
import type { Datum } from '../values.ts'
import { evaluate, inType, isNumber, same, toDatum, toValue } from '../values.ts'
import { isBoundedBy } from './difference-bounds.ts'
import { isFixed, waysToCommand, type RuleWay, type Test } from './rule-ways.ts'

/** Whether two commands with these values (absent: any) may be incompatible. */
export type MayClash = (a: readonly Datum[] | undefined, b: readonly Datum[] | undefined) => boolean

/** Undefined where the reasons suffice; else what they do not cover. */
export function notDisjoint(
  behaviour: Behaviour,
  rules: readonly string[],
  attribute: string,
  reasons: readonly DisjointReason[],
  mayClash: MayClash,
): string | undefined {
  const [first, second] = rules.map((rule) => casesIn(behaviour, rule, attribute))
  if (rules.length !== 2 || first === undefined || second === undefined) return 'its rules cannot be followed'
  const used = new Set<DisjointReason>()
  const mayPart = reasons.filter((reason) => reason.is !== 'attribute' || excludeEachOther(behaviour, reason))
  for (const a of first)
    for (const b of second) {
      if (!mayClash(a.values, b.values)) continue
      for (const mine of a.cases)
        for (const theirs of b.cases) {
          const reason = mayPart.find((one) => parts(behaviour, one, { ...a, tests: mine }, { ...b, tests: theirs }))
          if (reason === undefined) return 'none of its reasons parts two of the ways to the commands'
          used.add(reason)
        }
    }
  return reasons.length > used.size ? 'one of its reasons parts nothing' : undefined
}

const known = new WeakMap<Behaviour, Map<string, readonly Cases[] | undefined>>()

function casesIn(behaviour: Behaviour, rule: string, attribute: string): readonly Cases[] | undefined {
  const made = known.get(behaviour) ?? new Map<string, readonly Cases[] | undefined>()
  known.set(behaviour, made)
  const key = JSON.stringify([rule, attribute])
  if (!made.has(key))
    made.set(
      key,
      waysToCommand(behaviour, rule, attribute)
        ?.map(expanded)
        .map((one) => ({ ...one, cases: one.cases.filter((tests) => canHold(behaviour, tests)) })),
    )
  return made.get(key)
}

/** False only where no value of some fixed attribute passes all tests about it. */
function canHold(behaviour: Behaviour, tests: readonly Test[]): boolean {
  const names = new Set(tests.flatMap(({ expression }) => readsOf(expression)))
  return [...names].every((name) => {
    if (!isFixed(behaviour, name)) return true
    const about = aboutIn(tests, name)
    if (about.length < 2) return true
    return samplesOf(indexOf(behaviour).attributes.get(name)!, about, []).some((value) => admits(about, value))
  })
}

interface Cases {
  readonly event?: string
  readonly values?: readonly Datum[]
  readonly cases: readonly (readonly Test[])[]
}

const mostCases = 256

/** Tests without `and`, `or` and `not`: each case lists what holds together. Where they are too many, tests are left out. */
function expanded({ tests, ...way }: RuleWay): Cases {
  let cases: readonly (readonly Test[])[] = [[]]
  for (const test of tests) {
    const options = casesOf(test)
    if (cases.length * options.length <= mostCases) cases = cases.flatMap((one) => options.map((other) => [...one, ...other]))
  }
  return { ...way, cases }
}

function casesOf({ expression, holds }: Test): readonly (readonly Test[])[] {
  if (expression.is === 'value') return (expression.value === true) === holds ? [[]] : []
  if (expression.is !== 'apply') return [[{ expression, holds }]]
  const { operator, arguments: given } = expression
  const [a, b, c] = given
  if (operator === 'not' && a !== undefined) return casesOf({ expression: a, holds: !holds })
  if (operator === 'and' || operator === 'or') {
    const each = given.map((one) => casesOf({ expression: one, holds }))
    if ((operator === 'or') === holds) return each.flat().length > mostCases ? [[]] : each.flat()
    return each.reduce<readonly (readonly Test[])[]>(
      (all, options) => (all.length * options.length > mostCases ? all : all.flatMap((one) => options.map((other) => [...one, ...other]))),
      [[]],
    )
  }
  if (operator === 'if' && a !== undefined && b !== undefined && c !== undefined)
    return [true, false].flatMap((side) =>
      casesOf({
        expression: {
          is: 'apply',
          operator: side ? 'and' : 'or',
          arguments: side ? [a] : [{ is: 'apply', operator: 'not', arguments: [a] }],
        },
        holds: true,
      }).flatMap((one) => casesOf({ expression: side ? b : c, holds }).map((other) => [...one, ...other])),
    )
  return [[{ expression, holds }]]
}

type Case = Pick<RuleWay, 'event' | 'tests'>

function parts(behaviour: Behaviour, reason: DisjointReason, first: Case, second: Case): boolean {
  switch (reason.is) {
    case 'event':
      return first.event !== undefined && second.event !== undefined && first.event !== second.event
    case 'attribute': {
      const attribute = indexOf(behaviour).attributes.get(reason.attribute)
      if (attribute === undefined || !isFixed(behaviour, attribute.id)) return false
      return staysIn(attribute, first.tests, reason.first, reason.of) && staysIn(attribute, second.tests, reason.second, reason.of)
    }
    case 'circle':
      return isCircle(reason.bounds) && reason.bounds.every((bound) => follows(behaviour, bound, bound.from === 'first' ? first : second))
  }
}

type AttributeReason = Extract<DisjointReason, { is: 'attribute' }>

/** Whether no value of the attribute lies in both spans. */
function excludeEachOther(behaviour: Behaviour, { attribute: id, of, first, second }: AttributeReason): boolean {
  const attribute = indexOf(behaviour).attributes.get(id)
  if (attribute === undefined) return false
  return samplesOf(attribute, [], [first, second]).every((value) => !(within(first, told(of, value)) && within(second, told(of, value))))
}

/** Whether every value of the attribute that passes the tests lies in the span. */
function staysIn(attribute: ThingAttribute, tests: readonly Test[], span: ValueSpan, of: AttributeReason['of']): boolean {
  const known = stays.get(tests) ?? new Map<string, boolean>()
  stays.set(tests, known)
  const key = JSON.stringify([attribute.id, of, span])
  const before = known.get(key)
  if (before !== undefined) return before
  const about = aboutIn(tests, attribute.id)
  const stay = samplesOf(attribute, about, [span]).every((value) => within(span, told(of, value)) || !admits(about, value))
  known.set(key, stay)
  return stay
}

/** INVARIANT: a list of tests is made for one behaviour. */
const stays = new WeakMap<readonly Test[], Map<string, boolean>>()
const abouts = new WeakMap<readonly Test[], Map<string, readonly Test[]>>()

/** Those of the tests that are about that attribute alone. */
function aboutIn(tests: readonly Test[], attribute: string): readonly Test[] {
  const known = abouts.get(tests) ?? new Map<string, readonly Test[]>()
  abouts.set(tests, known)
  const about = known.get(attribute) ?? tests.filter(({ expression }) => isAbout(expression, attribute))
  known.set(attribute, about)
  return about
}

const told = (of: AttributeReason['of'], value: Datum): Datum => (of === 'number' ? numberIn(value) : value)

const numberIn = (value: Datum): Datum => (isNumber(value) ? value : typeof value === 'string' ? (exactFromText(value) ?? null) : null)

const admits = (tests: readonly Test[], value: Datum): boolean =>
  tests.every(
    ({ expression, holds }) => (evaluate(expression, { attribute: () => value, local: () => null, any: () => null }) === true) === holds,
  )

function within(span: ValueSpan, value: Datum): boolean {
  if (span.is !== 'numbers') return span.values.some((one) => same(toDatum(one), value)) === (span.is === 'among')
  if (!isNumber(value)) return span.none
  const [low, high] = [span.low, span.high].map((end) => (end === undefined ? undefined : exactFromText(end)))
  const [under, above] = [low === undefined ? 1 : compare(value, low), high === undefined ? -1 : compare(value, high)]
  return (span.above ? under > 0 : under >= 0) && (span.below ? above < 0 : above <= 0)
}

/** A test of that attribute alone whose truth changes at constants only, or at sums and differences of two of them. */
function isAbout(expression: AutomationExpression, attribute: string): boolean {
  if (readsOf(expression).join('\n') !== attribute) return false
  if (expression.is === 'read') return true
  if (expression.is !== 'apply' || !['==', '!=', '<', '<=', '>', '>='].includes(expression.operator)) return false
  const leaves = expression.arguments.flatMap(leavesOf)
  return (
    leaves.filter(({ is }) => is === 'read').length === 1 && leaves.length <= 3 && leaves.every(({ is }) => is === 'read' || is === 'value')
  )
}

const leavesOf = (expression: AutomationExpression): readonly AutomationExpression[] => {
  if (expression.is !== 'apply') return [expression]
  const plain =
    expression.operator === 'number' || ((expression.operator === '+' || expression.operator === '-') && expression.arguments.length === 2)
  return plain ? expression.arguments.flatMap(leavesOf) : [{ is: 'local', name: '' }]
}

/** Values of the attribute between which nothing that is asked of it changes, and every value at which something does. */
function samplesOf(attribute: ThingAttribute, tests: readonly Test[], spans: readonly ValueSpan[]): readonly Datum[] {
  const constants = tests.flatMap(({ expression }) => (expression.is === 'apply' ? expression.arguments.flatMap(leavesOf) : []))
  const named: readonly Datum[] = [
    ...constants.flatMap((leaf) => (leaf.is === 'value' ? [toDatum(leaf.value)] : [])),
    ...spans.flatMap((span) => (span.is === 'numbers' ? [] : span.values.map(toDatum))),
    ...(attribute.initial ?? []).map(toDatum),
    ...(attribute.type.is === 'enum' ? attribute.type.values : []),
  ]
  const ends = spans
    .flatMap((span) => (span.is === 'numbers' ? [span.low, span.high] : []))
    .flatMap((end) => (end === undefined ? [] : [end]))
  const base = [...named.map(numberIn), ...ends.map((end) => exactFromText(end) ?? null)].filter(isNumber)
  const bounds =
    attribute.type.is === 'number' ? [attribute.type.low, attribute.type.high].flatMap((end) => (end === undefined ? [] : [end])) : []
  const some = [exactFromNumber(0), ...base, ...bounds.map(exactFromNumber)]
  // Only where tests add does something change at sums.
  const summed = tests.some(({ expression }) => adds(expression))
  const apart = distinct(summed ? some.flatMap((x) => base.flatMap((y) => [x, plus(x, y), minus(x, y)])).concat(some) : some)
  const numbers = numbersAround(apart)
  const texts =
    attribute.type.is === 'number' || attribute.type.is === 'bool' ? [] : [...numbers.map((one) => String(toValue(one))), 'no number', '']
  const all: readonly Datum[] = [...named, ...numbers, ...texts, ...texts.flatMap((text) => [`${text} `]), null, true, false]
  return all.filter((value) => isPossible(attribute, value))
}

const adds = (expression: AutomationExpression): boolean =>
  expression.is === 'apply' && (['+', '-'].includes(expression.operator) || expression.arguments.some(adds))

const distinct = (numbers: readonly Exact[]): readonly Exact[] => {
  const sorted = [...numbers].sort(compare)
  return sorted.filter((one, at) => at === 0 || compare(one, sorted[at - 1]!) !== 0)
}

/** The numbers, one between each two, one below and one above; whole ones beside each, too. */
function numbersAround(sorted: readonly Exact[]): readonly Exact[] {
  const one = exactFromNumber(1)
  return sorted.flatMap((number, at) => {
    const next = sorted[at + 1]
    const whole = { num: number.num / number.den, den: 1n }
    const beside = [minus(whole, one), whole, plus(whole, one)]
    return [
      number,
      minus(number, one),
      plus(number, one),
      ...beside,
      ...(next === undefined ? [] : [over(plus(number, next), exactFromNumber(2))]),
    ]
  })
}

function isPossible({ type, initial = [], outside }: ThingAttribute, value: Datum): boolean {
  if (initial.some((one) => same(toDatum(one), value))) return true
  if (initial.length > 0 && !outside) return false
  if (!isNumber(value)) return inType(value, type)
  if (type.is !== 'number') return type.is === 'any'
  if (type.integer && value.den !== 1n) return false
  return (
    (type.low === undefined || compare(value, exactFromNumber(type.low)) >= 0) &&
    (type.high === undefined || compare(value, exactFromNumber(type.high)) <= 0)
  )
}

/** Whether each bound begins where the one before it ended, and all together are below zero. */
function isCircle(bounds: readonly DifferenceBound[]): boolean {
  const closed = bounds.every(({ more }, at) => more === bounds[(at + 1) % bounds.length]!.less)
  const total = bounds.reduce<Exact>((sum, { bound }) => plus(sum, exactFromText(bound)!), exactFromNumber(0))
  const sign = compare(total, exactFromNumber(0))
  return bounds.length > 0 && closed && (sign < 0 || (sign === 0 && bounds.some(({ strict }) => strict)))
}

function follows(behaviour: Behaviour, bound: DifferenceBound, { tests }: Case): boolean {
  const names = [bound.less, bound.more].filter((name) => name !== undefined)
  if (names.length === 0 || !names.every((name) => indexOf(behaviour).attributes.has(name) && isFixed(behaviour, name))) return false
  return isBoundedBy(behaviour, bound, bound.from === 'type' ? [] : tests)
}
