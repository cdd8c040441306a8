/** Runs drawn at random: outside events that a state admits, and answers to what the model leaves open, all recorded so that anyone can replay them. */
import type { AutomationExpression, Behaviour, Step, Trigger, Value, ValueType } from '../model/automation.ts'
import type { OpenChoice, OutsideEvent } from '../model/conflict.ts'
import { refusal } from '../verify/admissible.ts'
import { awaitedBy, expressionsOf, indexOf, readsOf, triggersOf, type BehaviourIndex } from '../verify/behaviour-index.ts'
import { step, type Chooser, type Reaction, type State } from '../verify/interpreter.ts'
import { plainValue } from '../verify/choices.ts'

/** Numbers in [0, 1), the same for one seed on every machine (mulberry32). */
export const seededNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export interface RandomStep {
  readonly event: OutsideEvent
  readonly choices: readonly OpenChoice[]
  readonly reaction: Reaction
}

/** What events of a behaviour can be drawn from; made once, used for every run. */
export interface EventSource {
  readonly behaviour: Behaviour
  readonly index: BehaviourIndex
  /** Attributes whose change from outside somebody sees, with values worth trying. */
  readonly writes: readonly { readonly attribute: string; readonly type: ValueType; readonly values: readonly Value[] }[]
  readonly pulls: readonly { readonly automation: string; readonly trigger: number; readonly payload: AutomationExpression | undefined }[]
  /** Values that the behaviour's expressions name. */
  readonly constants: readonly Value[]
}

const RESTARTS = 0.01
const TRIES = 40

export const eventSource = (behaviour: Behaviour): EventSource => {
  const index = indexOf(behaviour)
  const automations = index.automations.map(({ automation }) => automation)
  const near = new Map<string, Set<Value>>()
  const note = (attribute: string, value: Value): void =>
    void (near.get(attribute) ?? near.set(attribute, new Set()).get(attribute)!).add(value)
  const heard = new Set<string>()
  for (const automation of automations) {
    for (const trigger of triggersOf(automation)) listen(trigger, heard, note)
    for (const expression of expressionsOf(automation)) {
      for (const id of readsOf(expression)) heard.add(id)
      noteConstants(expression, note)
    }
  }
  const writes = behaviour.attributes
    .filter(({ id, outside }) => outside && heard.has(id))
    .map(({ id, type }) => ({ attribute: id, type, values: valuesOf(type, [...(near.get(id) ?? [])]) }))
  const pulls: EventSource['pulls'] = automations.flatMap(({ id, triggers }) =>
    triggers.flatMap((trigger, at): EventSource['pulls'] => {
      if (trigger.on === 'outside') return [{ automation: id, trigger: at, payload: trigger.payload }]
      return trigger.on === 'time' || trigger.on === 'unmodelled' ? [{ automation: id, trigger: at, payload: undefined }] : []
    }),
  )
  const constants = [...new Set([...near.values()].flatMap((set) => [...set]))]
  return { behaviour, index, writes, pulls, constants }
}

const listen = (trigger: Trigger, heard: Set<string>, note: (attribute: string, value: Value) => void): void => {
  if (trigger.on === 'message') heard.add(trigger.attribute)
  if (trigger.on === 'change') {
    heard.add(trigger.attribute)
    for (const value of [...(trigger.from ?? []), ...(trigger.to ?? [])]) note(trigger.attribute, value)
  }
  if (trigger.on === 'becomes') {
    for (const id of readsOf(trigger.condition)) heard.add(id)
    noteConstants(trigger.condition, note)
  }
}

/** Constants that stand beside a read of an attribute, for every such attribute. */
const noteConstants = (expression: AutomationExpression, note: (attribute: string, value: Value) => void): void => {
  if (expression.is !== 'apply') return
  const reads = expression.arguments.flatMap(readsOf)
  for (const part of expression.arguments) {
    if (part.is === 'value') for (const id of reads) note(id, part.value)
    noteConstants(part, note)
  }
}

/** Values that show what a comparison can tell apart: the constants, their neighbours, the ends of the range. */
const valuesOf = (type: ValueType, constants: readonly Value[]): readonly Value[] => {
  switch (type.is) {
    case 'bool':
      return [false, true]
    case 'enum':
      return type.other
        ? [...new Set([...type.values, ...constants.filter((value) => typeof value === 'string'), 'something else'])]
        : type.values
    case 'number': {
      const named = constants.filter((value): value is number => typeof value === 'number')
      const all = [...named.flatMap((value) => [value - 1, value, value + 1]), type.low ?? 0, type.high ?? 100]
      const inside = all.filter(
        (value) => value >= (type.low ?? -Infinity) && value <= (type.high ?? Infinity) && (!type.integer || Number.isInteger(value)),
      )
      return inside.length === 0 ? [plainValue(type)] : [...new Set(inside)]
    }
    case 'text':
      return [...new Set([...constants.filter((value) => typeof value === 'string'), 'something else'])]
    case 'any':
      return [...new Set<Value>([...constants, null, true, 1, 'something else'])]
  }
}

