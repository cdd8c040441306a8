/** Who hears what, and how far a reaction that starts a rule can reach. */
import type { ConflictStructure, OutsideKind, Rule } from '../../constraints/reaction.ts'
import type { Trigger } from '../model/automation.ts'
import type { Ranges } from './conflicts-ranges.ts'
import { awaitedBy, heardBy, partsOf, readsOf } from './conflicts-structure.ts'

export interface Heard {
  readonly rule: Rule
  /** Indices into the rule's triggers. */
  readonly triggers: readonly number[]
}

/** Everything that a reaction may do once it has started the rule. */
export interface Reach {
  readonly rules: ReadonlySet<string>
  readonly reads: ReadonlySet<string>
  readonly writes: ReadonlySet<string>
}

export interface Listeners {
  /** In the order of the rules. */
  readonly ofAttribute: (attribute: string) => readonly Heard[]
  readonly ofEvent: (event: string) => readonly Heard[]
  /** Triggers with `for` that a write of the attribute may arm or clear. */
  readonly timersOf: (attribute: string) => readonly Heard[]
  /** Steps (rule, NUL, step) at which a write of the attribute may wake a token. */
  readonly wakes: (attribute: string) => ReadonlySet<string>
  /** Steps at which an event wakes a token. */
  readonly awaits: (event: string) => ReadonlySet<string>
  readonly ofRestart: readonly Heard[]
  readonly reach: (rule: string) => Reach
  /** Rules that calls alone can start from it. */
  readonly calls: (rule: string) => ReadonlySet<string>
  /** Attributes that some live rule reads or listens to. */
  readonly observed: ReadonlySet<string>
  readonly kinds: readonly OutsideKind[]
}

/** Whether the rule can start, values considered. */
export const canStart = (ranges: Ranges, rule: Rule): boolean => rule.live && ranges.steps.has(rule.automation.id)

/** Whether a token can come to the step, values considered. */
export const canReach = (ranges: Ranges, rule: string, step: string): boolean => ranges.steps.get(rule)?.has(step) ?? false

/** Whether a trigger of an `await` can resume its token with no event of the model. */
const comesFromOutside = (trigger: Trigger): boolean =>
  trigger.on === 'outside' ||
  trigger.on === 'time' ||
  trigger.on === 'unmodelled' ||
  ((trigger.on === 'change' || trigger.on === 'becomes') && trigger.for !== undefined)

