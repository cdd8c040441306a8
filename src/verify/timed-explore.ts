/** Draws timed runs of a behaviour from seeded numbers: events at, before and after deadlines, rates at and inside the ends of their intervals, reports of sensors. */
import type { Behaviour, Value, ValueType } from '../model/automation.ts'
import type { OpenChoice, OutsideEvent } from '../model/conflict.ts'
import type { Elapse, ExactText, TimedRun } from '../model/timed-run.ts'
import { refusal } from './admissible.ts'
import { awaitedBy, expressionsOf, indexOf, triggersOf } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import { isNone, plainValue } from './choices.ts'
import { compare, exactFromNumber, exactToNumber, minus, over, plus, times } from './exact.ts'
import type { Exact } from './exact.ts'
import { constantsOf, samples } from './samples.ts'
import { startState } from './state.ts'
import type { TimedReaction, TimedReplayed } from './timed-interpreter.ts'
import { clamped, physicsOf, ratesOf, silence } from './timed-physics.ts'
import type { Quantity } from './timed-physics.ts'
import { deadlinesIn, lookIn, pass, textOfExact, timedStart, timedStep, untimely, zero } from './timed-state.ts'
import type { TimedState } from './timed-state.ts'

/** Numbers from 0 up to, not including, 1: the same seed gives the same. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface DrawnRun {
  readonly run: TimedRun
  readonly replayed: TimedReplayed & { readonly start: TimedState; readonly end: TimedState }
}

export interface Drawing {
  readonly events: number
  /** Milliseconds that pass in the end with nothing from outside. */
  readonly quiet?: number
  /** How likely, where time may pass or an event may come, something from outside comes. */
  readonly busy?: number
}

const HOUR = exactFromNumber(3_600_000)
const HALF = over(exactFromNumber(1), exactFromNumber(2))
const THIRD = over(exactFromNumber(1), exactFromNumber(3))
/** Events without time between them, so that what never rests ends. */
const AT_ONCE = 40

/** A run of at most so many events (more where deadlines and reports demand them); undefined where the behaviour cannot start. */
export function drawRun(behaviour: Behaviour, next: () => number, { events: most, quiet = 0, busy = 0.6 }: Drawing): DrawnRun | undefined {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const values = valuesOf(behaviour)
  const initial: Record<string, Value> = {}
  for (const { id, initial: listed, type, outside } of behaviour.attributes)
    initial[id] = pick(listed === undefined || listed.length === 0 ? values(type) : outside && next() < 0.3 ? values(type) : listed)
  const world = physicsOf(behaviour)
  const quantities: Record<string, ExactText> = {}
  for (const quantity of world.quantities.values()) quantities[quantity.name] = textOfExact(startOf(behaviour, quantity, pick))
  for (const { observation, quantity } of world.sensors.values()) {
    const shown = exactToNumber(exactOfText(quantities[quantity]!))
    const attribute = indexOf(behaviour).attributes.get(observation.attribute)
    const integer = attribute?.type.is === 'number' && attribute.type.integer
    if (attribute?.initial === undefined) initial[observation.attribute] = integer ? Math.round(shown) : shown
  }
  const rest = startState(behaviour, initial)
  const start = rest.ok ? timedStart(behaviour, rest.value, quantities) : 'no start'
  if (typeof start === 'string') return undefined
  const choices: OpenChoice[] = []
  const durations: ExactText[] = []
  const chooser = drawing(next, pick, values, choices, durations)
  const spans = spansOf(behaviour)
  const events: OutsideEvent[] = []
  const elapses: Elapse[] = []
  const reactions: TimedReaction[] = []
  let state = start
  let pending: Elapse | undefined
  let atOnce = 0
  const come = (event: OutsideEvent): boolean => {
    elapses.push(pending ?? { milliseconds: '0', rates: {} })
    atOnce = pending === undefined ? atOnce + 1 : 0
    pending = undefined
    events.push(event)
    const before = state
    const stepped = timedStep(behaviour, state, event, chooser, events.length - 1, 500)
    state = stepped.state
    reactions.push({ event, reaction: stepped.reaction, at: before.now, before, after: state })
    return !stepped.reaction.loop && atOnce < AT_ONCE
  }
  /** Time passes as far as wanted, or to what must come first; then that is due. */
  const passUpTo = (wanted: Exact): OutsideEvent | undefined => {
    const rates = drawRates(behaviour, state, next)
    const first = firstDue(behaviour, state, rates)
    const end = first !== undefined && compare(first.at, plus(state.now, wanted)) <= 0 ? first : undefined
    const length = end === undefined ? wanted : minus(end.at, state.now)
    if (length.num !== 0n) {
      const elapse = { milliseconds: textOfExact(length), rates: namedRates(rates) }
      const there = pass(behaviour, state, elapse)
      // INVARIANT: only what must come stands in the way of time, and that was asked first.
      if (typeof there === 'string') throw new Error(there)
      state = there
      pending = elapse
    }
    return end?.event(state)
  }
  let goes = true
  for (let drawn = 0; goes && drawn < most; drawn++) {
    const forced = pending === undefined ? passUpTo(drawSpan(behaviour, state, spans, next)) : undefined
    const outside = next() < busy || forced === undefined ? pickOutside(behaviour, state, values, pick) : undefined
    if (outside !== undefined) goes = come(outside)
    else if (forced !== undefined) goes = come(forced)
  }
  const until = plus(state.now, exactFromNumber(quiet))
  for (let more = 0; goes && more < 10 * most && compare(state.now, until) < 0; more++) {
    const forced = pending === undefined ? passUpTo(minus(until, state.now)) : firstDue(behaviour, state, new Map())?.event(state)
    if (forced !== undefined) goes = come(forced)
    else if (pending !== undefined) break
  }
  if (pending !== undefined) elapses.push(pending)
  const run: TimedRun = { initial, events, choices, elapses, quantities, durations }
  return { run, replayed: { reactions, start, end: state, diagnostics: [] } }
}

