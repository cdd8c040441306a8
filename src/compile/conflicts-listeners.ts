/** Who hears what, and how far a reaction that starts a rule can reach. */
import type { ConflictStructure, OutsideKind, Rule } from '../../constraints/reaction.ts'
import type { Ranges } from './conflicts-ranges.ts'
import { readsOf } from './conflicts-structure.ts'

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

export const listenersOf = (structure: ConflictStructure, ranges: Ranges): Listeners => {
  const rules = structure.rules.filter((rule) => canStart(ranges, rule))
  const attributes = new Map<string, Map<Rule, number[]>>()
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
    for (const [index, trigger] of rule.automation.triggers.entries()) {
      switch (trigger.on) {
        case 'change':
        case 'message':
          observed.add(trigger.attribute)
          note(attributes, trigger.attribute, rule, index)
          break
        case 'becomes': {
          const reads = readsOf(trigger.condition)
          reads.forEach((attribute) => observed.add(attribute))
          reads.forEach((attribute) => note(attributes, attribute, rule, index))
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
        open.push(...ofAttribute(writer.attribute).map((heard) => heard.rule.automation.id))
      }
      for (const step of rule.automation.steps) {
        if (step.do === 'emit' && rule.reachable.has(step.id)) open.push(...ofEvent(step.event).map((heard) => heard.rule.automation.id))
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
      if ((step.do !== 'delay' && step.do !== 'wait') || !canReach(ranges, rule.automation.id, step.id)) return []
      const base = { is: 'resume', automation: rule.automation.id, step: step.id } as const
      return step.do === 'wait' && step.timeout !== undefined
        ? [
            { ...base, timedOut: false },
            { ...base, timedOut: true },
          ]
        : [{ ...base, timedOut: false }]
    }),
  )
  return {
    ofAttribute,
    ofEvent,
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
