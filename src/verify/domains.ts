/** Finitely many values for every attribute, payload and open choice of a behaviour, which show all that any values show; or why there are none. */
import type { Automation, AutomationExpression, Behaviour, Trigger, Value, ValueType } from '../model/automation.ts'
import { visitParts } from '../model/expression-size.ts'
import { expressionsOf, indexOf, listensTo, readsOf, triggersOf } from './behaviour-index.ts'
import { constantsOf, fewValues, samples, walkLeaves } from './samples.ts'

export interface Domains {
  /** What the attribute may be at first, or become from outside. One value where nothing ever looks at it. */
  readonly attribute: (id: string) => readonly Value[]
  /** Whether a change of it from outside can be seen by any automation. */
  readonly seen: (id: string) => boolean
  /** Whether anything depends on the value that it has, not on its messages alone. */
  readonly kept: (id: string) => boolean
  readonly type: (type: ValueType) => readonly Value[]
}

/** A text: why enumeration would not be exact. */
export function domainsOf(behaviour: Behaviour): Domains | string {
  const automations = indexOf(behaviour).automations.map(({ automation }) => automation)
  const types = new Map(behaviour.attributes.map(({ id, type }) => [id, type]))
  const wide = (id: string): boolean => fewValues(types.get(id)!) === undefined
  for (const automation of automations) {
    const problem = inexact(automation, wide)
    if (problem !== undefined) return problem
  }
  const constants = constantsIn(behaviour, automations)
  const read = new Set(automations.flatMap((automation) => expressionsOf(automation).flatMap(readsOf)))
  const triggers = automations.flatMap(triggersOf)
  const heard = new Set(triggers.flatMap(listensTo))
  const compared = new Set(triggers.flatMap((trigger) => (trigger.on === 'change' ? [trigger.attribute] : [])))
  const delivery = new Map(behaviour.attributes.map((attribute) => [attribute.id, attribute.delivery]))
  const seen = (id: string): boolean => read.has(id) || heard.has(id)
  const kept = (id: string): boolean => read.has(id) || compared.has(id) || (heard.has(id) && delivery.get(id) === 'state')
  const byType = new Map<string, readonly Value[]>()
  const fill = (type: ValueType, each: 1 | 2): boolean => {
    const found = samples(type, constants, each)
    byType.set(`${each} ${JSON.stringify(type)}`, found ?? [])
    return found !== undefined
  }
  const all = [...types.values(), ...openTypes(automations)]
  if (!all.every((type) => fill(type, 1) && fill(type, 2))) return 'two constants lie too close together'
  const ofType = (type: ValueType, each: 1 | 2): readonly Value[] => byType.get(`${each} ${JSON.stringify(type)}`) ?? []
  // Where nobody listens to changes as such, one that crosses no constant is no event to anybody.
  const attribute = (id: string): readonly Value[] => ofType(types.get(id)!, heard.has(id) ? 2 : 1).slice(0, seen(id) ? undefined : 1)
  return { attribute, seen, kept, type: (type) => ofType(type, 2) }
}

/** Locals that hold what an event brings. */
const arrivals: readonly string[] = ['trigger', 'trigger.before', 'wait', 'wait.before']

/** Values of wide types may only be compared with constants: never computed with, copied or compared with each other. */
function inexact(automation: Automation, wide: (id: string) => boolean): string | undefined {
  const wideTrigger = triggersOf(automation).some(
    (trigger) =>
      listensTo(trigger).some(wide) ||
      (trigger.on === 'becomes' && readsOf(trigger.condition).some(wide)) ||
      (trigger.on === 'outside' && trigger.payload.is === 'any' && fewValues(trigger.payload.type) === undefined),
  )
  let problem: string | undefined
  const check = (expression: AutomationExpression): void => {
    walkLeaves(expression, (leaf, compared) => {
      const isWide =
        leaf.is === 'read'
          ? wide(leaf.attribute)
          : leaf.is === 'local'
            ? arrivals.includes(leaf.name) && wideTrigger
            : fewValues(leaf.type) === undefined
      if (isWide && !compared) problem = `\`${automation.name}\` computes with values of a type that has too many`
    })
  }
  expressionsOf(automation)
    .filter((expression) => expression.is !== 'any')
    .forEach(check)
  const keeps = automation.steps.some((step) => step.do === 'let' && step.value.is === 'any' && fewValues(step.value.type) === undefined)
  return keeps ? `\`${automation.name}\` keeps a value of a type that has too many` : problem
}

function constantsIn(behaviour: Behaviour, automations: readonly Automation[]): readonly Value[] {
  const triggered = (trigger: Trigger): readonly Value[] =>
    trigger.on === 'change' ? [...(trigger.from ?? []), ...(trigger.to ?? [])] : []
  return [
    ...behaviour.attributes.flatMap(({ initial }) => initial ?? []),
    ...behaviour.exclusions.flatMap(({ members }) => members.map(({ value }) => value)),
    ...automations.flatMap((automation) => [
      ...expressionsOf(automation).flatMap(constantsOf),
      ...triggersOf(automation).flatMap(triggered),
    ]),
  ]
}

/** Types of `any` expressions. */
function openTypes(automations: readonly Automation[]): readonly ValueType[] {
  const types: ValueType[] = []
  for (const automation of automations)
    for (const expression of expressionsOf(automation)) visitParts(expression, (part) => part.is === 'any' && types.push(part.type))
  return types
}