const exactOfText = (text: ExactText): Exact => {
  const [num = '0', den = '1'] = text.split('/')
  return { num: BigInt(num), den: BigInt(den) }
}

/** Values by type that every comparison of the behaviour can tell apart. */
function valuesOf(behaviour: Behaviour): (type: ValueType) => readonly Value[] {
  const automations = indexOf(behaviour).automations.map(({ automation }) => automation)
  const constants = [
    ...automations.flatMap((automation) => expressionsOf(automation).flatMap(constantsOf)),
    ...automations
      .flatMap(triggersOf)
      .flatMap((trigger) => (trigger.on === 'change' ? [...(trigger.from ?? []), ...(trigger.to ?? [])] : [])),
    ...behaviour.attributes.flatMap(({ initial }) => initial ?? []),
  ]
  const known = new Map<string, readonly Value[]>()
  return (type) => {
    const key = JSON.stringify(type)
    const found = known.get(key) ?? samples(type, constants) ?? [plainValue(type)]
    known.set(key, found)
    return found
  }
}

/** Near a threshold of a sensor, where it has one; else within its range. */
function startOf(behaviour: Behaviour, quantity: Quantity, pick: <T>(list: readonly T[]) => T): Exact {
  const thresholds = [...physicsOf(behaviour).sensors.values()]
    .filter((one) => one.quantity === quantity.name)
    .flatMap((one) => one.thresholds)
  const bounds = (behaviour.environment?.bounds ?? []).filter(
    ({ property, place }) => property === quantity.property && place === quantity.place,
  )
  const near = [
    ...thresholds.map(({ at }) => at),
    ...bounds.flatMap(({ least, most }) => [least, most]).flatMap((end) => (end === undefined ? [] : [exactFromNumber(end)])),
  ]
  const about = near.length === 0 ? (quantity.least ?? zero) : pick(near)
  return clamped(quantity, plus(about, pick([-1, 0, 0.5, 1].map(exactFromNumber))))
}

