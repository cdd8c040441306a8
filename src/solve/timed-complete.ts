/** A run found in a part of a behaviour as a run of the whole: what else has its deadline in between comes at it, what else is open gets a plain answer. */
import type { Behaviour, Value } from '../model/automation.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import type { Elapse, ExactText, TimedRun } from '../model/timed-run.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { completedChoices } from '../verify/choices.ts'
import { compare, exactFromNumber, exactToNumber, minus, over, plus, times, type Exact } from '../verify/exact.ts'
import { startState } from '../verify/state.ts'
import { clamped, physicsOf, ratesOf, silence } from '../verify/timed-physics.ts'
import {
  deadlinesIn,
  exactOf,
  isRepeated,
  lookIn,
  pass,
  textOfExact,
  timedStart,
  timedStep,
  zero,
  type TimedState,
} from '../verify/timed-state.ts'

/** Events inserted into one run at most. */
const INSERTED = 200
const HOUR = exactFromNumber(3_600_000)

/** The run, or undefined where it cannot be completed. */
export const completedInTime = (behaviour: Behaviour, run: TimedRun): TimedRun | undefined => {
  try {
    return complete(behaviour, run)
  } catch (error) {
    // An event that cannot come, a number that is too large: the run is none of the whole.
    if (error instanceof EngineError) return undefined
    throw error
  }
}

const complete = (behaviour: Behaviour, run: TimedRun): TimedRun | undefined => {
  const rest = startState(behaviour, run.initial)
  if (!rest.ok) return undefined
  const { quantities: all, sensors } = physicsOf(behaviour)
  const quantities: Record<string, ExactText> = { ...run.quantities }
  for (const quantity of all.values()) quantities[quantity.name] ??= textOfExact(clamped(quantity, zero))
  const initial: Record<string, Value> = { ...run.initial }
  for (const [attribute, { quantity, integer }] of sensors)
    if (initial[attribute] === undefined) initial[attribute] = shown(exactOf(quantities[quantity]!)!, integer)
  const again = startState(behaviour, initial)
  const begun = timedStart(behaviour, again.ok ? again.value : rest.value, quantities)
  if (typeof begun === 'string') return undefined
  const { chooser, made } = completedChoices(run.choices)
  const left = [...run.durations]
  const durations: ExactText[] = []
  const duration = (): Exact => {
    const text = left.shift() ?? '0'
    durations.push(text)
    return exactOf(text) ?? zero
  }
  const events: OutsideEvent[] = []
  const elapses: Elapse[] = []
  let state: TimedState = begun
  let pending: readonly Elapse[] = []
  const go = (milliseconds: Exact, wanted: Elapse['rates']): boolean => {
    const elapse = { milliseconds: textOfExact(milliseconds), rates: ratesFor(behaviour, state, wanted) }
    const there = pass(behaviour, state, elapse)
    if (typeof there === 'string') return false
    if (milliseconds.num !== 0n) pending = [...pending, elapse]
    state = there
    return true
  }
  const come = (event: OutsideEvent): boolean => {
    if (pending.length > 1) return false
    elapses.push(pending[0] ?? { milliseconds: '0', rates: {} })
    pending = []
    events.push(event)
    const stepped = timedStep(behaviour, state, event, { ...chooser, duration }, events.length - 1)
    state = stepped.state
    return !stepped.reaction.loop
  }
  const passTo = (target: Exact, wanted: Elapse['rates']): boolean => {
    for (let inserted = 0; inserted < INSERTED; inserted++) {
      const next = nextBefore(behaviour, state, target, wanted)
      if (next === undefined) return go(minus(target, state.now), wanted)
      if (!go(minus(next.at, state.now), wanted)) return false
      if (!come(next.event(state))) return false
    }
    return false
  }
  for (const [at, event] of run.events.entries()) {
    const elapse = run.elapses[at] ?? { milliseconds: '0', rates: {} }
    const length = exactOf(elapse.milliseconds) ?? zero
    if (length.num !== 0n && !passTo(plus(state.now, length), elapse.rates)) return undefined
    if (!come(isRepeated(behaviour, state, event) ? event : named(behaviour, state, event))) return undefined
  }
  const last = run.elapses[run.events.length]
  const length = last === undefined ? undefined : exactOf(last.milliseconds)
  if (last !== undefined && length !== undefined && length.num !== 0n) {
    if (!passTo(plus(state.now, length), last.rates)) return undefined
    elapses.push(...pending)
  }
  return { initial, events, choices: made(), elapses, quantities, durations }
}

