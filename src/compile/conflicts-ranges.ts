/** Values that each attribute and each local can have in any run: a least fixpoint over everything that is live, widened so that it ends. An inductive invariant. */
import type { AutomationExpression, Step, Trigger } from '../model/automation.ts'
import type { ConflictStructure, Rule } from '../../constraints/reaction.ts'
import { abstractValue, canBeOneOf } from './conflicts-abstract.ts'
import { awaitedBy, expressionsOfTrigger, heardBy, readsOf } from './conflicts-structure.ts'
import {
  canBeOther,
  canBeTrue,
  contains,
  EMPTY,
  EVERYTHING,
  isEmpty,
  NULL_ONLY,
  sameSet,
  setOf,
  setOfType,
  union,
  widen,
  type ValueSet,
} from './conflicts-value-set.ts'

/** Locals at a step; an absent one is null. */
export type Locals = ReadonlyMap<string, ValueSet>

export interface Ranges {
  readonly attribute: (id: string) => ValueSet
  /** Rules that can start, and the locals at each step that a token can reach. A step that is absent is never reached. */
  readonly steps: ReadonlyMap<string, ReadonlyMap<string, Locals>>
  /** Cases of a branch step that can be taken; index cases.length is "none held". */
  readonly cases: ReadonlyMap<string, ReadonlySet<number>>
  /** What the step of a rule can write, by `caseKey`. */
  readonly writes: ReadonlyMap<string, ValueSet>
}

const MOVES_BEFORE_WIDENING = 6

export const caseKey = (rule: string, step: string): string => `${rule}\u0000${step}`

