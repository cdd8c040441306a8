/** Finds automations, steps and listeners of a behaviour by name, in the order of the lists. Built once for each behaviour value. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Automation, AutomationExpression, Behaviour, Step, ThingAttribute, Trigger } from '../model/automation.ts'

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
}

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
  const found = new Set<string>()
  const walk = (part: AutomationExpression): void => {
    if (part.is === 'read') found.add(part.attribute)
    if (part.is === 'apply') part.arguments.forEach(walk)
  }
  walk(expression)
  return [...found]
}

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
  return step.do === 'wait' && step.timeout !== undefined ? [...step.next, ...step.timeout.next] : step.next
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
  for (const indexed of automations) {
    mustResolve(indexed, attributes, byId)
    indexed.automation.triggers.forEach((trigger, position) => {
      const listener = { automation: indexed, trigger: position }
      if (trigger.on === 'change' || trigger.on === 'message') add(onWrite, trigger.attribute, listener)
      if (trigger.on === 'becomes') {
        for (const id of readsOf(trigger.condition)) add(onBecomes, id, { ...listener, condition: trigger.condition })
      }
    })
  }
  return { behaviour, automations, byId, attributes, onWrite, onBecomes }
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
    ...automation.triggers.flatMap((trigger) => (trigger.on === 'change' || trigger.on === 'message' ? [trigger.attribute] : [])),
    ...automation.steps.flatMap((step) => (step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : [])),
  ]
  for (const id of named) if (!attributes.has(id)) fail(`there is no attribute \`${id}\``)
  if (steps.size !== automation.steps.length) fail('two steps have the same id')
  for (const id of [...automation.entry, ...automation.steps.flatMap(followers)]) if (!steps.has(id)) fail(`there is no step \`${id}\``)
  for (const step of automation.steps)
    if (step.do === 'call' && !automations.has(step.automation)) fail(`there is no automation \`${step.automation}\``)
}