function drawing(
  next: () => number,
  pick: <T>(list: readonly T[]) => T,
  values: (type: ValueType) => readonly Value[],
  choices: OpenChoice[],
  durations: ExactText[],
): Chooser {
  const keep = <Choice extends OpenChoice>(choice: Choice): Choice => (choices.push(choice), choice)
  return {
    value: (part, type, among) => keep({ is: 'value', part, value: pick(among ?? values(type)) }).value,
    write: (part, attribute, type) => {
      const value = next() < 0.4 ? ({ none: true } as const) : pick(values(type))
      keep({ is: 'write', part, attribute, value })
      return isNone(value) ? { none: true } : value
    },
    goOn: (part) => keep({ is: 'continue', part, yes: next() < 0.7 }).yes,
    order: (automations, kept) => {
      const shuffled = automations.map((id) => ({ id, place: next() })).sort((a, b) => a.place - b.place)
      const inLine = [...kept]
      const order = shuffled.map(({ id }) => (kept.includes(id) ? inLine.shift()! : id))
      return keep({ is: 'order', automations: order }).automations
    },
    duration: (_, type) => {
      const low = type.is === 'number' ? Math.max(0, type.low ?? 0) : 0
      const high = type.is === 'number' ? Math.max(low, type.high ?? low + 60_000) : low + 60_000
      const length = Math.floor(low + next() * (high - low))
      const drawn = exactFromNumber(length >= low ? length : Math.ceil(low))
      durations.push(textOfExact(drawn))
      return drawn
    },
  }
}

/** Spans of time that mean something here: what rules wait for, and what properties ask. */
function spansOf(behaviour: Behaviour): readonly Exact[] {
  // Quantities take their own time, which nothing in the rules tells.
  const found = new Set<number>(physicsOf(behaviour).quantities.size === 0 ? [1000] : [1000, 60_000, 600_000, 3_600_000])
  const note = (expression: { readonly is: string; readonly value?: unknown } | undefined): void => {
    if (expression?.is === 'value' && typeof expression.value === 'number' && expression.value > 0) found.add(expression.value)
  }
  for (const { automation } of indexOf(behaviour).automations) {
    for (const step of automation.steps) {
      if (step.do === 'delay') note(step.milliseconds)
      if (step.do === 'wait' || step.do === 'await') note(step.timeout?.milliseconds)
    }
    for (const trigger of automation.triggers) if (trigger.on === 'change' || trigger.on === 'becomes') note(trigger.for)
  }
  for (const { milliseconds } of behaviour.environment?.timed ?? []) found.add(milliseconds)
  return [...found].sort((a, b) => a - b).map(exactFromNumber)
}

/** Nothing, up to a deadline, just not up to it, a span that means something, or half of one. */
function drawSpan(behaviour: Behaviour, state: TimedState, spans: readonly Exact[], next: () => number): Exact {
  const ahead = deadlinesIn(behaviour, state).map(({ at }) => minus(at, state.now))
  const kind = next()
  if (kind < 0.15) return zero
  const list = ahead.length > 0 && kind < 0.75 ? ahead : spans
  const span = list[Math.floor(next() * list.length)]!
  if (kind < 0.35) return compare(span, THIRD) > 0 ? minus(span, THIRD) : span
  return kind > 0.9 ? times(span, HALF) : span
}

function drawRates(behaviour: Behaviour, state: TimedState, next: () => number): ReadonlyMap<string, Exact> {
  const look = lookIn(state)
  return new Map(
    [...physicsOf(behaviour).quantities.values()].map((quantity) => {
      const { low, high } = ratesOf(quantity, look)
      const at = next()
      return [quantity.name, at < 0.4 ? low : at < 0.8 ? high : times(plus(low, high), HALF)] as const
    }),
  )
}

const namedRates = (rates: ReadonlyMap<string, Exact>): Record<string, ExactText> =>
  Object.fromEntries([...rates].filter(([, rate]) => rate.num !== 0n).map(([name, rate]) => [name, textOfExact(rate)]))

interface Due {
  readonly at: Exact
  readonly event: (state: TimedState) => OutsideEvent
}

