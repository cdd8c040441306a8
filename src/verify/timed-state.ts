/** A state at rest in real time: deadlines, quantities, what sensors have told. What may happen in it, and what time that passes makes of it. */
import type { Behaviour, Value } from '../model/automation.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import type { Elapse, ExactText } from '../model/timed-run.ts'
import { awaitedBy, indexOf } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import { compare, exactFromNumber, exactFromText, exactToNumber, minus, over, plus, times } from './exact.ts'
import type { Exact } from './exact.ts'
import type { Values } from './conflict/what-things-do.ts'
import type { Reaction } from './reaction.ts'
import { step } from './reaction.ts'
import type { State, Timer, WaitingToken } from './state.ts'
import { show } from './state.ts'
import { clamped, physicsOf, ratesOf, silence } from './timed-physics.ts'
import { isNumber, same, toDatum } from './values.ts'

export interface TimedState {
  readonly rest: State
  /** Milliseconds since the start. */
  readonly now: Exact
  /** Of the tokens and timers of `rest` that have one. */
  readonly deadlines: ReadonlyMap<WaitingToken | Timer, Exact>
  /** By name. */
  readonly quantities: ReadonlyMap<string, Exact>
  /** When each sensor that reports `every` so often did so last, by attribute. */
  readonly told: ReadonlyMap<string, Exact>
}

export const zero = exactFromNumber(0)
const HOUR = exactFromNumber(3_600_000)
const HALF = over(exactFromNumber(1), exactFromNumber(2))

/** The number that `300000`, `1/3` or `-2.5` names. */
export function exactOf(text: ExactText): Exact | undefined {
  const [num = '', den, ...more] = text.split('/')
  const above = exactFromText(num)
  if (den === undefined || above === undefined || more.length > 0) return more.length > 0 ? undefined : above
  const below = exactFromText(den)
  return below === undefined || below.num === 0n ? undefined : over(above, below)
}

/** As `exactOf` reads it. */
export const textOfExact = ({ num, den }: Exact): ExactText => (den === 1n ? String(num) : `${String(num)}/${String(den)}`)

export const lookIn =
  ({ rest }: Pick<TimedState, 'rest'>): Values =>
  (attribute) =>
    rest.values.get(attribute) ?? null

/** The state at instant 0, or why the quantities cannot be so. */
export function timedStart(behaviour: Behaviour, rest: State, given: Readonly<Record<string, ExactText>>): TimedState | string {
  const { quantities, sensors } = physicsOf(behaviour)
  const values = new Map<string, Exact>()
  for (const name of Object.keys(given)) if (!quantities.has(name)) return `no quantity is called \`${name}\``
  for (const quantity of quantities.values()) {
    const text = given[quantity.name]
    const value = text === undefined ? undefined : exactOf(text)
    if (value === undefined) return text === undefined ? `nothing says what ${quantity.name} is at first` : `\`${text}\` is no exact number`
    if (compare(clamped(quantity, value), value) !== 0) return `${quantity.name} cannot be ${text ?? ''} at first`
    values.set(quantity.name, value)
  }
  const every = [...sensors.values()].filter(({ observation: { reports } }) => 'everyMilliseconds' in reports)
  return {
    rest,
    now: zero,
    deadlines: new Map(),
    quantities: values,
    told: new Map(every.map(({ observation }) => [observation.attribute, zero])),
  }
}

/** An instant beyond which time does not pass, and what must come at it. */
export interface Deadline {
  readonly at: Exact
  readonly of: { readonly is: 'event'; readonly event: OutsideEvent } | { readonly is: 'report'; readonly attribute: string }
  readonly says: string
}

