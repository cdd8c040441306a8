/** Conditions that may hold of every state at rest of every run: guessed from what waits, what stands and what is remembered. Solvers drop those that do not. */
import type { Ghosts, Monitor } from '../../constraints/timed.ts'
import { equalValues } from '../../constraints/symbolic-value.ts'
import { and, any, eq, FALSE, ge, gt, int, ite, le, not, or, real, sub } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Value } from '../model/automation.ts'
import { decimalTerm } from '../../constraints/symbolic-value.ts'
import { isSeveral } from './conflicts-waiting.ts'
import type { WaitingToken } from './conflicts-state.ts'
import { momentOf, type TimedContext, type TimedState } from './timed-state.ts'

/** What is remembered, per monitor. */
export type AllGhosts = readonly Ghosts[]

interface Predicate {
  readonly says: string
  readonly of: 'token' | 'timer' | 'flag' | 'commander' | 'value'
  /** Predicates about the same thing say nothing together. */
  readonly about: string
  /** Whose memory it speaks of; what two monitors remember has nothing to do with each other. */
  readonly monitor?: number
  readonly holds: (state: TimedState, ghosts: AllGhosts) => Term
}

/** An instant that has a meaning where the predicate holds. */
interface Item {
  readonly says: string
  readonly where?: Predicate
  readonly monitor?: number
  readonly instant: (state: TimedState, ghosts: AllGhosts) => Term
}

export interface Hope {
  readonly says: string
  readonly holds: (state: TimedState, ghosts: AllGhosts) => Term
}

/** Predicates that are paired, hopes that are tried first, and pairs. */
const MOST_PREDICATES = 28
const MOST_HOPES = 1_200
const MOST_PAIRS = 700
const MOST_SPANS = 5
const MOST_VALUES = 4

/** `durations`: milliseconds that the rules and kinds name. In turn: what is tried first, and what only where that does not do. */
export const hopesOf = (
  context: TimedContext,
  anywhere: TimedState,
  monitors: readonly Monitor[],
  durations: readonly number[],
): readonly (readonly Hope[])[] => {
  if (monitors.length === 0) return []
  const { rules, predicates } = predicatesOf(context, anywhere, monitors)
  const strong = predicates.filter(({ of }) => of !== 'value')
  const values = predicates.filter(({ of }) => of === 'value').slice(0, Math.max(0, MOST_PREDICATES - strong.length))
  const used = [...strong.slice(0, MOST_PREDICATES), ...values].map(remembered)
  const single = used.flatMap((one) => [true, false].map((yes) => hopeOf([one, yes])))
  const pairs = used.flatMap((one, index) =>
    used
      .slice(index + 1)
      .filter((other) => one.about !== other.about && (one.monitor ?? other.monitor) === (other.monitor ?? one.monitor))
      .flatMap((other) => [true, false].flatMap((a) => [true, false].map((b) => hopeOf([one, a], [other, b])))),
  )
  const kept = monitors.flatMap((monitor, at) => keptBy(monitor, at))
  const first = [...kept, ...single, ...spansOf(itemsOf(rules, used, monitors), durations)].slice(0, MOST_HOPES)
  // What monitors know often holds only beside what two things are together.
  return [first, [...kept, ...pairs.slice(0, MOST_PAIRS)]]
}

/** The same predicate is part of many hopes. */
const remembered = (predicate: Predicate): Predicate => {
  const known = new WeakMap<TimedState, WeakMap<AllGhosts, Term>>()
  return {
    ...predicate,
    holds: (state, ghosts) => {
      const here = known.get(state) ?? new WeakMap<AllGhosts, Term>()
      known.set(state, here)
      const term = here.get(ghosts) ?? predicate.holds(state, ghosts)
      here.set(ghosts, term)
      return term
    },
  }
}

type Literal = readonly [Predicate, boolean]

const hopeOf = (...literals: readonly Literal[]): Hope => ({
  says: literals.map(([one, yes]) => literalSays(one, yes)).join(', or '),
  holds: (state, ghosts) => or(...literals.map(([one, yes]) => literal(one, yes, state, ghosts))),
})

/** What a monitor itself knows, and that nothing is late where all is at rest. */
const keptBy = ({ keeps = [], late }: Monitor, at: number): readonly Hope[] => [
  ...keeps.map(({ says, holds }): Hope => ({ says: `${says} ${at}`, holds: (state, ghosts) => holds(ghosts[at]!, momentOf(state)) })),
  ...(late === undefined
    ? []
    : [{ says: `nothing is late ${at}`, holds: (state, ghosts) => not(late(ghosts[at]!, momentOf(state))) } satisfies Hope]),
]

const spansOf = (items: readonly Item[], durations: readonly number[]): readonly Hope[] => {
  const near = durations.slice(0, MOST_SPANS)
  const spans = [...new Set([0, ...near, ...near.map((one) => -one)])]
  return items.flatMap((one) =>
    items
      .filter((other) => one !== other && (one.monitor ?? other.monitor) === (other.monitor ?? one.monitor))
      .flatMap((other) =>
        spans.map((span): Hope => ({
          says: `${one.says} - ${other.says} <= ${span} ms${whereSays(one, other)}`,
          holds: (state, ghosts) =>
            or(
              ...[one, other].flatMap(({ where }) => (where === undefined ? [] : [not(where.holds(state, ghosts))])),
              le(sub(one.instant(state, ghosts), other.instant(state, ghosts)), decimalTerm(span)),
            ),
        })),
      ),
  )
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
  { physics, reaction: { structure, listeners, coding, ruleIndex, touched, relevant, ranges } }: TimedContext,
  anywhere: TimedState,
  monitors: readonly Monitor[],
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
  monitors.forEach(({ ghosts: { flags = [] } }, monitor) =>
    flags.forEach((name) =>
      predicates.push({
        monitor,
        says: `${name} ${monitor}`,
        of: 'flag',
        about: `flag ${monitor} ${name}`,
        holds: (_, ghosts) => ghosts[monitor]?.flags[name] ?? FALSE,
      }),
    ),
  )
  for (const [attribute, { thresholds }] of physics.sensors)
    for (const { at, parts } of thresholds)
      predicates.push({
        says: `\`${attribute}\` is ${parts === 'from' ? '' : 'above '}${at}${parts === 'from' ? ' or more' : ''}`,
        of: 'value',
        about: `level ${attribute} ${parts} ${at}`,
        holds: ({ rest }) => {
          const { isNumber, number } = rest.standing(attribute).value
          return and(isNumber, (parts === 'from' ? ge : gt)(number, decimalTerm(at)))
        },
      })
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

const itemsOf = (places: readonly Place[], predicates: readonly Predicate[], monitors: readonly Monitor[]): readonly Item[] => {
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
  monitors.forEach(({ ghosts: { instants = [] } }, monitor) =>
    instants.forEach((name) => {
      const where = predicates.find(({ about }) => about.startsWith(`flag ${monitor} `))
      items.push({
        monitor,
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