/** What must come first while quantities change so: an event at its deadline, a report at its. */
function firstDue(behaviour: Behaviour, state: TimedState, rates: ReadonlyMap<string, Exact>): Due | undefined {
  const { sensors, quantities } = physicsOf(behaviour)
  const report =
    (attribute: string) =>
    (there: TimedState): OutsideEvent => ({ is: 'write', attribute, value: shownIn(behaviour, there, attribute) })
  const due = deadlinesIn(behaviour, state).map(({ at, of }): Due => ({
    at,
    event: of.is === 'report' ? report(of.attribute) : () => of.event,
  }))
  for (const [attribute, sensor] of sensors) {
    const { low, high } = silence(sensor, lookIn(state)(attribute))
    const quantity = quantities.get(sensor.quantity)!
    const value = state.quantities.get(quantity.name)!
    const rate = rates.get(quantity.name) ?? zero
    if ((low !== undefined && compare(value, low) < 0) || (high !== undefined && compare(value, high) > 0))
      due.push({ at: state.now, event: report(attribute) })
    const end = rate.num > 0n ? high : rate.num < 0n ? low : undefined
    if (end !== undefined && compare(clamped(quantity, end), end) === 0)
      due.push({ at: plus(state.now, over(times(minus(end, value), HOUR), rate)), event: report(attribute) })
  }
  return due
    .filter(({ at }) => compare(at, state.now) >= 0)
    .reduce<Due | undefined>((first, one) => (first === undefined || compare(one.at, first.at) < 0 ? one : first), undefined)
}

function shownIn(behaviour: Behaviour, state: TimedState, attribute: string): number {
  const sensor = physicsOf(behaviour).sensors.get(attribute)!
  const value = exactToNumber(state.quantities.get(sensor.quantity)!)
  return sensor.integer ? Math.round(value) : value
}

function pickOutside(
  behaviour: Behaviour,
  state: TimedState,
  values: (type: ValueType) => readonly Value[],
  pick: <T>(list: readonly T[]) => T,
): OutsideEvent | undefined {
  const index = indexOf(behaviour)
  const events: OutsideEvent[] = []
  for (const { id, outside, type } of behaviour.attributes) {
    if (!outside) continue
    if (physicsOf(behaviour).sensors.has(id)) events.push({ is: 'write', attribute: id, value: shownIn(behaviour, state, id) })
    else events.push(...values(type).map((value): OutsideEvent => ({ is: 'write', attribute: id, value })))
  }
  for (const { automation } of index.automations)
    for (const [trigger, source] of automation.triggers.entries()) {
      const pull = (payload: Value): OutsideEvent => ({ is: 'pull', automation: automation.id, trigger, payload })
      if (source.on === 'time' || source.on === 'unmodelled') events.push(pull(null))
      if (source.on !== 'outside') continue
      if (source.payload.is === 'any') events.push(pull(pick(values(source.payload.type))))
      if (source.payload.is === 'value') events.push(pull(source.payload.value))
    }
  for (const { of, at } of deadlinesIn(behaviour, state)) if (of.is === 'event' && compare(at, state.now) === 0) events.push(of.event)
  for (const token of state.rest.waiting) {
    const step = index.byId.get(token.automation)!.steps.get(token.step)!
    const nth = state.rest.waiting.filter((one) => one.automation === token.automation && one.step === token.step).indexOf(token)
    const resume = { is: 'resume', automation: token.automation, step: token.step, nth, timedOut: false } as const
    if (step.do === 'wait') events.push(resume)
    for (const [trigger, source] of awaitedBy(step).entries()) {
      if (source.on !== 'outside') events.push({ ...resume, trigger })
      else if (source.payload.is === 'value') events.push({ ...resume, trigger, payload: source.payload.value })
    }
  }
  events.push({ is: 'restart' })
  const fitting = events.filter(
    (event) => refusal(index, state.rest, event) === undefined && untimely(behaviour, state, event) === undefined,
  )
  // A restart ends most of what is interesting: it comes seldom.
  const drawn = pick(fitting)
  return drawn.is === 'restart' ? pick(fitting) : drawn
}