/** The next step of a run from a state at rest; undefined where nothing can happen to it. */
export const randomStep = (source: EventSource, state: State, next: () => number, cause: number): RandomStep | undefined => {
  const event = drawEvent(source, state, next)
  if (event === undefined) return undefined
  const choices: OpenChoice[] = []
  const chooser = randomChooser(source, next, choices)
  return { event, choices, reaction: step(source.behaviour, state, event, chooser, cause) }
}

const pick = <T>(list: readonly T[], next: () => number): T | undefined => list[Math.floor(next() * list.length)]

const drawEvent = (source: EventSource, state: State, next: () => number): OutsideEvent | undefined => {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const event = propose(source, state, next)
    if (event !== undefined && refusal(source.index, state, event) === undefined) return event
  }
  return undefined
}

/** A kind of event by what there is of it: what waits or is armed gets its turn as often as the rest. */
const propose = (source: EventSource, state: State, next: () => number): OutsideEvent | undefined => {
  if (next() < RESTARTS) return { is: 'restart' }
  const late = state.waiting.length + state.timers.length
  if (late > 0 && next() < 0.4) {
    const at = Math.floor(next() * late)
    const timer = state.timers[at - state.waiting.length]
    if (timer !== undefined) return { is: 'due', automation: timer.automation, trigger: timer.trigger }
    return resume(source, state, at, next)
  }
  const among = source.writes.length + source.pulls.length
  const at = Math.floor(next() * among)
  const write = source.writes[at]
  if (write !== undefined) return { is: 'write', attribute: write.attribute, value: pick(write.values, next) ?? plainValue(write.type) }
  const pull = source.pulls[at - source.writes.length]
  if (pull === undefined) return undefined
  // What a trigger computes to carry is not drawn.
  if (pull.payload?.is !== undefined && pull.payload.is !== 'value' && pull.payload.is !== 'any') return undefined
  return { is: 'pull', automation: pull.automation, trigger: pull.trigger, payload: payload(source, pull.payload, next) }
}

const payload = (source: EventSource, expression: AutomationExpression | undefined, next: () => number): Value => {
  if (expression?.is === 'value') return expression.value
  return expression?.is === 'any' ? (pick(valuesOf(expression.type, source.constants), next) ?? null) : null
}

const resume = (source: EventSource, state: State, at: number, next: () => number): OutsideEvent | undefined => {
  const { automation, step: id } = state.waiting[at]!
  const nth = state.waiting.slice(0, at).filter((token) => token.automation === automation && token.step === id).length
  const waiting: Step | undefined = source.index.byId.get(automation)?.steps.get(id)
  const base = { is: 'resume' as const, automation, step: id, nth }
  if (waiting?.do === 'await' && next() < 0.5) {
    const triggers = awaitedBy(waiting)
    const trigger = Math.floor(next() * triggers.length)
    const awaited = triggers[trigger]
    if (awaited !== undefined)
      return {
        ...base,
        timedOut: false,
        trigger,
        payload: awaited.on === 'outside' ? payload(source, awaited.payload, next) : null,
      }
  }
  return { ...base, timedOut: waiting?.do === 'wait' || waiting?.do === 'await' }
}

const randomChooser = (source: EventSource, next: () => number, choices: OpenChoice[]): Chooser => {
  const draw = (type: ValueType): Value => pick(valuesOf(type, source.constants), next) ?? plainValue(type)
  return {
    value: (part, type, among) => {
      const value = among === undefined ? draw(type) : (pick(among, next) ?? null)
      choices.push({ is: 'value', part, value })
      return value
    },
    write: (part, attribute, type) => {
      const value = next() < 0.5 ? ({ none: true } as const) : draw(type)
      choices.push({ is: 'write', part, attribute, value })
      return value
    },
    goOn: (part) => {
      const yes = next() < 0.5
      choices.push({ is: 'continue', part, yes })
      return yes
    },
    order: (automations, kept) => {
      // A shuffle in which those that keep their order take the places that fall to them one after the other.
      const shuffled = [...automations]
      for (let at = shuffled.length - 1; at > 0; at--) {
        const other = Math.floor(next() * (at + 1))
        ;[shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!]
      }
      const inOrder = automations.filter((id) => kept.includes(id))
      const order = shuffled.map((id) => (kept.includes(id) ? inOrder.shift()! : id))
      choices.push({ is: 'order', automations: order })
      return order
    },
  }
}
