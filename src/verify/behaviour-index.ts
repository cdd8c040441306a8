/** Finds automations, steps and listeners of a behaviour by name, in the order of the lists. Built once for each behaviour value. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Automation, AutomationExpression, Behaviour, Step, ThingAttribute, Trigger } from '../model/automation.ts'
import { visitParts } from '../model/expression-size.ts'

export interface IndexedAutomation {
  readonly automation: Automation
  /** Place in the list of all automations: applications in order, their automations in order. */
  readonly place: number
  readonly steps: ReadonlyMap<string, Step>
}

interface Listener {
  readonly automation: IndexedAutomation
  readonly trigger: number
}

export interface BehaviourIndex {
  readonly behaviour: Behaviour
  readonly automations: readonly IndexedAutomation[]
  readonly byId: ReadonlyMap<string, IndexedAutomation>
  readonly attributes: ReadonlyMap<string, ThingAttribute>
  /** `change` and `message` triggers by attribute. */
  readonly onWrite: ReadonlyMap<string, readonly Listener[]>
  /** `becomes` triggers by each attribute that their condition reads. */
  readonly onBecomes: ReadonlyMap<string, readonly (Listener & { readonly condition: AutomationExpression })[]>
  /** `event` triggers by the event, and `start` triggers. */
  readonly onEvent: ReadonlyMap<string, readonly Listener[]>
  readonly onStart: readonly Listener[]
  /** Steps (`stepKey`) at which a write of the attribute may wake a token. */
  readonly wakes: ReadonlyMap<string, ReadonlySet<string>>
  /** Steps at which an event wakes a token. */
  readonly awaits: ReadonlyMap<string, ReadonlySet<string>>
}

/** Key of a step among those of all automations. */
export const stepKey = (automation: string, step: string): string => `${automation}\u0000${step}`

/** What a token at the step may be woken by. */
export const awaitedBy = (step: Step): readonly Trigger[] => (step.do === 'await' ? step.triggers : [])

/** The triggers of an automation and of its `await` steps. */
export const triggersOf = (automation: Automation): readonly Trigger[] => [...automation.triggers, ...automation.steps.flatMap(awaitedBy)]

/** The attribute whose writes the trigger matches as such. */
export const listensTo = (trigger: Trigger): readonly string[] =>
  trigger.on === 'change' || trigger.on === 'message' ? [trigger.attribute] : []

const built = new WeakMap<Behaviour, BehaviourIndex>()

/** The index of a behaviour. Throws where an id is used twice or a step names a thing that is not there: importers must not let that pass. */
export function indexOf(behaviour: Behaviour): BehaviourIndex {
  const known = built.get(behaviour)
  if (known !== undefined) return known
  const index = build(behaviour)
  built.set(behaviour, index)
  return index
}

/** Ids of the attributes that an expression reads, each once, in order of first appearance. */
export function readsOf(expression: AutomationExpression): readonly string[] {
  const known = reads.get(expression)
  if (known !== undefined) return known
  const found = new Set<string>()
  visitParts(expression, (part) => part.is === 'read' && found.add(part.attribute))
  const all = [...found]
  reads.set(expression, all)
  return all
}

const reads = new WeakMap<AutomationExpression, readonly string[]>()

/** Every expression of an automation: its guard, and those of its triggers and steps. */
export function expressionsOf(automation: Automation): readonly AutomationExpression[] {
  return [automation.guard, ...automation.triggers.flatMap(expressionsOfTrigger), ...automation.steps.flatMap(expressionsOfStep)]
}

function expressionsOfTrigger(trigger: Trigger): readonly AutomationExpression[] {
  if (trigger.on === 'becomes') return [trigger.condition]
  return trigger.on === 'outside' ? [trigger.payload] : []
}

/** The expressions that one step evaluates; the length of a delay is not among them, it decides nothing where time is not counted. */
function expressionsOfStep(step: Step): readonly AutomationExpression[] {
  switch (step.do) {
    case 'set':
    case 'let':
      return [step.value]
    case 'branch':
      return step.cases.map(({ when }) => when)
    case 'wait':
      return [step.until]
    case 'await':
      return step.triggers.flatMap(expressionsOfTrigger)
    case 'delay':
    case 'emit':
    case 'call':
    case 'unmodelled':
      return []
  }
}

