/** Time passes, then one reaction happens: layer upon layer the timed runs of a behaviour, from its initial states or from anywhere, as terms in linear arithmetic. */
import type { OutsideKind } from '../../constraints/reaction.ts'
import type { Ghosts, Moment, Monitor, TimedReaction } from '../../constraints/timed.ts'
import { choose, decimalTerm, nullValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { add, and, any, eq, FALSE, ge, implies, int, ite, le, not, or, real, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Clock } from './conflicts-context.ts'
import { react, type SymbolicReaction } from './conflicts-reaction.ts'
import type { SlicedKind } from './conflicts-slice.ts'
import { awaitedBy } from './conflicts-structure.ts'
import { kindName } from './conflicts-unroll.ts'
import { becomesIn, shows, silent } from './timed-physics.ts'
import { mergeTimed, momentOf, tokenOf, type TimedContext, type TimedState } from './timed-state.ts'

/** A reaction that may come in a layer, with the state that it leaves. */
export interface LayerReaction {
  readonly symbolic: SymbolicReaction
  readonly timed: TimedReaction
  readonly state: TimedState
  readonly drawn: Clock['drawn']
}

/** An assumption that time passes by, and what it says of one span. */
export interface Granted {
  readonly says: string
  readonly term: Term
}

export interface TimedLayer {
  readonly before: TimedState
  readonly elapsed: Term
  /** When the time has passed. */
  readonly there: TimedState
  readonly moment: Moment
  /** Where so much time can pass; and what of it is taken for granted of the world, by name. */
  readonly passes: Term
  readonly granted: readonly Granted[]
  readonly reactions: readonly LayerReaction[]
  readonly picked: (index: number) => Term
  /** Some reaction happens and can; `rests`: and ends within the bounds. */
  readonly happens: Term
  readonly rests: Term
  readonly after: () => TimedState
}

const periodic = /^every \d+(\.\d+)? ?(ms|s|min|h|d)$/

/** Whether the event is a cause from outside: not time, a timer, a delay, the report of a quantity. */
export const isFromOutside = ({ reaction: { structure }, physics }: TimedContext, kind: OutsideKind): boolean => {
  switch (kind.is) {
    case 'write':
      return !physics.sensors.has(kind.attribute)
    case 'due':
      return false
    case 'restart':
      return true
    case 'pull': {
      const trigger = structure.rule.get(kind.automation)?.automation.triggers[kind.trigger]
      return trigger?.on !== 'time' || !periodic.test(trigger.schedule)
    }
    case 'resume': {
      const step = structure.rule.get(kind.automation)?.steps.get(kind.step)
      if (kind.timedOut || step?.do === 'delay' || step === undefined) return false
      const source = awaitedBy(step)[kind.trigger ?? -1]
      return !(source?.on === 'change' || source?.on === 'becomes' || (source?.on === 'time' && periodic.test(source.schedule)))
    }
  }
}

/** Whether time alone makes the token go on. */
const byDeadline = ({ reaction: { structure } }: TimedContext, kind: Extract<OutsideKind, { is: 'resume' }>): boolean =>
  kind.timedOut || structure.rule.get(kind.automation)?.steps.get(kind.step)?.do === 'delay'

export const timedLayer = (context: TimedContext, before: TimedState, kinds: readonly SlicedKind[], name: string): TimedLayer => {
  const { coding } = context.reaction
  const elapsed = coding.variable(`${name} elapsed`, 'Real')
  const there = passedIn(context, before, elapsed, name)
  const waits = new Set(before.rest.waiting.map(({ rule, step }) => `${rule} ${step}`))
  const possible = kinds.filter(({ kind }) => kind.is !== 'resume' || waits.has(`${kind.automation} ${kind.step}`))
  let left = context.reaction.bounds.work
  const reactions = possible
    .map((sliced, at) => {
      const share = Math.ceil(left / (possible.length - at))
      const work = { left: share }
      const made = reactionAt(context, there, sliced, work, name)
      left -= share - Math.max(0, work.left)
      return made
    })
    .filter(({ timed }) => timed.possible !== FALSE)
  const choice = coding.limited(`${name} event`, reactions.length === 0 ? [0] : [...reactions.keys()])
  const picked = (index: number): Term => (reactions.length === 1 ? TRUE : eq(choice, int(index)))
  const happens = reactions.map(({ timed }, index) => and(picked(index), timed.possible))
  const ended = ({ symbolic }: LayerReaction): Term => not(any(symbolic.unfinished.map(({ guard }) => guard)))
  let after: TimedState | undefined
  const granted = grantedIn(context, before, there, elapsed)
  const passes = and(before.holds, ge(elapsed, real(0)), ...granted.map(({ term }) => term))
  return {
    before,
    elapsed,
    there,
    moment: momentOf(there),
    passes,
    granted,
    reactions,
    picked,
    happens: and(passes, any(happens)),
    rests: and(passes, any(reactions.map((reaction, index) => and(happens[index]!, ended(reaction))))),
    after: () => (after ??= mergeTimed(reactions.map(({ state }, index) => ({ when: picked(index), state })))),
  }
}

/** The state when so much time has passed. */
const passedIn = ({ reaction: { coding } }: TimedContext, before: TimedState, elapsed: Term, name: string): TimedState => ({
  ...before,
  now: add(before.now, elapsed),
  quantities: new Map([...before.quantities.keys()].map((quantity) => [quantity, coding.variable(`${name} ${quantity}`, 'Real')])),
  holds: TRUE,
})

/** Where so much time can pass: no deadline is passed over, quantities change as they may, and all is reported that must be. */
const grantedIn = ({ physics, words }: TimedContext, before: TimedState, there: TimedState, elapsed: Term): readonly Granted[] => {
  const look = (attribute: string): SymbolicValue => before.rest.standing(attribute).value
  const deadline = (runs: Term, instant: Term | undefined): Term => (instant === undefined ? TRUE : implies(runs, le(there.now, instant)))
  const moving = [...physics.quantities.values()].map((quantity): Granted => ({
    says: `influences and rates of ${quantity.name}`,
    term: becomesIn(quantity, before.quantities.get(quantity.name)!, there.quantities.get(quantity.name)!, elapsed, look, words),
  }))
  const telling = [...physics.sensors].map(([attribute, sensor]): Granted => {
    const { reports } = sensor.observation
    const says = `\`${attribute}\` reports in time`
    if ('everyMilliseconds' in reports)
      return { says, term: le(there.now, add(before.told.get(attribute) ?? real(0), decimalTerm(reports.everyMilliseconds))) }
    const told = look(attribute)
    const at = (state: TimedState): Term => silent(sensor, told, state.quantities.get(sensor.quantity)!)
    return { says, term: or(eq(elapsed, real(0)), and(at(before), at(there))) }
  })
  const punctual = [
    ...before.rest.waiting.map((token) => deadline(token.guard, token.deadline)),
    ...[...before.rest.timers.values()].map((timer) => deadline(timer.armed, timer.deadline)),
  ]
  return [{ says: 'timers and delays are punctual', term: and(...punctual) }, ...moving, ...telling]
}

const reactionAt = (
  context: TimedContext,
  there: TimedState,
  { kind, ...slice }: SlicedKind,
  work: { left: number },
  name: string,
): LayerReaction => {
  const { physics, reaction } = context
  const drawn: { readonly guard: Term; readonly milliseconds: Term }[] = []
  const clock: Clock = { now: there.now, sensors: new Set(physics.sensors.keys()), drawn }
  const symbolic = react({ ...reaction, ...slice, work, clock }, there.rest, kind, `${name} ${kindName(kind)}`)
  const sensor = kind.is === 'write' ? physics.sensors.get(kind.attribute) : undefined
  const timely = timelyIn(context, there, kind, symbolic)
  const told = sensor === undefined ? TRUE : shows(sensor, symbolic.payload, there.quantities.get(sensor.quantity)!)
  const state: TimedState = {
    ...there,
    rest: symbolic.state,
    told: kind.is === 'write' && there.told.has(kind.attribute) ? new Map(there.told).set(kind.attribute, there.now) : there.told,
  }
  return {
    symbolic,
    state,
    drawn,
    timed: {
      ...symbolic,
      possible: and(symbolic.possible, timely, told),
      fromOutside: isFromOutside(context, kind),
      earlier: momentOf(there),
      later: momentOf(state),
      resumed: symbolic.resumed.map(({ token, is }) => ({ token: tokenOf(token), is })),
    },
  }
}

/** Where the event comes at its instant. */
const timelyIn = (context: TimedContext, there: TimedState, kind: OutsideKind, symbolic: SymbolicReaction): Term => {
  if (kind.is === 'due') {
    const timer = [...there.rest.timers.values()].find(({ rule, trigger }) => rule === kind.automation && trigger === kind.trigger)
    return timer?.deadline === undefined ? TRUE : eq(there.now, timer.deadline)
  }
  if (kind.is !== 'resume' || !byDeadline(context, kind)) return TRUE
  return any(symbolic.resumed.map(({ token, is }) => and(is, token.deadline === undefined ? TRUE : eq(there.now, token.deadline))))
}

export interface TimedUnrolling {
  readonly layers: readonly TimedLayer[]
  readonly deepen: () => boolean
}

/** Layers one after the other; `budget` bounds the writes and branches of all together. */
export const timedUnrolling = (
  context: TimedContext,
  start: TimedState,
  kinds: readonly SlicedKind[],
  budget: number,
  name: string,
): TimedUnrolling => {
  const layers: TimedLayer[] = []
  let size = 0
  const deepen = (): boolean => {
    if (size > budget) return false
    const layer = timedLayer(context, layers.at(-1)?.after() ?? start, kinds, `${name}${layers.length}`)
    if (layer.reactions.length === 0) return false
    size += layer.reactions.reduce((total, { timed }) => total + timed.writes.length + timed.executed.length + timed.started.length + 1, 0)
    layers.push(layer)
    return true
  }
  return { layers, deepen }
}

/** What a monitor remembers after the layer. */
export const ghostsAfter = (monitor: Monitor, { reactions, picked }: TimedLayer, before: Ghosts): Ghosts => {
  const each = reactions.map(({ timed }) => monitor.next(before, timed))
  const merged = <T>(of: (ghosts: Ghosts) => Readonly<Record<string, T>>, join: (when: Term, a: T, b: T) => T): Record<string, T> => {
    const first = each[0] === undefined ? of(before) : of(each[0])
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        each.slice(1).reduce<T>((rest, one, at) => join(picked(at + 1), of(one)[key]!, rest), first[key]!),
      ]),
    )
  }
  return {
    flags: merged(({ flags }) => flags, ite),
    instants: merged(({ instants }) => instants, ite),
    levels: merged(({ levels }) => levels, ite),
    values: merged(({ values }) => values, choose),
  }
}