export const listenersOf = (structure: ConflictStructure, ranges: Ranges): Listeners => {
  const rules = structure.rules.filter((rule) => canStart(ranges, rule))
  const attributes = new Map<string, Map<Rule, number[]>>()
  const timers = new Map<string, Map<Rule, number[]>>()
  const wakes = new Map<string, Set<string>>()
  const awaits = new Map<string, Set<string>>()
  const events = new Map<string, Map<Rule, number[]>>()
  const restart = new Map<Rule, number[]>()
  const observed = new Set<string>()
  const kinds: OutsideKind[] = []
  const note = <K>(map: Map<K, Map<Rule, number[]>>, key: K, rule: Rule, index: number): void => {
    const inner = map.get(key) ?? new Map<Rule, number[]>()
    map.set(key, inner)
    inner.set(rule, [...(inner.get(rule) ?? []), index])
  }
  for (const rule of rules) {
    rule.reads.forEach((attribute) => observed.add(attribute))
    for (const step of rule.automation.steps) {
      if (!canReach(ranges, rule.automation.id, step.id)) continue
      const key = `${rule.automation.id}\u0000${step.id}`
      const wakesAt = (map: Map<string, Set<string>>, name: string): unknown => map.get(name)?.add(key) ?? map.set(name, new Set([key]))
      if (step.do === 'wait') readsOf(step.until).forEach((attribute) => wakesAt(wakes, attribute))
      for (const trigger of awaitedBy(step)) {
        heardBy(trigger).forEach((attribute) => wakesAt(wakes, attribute))
        if (trigger.on === 'event') wakesAt(awaits, trigger.event)
      }
    }
    for (const [index, trigger] of rule.automation.triggers.entries()) {
      switch (trigger.on) {
        case 'change':
        case 'message':
        case 'becomes': {
          const lasts = trigger.on !== 'message' && trigger.for !== undefined
          for (const attribute of heardBy(trigger)) {
            observed.add(attribute)
            note(lasts ? timers : attributes, attribute, rule, index)
          }
          if (lasts) kinds.push({ is: 'due', automation: rule.automation.id, trigger: index })
          break
        }
        case 'event':
          note(events, trigger.event, rule, index)
          break
        case 'start':
          restart.set(rule, [...(restart.get(rule) ?? []), index])
          break
        case 'outside':
        case 'time':
        case 'unmodelled':
          kinds.push({ is: 'pull', automation: rule.automation.id, trigger: index })
          break
        case 'never':
          break
      }
    }
  }
  const order = new Map(structure.rules.map((rule, index) => [rule, index]))
  const listed = (maps: readonly (ReadonlyMap<Rule, readonly number[]> | undefined)[]): readonly Heard[] => {
    const merged = new Map<Rule, number[]>()
    for (const map of maps) map?.forEach((triggers, rule) => merged.set(rule, [...(merged.get(rule) ?? []), ...triggers]))
    return [...merged]
      .map(([rule, triggers]) => ({ rule, triggers: [...triggers].sort((a, b) => a - b) }))
      .sort((a, b) => order.get(a.rule)! - order.get(b.rule)!)
  }
  const memo = new Map<string, readonly Heard[]>()
  const ofAttribute = (attribute: string): readonly Heard[] => {
    const before = memo.get(attribute)
    if (before !== undefined) return before
    const made = listed([attributes.get(attribute)])
    memo.set(attribute, made)
    return made
  }
  const timersOf = (attribute: string): readonly Heard[] => (timers.has(attribute) ? listed([timers.get(attribute)]) : [])
  const none: ReadonlySet<string> = new Set()
  const awakened = (keys: ReadonlySet<string> | undefined): readonly string[] =>
    [...(keys ?? none)].map((key) => key.slice(0, key.indexOf('\u0000')))
  const ofEvent = (event: string): readonly Heard[] => listed([events.get(event)])
  const byId = new Map(rules.map((rule) => [rule.automation.id, rule]))
  const reaches = new Map<string, Reach>()
  const reach = (start: string): Reach => {
    const before = reaches.get(start)
    if (before !== undefined) return before
    const reached = new Set<string>()
    const reads = new Set<string>()
    const writes = new Set<string>()
    const open = [start]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const rule = byId.get(id)
      if (rule === undefined || reached.has(id)) continue
      reached.add(id)
      rule.reads.forEach((attribute) => reads.add(attribute))
      for (const trigger of rule.automation.triggers)
        if (trigger.on === 'becomes') readsOf(trigger.condition).forEach((attribute) => reads.add(attribute))
      for (const writer of rule.writes) {
        writes.add(writer.attribute)
        // What a write arms starts nothing now, but whether it is armed may depend on the order: it counts as reached.
        for (const heard of [...ofAttribute(writer.attribute), ...timersOf(writer.attribute)]) open.push(heard.rule.automation.id)
        open.push(...awakened(wakes.get(writer.attribute)))
      }
      for (const step of rule.automation.steps) {
        if (step.do === 'emit' && rule.reachable.has(step.id))
          open.push(...ofEvent(step.event).map((heard) => heard.rule.automation.id), ...awakened(awaits.get(step.event)))
        if (step.do === 'call' && rule.reachable.has(step.id)) open.push(step.automation)
      }
    }
    const made: Reach = { rules: reached, reads, writes }
    reaches.set(start, made)
    return made
  }
  const calls = (start: string): ReadonlySet<string> => {
    const called = new Set<string>()
    const open = [start]
    for (let id = open.pop(); id !== undefined; id = open.pop())
      for (const step of byId.get(id)?.automation.steps ?? [])
        if (step.do === 'call' && !called.has(step.automation)) {
          called.add(step.automation)
          open.push(step.automation)
        }
    return called
  }
  const writable = [...structure.attributes.values()].filter(
    (attribute) => attribute.outside && (observed.has(attribute.id) || structure.writers.has(attribute.id)),
  )
  const resumes = rules.flatMap((rule): readonly OutsideKind[] =>
    rule.automation.steps.flatMap((step): readonly OutsideKind[] => {
      if (!canReach(ranges, rule.automation.id, step.id)) return []
      const base = { is: 'resume', automation: rule.automation.id, step: step.id, timedOut: false } as const
      const late = (step.do === 'wait' || step.do === 'await') && step.timeout !== undefined ? [{ ...base, timedOut: true }] : []
      if (step.do === 'delay' || (step.do === 'wait' && partsOf(step.until).size > 0)) return [base, ...late]
      const outside = awaitedBy(step).flatMap((trigger, index) => (comesFromOutside(trigger) ? [{ ...base, trigger: index }] : []))
      return [...outside, ...late]
    }),
  )
  return {
    ofAttribute,
    ofEvent,
    timersOf,
    wakes: (attribute) => wakes.get(attribute) ?? none,
    awaits: (event) => awaits.get(event) ?? none,
    ofRestart: listed([restart]),
    reach,
    calls,
    observed,
    kinds: [
      ...writable.map((attribute): OutsideKind => ({ is: 'write', attribute: attribute.id })),
      ...kinds,
      ...resumes,
      { is: 'restart' },
    ],
  }
}
