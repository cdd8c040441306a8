/**
 * Ways in which a rule can come to command an attribute within one reaction: the outside event that it needs, and the conditions that its tokens pass.
 *
 * WHAT IS TRUE OF A WAY, and why two ways whose conditions exclude each other never happen in one reaction (the text at the head of `model/automation.ts`):
 * An attribute that no live rule writes is FIXED: within one reaction it changes once at most, by the outside event itself, before anything is delivered (a
 * restart sets helpers before its triggers match). So whatever guards, cases, `until`s and triggers of the reaction read of fixed attributes, they read one and
 * the same valuation, whenever their turn comes, in whatever order rules run, however long the chain of rules is, and whoever else acts in between.
 * A rule that commands the attribute in the reaction does so by one of the ways listed here: a token comes to a `set` of it either from the entry of a run begun
 * in this reaction (its guard was read in this reaction, so it holds in that valuation, as do the cases on the path), or from a waiting step (nothing of what it
 * passed before counts: the values may have been others). A run that stood in line (`queued`) passed its guard earlier, which matters only for rules that wait.
 * A trigger that only the outside can fire (a change of a fixed attribute, a pull, a restart, `for`) names the one outside event of the reaction; triggers that
 * rules can fire (written attributes, events, calls) name none. What is not known (attributes that rules write, unmodelled parts, locals from before a wait)
 * counts as "either": every condition listed is implied, none is guessed. So if for each pair of ways with incompatible values the events differ, or the
 * conditions on fixed attributes exclude each other in every valuation of their types, then no reaction of any run has both commands: K1 and K2 are refuted.
 * No bound on the length of the reaction, on run modes or on the order of rules is needed.
 */
import type { ConflictStructure, Rule } from '../../../constraints/reaction.ts'
import type { AutomationExpression, Step, Trigger, Value } from '../../model/automation.ts'
import { sizeOfExpression } from '../../model/expression-size.ts'
import { readsOf } from '../conflicts-structure.ts'

/** The condition holds (`truth`), or is not true. Locals are replaced by what they hold; what is not known is an `any`. */
export interface Literal {
  readonly condition: AutomationExpression
  readonly truth: boolean
}

export interface Way {
  readonly rule: string
  readonly step: string
  readonly attribute: string
  /** Absent: not known. */
  readonly constant?: { readonly value: Value }
  /** The outside event without which it does not happen; absent: any may lead there. */
  readonly event?: WayEvent
  readonly literals: readonly Literal[]
  /** Wherever event and literals hold, the command is given, as far as run modes let the rule start. */
  readonly exact: boolean
}

export type WayEvent =
  | { readonly is: 'write'; readonly attribute: string }
  | { readonly is: 'pull' | 'due'; readonly rule: string; readonly trigger: number }
  | { readonly is: 'resume'; readonly rule: string; readonly step: string }
  | { readonly is: 'restart' }

/** Tokens that pass a rule by more ways are not followed. */
const MOST_WAYS = 128
/** Steps one after the other that are followed. */
const MOST_PASSED = 500

const UNKNOWN: AutomationExpression = { is: 'any', type: { is: 'any' }, part: '' }
const NULL: AutomationExpression = { is: 'value', value: null }
const TRUE: AutomationExpression = { is: 'value', value: true }

type Locals = ReadonlyMap<string, AutomationExpression> | 'unknown'

/** Where tokens set out within a reaction. */
interface Start {
  readonly steps: readonly string[]
  readonly event?: WayEvent
  readonly literals: readonly Literal[]
  readonly locals: Locals
  readonly exact: boolean
}

/** Rules that some rule that can start calls. */
export const calledRules = (structure: ConflictStructure): ReadonlySet<string> =>
  new Set(
    structure.rules.flatMap(({ live, automation }) =>
      live ? automation.steps.flatMap((s) => (s.do === 'call' ? [s.automation] : [])) : [],
    ),
  )

/** All ways of the rule, whatever it commands. */
export const waysOf = (structure: ConflictStructure, rule: Rule, called: ReadonlySet<string>): readonly Way[] => {
  if (!rule.live) return []
  const ways: Way[] = []
  for (const start of startsOf(structure, rule, called))
    for (const step of start.steps) if (!follow(rule, step, start, new Set(), ways)) return anyWay(rule)
  return ways
}