/** What a monitor remembers in a state after a restart. */
export const ghostsAtStart = (monitor: Monitor, start: TimedState): Ghosts => {
  const { flags = [], instants = [], levels = [], values = {} } = monitor.ghosts
  const nothing: Ghosts = {
    flags: Object.fromEntries(flags.map((name) => [name, FALSE])),
    instants: Object.fromEntries(instants.map((name) => [name, real(0)])),
    levels: Object.fromEntries(levels.map((name) => [name, real(0)])),
    values: Object.fromEntries(Object.keys(values).map((name) => [name, nullValue])),
  }
  return monitor.first?.(nothing, momentOf(start)) ?? nothing
}
/** Anything that a monitor may remember at instant 0 of any state. */
export const anyGhosts = (
  monitor: Monitor,
  { reaction: { coding, ranges } }: TimedContext,
  name: string,
): { readonly ghosts: Ghosts; readonly holds: Term } => {
  const { flags = [], instants = [], levels = [], values = {} } = monitor.ghosts
  const times = instants.map((instant) => [instant, coding.variable(`${name}:${instant}`, 'Real')] as const)
  return {
    ghosts: {
      flags: Object.fromEntries(flags.map((flag) => [flag, coding.variable(`${name}:${flag}`, 'Bool')])),
      instants: Object.fromEntries(times),
      levels: Object.fromEntries(levels.map((level) => [level, coding.variable(`${name}:${level}`, 'Real')])),
      values: Object.fromEntries(
        Object.entries(values).map(([value, attribute]) => [value, coding.valueIn(`${name}:${value}`, ranges.attribute(attribute))]),
      ),
    },
    // INVARIANT: monitors remember instants that have been.
    holds: and(...times.map(([, instant]) => le(instant, real(0)))),
  }
}

/** Where the last layer of a run shows what the monitor looks for. */
export const shownIn = (monitor: Monitor, layers: readonly TimedLayer[], ghosts: readonly Ghosts[]): Term => {
  const last = layers.at(-1)
  const before = ghosts[layers.length - 1]
  return last === undefined || before === undefined ? FALSE : and(last.passes, shownBy(monitor, last, before))
}

/** As `shownIn`, for one layer, however time passes. */
export const shownBy = (monitor: Monitor, last: TimedLayer, before: Ghosts): Term => {
  const bad = any(last.reactions.map(({ timed }, index) => and(last.picked(index), timed.possible, monitor.bad(before, timed))))
  const late = monitor.late?.(before, last.moment) ?? FALSE
  return or(bad, late)
}