/** Ids of the steps that may follow a step. */
function followers(step: Step): readonly string[] {
  if (step.do === 'branch') return [...step.cases.flatMap(({ next }) => next), ...step.next]
  return step.do === 'wait' || step.do === 'await' ? [...step.next, ...(step.timeout?.next ?? [])] : step.next
}

function build(behaviour: Behaviour): BehaviourIndex {
  const attributes = new Map(behaviour.attributes.map((attribute) => [attribute.id, attribute]))
  if (attributes.size !== behaviour.attributes.length) throw new EngineError('verify/duplicate-id', 'two attributes have the same id')
  const automations: IndexedAutomation[] = behaviour.applications
    .flatMap((application) => application.automations)
    .map((automation, place) => ({ automation, place, steps: new Map(automation.steps.map((step) => [step.id, step])) }))
  const byId = new Map(automations.map((indexed) => [indexed.automation.id, indexed]))
  if (byId.size !== automations.length) throw new EngineError('verify/duplicate-id', 'two automations have the same id')
  const onWrite = new Map<string, Listener[]>()
  const onBecomes = new Map<string, (Listener & { readonly condition: AutomationExpression })[]>()
  const onEvent = new Map<string, Listener[]>()
  const onStart: Listener[] = []
  const wakes = new Map<string, Set<string>>()
  const awaits = new Map<string, Set<string>>()
  const wakesAt = (map: Map<string, Set<string>>, name: string, key: string): unknown =>
    map.get(name)?.add(key) ?? map.set(name, new Set([key]))
  for (const indexed of automations) {
    mustResolve(indexed, attributes, byId)
    for (const step of indexed.automation.steps) {
      const key = stepKey(indexed.automation.id, step.id)
      if (step.do === 'wait') for (const id of readsOf(step.until)) wakesAt(wakes, id, key)
      for (const trigger of awaitedBy(step)) {
        for (const id of listensTo(trigger)) wakesAt(wakes, id, key)
        if (trigger.on === 'becomes') for (const id of readsOf(trigger.condition)) wakesAt(wakes, id, key)
        if (trigger.on === 'event') wakesAt(awaits, trigger.event, key)
      }
    }
    indexed.automation.triggers.forEach((trigger, position) => {
      const listener = { automation: indexed, trigger: position }
      if (trigger.on === 'change' || trigger.on === 'message') add(onWrite, trigger.attribute, listener)
      if (trigger.on === 'event') add(onEvent, trigger.event, listener)
      if (trigger.on === 'start') onStart.push(listener)
      if (trigger.on === 'becomes') {
        for (const id of readsOf(trigger.condition)) add(onBecomes, id, { ...listener, condition: trigger.condition })
      }
    })
  }
  return { behaviour, automations, byId, attributes, onWrite, onBecomes, onEvent, onStart, wakes, awaits }
}

function add<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [item])
  else list.push(item)
}

function mustResolve(
  { automation, steps }: IndexedAutomation,
  attributes: ReadonlyMap<string, unknown>,
  automations: ReadonlyMap<string, unknown>,
): void {
  const fail = (what: string): never => {
    throw new EngineError('verify/unresolved', `automation \`${automation.id}\`: ${what}`)
  }
  const named = [
    ...expressionsOf(automation).flatMap(readsOf),
    ...triggersOf(automation).flatMap(listensTo),
    ...automation.steps.flatMap((step) => (step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : [])),
  ]
  for (const id of named) if (!attributes.has(id)) fail(`there is no attribute \`${id}\``)
  if (steps.size !== automation.steps.length) fail('two steps have the same id')
  for (const id of [...automation.entry, ...automation.steps.flatMap(followers)]) if (!steps.has(id)) fail(`there is no step \`${id}\``)
  for (const step of automation.steps)
    if (step.do === 'call' && !automations.has(step.automation)) fail(`there is no automation \`${step.automation}\``)
}