/** All deadlines but those that depend on how fast quantities change, in no order. */
export function deadlinesIn(behaviour: Behaviour, state: TimedState): readonly Deadline[] {
  const index = indexOf(behaviour)
  const { waiting, timers } = state.rest
  const nth = new Map<string, number>()
  const tokens = waiting.flatMap((token): readonly Deadline[] => {
    const { automation, step: at } = token
    const place = JSON.stringify([automation, at])
    const before = nth.get(place) ?? 0
    nth.set(place, before + 1)
    const due = state.deadlines.get(token)
    if (due === undefined) return []
    const timedOut = index.byId.get(automation)?.steps.get(at)?.do !== 'delay'
    const says = `step \`${at}\` of \`${automation}\` ${timedOut ? 'times out' : 'resumes'}`
    return [{ at: due, says, of: { is: 'event', event: { is: 'resume', automation, step: at, nth: before, timedOut } } }]
  })
  const armed = timers.flatMap((timer): readonly Deadline[] => {
    const { automation, trigger } = timer
    const due = state.deadlines.get(timer)
    const says = `trigger ${trigger} of \`${automation}\` comes due`
    return due === undefined ? [] : [{ at: due, says, of: { is: 'event', event: { is: 'due', automation, trigger } } }]
  })
  const reports = [...state.told].flatMap(([attribute, last]): readonly Deadline[] => {
    const reported = physicsOf(behaviour).sensors.get(attribute)?.observation.reports
    if (reported === undefined || !('everyMilliseconds' in reported)) return []
    return [
      { at: plus(last, exactFromNumber(reported.everyMilliseconds)), says: `\`${attribute}\` reports`, of: { is: 'report', attribute } },
    ]
  })
  return [...tokens, ...armed, ...reports]
}

/** Why the span of time cannot pass, or the state after it. */
export function pass(behaviour: Behaviour, state: TimedState, elapse: Elapse): TimedState | string {
  const length = exactOf(elapse.milliseconds)
  if (length === undefined) return `\`${elapse.milliseconds}\` is no exact number of milliseconds`
  if (compare(length, zero) < 0) return 'time does not pass backwards'
  if (length.num === 0n) return state
  const now = plus(state.now, length)
  const missed = deadlinesIn(behaviour, state).find(({ at }) => compare(at, now) < 0)
  if (missed !== undefined) return `${missed.says} at ${textOfExact(missed.at)} ms, and time passes to ${textOfExact(now)} ms`
  const { quantities, sensors } = physicsOf(behaviour)
  for (const name of Object.keys(elapse.rates)) if (!quantities.has(name)) return `no quantity is called \`${name}\``
  const after = new Map<string, Exact>()
  for (const quantity of quantities.values()) {
    const { name } = quantity
    const text = elapse.rates[name]
    const rate = text === undefined ? zero : exactOf(text)
    if (rate === undefined) return `\`${text ?? ''}\` is no exact rate`
    const { low, high } = ratesOf(quantity, lookIn(state))
    if (compare(rate, low) < 0 || compare(rate, high) > 0)
      return `${name} changes by ${textOfExact(low)} to ${textOfExact(high)} an hour here, not by ${textOfExact(rate)}`
    after.set(name, clamped(quantity, plus(state.quantities.get(name)!, over(times(rate, length), HOUR))))
  }
  for (const sensor of sensors.values()) {
    const { attribute } = sensor.observation
    const { low, high } = silence(sensor, lookIn(state)(attribute))
    // INVARIANT: a quantity moves one way in a span, so what is silent at both ends is silent between them.
    for (const value of [state.quantities.get(sensor.quantity)!, after.get(sensor.quantity)!])
      if ((low !== undefined && compare(value, low) < 0) || (high !== undefined && compare(value, high) > 0))
        return `\`${attribute}\` must report before ${sensor.quantity} is ${textOfExact(value)}`
  }
  return { ...state, now, quantities: after }
}

/** Whether an attribute may report the value while the quantity stands where it does. */
export function shows(behaviour: Behaviour, state: TimedState, attribute: string, value: Value): boolean {
  const sensor = physicsOf(behaviour).sensors.get(attribute)
  if (sensor === undefined || typeof value !== 'number') return false
  const quantity = state.quantities.get(sensor.quantity)!
  if (!sensor.integer) return exactToNumber(quantity) === value
  const off = minus(exactFromNumber(value), quantity)
  return compare(off, HALF) <= 0 && compare(off, minus(zero, HALF)) >= 0
}

/** Why the event cannot come at this instant, beyond what the untimed interpreter says. */
export function untimely(behaviour: Behaviour, state: TimedState, event: OutsideEvent): string | undefined {
  if (event.is === 'write') {
    const sensor = physicsOf(behaviour).sensors.get(event.attribute)
    if (sensor === undefined || shows(behaviour, state, event.attribute, event.value)) return undefined
    const value = textOfExact(state.quantities.get(sensor.quantity)!)
    return `${sensor.quantity} is ${value}, and \`${event.attribute}\` reports ${show(event.value)}`
  }
  if (event.is !== 'due' && event.is !== 'resume') return undefined
  if (event.is === 'resume' && !event.timedOut && stepOf(behaviour, event)?.do !== 'delay') return undefined
  const own = deadlinesIn(behaviour, state).find(({ of }) => of.is === 'event' && sameEvent(of.event, event))
  if (own === undefined || compare(own.at, state.now) === 0) return undefined
  return `${own.says} at ${textOfExact(own.at)} ms, not at ${textOfExact(state.now)} ms`
}

