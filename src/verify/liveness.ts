/** Which automations can ever start, which steps can ever be reached and what they may write: a least fixed point over sets of values, no solver. */
import type { Automation, AutomationExpression, Behaviour, Step, ThingAttribute, Trigger } from '../model/automation.ts'
import { expressionsOf, indexOf, listensTo, readsOf, stepKey, triggersOf } from './behaviour-index.ts'
import type { BehaviourIndex, IndexedAutomation } from './behaviour-index.ts'
import { covers, join, mayBe, mayHold, mayNotHold, nothing, possibleOfType, possibleResults, possibleValues } from './possible.ts'
import type { Possible } from './possible.ts'
import { walkLeaves } from './samples.ts'

interface PossibleWrite {
  readonly automation: string
  readonly step: string
  readonly attribute: string
  readonly value: Possible
}

/** INVARIANT: a superset of what any run does; what is not in it can never happen. */
export interface Liveness {
  readonly automations: ReadonlySet<string>
  /** Keys (`stepKey`). */
  readonly steps: ReadonlySet<string>
  readonly writes: readonly PossibleWrite[]
}

interface Growing {
  readonly index: BehaviourIndex
  readonly automations: Set<string>
  readonly steps: Set<string>
  readonly called: Set<string>
  readonly events: Set<string>
  /** Attributes whose value some write may change. */
  readonly written: Set<string>
  readonly values: Map<string, Possible>
  /** By automation and name. */
  readonly locals: Map<string, Possible>
  readonly writes: Map<string, PossibleWrite>
  /** What each expression of an automation came to, and of what. */
  readonly came: Map<AutomationExpression, Came>
  /** Automations that what has grown since they were looked at concerns. */
  readonly stale: Set<IndexedAutomation>
  /** By `attributeKey`, `eventKey` and `callKey`. */
  readonly concerns: ReadonlyMap<string, readonly IndexedAutomation[]>
}

const attributeKey = (id: string): string => `attribute ${id}`
const eventKey = (event: string): string => `event ${event}`
const callKey = (automation: string): string => `call ${automation}`

interface Came {
  readonly of: readonly (Possible | undefined)[]
  readonly to: Possible
}

const known = new WeakMap<Behaviour, Liveness>()

/** Computed once for each behaviour value. */
export function livenessOf(behaviour: Behaviour): Liveness {
  const liveness = known.get(behaviour) ?? leastLiveness(behaviour)
  known.set(behaviour, liveness)
  return liveness
}

function leastLiveness(behaviour: Behaviour): Liveness {
  const index = indexOf(behaviour)
  const now: Growing = {
    index,
    automations: new Set(),
    steps: new Set(),
    called: new Set(),
    events: new Set(),
    written: new Set(behaviour.attributes.filter(({ outside }) => outside).map(({ id }) => id)),
    values: new Map(behaviour.attributes.map((attribute) => [attribute.id, atFirst(attribute)])),
    locals: new Map(),
    writes: new Map(),
    came: new Map(),
    stale: new Set(index.automations),
    concerns: concernsIn(index),
  }
  while (now.stale.size > 0)
    for (const indexed of index.automations) {
      if (!now.stale.delete(indexed)) continue
      grow(now, indexed)
    }
  return { automations: now.automations, steps: now.steps, writes: [...now.writes.values()] }
}

/** Whom it concerns that an attribute, an event or a call may come: those that hear or read it. */
function concernsIn(index: BehaviourIndex): ReadonlyMap<string, readonly IndexedAutomation[]> {
  const concerns = new Map<string, IndexedAutomation[]>()
  for (const indexed of index.automations) {
    const { automation } = indexed
    const triggers = triggersOf(automation)
    const attributes = [...expressionsOf(automation).flatMap(readsOf), ...triggers.flatMap(listensTo)]
    const events = triggers.flatMap((trigger) => (trigger.on === 'event' ? [eventKey(trigger.event)] : []))
    for (const key of new Set([...attributes.map(attributeKey), ...events, callKey(automation.id)])) {
      const list = concerns.get(key)
      if (list === undefined) concerns.set(key, [indexed])
      else list.push(indexed)
    }
  }
  return concerns
}

const spread = (now: Growing, key: string): void => now.concerns.get(key)?.forEach((one) => now.stale.add(one))

