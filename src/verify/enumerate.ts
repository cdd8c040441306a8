/** Explores every reachable state of a small behaviour and every reaction in it: a proof by looking at all there is. */
import type { Behaviour, Value } from '../model/automation.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import { refusal } from './admissible.ts'
import { awaitedBy, indexOf } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import { domainsOf } from './domains.ts'
import type { Domains } from './domains.ts'
import type { Reaction } from './reaction.ts'
import { step } from './reaction.ts'
import type { State } from './state.ts'
import { startState, stateKey } from './state.ts'
import { evaluate, toDatum, toValue } from './values.ts'

export interface EnumerationLimits {
  readonly states: number
  readonly reactions: number
  /** Token steps of one reaction; one that takes more makes the exploration incomplete. */
  readonly steps: number
}

export const smallLimits: EnumerationLimits = { states: 3_000, reactions: 60_000, steps: 500 }

/** Incomplete: nothing follows from what was not seen. `stopped`: the visitor had seen enough. */
export type Explored =
  | { readonly complete: true; readonly states: number; readonly reactions: number }
  | { readonly complete: false; readonly why: string; readonly stopped: boolean }

/**
 * Shows every reaction of every reachable state to `visit`, until it answers `stop`. Exact: attributes with many values stand for their classes, and where
 * classes would not do (values copied, computed with, compared with each other) it says so instead.
 */
export function enumerateReactions(
  behaviour: Behaviour,
  limits: EnumerationLimits,
  visit: (reaction: Reaction) => 'stop' | undefined,
): Explored {
  const incomplete = (why: string, stopped = false): Explored => ({ complete: false, why, stopped })
  const domains = domainsOf(behaviour)
  if (typeof domains === 'string') return incomplete(domains)
  const starts = startsOf(behaviour, domains, limits.states)
  if (starts === undefined) return incomplete(`more than ${limits.states} states`)
  const seen = new Map(starts.map((state) => [stateKey(state), state]))
  let reactions = 0
  // A map is walked in the order of insertion, and sees what is added meanwhile.
  for (const state of seen.values()) {
    if (seen.size > limits.states) return incomplete(`more than ${limits.states} states`)
    for (const event of outsideEvents(behaviour, domains, state)) {
      for (const reaction of everyReaction(domains, (chooser) => step(behaviour, state, event, chooser, 0, limits.steps))) {
        if (reaction === 'too many orders') return incomplete('one event reaches too many automations in an open order')
        if (++reactions > limits.reactions) return incomplete(`more than ${limits.reactions} reactions`)
        if (visit(reaction) === 'stop') return incomplete('enough was seen', true)
        if (reaction.loop) return incomplete(`a reaction of more than ${limits.steps} steps`)
        const next = forget(domains, starts, reaction.state)
        const key = stateKey(next)
        if (!seen.has(key)) seen.set(key, next)
      }
    }
  }
  return { complete: true, states: seen.size, reactions }
}

/** Attributes whose value decides nothing stand as they did at first: they would only multiply the states. */
function forget(domains: Domains, [start]: readonly State[], state: State): State {
  const values = new Map([...state.values].map(([id, value]) => [id, domains.kept(id) ? value : (start?.values.get(id) ?? value)]))
  return { ...state, values }
}

function startsOf(behaviour: Behaviour, domains: Domains, most: number): readonly State[] | undefined {
  let records: Record<string, Value>[] = [{}]
  for (const { id, initial, outside } of behaviour.attributes) {
    const listed = initial !== undefined && initial.length > 0 && !outside
    const options = (listed ? initial : domains.attribute(id)).slice(0, domains.kept(id) ? undefined : 1)
    records = records.flatMap((record) => options.map((value) => ({ ...record, [id]: value })))
    if (records.length > most) return undefined
  }
  return records.flatMap((record) => {
    const start = startState(behaviour, record)
    return start.ok ? [start.value] : []
  })
}