const substituted = (expression: AutomationExpression, locals: Locals): AutomationExpression => {
  if (expression.is === 'local') return locals === 'unknown' ? UNKNOWN : (locals.get(expression.name) ?? NULL)
  if (expression.is !== 'apply') return expression
  if (sizeOfExpression(expression).parts > MOST_PARTS) return UNKNOWN
  const before = locals === 'unknown' ? undefined : substitutedOnce.get(locals)
  const already = before?.get(expression)
  if (already !== undefined) return already
  const whole = { ...expression, arguments: expression.arguments.map((argument) => substituted(argument, locals)) }
  const made = sizeOfExpression(whole).parts > MOST_PARTS ? UNKNOWN : whole
  if (locals !== 'unknown')
    substitutedOnce.set(locals, (before ?? new Map<AutomationExpression, AutomationExpression>()).set(expression, made))
  return made
}

/** By locals: ways that fork know the same, and ask it of the same expressions. */
const substitutedOnce = new WeakMap<Exclude<Locals, 'unknown'>, Map<AutomationExpression, AutomationExpression>>()

/** Parts of a condition or value; larger ones may be anything. */
const MOST_PARTS = 500

/** Every write of the rule, whatever holds. */
const anyWay = (rule: Rule): readonly Way[] =>
  rule.writes.map(({ rule: id, step, attribute, constant }) => ({
    ...{ rule: id, step, attribute, literals: [], exact: false },
    ...(constant === undefined ? {} : { constant: { value: constant } }),
  }))

const waits = (step: Step): boolean => step.do === 'delay' || step.do === 'wait' || step.do === 'await'

const startsOf = (structure: ConflictStructure, rule: Rule, called: ReadonlySet<string>): readonly Start[] => {
  const { id, entry, guard, triggers, mode } = rule.automation
  const begun = (start: Omit<Start, 'steps'>): Start => ({
    ...start,
    steps: entry,
    literals: [...start.literals, { condition: substituted(guard, start.locals), truth: true }],
  })
  const starts: Start[] = triggers.flatMap((trigger, index) => triggered(structure, id, trigger, index).map(begun))
  if (called.has(id)) starts.push(begun({ literals: [], locals: new Map(), exact: false }))
  const waiting = rule.automation.steps.filter((step) => rule.reachable.has(step.id) && waits(step))
  for (const step of waiting) {
    const onward = { literals: [], locals: 'unknown', exact: false } as const
    if (step.do === 'delay') starts.push({ ...onward, steps: step.next, event: { is: 'resume', rule: id, step: step.id } })
    else if (step.do === 'wait' || step.do === 'await') starts.push({ ...onward, steps: [...step.next, ...(step.timeout?.next ?? [])] })
  }
  if (waiting.length > 0 && mode.run === 'queued') starts.push({ steps: entry, literals: [], locals: 'unknown', exact: false })
  return starts
}