function atFirst({ initial, outside, type }: ThingAttribute): Possible {
  const listed = initial === undefined || initial.length === 0 ? nothing : possibleValues(initial)
  return listed === nothing || outside ? join(listed, possibleOfType(type)) : listed
}

function grow(now: Growing, indexed: IndexedAutomation): void {
  const { automation } = indexed
  const own = (name: string, value: Possible): void => local(now, indexed, name, value)
  const firing = automation.triggers.filter((trigger) => mayFire(now, trigger))
  if (firing.length === 0 && !now.called.has(automation.id)) return
  const called = now.called.has(automation.id) ? [possibleValues([null])] : []
  const begin = (name: string, values: readonly Possible[]): void => own(name, [...values, ...called].reduce(join, nothing))
  begin(
    'trigger',
    firing.map((trigger) => payloadOf(now, trigger)),
  )
  begin(
    'trigger.before',
    firing.map((trigger) => beforeOf(now, trigger)),
  )
  begin('trigger.index', [possibleValues(firing.map((trigger) => automation.triggers.indexOf(trigger)))])
  if (!mayHold(results(now, automation, automation.guard))) return
  now.automations.add(automation.id)
  const ahead = [...automation.entry]
  const seen = new Set<string>()
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    now.steps.add(stepKey(automation.id, id))
    ahead.push(...pass(now, indexed, indexed.steps.get(id)!))
  }
}

/** Takes in what a reachable step does, and names the steps that may come after it. */
function pass(now: Growing, indexed: IndexedAutomation, step: Step): readonly string[] {
  const { automation } = indexed
  switch (step.do) {
    case 'set':
      write(now, automation, step, step.attribute, results(now, automation, step.value))
      return step.next
    case 'let':
      local(now, indexed, step.local, results(now, automation, step.value))
      return step.next
    case 'branch':
      return branches(now, automation, step)
    case 'delay':
      return step.next
    case 'await': {
      const firing = step.triggers.filter((trigger) => mayFire(now, trigger))
      const set = (name: string, values: readonly Possible[]): void =>
        local(now, indexed, name, [possibleValues([null]), ...values].reduce(join, nothing))
      set(
        'wait',
        firing.map((trigger) => payloadOf(now, trigger)),
      )
      set(
        'wait.before',
        firing.map((trigger) => beforeOf(now, trigger)),
      )
      set('wait.index', [possibleValues(firing.map((trigger) => step.triggers.indexOf(trigger)))])
      return [...(firing.length > 0 ? step.next : []), ...(step.timeout?.next ?? [])]
    }
    case 'wait':
      return [...(mayHold(results(now, automation, step.until)) ? step.next : []), ...(step.timeout?.next ?? [])]
    case 'emit':
      add(now, now.events, step.event, eventKey(step.event))
      return step.next
    case 'call':
      add(now, now.called, step.automation, callKey(step.automation))
      return step.next
    case 'unmodelled':
      for (const id of step.writes) write(now, automation, step, id, possibleOfType(now.index.attributes.get(id)!.type))
      return step.next
  }
}

function branches(now: Growing, automation: Automation, step: Extract<Step, { do: 'branch' }>): readonly string[] {
  const taken: string[] = []
  let some = false
  for (const { when, next } of step.cases) {
    const result = results(now, automation, when)
    if (mayHold(result)) taken.push(...next)
    if (!mayNotHold(result)) some = true
    if (some && !step.every) break
  }
  return some ? taken : [...taken, ...step.next]
}

function results(now: Growing, automation: Automation, expression: AutomationExpression): Possible {
  const { attributes, locals } = namesIn(expression)
  const of = [...attributes.map((id) => now.values.get(id)), ...locals.map((name) => now.locals.get(`${automation.id}\u0000${name}`))]
  // A local that no step before has set is null.
  return once(now, expression, of, (name) =>
    join(now.locals.get(`${automation.id}\u0000${name}`) ?? nothing, atStart.includes(name) ? nothing : possibleValues([null])),
  )
}

/** What the condition of a trigger, which knows no locals, comes to. */
const conditionOf = (now: Growing, condition: AutomationExpression): Possible =>
  once(
    now,
    condition,
    namesIn(condition).attributes.map((id) => now.values.get(id)),
    () => possibleValues([null]),
  )