export const rangesOf = (structure: ConflictStructure): Ranges => {
  const attributes = new Map<string, ValueSet>()
  const moves = new Map<string, number>()
  const steps = new Map<string, Map<string, Locals>>()
  const cases = new Map<string, Set<number>>()
  const written = new Map<string, ValueSet>()
  const emitted = new Set<string>()
  const called = new Set<string>()
  let changed = true
  // Rules whose inputs have moved since they were last passed through: what has not moved brings nothing new.
  const moved = new Set<string>()
  const uses = usesOf(structure)

  const grow = (key: string, before: ValueSet, addition: ValueSet): ValueSet => {
    const merged = union(before, addition)
    if (sameSet(before, merged)) return before
    changed = true
    const count = (moves.get(key) ?? 0) + 1
    moves.set(key, count)
    return count > MOVES_BEFORE_WIDENING ? widen(before, merged) : merged
  }
  const rangeOf = (id: string): ValueSet => attributes.get(id) ?? NULL_ONLY
  for (const attribute of structure.attributes.values()) {
    const initial =
      attribute.initial === undefined || attribute.initial.length === 0
        ? setOfType(attribute.type)
        : attribute.initial.reduce<ValueSet>((set, value) => union(set, setOf(value)), EMPTY)
    attributes.set(attribute.id, attribute.outside ? union(initial, setOfType(attribute.type)) : initial)
  }
  const touch = (key: string): void => {
    changed = true
    uses.get(key)?.forEach((rule) => moved.add(rule))
  }
  const write = (attribute: string, set: ValueSet): void => {
    const before = attributes.get(attribute)
    const after = grow(`a${attribute}`, before ?? EMPTY, set)
    if (after === before) return
    attributes.set(attribute, after)
    touch(`attribute:${attribute}`)
  }
  const evaluate = (expression: AutomationExpression, locals: Locals): ValueSet =>
    abstractValue(expression, { attribute: rangeOf, local: (name) => locals.get(name) ?? NULL_ONLY })

  const arrive = (rule: Rule, step: string, locals: Locals): void => {
    const known = steps.get(rule.automation.id) ?? new Map<string, Locals>()
    steps.set(rule.automation.id, known)
    const before = known.get(step)
    if (before === locals) return
    if (before === undefined) {
      changed = true
      moved.add(rule.automation.id)
      known.set(step, locals)
      return
    }
    let merged: Map<string, ValueSet> | undefined
    const join = (name: string, known: ValueSet, addition: ValueSet): void => {
      const after = grow(`l${rule.automation.id} ${step} ${name}`, known, addition)
      if (after === before.get(name)) return
      merged ??= new Map(before)
      merged.set(name, after)
    }
    for (const [name, set] of before) join(name, set, locals.get(name) ?? NULL_ONLY)
    for (const [name, set] of locals) if (!before.has(name)) join(name, NULL_ONLY, set)
    if (merged === undefined) return
    moved.add(rule.automation.id)
    known.set(step, merged)
  }

  const pass = (rule: Rule, step: Step, locals: Locals): void => {
    const go = (next: readonly string[], after: Locals = locals): void =>
      next.forEach((id) => rule.steps.has(id) && arrive(rule, id, after))
    switch (step.do) {
      case 'set': {
        const value = evaluate(step.value, locals)
        written.set(caseKey(rule.automation.id, step.id), value)
        write(step.attribute, value)
        go(step.next)
        return
      }
      case 'let': {
        go(step.next, new Map([...locals, [step.local, evaluate(step.value, locals)]]))
        return
      }
      case 'branch': {
        const taken = cases.get(caseKey(rule.automation.id, step.id)) ?? new Set<number>()
        cases.set(caseKey(rule.automation.id, step.id), taken)
        const take = (index: number, next: readonly string[]): void => {
          taken.add(index)
          go(next)
        }
        let certain = false
        for (const [index, one] of step.cases.entries()) {
          const when = evaluate(one.when, locals)
          if (canBeTrue(when)) take(index, one.next)
          certain ||= !canBeOther(when)
          if (certain && !step.every) return
        }
        if (!certain) take(step.cases.length, step.next)
        return
      }
      case 'delay': {
        go(step.next)
        return
      }
      case 'await': {
        if (step.timeout !== undefined)
          go(step.timeout.next, new Map([...locals, ...arrivalLocals('wait', NULL_ONLY, NULL_ONLY, NULL_ONLY)]))
        for (const [index, trigger] of awaitedBy(step).entries()) {
          const brought = payload(trigger)
          if (!isEmpty(brought))
            go(step.next, new Map([...locals, ...arrivalLocals('wait', brought, beforeSet(trigger, rangeOf), setOf(index))]))
        }
        return
      }
      case 'wait':
        if (step.timeout !== undefined) go(step.timeout.next)
        go(step.next)
        return
      case 'emit':
        if (!emitted.has(step.event)) touch(`event:${step.event}`)
        emitted.add(step.event)
        go(step.next)
        return
      case 'call':
        if (!called.has(step.automation)) touch(`rule:${step.automation}`)
        called.add(step.automation)
        go(step.next)
        return
      case 'unmodelled':
        for (const attribute of step.writes) write(attribute, typeRange(structure, attribute))
        go(step.next)
        return
    }
  }

  const canMove = (attribute: string): boolean => structure.attributes.get(attribute)?.outside === true || structure.writers.has(attribute)
  /** What the local `trigger` can hold where the trigger fires; empty where it cannot. */
  const payload = (trigger: Trigger): ValueSet => {
    switch (trigger.on) {
      case 'outside':
        return evaluate(trigger.payload, new Map())
      case 'time':
      case 'start':
      case 'unmodelled':
        return NULL_ONLY
      case 'event':
        return emitted.has(trigger.event) ? NULL_ONLY : EMPTY
      case 'message':
        return canMove(trigger.attribute) ? rangeOf(trigger.attribute) : EMPTY
      case 'change': {
        const range = rangeOf(trigger.attribute)
        if (!canMove(trigger.attribute) || !canBeOneOf(range, trigger.from) || !canBeOneOf(range, trigger.to)) return EMPTY
        return trigger.to === undefined
          ? range
          : trigger.to.filter((value) => contains(range, value)).reduce<ValueSet>((set, value) => union(set, setOf(value)), EMPTY)
      }
      case 'becomes': {
        if (!canBeTrue(evaluate(trigger.condition, new Map()))) return EMPTY
        return [...readsOf(trigger.condition)].filter(canMove).reduce<ValueSet>((set, attribute) => union(set, rangeOf(attribute)), EMPTY)
      }
      case 'never':
        return EMPTY
    }
  }
  const start = (rule: Rule, trigger: ValueSet, before: ValueSet, index: ValueSet): void => {
    if (isEmpty(trigger)) return
    const locals = new Map(arrivalLocals('trigger', trigger, before, index))
    if (!canBeTrue(evaluate(rule.automation.guard, locals))) return
    if (!steps.has(rule.automation.id)) {
      steps.set(rule.automation.id, new Map())
    }
    for (const id of rule.automation.entry) if (rule.steps.has(id)) arrive(rule, id, locals)
  }

  for (const rule of structure.rules) moved.add(rule.automation.id)
  while (changed) {
    changed = false
    for (const rule of structure.rules) {
      if (!rule.live || !moved.delete(rule.automation.id)) continue
      for (const [index, trigger] of rule.automation.triggers.entries())
        start(rule, payload(trigger), beforeSet(trigger, rangeOf), setOf(index))
      if (called.has(rule.automation.id)) start(rule, NULL_ONLY, NULL_ONLY, NULL_ONLY)
      for (const [id, locals] of [...(steps.get(rule.automation.id) ?? [])]) pass(rule, rule.steps.get(id)!, locals)
    }
  }
  return { attribute: rangeOf, steps, cases, writes: written }
}