const shown = (value: Exact, integer: boolean): number => (integer ? Math.round(exactToNumber(value)) : exactToNumber(value))

/** The token that a resumption means is, among those of its step in the whole, the one whose deadline it is. */
const named = (behaviour: Behaviour, state: TimedState, event: OutsideEvent): OutsideEvent => {
  if (event.is !== 'resume') return event
  const own = deadlinesIn(behaviour, state).filter(
    ({ of, at }) =>
      of.is === 'event' &&
      of.event.is === 'resume' &&
      of.event.automation === event.automation &&
      of.event.step === event.step &&
      compare(at, state.now) === 0,
  )
  const [first] = own
  const nths = own.map(({ of }) => (of.is === 'event' && of.event.is === 'resume' ? of.event.nth : -1))
  if (first === undefined || nths.includes(event.nth)) return event
  return { ...event, nth: nths[0]! }
}

/** The rates that are wanted, and for other quantities those nearest to standing still. */
const ratesFor = (behaviour: Behaviour, state: TimedState, wanted: Elapse['rates']): Elapse['rates'] =>
  Object.fromEntries(
    [...physicsOf(behaviour).quantities.values()].flatMap((quantity): readonly (readonly [string, ExactText])[] => {
      const { low, high } = ratesOf(quantity, lookIn(state))
      const asked = wanted[quantity.name]
      const rate = (asked === undefined ? undefined : exactOf(asked)) ?? zero
      const near = compare(rate, low) < 0 ? low : compare(rate, high) > 0 ? high : rate
      return near.num === 0n ? [] : [[quantity.name, textOfExact(near)]]
    }),
  )

interface Next {
  readonly at: Exact
  readonly event: (state: TimedState) => OutsideEvent
}

/** What must come before the instant. */
const nextBefore = (behaviour: Behaviour, state: TimedState, target: Exact, wanted: Elapse['rates']): Next | undefined => {
  const { quantities, sensors } = physicsOf(behaviour)
  const report =
    (attribute: string) =>
    (there: TimedState): OutsideEvent => {
      const sensor = sensors.get(attribute)!
      return { is: 'write', attribute, value: shown(there.quantities.get(sensor.quantity)!, sensor.integer) }
    }
  const due = deadlinesIn(behaviour, state).map(({ at, of }): Next => ({
    at,
    event: of.is === 'report' ? report(of.attribute) : () => of.event,
  }))
  const rates = ratesFor(behaviour, state, wanted)
  const crossed = [...sensors].flatMap(([attribute, sensor]): readonly Next[] => {
    const { low, high } = silence(sensor, lookIn(state)(attribute))
    const quantity = quantities.get(sensor.quantity)!
    const value = state.quantities.get(quantity.name)!
    if ((low !== undefined && compare(value, low) < 0) || (high !== undefined && compare(value, high) > 0))
      return [{ at: state.now, event: report(attribute) }]
    const rate = exactOf(rates[quantity.name] ?? '0')!
    const end = rate.num > 0n ? high : rate.num < 0n ? low : undefined
    if (end === undefined || compare(clamped(quantity, end), end) !== 0) return []
    return [{ at: plus(state.now, over(times(minus(end, value), HOUR), rate)), event: report(attribute) }]
  })
  return [...due, ...crossed]
    .filter(({ at }) => compare(at, target) < 0)
    .reduce<Next | undefined>((first, one) => (first === undefined || compare(one.at, first.at) < 0 ? one : first), undefined)
}
