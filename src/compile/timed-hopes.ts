/** Conditions that may hold of every state at rest of every run: guessed from what waits, what stands and what is remembered. Solvers drop those that do not. */
import type { Ghosts } from '../../constraints/timed.ts'
import { equalValues } from '../../constraints/symbolic-value.ts'
import { and, any, eq, FALSE, int, ite, le, not, or, real, sub } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Value } from '../model/automation.ts'
import { decimalTerm } from '../../constraints/symbolic-value.ts'
import { isSeveral } from './conflicts-waiting.ts'
import type { WaitingToken } from './conflicts-state.ts'
import type { TimedContext, TimedState } from './timed-state.ts'

/** What is remembered, per monitor. */
export type AllGhosts = readonly Ghosts[]

interface Predicate {
  readonly says: string
  readonly of: 'token' | 'timer' | 'flag' | 'commander' | 'value'
  /** Predicates about the same thing say nothing together. */
  readonly about: string
  readonly holds: (state: TimedState, ghosts: AllGhosts) => Term
}

/** An instant that has a meaning where the predicate holds. */
interface Item {
  readonly says: string
  readonly where?: Predicate
  readonly instant: (state: TimedState, ghosts: AllGhosts) => Term
}

export interface Hope {
  readonly says: string
  readonly holds: (state: TimedState, ghosts: AllGhosts) => Term
}

/** Predicates that are paired, and hopes in all. */
const MOST_PREDICATES = 28
const MOST_HOPES = 1_600
const MOST_SPANS = 5
const MOST_VALUES = 4

/** `durations`: milliseconds that the rules and kinds name. */
export const hopesOf = (
  context: TimedContext,
  anywhere: TimedState,
  monitors: number,
  flags: readonly (readonly string[])[],
  instants: readonly (readonly string[])[],
  durations: readonly number[],
): readonly Hope[] => {
  const { rules, predicates } = predicatesOf(context, anywhere, flags)
  const strong = predicates.filter(({ of }) => of !== 'value')
  const values = predicates.filter(({ of }) => of === 'value').slice(0, Math.max(0, MOST_PREDICATES - strong.length))
  const used = [...strong.slice(0, MOST_PREDICATES), ...values]
  const hopes: Hope[] = []
  for (const [index, one] of used.entries()) {
    for (const yes of [true, false]) hopes.push({ says: literalSays(one, yes), holds: (state, ghosts) => literal(one, yes, state, ghosts) })
    for (const other of used.slice(index + 1)) {
      if (one.about === other.about) continue
      for (const a of [true, false])
        for (const b of [true, false]) {
          if (!a && !b && one.of === 'value' && other.of === 'value' && one.about === other.about) continue
          hopes.push({
            says: `${literalSays(one, a)}, or ${literalSays(other, b)}`,
            holds: (state, ghosts) => or(literal(one, a, state, ghosts), literal(other, b, state, ghosts)),
          })
        }
    }
  }
  const items = itemsOf(rules, used, instants)
  const near = durations.slice(0, MOST_SPANS)
  const spans = [...new Set([0, ...near, ...near.map((one) => -one)])]
  for (const one of items)
    for (const other of items) {
      if (one === other) continue
      for (const span of spans)
        hopes.push({
          says: `${one.says} - ${other.says} <= ${span} ms${whereSays(one, other)}`,
          holds: (state, ghosts) =>
            or(
              ...[one, other].flatMap(({ where }) => (where === undefined ? [] : [not(where.holds(state, ghosts))])),
              le(sub(one.instant(state, ghosts), other.instant(state, ghosts)), decimalTerm(span)),
            ),
        })
    }
  return monitors === 0 ? [] : hopes.slice(0, MOST_HOPES)
}

const literal = (predicate: Predicate, yes: boolean, state: TimedState, ghosts: AllGhosts): Term => {
  const term = predicate.holds(state, ghosts)
  return yes ? term : not(term)
}

const literalSays = ({ says }: Predicate, yes: boolean): string => (yes ? says : `not ${says}`)

const whereSays = (...items: readonly Item[]): string => {
  const named = [...new Set(items.flatMap(({ where }) => (where === undefined ? [] : [where.says])))]
  return named.length === 0 ? '' : ` where ${named.join(' and ')}`
}

const tokensAt = (state: TimedState, rule: string, step: string): readonly WaitingToken[] =>
  state.rest.waiting.filter((token) => token.rule === rule && token.step === step)

/** Of the tokens at one step the one that waits. */
const instantOf = (tokens: readonly WaitingToken[], of: (token: WaitingToken) => Term | undefined): Term =>
  tokens.reduce<Term>((rest, token) => ite(token.guard, of(token) ?? real(0), rest), real(0))