/** Ids of the rules that an attribute, an event or a call has a part in, by key. */
const usesOf = (structure: ConflictStructure): ReadonlyMap<string, ReadonlySet<string>> => {
  const uses = new Map<string, Set<string>>()
  const use = (key: string, rule: string): unknown => uses.get(key)?.add(rule) ?? uses.set(key, new Set([rule]))
  for (const { automation, reads } of structure.rules) {
    const triggers = [...automation.triggers, ...automation.steps.flatMap(awaitedBy)]
    const heard = triggers.flatMap((trigger) => [
      ...heardBy(trigger),
      ...expressionsOfTrigger(trigger).flatMap((part) => [...readsOf(part)]),
    ])
    for (const attribute of [...reads, ...heard]) use(`attribute:${attribute}`, automation.id)
    for (const trigger of triggers) if (trigger.on === 'event') use(`event:${trigger.event}`, automation.id)
    use(`rule:${automation.id}`, automation.id)
  }
  return uses
}

const arrivalLocals = (name: string, payload: ValueSet, before: ValueSet, index: ValueSet): readonly (readonly [string, ValueSet])[] => [
  [name, payload],
  [`${name}.before`, before],
  [`${name}.index`, index],
]

/** What stood before the write that the trigger matches. */
export const beforeSet = (trigger: Trigger, rangeOf: (attribute: string) => ValueSet): ValueSet => {
  if (trigger.on === 'message') return rangeOf(trigger.attribute)
  if (trigger.on === 'becomes')
    return [...readsOf(trigger.condition)].reduce<ValueSet>((set, attribute) => union(set, rangeOf(attribute)), EMPTY)
  if (trigger.on !== 'change') return NULL_ONLY
  const range = rangeOf(trigger.attribute)
  return trigger.from === undefined
    ? range
    : trigger.from.filter((value) => contains(range, value)).reduce<ValueSet>((set, value) => union(set, setOf(value)), EMPTY)
}

const typeRange = (structure: ConflictStructure, attribute: string): ValueSet => {
  const type = structure.attributes.get(attribute)?.type
  return type === undefined ? EVERYTHING : setOfType(type)
}