function outsideEvents(behaviour: Behaviour, domains: Domains, state: State): readonly OutsideEvent[] {
  const index = indexOf(behaviour)
  const events: OutsideEvent[] = [{ is: 'restart' }]
  for (const { id, outside } of behaviour.attributes) {
    if (outside && domains.seen(id))
      events.push(...domains.attribute(id).map((value): OutsideEvent => ({ is: 'write', attribute: id, value })))
  }
  for (const { automation } of index.automations) {
    for (const [trigger, source] of automation.triggers.entries()) {
      const pull = (payload: Value): OutsideEvent => ({ is: 'pull', automation: automation.id, trigger, payload })
      if (source.on === 'time' || source.on === 'unmodelled') events.push(pull(null))
      if (source.on === 'outside') events.push(...payloads(domains, state, source.payload).map(pull))
    }
  }
  const count = new Map<string, number>()
  for (const { automation, step: at } of state.waiting) {
    const place = JSON.stringify([automation, at])
    const nth = count.get(place) ?? 0
    count.set(place, nth + 1)
    const resumed = { is: 'resume', automation, step: at, nth } as const
    events.push({ ...resumed, timedOut: false }, { ...resumed, timedOut: true })
    for (const [trigger, source] of awaitedBy(index.byId.get(automation)!.steps.get(at)!).entries())
      for (const payload of source.on === 'outside' ? payloads(domains, state, source.payload) : [null])
        events.push({ ...resumed, timedOut: false, trigger, payload })
  }
  for (const { automation, trigger } of state.timers) events.push({ is: 'due', automation, trigger })
  return events.filter((event) => refusal(index, state, event) === undefined)
}

function payloads(domains: Domains, state: State, payload: Parameters<typeof evaluate>[0]): readonly Value[] {
  if (payload.is === 'any') return domains.type(payload.type)
  // A payload asks for values, never for an order.
  const found = [...everyAnswer(domains, (chooser) => ({ value: carried(state, payload, chooser) }))]
  return [...new Set(found.flatMap((one) => (one === 'too many orders' ? [] : [one.value])))]
}

function carried(state: State, payload: Parameters<typeof evaluate>[0], chooser: Chooser): Value {
  const attribute = (id: string) => state.values.get(id) ?? null
  return toValue(evaluate(payload, { attribute, local: () => null, any: (type, part) => toDatum(chooser.value(part, type)) }))
}

const everyReaction = (domains: Domains, react: (chooser: Chooser) => Reaction): Generator<Reaction | TooMany> =>
  everyAnswer(domains, react)

type TooMany = 'too many orders'

/** Orders of one event's automations: more are not looked at. */
const mostOrders = 5_040

/** The results for all sequences of open choices, depth first: the last choice that has another option takes it, what was chosen after it is chosen anew. */
function* everyAnswer<T>(domains: Domains, answer: (chooser: Chooser) => T): Generator<T | TooMany> {
  let taken: number[] = []
  for (;;) {
    const counts: number[] = []
    const turn = (count: number): number => {
      if (counts.length === taken.length) taken.push(0)
      counts.push(count)
      return taken[counts.length - 1]!
    }
    const pick = <Option>(options: readonly Option[]): Option => options[turn(options.length)]!
    const found = { tooManyOrders: false }
    const result = answer({
      value: (_, type, among) => pick(among ?? domains.type(type)),
      write: (_, __, type) => pick([{ none: true as const }, ...domains.type(type)]),
      goOn: () => pick([true, false]),
      order: (automations, kept) => {
        const count = countOfOrders(automations.length, kept.length)
        found.tooManyOrders ||= count > mostOrders
        return count > mostOrders ? automations : orderAt(automations, kept, turn(count))
      },
    })
    if (found.tooManyOrders) {
      yield 'too many orders'
      return
    }
    yield result
    let last = counts.length - 1
    while (last >= 0 && taken[last]! + 1 >= counts[last]!) last--
    if (last < 0) return
    taken = [...taken.slice(0, last), taken[last]! + 1]
  }
}

/** Of so many, of which so many keep their own. */
const countOfOrders = (all: number, kept: number): number => {
  let count = 1
  for (let one = kept + 1; one <= all; one++) count *= one
  return count
}

/** Of all orders of the automations in which those of `kept` stay in theirs, the one of that number. */
function orderAt(automations: readonly string[], kept: readonly string[], number: number): readonly string[] {
  const made: string[] = []
  let [left, still, rest] = [automations, kept, number]
  while (left.length > 0) {
    for (const id of left) {
      if (still.includes(id) && id !== still[0]) continue
      const own = id === still[0] ? still.slice(1) : still
      const count = countOfOrders(left.length - 1, own.length)
      if (rest >= count) {
        rest -= count
        continue
      }
      made.push(id)
      ;[left, still] = [left.filter((other) => other !== id), own]
      break
    }
  }
  return made
}