interface Place {
  readonly rule: string
  readonly step: string
  readonly deadline: boolean
}

const predicatesOf = (
  { reaction: { structure, listeners, coding, ruleIndex, touched, relevant, ranges } }: TimedContext,
  anywhere: TimedState,
  flags: readonly (readonly string[])[],
): { readonly rules: readonly Place[]; readonly predicates: readonly Predicate[] } => {
  const single = anywhere.rest.waiting.filter(({ rule, guard }) => guard !== FALSE && !isSeveral(structure.rule.get(rule)!, listeners))
  const predicates: Predicate[] = single.map(({ rule, step }) => ({
    says: `\`${rule}\` waits at \`${step}\``,
    of: 'token',
    about: rule,
    holds: (state) => any(tokensAt(state, rule, step).map(({ guard }) => guard)),
  }))
  for (const [key, { rule, trigger }] of anywhere.rest.timers)
    predicates.push({
      says: `trigger ${trigger} of \`${rule}\` is armed`,
      of: 'timer',
      about: `armed ${key}`,
      holds: (state) => state.rest.timers.get(key)?.armed ?? FALSE,
    })
  flags.forEach((names, monitor) =>
    names.forEach((name) =>
      predicates.push({
        says: `${name} ${monitor}`,
        of: 'flag',
        about: `flag ${monitor} ${name}`,
        holds: (_, ghosts) => ghosts[monitor]?.flags[name] ?? FALSE,
      }),
    ),
  )
  const attributes = [...(touched ?? structure.attributes.keys())].sort()
  for (const attribute of attributes) {
    const writers = (structure.writers.get(attribute) ?? []).filter(({ rule }) => relevant?.has(rule) !== false)
    for (const rule of [...new Set(writers.map((writer) => writer.rule))].sort())
      predicates.push({
        says: `\`${rule}\` commanded \`${attribute}\``,
        of: 'commander',
        about: `by ${attribute}`,
        holds: (state) => eq(state.rest.standing(attribute).by, int(ruleIndex(rule))),
      })
    const range = ranges.attribute(attribute)
    const constants = new Set<Value>(writers.flatMap(({ constant }) => (constant === undefined ? [] : [constant])))
    if (range.true || range.false) constants.add(true)
    if (range.texts !== 'all') range.texts.slice(0, MOST_VALUES).forEach((text) => constants.add(text))
    if (writers.length === 0 && range.texts === 'all') continue
    if (constants.has(true)) constants.delete(false)
    for (const value of [...constants].slice(0, MOST_VALUES)) {
      const wanted = coding.constant(value)
      predicates.push({
        says: `\`${attribute}\` is ${JSON.stringify(value)}`,
        of: 'value',
        about: `value ${attribute}`,
        holds: (state) => equalValues(state.rest.standing(attribute).value, wanted),
      })
    }
  }
  return { rules: single.map(({ rule, step, deadline }) => ({ rule, step, deadline: deadline !== undefined })), predicates }
}

const itemsOf = (places: readonly Place[], predicates: readonly Predicate[], instants: readonly (readonly string[])[]): readonly Item[] => {
  const items: Item[] = [{ says: 'now', instant: (state) => state.now }]
  for (const { rule, step, deadline } of places) {
    const where = predicates.find(({ of, says }) => of === 'token' && says === `\`${rule}\` waits at \`${step}\``)
    if (where === undefined) continue
    items.push({ says: `begin of \`${rule}\``, where, instant: (state) => instantOf(tokensAt(state, rule, step), ({ begun }) => begun) })
    if (deadline)
      items.push({
        says: `deadline of \`${rule}\``,
        where,
        instant: (state) => instantOf(tokensAt(state, rule, step), (token) => token.deadline),
      })
  }
  for (const predicate of predicates) {
    if (predicate.of !== 'timer') continue
    const key = predicate.about.slice('armed '.length)
    items.push({ says: `end of ${predicate.says}`, where: predicate, instant: (state) => state.rest.timers.get(key)?.deadline ?? real(0) })
  }
  instants.forEach((names, monitor) =>
    names.forEach((name) => {
      const where = predicates.find(({ about }) => about.startsWith(`flag ${monitor} `))
      items.push({
        says: `${name} ${monitor}`,
        ...(where === undefined ? {} : { where }),
        instant: (_, ghosts) => ghosts[monitor]?.instants[name] ?? real(0),
      })
    }),
  )
  return items
}

export const conjunction = (hopes: readonly Hope[], state: TimedState, ghosts: AllGhosts): Term =>
  and(...hopes.map((hope) => hope.holds(state, ghosts)))
