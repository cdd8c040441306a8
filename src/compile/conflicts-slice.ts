/** What of a behaviour has a part in a question: per outside event the rules that can act in the reaction to it and change what is asked for. */
import type { ConflictStructure, OutsideKind, Rule } from '../../constraints/reaction.ts'
import { awaitedBy, heardBy } from './conflicts-structure.ts'
import type { Listeners } from './conflicts-listeners.ts'

/** Rules that can make something that the rule hears, reads or is called by; each once, in the order of the rules. */
export type Influences = ReadonlyMap<string, readonly string[]>

export const influencesOf = (structure: ConflictStructure): Influences => {
  const emitters = new Map<string, string[]>()
  const callers = new Map<string, string[]>()
  const add = (map: Map<string, string[]>, key: string, rule: string): unknown => map.get(key)?.push(rule) ?? map.set(key, [rule])
  for (const rule of structure.rules)
    for (const step of rule.live ? rule.automation.steps : []) {
      if (step.do === 'emit') add(emitters, step.event, rule.automation.id)
      if (step.do === 'call') add(callers, step.automation, rule.automation.id)
    }
  const makers = (rule: Rule): readonly string[] => {
    const triggers = [...rule.automation.triggers, ...rule.automation.steps.flatMap(awaitedBy)]
    const attributes = new Set([...rule.reads, ...triggers.flatMap((trigger) => [...heardBy(trigger)])])
    return [
      ...[...attributes].flatMap((attribute) => (structure.writers.get(attribute) ?? []).map((writer) => writer.rule)),
      ...triggers.flatMap((trigger) => (trigger.on === 'event' ? (emitters.get(trigger.event) ?? []) : [])),
      ...(callers.get(rule.automation.id) ?? []),
    ]
  }
  const order = new Map(structure.rules.map((rule, index) => [rule.automation.id, index]))
  return new Map(
    structure.rules.map((rule) => [rule.automation.id, [...new Set(makers(rule))].sort((a, b) => order.get(a)! - order.get(b)!)]),
  )
}

/** The rules from which the roots can be influenced, nearest first, within `inside`, and at most so many. */
export const nearest = (
  influences: Influences,
  roots: Iterable<string>,
  inside: (rule: string) => boolean,
  most: number,
): { readonly rules: ReadonlySet<string>; readonly whole: boolean } => {
  const found = new Set([...roots].filter(inside))
  for (const rule of found) {
    for (const other of influences.get(rule) ?? []) {
      if (found.has(other) || !inside(other)) continue
      if (found.size >= most) return { rules: found, whole: false }
      found.add(other)
    }
  }
  return { rules: found, whole: true }
}

/** An event, the rules that matter in its reaction, and those that are executed. */
export interface SlicedKind {
  readonly kind: OutsideKind
  /** Absent: all. */
  readonly relevant?: ReadonlySet<string>
  readonly kept?: ReadonlySet<string>
}

/** Rules that the event itself starts, or lets go on. */
export const begunBy = (kind: OutsideKind, listeners: Listeners): readonly string[] => {
  switch (kind.is) {
    case 'write':
      return [
        ...listeners.ofAttribute(kind.attribute).map(({ rule }) => rule.automation.id),
        ...[...listeners.wakes(kind.attribute)].map((key) => key.slice(0, key.indexOf('\u0000'))),
      ]
    case 'pull':
    case 'due':
    case 'resume':
      return [kind.automation]
    case 'restart':
      return listeners.ofRestart.map(({ rule }) => rule.automation.id)
  }
}

/** Everything that can act in the reaction to each kind of event. */
export const reachedBy = (listeners: Listeners): ReadonlyMap<OutsideKind, ReadonlySet<string>> =>
  new Map(
    listeners.kinds.map((kind) => {
      const reached = new Set<string>()
      for (const rule of begunBy(kind, listeners)) listeners.reach(rule).rules.forEach((one) => reached.add(one))
      return [kind, reached]
    }),
  )

/** The events in whose reaction some root acts, or that write an attribute that is watched. */
export const slicedKinds = (
  reached: ReadonlyMap<OutsideKind, ReadonlySet<string>>,
  influences: Influences,
  roots: ReadonlySet<string>,
  watches: ReadonlySet<string>,
  most: number,
): readonly SlicedKind[] =>
  [...reached].flatMap(([kind, inside]): readonly SlicedKind[] => {
    const acting = [...roots].filter((rule) => inside.has(rule))
    if (acting.length === 0 && !(kind.is === 'write' && watches.has(kind.attribute))) return []
    const all = nearest(influences, acting, (rule) => inside.has(rule), Infinity).rules
    if (all.size <= most) return [{ kind, relevant: all }]
    return [{ kind, relevant: all, kept: nearest(influences, acting, (rule) => inside.has(rule), most).rules }]
  })

/** Every event with all rules. */
export const wholeKinds = ({ kinds }: Listeners): readonly SlicedKind[] => kinds.map((kind) => ({ kind }))