const triggered = (structure: ConflictStructure, rule: string, trigger: Trigger, index: number): readonly Omit<Start, 'steps'>[] => {
  const fixed = (attribute: string): boolean => !structure.writers.has(attribute)
  const outside = (attribute: string): boolean => structure.attributes.get(attribute)?.outside === true
  const locals = (payload: AutomationExpression, before: AutomationExpression): Locals =>
    new Map([
      ['trigger', payload],
      ['trigger.before', before],
      ['trigger.index', { is: 'value', value: index }],
    ])
  const lasting = (): Omit<Start, 'steps'> => ({
    event: { is: 'due', rule, trigger: index },
    literals: [],
    locals: locals(UNKNOWN, UNKNOWN),
    exact: false,
  })
  switch (trigger.on) {
    case 'change':
    case 'message': {
      if (trigger.on === 'change' && trigger.for !== undefined) return [lasting()]
      const { attribute } = trigger
      if (!fixed(attribute)) return [{ literals: [], locals: locals(UNKNOWN, UNKNOWN), exact: false }]
      if (!outside(attribute)) return []
      const to = trigger.on === 'change' ? trigger.to : undefined
      const literals = to === undefined ? [] : [{ condition: oneOf(attribute, to), truth: true }]
      const exact = trigger.on === 'message' || trigger.from === undefined
      return [{ event: { is: 'write', attribute }, literals, locals: locals({ is: 'read', attribute }, UNKNOWN), exact }]
    }
    case 'becomes': {
      if (trigger.for !== undefined) return [lasting()]
      const reads = [...readsOf(trigger.condition)].sort()
      const literals = [{ condition: substituted(trigger.condition, new Map()), truth: true }]
      if (!reads.every(fixed)) return [{ literals, locals: locals(UNKNOWN, UNKNOWN), exact: false }]
      return reads.filter(outside).map((attribute) => ({
        event: { is: 'write', attribute },
        literals,
        locals: locals({ is: 'read', attribute }, UNKNOWN),
        exact: false,
      }))
    }
    case 'outside':
    case 'time':
    case 'unmodelled': {
      const payload = trigger.on === 'outside' ? (trigger.payload.is === 'value' ? trigger.payload : UNKNOWN) : NULL
      return [
        { event: { is: 'pull', rule, trigger: index }, literals: [], locals: locals(payload, NULL), exact: trigger.on !== 'unmodelled' },
      ]
    }
    case 'start':
      return [{ event: { is: 'restart' }, literals: [], locals: locals(NULL, NULL), exact: true }]
    case 'event':
      return [{ literals: [], locals: locals(NULL, NULL), exact: false }]
    case 'never':
      return []
  }
}

const oneOf = (attribute: string, values: readonly Value[]): AutomationExpression => ({
  is: 'apply',
  operator: 'or',
  arguments: values.map((value) => ({
    is: 'apply',
    operator: '==',
    arguments: [
      { is: 'read', attribute },
      { is: 'value', value },
    ],
  })),
})

/** Follows a token; false where the rule goes in circles or forks too often. */
const follow = (rule: Rule, id: string, from: Start, passed: ReadonlySet<string>, ways: Way[]): boolean => {
  const step = rule.steps.get(id)
  if (step === undefined) return true
  if (passed.has(id) || passed.size > MOST_PASSED || ways.length > MOST_WAYS) return false
  const seen = new Set([...passed, id])
  const go = (next: readonly string[], start: Start = from): boolean => next.every((one) => follow(rule, one, start, seen, ways))
  const where = (condition: AutomationExpression, truth: boolean): Literal => ({ condition: substituted(condition, from.locals), truth })
  const way = (attribute: string): Omit<Way, 'exact'> => ({
    ...{
      rule: rule.automation.id,
      step: id,
      attribute,
      literals: from.literals.filter(({ condition, truth }) => condition !== TRUE || !truth),
    },
    ...(from.event === undefined ? {} : { event: from.event }),
  })
  switch (step.do) {
    case 'set': {
      const value = substituted(step.value, from.locals)
      const constant = value.is === 'value' ? { constant: { value: value.value } } : {}
      ways.push({ ...way(step.attribute), ...constant, exact: from.exact && value.is === 'value' })
      return go(step.next)
    }
    case 'let': {
      const locals = from.locals === 'unknown' ? 'unknown' : new Map([...from.locals, [step.local, substituted(step.value, from.locals)]])
      return go(step.next, { ...from, locals })
    }
    case 'branch': {
      const failed = step.cases.map(({ when }) => where(when, false))
      return (
        step.cases.every(({ when, next }, at) =>
          go(next, { ...from, literals: [...from.literals, ...(step.every ? [] : failed.slice(0, at)), where(when, true)] }),
        ) && go(step.next, { ...from, literals: [...from.literals, ...failed] })
      )
    }
    case 'wait':
      return go(step.next, { ...from, literals: [...from.literals, where(step.until, true)] })
    case 'delay':
    case 'await':
      return true
    case 'emit':
    case 'call':
      return go(step.next)
    case 'unmodelled':
      for (const attribute of step.writes) ways.push({ ...way(attribute), exact: false })
      return go(step.next, { ...from, exact: false })
  }
}
