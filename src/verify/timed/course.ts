/** What the kinds of time read off a replayed run: who commanded what stands, what came from outside in between, in which order a finding names its rules. */
import type { Behaviour } from '../../model/automation.ts'
import { compare, exactFromNumber, minus } from '../exact.ts'
import type { Exact } from '../exact.ts'
import { commanders } from '../leaning.ts'
import type { TimedReaction, TimedReplayed } from '../timed-interpreter.ts'
import { isOutsideCause, type TimedState } from '../timed-state.ts'
import { same } from '../values.ts'
import type { Datum } from '../values.ts'

/** What a finding of a kind of time is about. */
export interface TimedSubject {
  readonly rules: readonly string[]
  /** The finding's own name of what it is about. */
  readonly key: string
  readonly actuator?: string
  /** Milliseconds of the window, horizon or bound that it was asked with. */
  readonly window?: number
}

/** A run with what was found out about it. */
export interface Course {
  readonly behaviour: Behaviour
  readonly reactions: readonly TimedReaction[]
  readonly start: TimedState
  readonly end: TimedState
  /** By reaction: who commanded what stands after it. */
  readonly by: readonly ReadonlyMap<string, string>[]
}

/** How a kind of time is told from a run. */
export interface TimedCheck {
  /** `K12`. */
  readonly id: string
  /** The last reaction that it takes (-1: the start alone), undefined where the run does not show it. */
  readonly shows: (course: Course, subject: TimedSubject) => number | undefined
  /** A claim about all runs: `shows` tells where a run refutes it. Then `conflict` says that it holds. */
  readonly claim?: true
}

export function courseOf(behaviour: Behaviour, { reactions, start, end }: TimedReplayed): Course | undefined {
  if (start === undefined || end === undefined) return undefined
  const plain = reactions.map(({ reaction }) => reaction)
  const run = { initial: {}, events: reactions.map(({ event }) => event), choices: [] }
  return { behaviour, reactions, start, end, by: commanders(behaviour, run, plain) }
}

/** Nothing came from outside after the first of the reactions, up to the second and with it. */
export const quiet = ({ behaviour, reactions }: Course, after: number, upTo: number): boolean =>
  reactions.slice(after + 1, upTo + 1).every(({ event }) => !isOutsideCause(behaviour, event))

/** The rule gives a command of the attribute in the reaction that stands when all has come to rest. */
export const leaves = ({ reactions, by }: Course, at: number, rule: string, attribute: string): boolean =>
  by[at]?.get(attribute) === rule &&
  reactions[at]!.reaction.writes.some((write) => write.automation === rule && write.attribute === attribute) &&
  !reactions[at]!.reaction.loop

/** The last reaction before this one in which the rule left a command of the attribute, where that command still stands when this one's event comes. */
export function inForce(course: Course, at: number, rule: string, attribute: string): number | undefined {
  for (let earlier = at - 1; earlier >= 0 && course.by[earlier]?.get(attribute) === rule; earlier--)
    if (leaves(course, earlier, rule, attribute)) return earlier
  return undefined
}

export const valueAfter = ({ reactions }: Course, at: number, attribute: string): Datum =>
  reactions[at]?.after.rest.values.get(attribute) ?? null
export const valueBefore = ({ reactions }: Course, at: number, attribute: string): Datum =>
  reactions[at]?.before.rest.values.get(attribute) ?? null

/** The rule's command turns over what stood before the reaction. */
export const turnsOver = (course: Course, at: number, rule: string, attribute: string): boolean =>
  leaves(course, at, rule, attribute) && !same(valueBefore(course, at, attribute), valueAfter(course, at, attribute))

export const within = ({ reactions }: Course, from: number, to: number, milliseconds: number): boolean =>
  compare(minus(instantOf(reactions, to), instantOf(reactions, from)), exactFromNumber(milliseconds)) <= 0

export const instantOf = (reactions: readonly TimedReaction[], at: number): Exact => reactions[at]?.at ?? exactFromNumber(0)

/** The rule that a finding begins with and the other: `... first -> second`; both ways where it does not say. One rule alone is a pair with itself. */
export function pairsOf({ rules, key }: TimedSubject): readonly (readonly [string, string])[] {
  const [one = '', other = one] = rules
  if (one === other) return [[one, one]]
  const ways = [
    [one, other],
    [other, one],
  ] as const
  const named = ways.filter(([from, to]) => key.includes(`${from} -> ${to}`))
  return named.length === 0 ? ways : named
}

/** The first reaction that fits. */
export function firstAt({ reactions }: Course, fits: (at: number) => boolean): number | undefined {
  const found = reactions.findIndex((_, at) => fits(at))
  return found < 0 ? undefined : found
}

/** The places at which each run started. */
export function startsOf({ reactions }: Course): ReadonlyMap<number, { readonly at: number; readonly trigger: number | null }> {
  const found = new Map<number, { readonly at: number; readonly trigger: number | null }>()
  for (const [at, { reaction }] of reactions.entries()) for (const { run, trigger } of reaction.started) found.set(run, { at, trigger })
  return found
}