/** INVARIANT: what a name may be is replaced where it grows, and nowhere else: the same objects come to the same. */
function once(now: Growing, expression: AutomationExpression, of: Came['of'], local: (name: string) => Possible): Possible {
  const before = now.came.get(expression)
  if (before?.of.length === of.length && before.of.every((one, at) => one === of[at])) return before.to
  const to = possibleResults(expression, (id) => now.values.get(id) ?? nothing, local)
  now.came.set(expression, { of, to })
  return to
}

interface Names {
  readonly attributes: readonly string[]
  readonly locals: readonly string[]
}

const named = new WeakMap<AutomationExpression, Names>()

function namesIn(expression: AutomationExpression): Names {
  const before = named.get(expression)
  if (before !== undefined) return before
  const [attributes, locals] = [new Set<string>(), new Set<string>()]
  walkLeaves(expression, (leaf) => {
    if (leaf.is === 'read') attributes.add(leaf.attribute)
    if (leaf.is === 'local') locals.add(leaf.name)
  })
  const names = { attributes: [...attributes], locals: [...locals] }
  named.set(expression, names)
  return names
}

/** Locals that every run begins with. */
const atStart: readonly string[] = ['trigger', 'trigger.before', 'trigger.index']

function mayFire(now: Growing, trigger: Trigger): boolean {
  const value = (id: string): Possible => now.values.get(id) ?? nothing
  switch (trigger.on) {
    case 'change': {
      if (!now.written.has(trigger.attribute)) return false
      const among = (values: typeof trigger.from): boolean =>
        values === undefined || values.some((one) => mayBe(value(trigger.attribute), one))
      const stuck = trigger.from?.length === 1 && trigger.to?.length === 1 && trigger.from[0] === trigger.to[0]
      return among(trigger.from) && among(trigger.to) && !stuck
    }
    case 'message':
      return now.written.has(trigger.attribute)
    case 'becomes': {
      const held = conditionOf(now, trigger.condition)
      return readsOf(trigger.condition).some((id) => now.written.has(id)) && mayHold(held) && mayNotHold(held)
    }
    case 'event':
      return now.events.has(trigger.event)
    case 'outside':
    case 'time':
    case 'start':
    case 'unmodelled':
      return true
    case 'never':
      return false
  }
}

function payloadOf(now: Growing, trigger: Trigger): Possible {
  const value = (id: string): Possible => now.values.get(id) ?? nothing
  if (trigger.on === 'message') return value(trigger.attribute)
  if (trigger.on === 'change') {
    const { to } = trigger
    return to === undefined ? value(trigger.attribute) : possibleValues(to.filter((one) => mayBe(value(trigger.attribute), one)))
  }
  if (trigger.on === 'becomes') return readsOf(trigger.condition).map(value).reduce(join, nothing)
  if (trigger.on === 'outside') return conditionOf(now, trigger.payload)
  return possibleValues([null])
}

function beforeOf(now: Growing, trigger: Trigger): Possible {
  const value = (id: string): Possible => now.values.get(id) ?? nothing
  if (trigger.on === 'message') return value(trigger.attribute)
  if (trigger.on === 'becomes') return readsOf(trigger.condition).map(value).reduce(join, nothing)
  if (trigger.on !== 'change') return possibleValues([null])
  const { from } = trigger
  return from === undefined ? value(trigger.attribute) : possibleValues(from.filter((one) => mayBe(value(trigger.attribute), one)))
}

function write(now: Growing, automation: Automation, step: Step, attribute: string, value: Possible): void {
  const key = `${stepKey(automation.id, step.id)}\u0000${attribute}`
  const before = now.writes.get(key)?.value ?? nothing
  if (!now.writes.has(key) || !covers(before, value))
    now.writes.set(key, { automation: automation.id, step: step.id, attribute, value: join(before, value) })
  add(now, now.written, attribute, attributeKey(attribute))
  if (put(now.values, attribute, value)) spread(now, attributeKey(attribute))
}

function local(now: Growing, indexed: IndexedAutomation, name: string, value: Possible): void {
  if (put(now.locals, `${indexed.automation.id}\u0000${name}`, value)) now.stale.add(indexed)
}

/** Whether it has grown. */
function put(map: Map<string, Possible>, key: string, value: Possible): boolean {
  const before = map.get(key) ?? nothing
  if (map.has(key) && covers(before, value)) return false
  map.set(key, join(before, value))
  return true
}

function add(now: Growing, set: Set<string>, item: string, key: string): void {
  if (set.has(item)) return
  set.add(item)
  spread(now, key)
}