const stepOf = (behaviour: Behaviour, { automation, step: at }: Extract<OutsideEvent, { is: 'resume' }>) =>
  indexOf(behaviour).byId.get(automation)?.steps.get(at)

function sameEvent(one: OutsideEvent, other: OutsideEvent): boolean {
  if (one.is === 'due') return other.is === 'due' && one.automation === other.automation && one.trigger === other.trigger
  return (
    one.is === 'resume' &&
    other.is === 'resume' &&
    one.automation === other.automation &&
    one.step === other.step &&
    one.nth === other.nth &&
    one.timedOut === other.timedOut
  )
}

/** Whether the event is a report of the value that stands already: it is one, and makes no event. */
export function isRepeated(behaviour: Behaviour, state: TimedState, event: OutsideEvent): boolean {
  if (event.is !== 'write' || !physicsOf(behaviour).sensors.has(event.attribute)) return false
  const standing = state.rest.values.get(event.attribute) ?? null
  return indexOf(behaviour).attributes.get(event.attribute)?.delivery === 'state' && same(standing, toDatum(event.value))
}

/** The event at this instant. Throws where it is not admissible. */
export function timedStep(
  behaviour: Behaviour,
  state: TimedState,
  event: OutsideEvent,
  choose: Chooser,
  cause: number,
  steps?: number,
): { readonly reaction: Reaction; readonly state: TimedState } {
  const reaction = isRepeated(behaviour, state, event)
    ? repeated(state, event, cause)
    : step(behaviour, state.rest, event, choose, cause, steps)
  const deadlines = new Map<WaitingToken | Timer, Exact>()
  for (const one of [...reaction.state.waiting, ...reaction.state.timers]) {
    // INVARIANT: what begins to wait, or is armed, is a value of its own; what goes on waiting stays the same one.
    const due = state.deadlines.get(one) ?? (one.lasts === undefined ? undefined : plus(state.now, lasting(one.lasts)))
    if (due !== undefined) deadlines.set(one, due)
  }
  const told = event.is === 'write' && state.told.has(event.attribute) ? new Map(state.told).set(event.attribute, state.now) : state.told
  return { reaction, state: { ...state, rest: reaction.state, deadlines, told } }
}

/** What is no number, or below 0, is over at once. */
const lasting = (lasts: NonNullable<WaitingToken['lasts']> | null): Exact => (isNumber(lasts) && compare(lasts, zero) > 0 ? lasts : zero)

const repeated = ({ rest }: TimedState, event: OutsideEvent, cause: number): Reaction => ({
  state: rest,
  from: rest,
  writes: [],
  started: [],
  dropped: [],
  executed: new Map(),
  asked: [],
  loop: false,
  circle: new Set(),
  swapped: () => undefined,
  lines: event.is === 'write' ? [{ reaction: cause, what: `\`${event.attribute}\` reports ${show(event.value)} again` }] : [],
})

const period = /^every \d+(\.\d+)? ?(ms|s|min|h|d)$/

/** Whether the event is a cause from outside: not time that passes, a timer, a delay, or the report of an observed quantity. */
export function isOutsideCause(behaviour: Behaviour, event: OutsideEvent): boolean {
  switch (event.is) {
    case 'write':
      return !physicsOf(behaviour).sensors.has(event.attribute)
    case 'due':
      return false
    case 'restart':
      return true
    case 'pull': {
      const source = indexOf(behaviour).byId.get(event.automation)?.automation.triggers[event.trigger]
      return source?.on !== 'time' || !period.test(source.schedule)
    }
    case 'resume': {
      const at = stepOf(behaviour, event)
      if (event.timedOut || at === undefined || at.do === 'delay') return false
      const source = awaitedBy(at)[event.trigger ?? -1]
      return (
        source === undefined ||
        !(source.on === 'change' || source.on === 'becomes' || (source.on === 'time' && period.test(source.schedule)))
      )
    }
  }
}
