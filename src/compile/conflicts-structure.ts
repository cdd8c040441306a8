/** The behaviour as a graph: which rules something can start, who writes what, and why a rule is dead. Values are not looked at. */
import type { AutomationExpression, Automation, Behaviour, Step, Trigger } from '../model/automation.ts'
import { visitParts } from '../model/expression-size.ts'
import type { ConflictStructure, DeadRule, Rule, Writer } from '../../constraints/reaction.ts'

export const readsOf = (expression: AutomationExpression): ReadonlySet<string> => {
  const reads = new Set<string>()
  visitParts(expression, (part) => part.is === 'read' && reads.add(part.attribute))
  return reads
}

export const partsOf = (expression: AutomationExpression): ReadonlySet<string> => {
  const parts = new Set<string>()
  visitParts(expression, (part) => part.is === 'any' && parts.add(part.part))
  return parts
}

/** Expressions that a step evaluates. */
export const expressionsOf = (step: Step): readonly AutomationExpression[] => {
  switch (step.do) {
    case 'set':
    case 'let':
      return [step.value]
    case 'branch':
      return step.cases.map((one) => one.when)
    case 'delay':
      return [step.milliseconds]
    case 'wait':
      return step.timeout === undefined ? [step.until] : [step.until, step.timeout.milliseconds]
    case 'await':
      return [
        ...step.triggers.flatMap((trigger) => expressionsOfTrigger(trigger)),
        ...(step.timeout === undefined ? [] : [step.timeout.milliseconds]),
      ]
    case 'emit':
    case 'call':
    case 'unmodelled':
      return []
  }
}

/** Expressions that decide whether a trigger fires. */
export const expressionsOfTrigger = (trigger: Trigger): readonly AutomationExpression[] =>
  trigger.on === 'becomes' ? [trigger.condition] : trigger.on === 'outside' ? [trigger.payload] : []

/** The triggers that a token at the step waits for. */
export const awaitedBy = (step: Step): readonly Trigger[] => (step.do === 'await' ? step.triggers : [])

/** Attributes whose writes the trigger hears. */
export const heardBy = (trigger: Trigger): ReadonlySet<string> => {
  if (trigger.on === 'change' || trigger.on === 'message') return new Set([trigger.attribute])
  return trigger.on === 'becomes' ? readsOf(trigger.condition) : new Set()
}

/** Steps that a step may hand its token to. */
export const successorsOf = (step: Step): readonly string[] => {
  if (step.do === 'branch') return [...step.cases.flatMap((one) => one.next), ...step.next]
  if (step.do === 'wait' || step.do === 'await') return [...step.next, ...(step.timeout?.next ?? [])]
  return step.next
}

export const writesOf = (step: Step): readonly string[] =>
  step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : []

const reachableSteps = (automation: Automation, steps: ReadonlyMap<string, Step>): ReadonlySet<string> => {
  const reached = new Set<string>()
  const open = [...automation.entry]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = steps.get(id)
    if (step === undefined || reached.has(id)) continue
    reached.add(id)
    open.push(...successorsOf(step))
  }
  return reached
}

const writersOf = (automation: Automation, steps: ReadonlyMap<string, Step>, reachable: ReadonlySet<string>): readonly Writer[] =>
  automation.steps
    .filter((step) => reachable.has(step.id) && steps.get(step.id) === step)
    .flatMap((step) =>
      writesOf(step).map((attribute): Writer => {
        const base = { rule: automation.id, step: step.id, attribute, at: step.at }
        return step.do === 'set' && step.value.is === 'value' ? { ...base, constant: step.value.value } : base
      }),
    )

export interface LiveFacts {
  readonly outside: ReadonlySet<string>
  readonly written: ReadonlySet<string>
  readonly emitted: ReadonlySet<string>
}

