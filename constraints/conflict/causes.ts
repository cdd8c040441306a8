/** Who can start whom by a command, seen by the graph and by constants alone: never too seldom. */
import { any } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { AutomationExpression, Trigger, Value } from '../../src/model/automation.ts'
import type { ConflictStructure, Reaction, ReactionWrite, Rule, Writer } from '../reaction.ts'
import { conjunctsOf, readsOf } from './conjuncts.ts'

/** A command of one rule that may start another by its trigger. */
export interface Cause {
  readonly from: string
  readonly to: string
  readonly writers: readonly Writer[]
}

const includes = (values: readonly Value[] | undefined, value: Value): boolean => values?.includes(value) ?? true

/** What a condition says of one attribute by `==` and a constant, where it says that. */
const demanded = (condition: AutomationExpression, attribute: string): Value | undefined => {
  for (const part of conjunctsOf(condition)) {
    if (part.is !== 'apply' || part.operator !== '==') continue
    const [a, b] = part.arguments
    if (a?.is === 'read' && a.attribute === attribute && b?.is === 'value') return b.value
  }
  return undefined
}

const mayStart = ({ attribute, constant }: Writer, trigger: Trigger): boolean => {
  switch (trigger.on) {
    case 'message':
      return trigger.attribute === attribute
    case 'change':
      return trigger.attribute === attribute && trigger.for === undefined && (constant === undefined || includes(trigger.to, constant))
    case 'becomes': {
      if (trigger.for !== undefined || !readsOf(trigger.condition).has(attribute)) return false
      const wanted = demanded(trigger.condition, attribute)
      return constant === undefined || wanted === undefined || wanted === constant
    }
    default:
      return false
  }
}

/** Of live rules; by `from`, in the order of the rules; a rule that may start itself too. */
export const causesIn = (structure: ConflictStructure): ReadonlyMap<string, readonly Cause[]> => {
  const found = new Map<string, Map<string, Writer[]>>()
  for (const [attribute, listeners] of structure.listeners)
    for (const to of listeners) {
      const triggers = structure.rule.get(to)?.automation.triggers ?? []
      for (const writer of structure.writers.get(attribute) ?? []) {
        if (!triggers.some((trigger) => mayStart(writer, trigger)) || contradicts(structure.rule.get(to), writer)) continue
        const own = found.get(writer.rule) ?? new Map<string, Writer[]>()
        found.set(writer.rule, own)
        own.set(to, [...(own.get(to) ?? []), writer])
      }
    }
  return new Map(
    structure.rules.flatMap(({ automation: { id } }) => {
      const own = found.get(id)
      return own === undefined ? [] : [[id, [...own].map(([to, writers]): Cause => ({ from: id, to, writers }))] as const]
    }),
  )
}

/** The guard wants another value of what is written than the one that every writer leaves there. */
const contradicts = (rule: Rule | undefined, { attribute, constant }: Writer): boolean => {
  const wanted = rule === undefined ? undefined : demanded(rule.automation.guard, attribute)
  return wanted !== undefined && constant !== undefined && wanted !== constant && rule?.automation.platform !== 'node-red'
}

/** Rules that the rule calls, or that hear an event it emits: successors by its author's word. */
export const declaredSuccessors = (structure: ConflictStructure, rule: Rule): ReadonlySet<string> => {
  const called = new Set<string>()
  const events = new Set<string>()
  for (const step of rule.automation.steps) {
    if (step.do === 'call') called.add(step.automation)
    if (step.do === 'emit') events.add(step.event)
  }
  if (events.size > 0)
    for (const { automation } of structure.rules)
      if (automation.triggers.some((trigger) => trigger.on === 'event' && events.has(trigger.event))) called.add(automation.id)
  return called
}

/** Where an action of `from` starts `to` within the reaction. */
export const startedBy = ({ started }: Reaction, from: string, to: string): Term =>
  any(started.filter((one) => one.rule === to && (one.by === from || one.run < 0)).map(({ guard }) => guard))

/** Whether the run that writes was started by an action of the rule, as far as the reaction knows. */
export const causedBy = (write: ReactionWrite, rule: string): boolean => write.by === rule || write.run < 0
