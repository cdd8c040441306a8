/** K5: a quantity leaves its bounds while the effects of two rules drive it that way; with those of either taken away it would have stayed within. */
import {
  add,
  and,
  any,
  eq,
  FALSE,
  ge,
  gt,
  int,
  ite,
  lt,
  maximum,
  mul,
  neg,
  not,
  or,
  quotient,
  real,
  sub,
  sum,
  TRUE,
} from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { quantityName } from '../../src/model/timed-run.ts'
import type { QuantityBounds } from '../../src/model/environment.ts'
import { clauseHolds, clauseOf } from '../conflict/states-of-things.ts'
import type { ConflictWords } from '../reaction.ts'
import { decimalTerm } from '../symbolic-value.ts'
import type { DrivenQuantity, Ghosts, Moment, Monitor, TimedKind, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'

type Driver = DrivenQuantity['drivers'][number]

/** Up or down: beyond which of the bounds. */
type Way = 1 | -1

const pushes = ({ effect: { direction } }: Driver, way: Way): boolean => direction === 'exchange' || (direction === 'up') === way > 0

const boundsOf = ({ least, most }: QuantityBounds): readonly (readonly [Way, number])[] => [
  ...(most === undefined ? [] : [[1, most] as const]),
  ...(least === undefined ? [] : [[-1, least] as const]),
]

/** Per bounds: two rules that command things which push the quantity beyond one of them. */
const subjects = (structure: TimedStructure): readonly TimedSubject[] =>
  (structure.behaviour.environment?.bounds ?? []).flatMap((bounds) => {
    const quantity = quantityName(bounds.property, bounds.place)
    const drivers = structure.quantities.get(quantity)?.drivers ?? []
    const pairs = new Set<string>()
    for (const [way] of boundsOf(bounds)) {
      const pushing = drivers.filter((driver) => pushes(driver, way)).map(({ effect }) => effect.attribute)
      const rules = [...new Set(pushing.flatMap((attribute) => (structure.writers.get(attribute) ?? []).map(({ rule }) => rule)))].sort()
      for (const one of rules) for (const other of rules) if (one < other) pairs.add(JSON.stringify([one, other]))
    }
    return [...pairs].sort().map((text): TimedSubject => {
      const rules = JSON.parse(text) as [string, string]
      const watches = [...new Set(drivers.map(({ effect }) => effect.attribute))].sort()
      const at = watches.flatMap((id) => (structure.writers.get(id) ?? []).filter(({ rule }) => rules.includes(rule)).map((one) => one.at))
      return {
        key: `${quantity}: ${rules.join(' ')}`,
        quantity,
        rules,
        watches,
        at,
        ...(bounds.at === undefined ? {} : { at: [bounds.at, ...at] }),
      }
    })
  })

const HOUR = real(3_600_000)
const over = (rate: number, milliseconds: Term): Term => mul(quotient(decimalTerm(rate), HOUR), milliseconds)

/** What a driver adds at least and at most, per hour. */
const pushOf = ({ effect: { direction, rate } }: Driver): { readonly low: number; readonly high: number } =>
  direction === 'up' ? rate : direction === 'down' ? { low: -rate.high, high: -rate.low } : { low: -rate.high, high: rate.high }

const monitorOf = (
  { influence, drivers }: DrivenQuantity,
  { quantity = '', rules }: TimedSubject,
  ways: readonly (readonly [Way, number])[],
  words: ConflictWords,
): Monitor => {
  const level = ({ quantities }: Moment): Term => quantities.get(quantity) ?? real(0)
  const acts = ({ effect, open }: Driver, { standing }: Moment): Term => {
    const look = (attribute: string) => standing(attribute).value
    const clear = open.length === 0 ? [] : [any(open.map((clause) => clauseHolds(clause, look, words)))]
    return and(clauseHolds(clauseOf(effect), look, words), ...clear)
  }
  const commanded = ({ effect }: Driver, rule: string, { standing }: Moment): Term =>
    eq(standing(effect.attribute).by, int(words.ruleIndex(rule)))
  const beyond = (value: Term, way: Way, bound: number): Term => (way > 0 ? gt(value, decimalTerm(bound)) : lt(value, decimalTerm(bound)))
  const name = (way: Way, at: number): string => `${way > 0 ? 'above' : 'below'} without ${at}`
  /** Where the quantity would stand now had the rule’s effects not acted since the reaction before: as much as could be theirs is taken off. */
  const without = ({ levels, instants }: Ghosts, now: Moment, rule: string, way: Way, at: number): Term => {
    const span = sub(now.now, instants['then'] ?? real(0))
    const end = way > 0 ? ('low' as const) : ('high' as const)
    const most = way > 0 ? ('high' as const) : ('low' as const)
    const theirs = drivers.map((driver) => ({ driver, is: and(acts(driver, now), commanded(driver, rule, now)) }))
    const taken = sum(theirs.map(({ driver, is }) => ite(is, over(pushOf(driver)[most], span), real(0))))
    const others = sum([
      over(influence[end], span),
      ...drivers.map((driver) => ite(and(acts(driver, now), not(commanded(driver, rule, now))), over(pushOf(driver)[end], span), real(0))),
    ])
    const left = sub(sub(level(now), levels['level'] ?? real(0)), taken)
    const change = way > 0 ? maximum(left, others) : neg(maximum(neg(left), neg(others)))
    return add(levels[name(way, at)] ?? real(0), change)
  }
  const flag = (way: Way, at: number): string => `${name(way, at)} beyond`
  const late = (ghosts: Ghosts, now: Moment): Term =>
    any(
      ways.map(([way, bound]) =>
        and(
          beyond(level(now), way, bound),
          ...rules.flatMap((rule, at) => [
            any(drivers.filter((driver) => pushes(driver, way)).map((driver) => and(commanded(driver, rule, now), acts(driver, now)))),
            not(ghosts.flags[flag(way, at)] ?? FALSE),
            not(beyond(without(ghosts, now, rule, way, at), way, bound)),
          ]),
        ),
      ),
    )
  const each = <T>(make: (way: Way, bound: number, at: number) => T): readonly T[] =>
    ways.flatMap(([way, bound]) => rules.map((_, at) => make(way, bound, at)))
  return {
    ghosts: {
      flags: ['begun', ...each((way, _, at) => flag(way, at))],
      instants: ['then'],
      levels: ['level', ...each((way, _, at) => name(way, at))],
    },
    first: (nothing, start) => ({
      ...nothing,
      levels: Object.fromEntries([['level', level(start)], ...each((way, _, at) => [name(way, at), level(start)] as const)]),
    }),
    next: (ghosts, { earlier }) => {
      const values = each((way, bound, at) => ({ way, bound, at, value: without(ghosts, earlier, rules[at]!, way, at) }))
      return {
        ...ghosts,
        flags: Object.fromEntries([
          ['begun', TRUE],
          ...values.map(
            ({ way, bound, at, value }) => [flag(way, at), or(ghosts.flags[flag(way, at)] ?? FALSE, beyond(value, way, bound))] as const,
          ),
        ]),
        instants: { then: earlier.now },
        levels: Object.fromEntries([['level', level(earlier)], ...values.map(({ way, at, value }) => [name(way, at), value] as const)]),
      }
    },
    bad: () => FALSE,
    late,
    keeps: [
      { says: 'the level is the last one', holds: ({ levels }, now) => eq(levels['level'] ?? real(0), level(now)) },
      { says: 'its time is the last one', holds: ({ instants }, { now }) => eq(instants['then'] ?? real(0), now) },
      ...each((way, bound, at) => ({
        says: `without ${rules[at] ?? ''} it is beyond ${bound} only where it was`,
        holds: ({ flags, levels }: Ghosts) =>
          or(not(flags['begun'] ?? FALSE), flags[flag(way, at)] ?? FALSE, not(beyond(levels[name(way, at)] ?? real(0), way, bound))),
      })),
      ...each((way, _, at) => ({
        says: `without ${rules[at] ?? ''} it begins where it is`,
        holds: ({ flags, levels }: Ghosts, now: Moment) => or(flags['begun'] ?? FALSE, eq(levels[name(way, at)] ?? real(0), level(now))),
      })),
      ...each((way, bound, at) => ({
        says: `beyond ${bound} it is without ${rules[at] ?? ''}, too, or was`,
        holds: ({ flags, levels }: Ghosts, now: Moment) =>
          or(flags[flag(way, at)] ?? FALSE, not(beyond(level(now), way, bound)), beyond(levels[name(way, at)] ?? real(0), way, bound)),
      })),
      ...each((way, _, at) => ({
        says: `without ${rules[at] ?? ''} it lies no ${way > 0 ? 'higher' : 'lower'}`,
        holds: ({ levels }: Ghosts, now: Moment) =>
          way > 0 ? ge(level(now), levels[name(way, at)] ?? real(0)) : ge(levels[name(way, at)] ?? real(0), level(now)),
      })),
    ],
  }
}

export const cumulative: TimedKind = {
  id: 'conflict/cumulative-effect',
  number: 'K5',
  says: 'the effects of two rules together drive a quantity out of its bounds, which neither alone would',
  strength: 6,
  subjects,
  monitor: (subject, structure, words) => {
    const { quantity = '' } = subject
    const driven = structure.quantities.get(quantity)
    const bounds = structure.behaviour.environment?.bounds?.find(({ property, place }) => quantityName(property, place) === quantity)
    return driven === undefined || bounds === undefined
      ? { ...remembersNothing, bad: () => FALSE }
      : monitorOf(driven, subject, boundsOf(bounds), words)
  },
  severity: () => 'warning',
  text: ({ quantity = '', rules }, never, named) => {
    const both = rules.map(named).join(' and ')
    return never
      ? `${both} together never drive ${quantity} out of its bounds`
      : `${both} together drive ${quantity} out of its bounds, which neither alone would`
  },
}