/** What a trigger waits for, seen by the graph alone: undefined where it can fire. */
const missing = (trigger: Trigger, facts: LiveFacts): { readonly text: string; readonly causes: readonly string[] } | undefined => {
  const moves = (attribute: string): boolean => facts.outside.has(attribute) || facts.written.has(attribute)
  switch (trigger.on) {
    case 'outside':
    case 'time':
    case 'start':
    case 'unmodelled':
      return undefined
    case 'never':
      return { text: trigger.because, causes: trigger.causes }
    case 'event':
      return facts.emitted.has(trigger.event)
        ? undefined
        : { text: `no live rule emits the event \`${trigger.event}\``, causes: [`event:${trigger.event}`] }
    case 'message':
    case 'change':
      return moves(trigger.attribute)
        ? undefined
        : { text: `nothing live writes \`${trigger.attribute}\``, causes: [`attribute:${trigger.attribute}`] }
    case 'becomes': {
      const reads = [...readsOf(trigger.condition)].sort()
      if (reads.some(moves)) return undefined
      const text =
        reads.length === 0
          ? 'its condition reads nothing that changes'
          : `nothing live writes ${reads.map((name) => `\`${name}\``).join(', ')}`
      return { text, causes: reads.map((name) => `attribute:${name}`) }
    }
  }
}

/** Returns the structure; `live` is the least fixpoint from the triggers that the outside can pull. */
export const structureOf = (behaviour: Behaviour): ConflictStructure => {
  const automations = behaviour.applications.flatMap((application) => application.automations)
  const attributes = new Map(behaviour.attributes.map((attribute) => [attribute.id, attribute]))
  const drafts = automations.map((automation) => {
    const steps = new Map(automation.steps.map((step) => [step.id, step]))
    const reachable = reachableSteps(automation, steps)
    const used = automation.steps.filter((step) => reachable.has(step.id))
    return { automation, steps, reachable, used, writes: writersOf(automation, steps, reachable) }
  })
  const outside = new Set(behaviour.attributes.filter((attribute) => attribute.outside).map((attribute) => attribute.id))
  const written = new Set<string>()
  const emitted = new Set<string>()
  const called = new Set<string>()
  const live = new Set<string>()
  const facts: LiveFacts = { outside, written, emitted }
  for (let before = -1; before !== live.size;) {
    before = live.size
    for (const { automation, used, writes } of drafts) {
      if (live.has(automation.id)) continue
      if (!called.has(automation.id) && automation.triggers.every((trigger) => missing(trigger, facts) !== undefined)) continue
      live.add(automation.id)
      for (const writer of writes) written.add(writer.attribute)
      for (const step of used) {
        if (step.do === 'emit') emitted.add(step.event)
        if (step.do === 'call') called.add(step.automation)
      }
    }
  }
  const rules = drafts.map(({ automation, steps, reachable, used, writes }): Rule => {
    const reads = new Set([
      ...readsOf(automation.guard),
      ...used.flatMap((step) => expressionsOf(step).flatMap((part) => [...readsOf(part)])),
      ...used.flatMap((step) => awaitedBy(step).flatMap((trigger) => [...heardBy(trigger)])),
    ])
    return { automation, live: live.has(automation.id), steps, reachable, writes, reads }
  })
  const writers = new Map<string, Writer[]>()
  for (const rule of rules)
    if (rule.live) for (const writer of rule.writes) writers.set(writer.attribute, [...(writers.get(writer.attribute) ?? []), writer])
  const listeners = new Map<string, string[]>()
  const readers = new Map<string, string[]>()
  const add = (map: Map<string, string[]>, key: string, rule: string): unknown => map.get(key)?.push(rule) ?? map.set(key, [rule])
  for (const rule of rules) {
    if (!rule.live) continue
    const waits = rule.automation.steps.filter((step) => rule.reachable.has(step.id))
    const heard = [
      ...[...rule.automation.triggers, ...waits.flatMap(awaitedBy)].flatMap((trigger) => [...heardBy(trigger)]),
      ...waits.flatMap((step) => (step.do === 'wait' ? [...readsOf(step.until)] : [])),
    ]
    for (const attribute of new Set(heard)) add(listeners, attribute, rule.automation.id)
    for (const attribute of rule.reads) add(readers, attribute, rule.automation.id)
  }
  return {
    behaviour,
    attributes,
    rules,
    listeners,
    readers,
    rule: new Map(rules.map((rule) => [rule.automation.id, rule])),
    dead: deadRules(rules, facts),
    writers,
  }
}

/** Per dead rule its reasons, and the ends they come from: dangling names, and rules that would have written or emitted but are dead themselves are followed. */
const deadRules = (rules: readonly Rule[], facts: LiveFacts): ReadonlyMap<string, DeadRule> => {
  const dead = rules.filter((rule) => !rule.live)
  const wouldProvide = new Map<string, string[]>()
  const provide = (key: string, rule: string): void => void wouldProvide.set(key, [...(wouldProvide.get(key) ?? []), rule])
  for (const rule of dead) {
    for (const writer of rule.writes) provide(`attribute:${writer.attribute}`, rule.automation.id)
    for (const step of rule.automation.steps)
      if (step.do === 'emit' && rule.reachable.has(step.id)) provide(`event:${step.event}`, rule.automation.id)
  }
  const reasons = new Map(
    dead.map(({ automation }) => [
      automation.id,
      automation.triggers.length === 0
        ? [{ text: 'it has no trigger, and no live rule calls it', causes: [] as readonly string[], at: automation.at }]
        : automation.triggers.map((trigger) => ({ ...(missing(trigger, facts) ?? { text: '', causes: [] }), at: trigger.at })),
    ]),
  )
  const ends = (rule: string, seen: Set<string>): readonly string[] => {
    if (seen.has(rule)) return []
    seen.add(rule)
    return (reasons.get(rule) ?? []).flatMap((reason) =>
      reason.causes.flatMap((cause) => {
        const providers = wouldProvide.get(cause)
        if (providers === undefined) return reasons.has(cause) ? ends(cause, seen) : [cause]
        return [...providers, ...providers.flatMap((provider) => ends(provider, seen))]
      }),
    )
  }
  return new Map(
    dead.map(({ automation }) => {
      const causes = [...new Set(ends(automation.id, new Set()))].filter((cause) => cause !== automation.id).sort()
      return [automation.id, { rule: automation.id, reasons: reasons.get(automation.id) ?? [], causes }]
    }),
  )
}
