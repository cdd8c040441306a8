/** A state at rest as terms: what every attribute holds, who commanded it, which tokens wait, which triggers are armed. */
import type { ConflictStructure, Standing } from '../../constraints/reaction.ts'
import { choose, nullValue, oneOf, truth, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, eq, FALSE, int, ite, not, TRUE } from '../smt/build.ts'
import type { AutomationExpression, Step, ThingAttribute, Trigger } from '../model/automation.ts'
import type { Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'
import { timerKey, type ReactionContext } from './conflicts-context.ts'
import { symbolicValue } from './conflicts-expression.ts'
import { canStart } from './conflicts-listeners.ts'
import { beforeSet, type Locals } from './conflicts-ranges.ts'
import { partsOf, readsOf } from './conflicts-structure.ts'
import { setOf, setOfType, union, EMPTY, type ValueSet } from './conflicts-value-set.ts'
import { isSeveral, waitingSteps } from './conflicts-waiting.ts'

export interface WaitingToken {
  /** Stays the same while the token waits. */
  readonly id: string
  readonly rule: string
  readonly step: string
  readonly locals: ReadonlyMap<string, SymbolicValue>
  readonly guard: Term
  /** Unique over a whole unrolled run. */
  readonly run: string
  /** Of runs in real time: the instants at which it resumes or is timed out (absent: nothing makes it), and at which its run began. */
  readonly deadline?: Term
  readonly begun?: Term
}

/** An armed trigger (`for`) and what it remembers. */
export interface SymbolicTimer {
  readonly rule: string
  readonly trigger: number
  readonly armed: Term
  readonly payload: SymbolicValue
  readonly before: SymbolicValue
  /** Of runs in real time: when it comes due. */
  readonly deadline?: Term
}

export interface SymbolicState {
  readonly standing: (attribute: string) => Standing
  /** Who waits; where `open`, of a rule that can have several tokens waiting each stands for any number. */
  readonly waiting: readonly WaitingToken[]
  readonly timers: ReadonlyMap<string, SymbolicTimer>
  /** Contains every state at rest, so that whatever starts from it must contain every reaction. */
  readonly open: boolean
  /** Attributes that the reaction which led here wrote. */
  readonly written: ReadonlySet<string>
  /** Attributes that something has looked at. */
  readonly looked: () => readonly string[]
  /** Conditions of the state itself. */
  readonly holds: Term
}

/** Any state that the ranges allow: contains every reachable state at rest. */
export const arbitraryState = (context: ReactionContext): SymbolicState => {
  const { ranges, coding } = context
  const known = new Map<string, Standing>()
  const standing = (attribute: string): Standing => {
    const before = known.get(attribute)
    if (before !== undefined) return before
    const made: Standing = {
      value: coding.valueIn(`rest:${attribute}`, ranges.attribute(attribute)),
      by: commander(context, attribute),
    }
    known.set(attribute, made)
    return made
  }
  const at = (locals: ReadonlyMap<string, SymbolicValue>) => (expression: AutomationExpression) =>
    symbolicValue(
      expression,
      { attribute: (id) => standing(id).value, local: (name) => locals.get(name) ?? nullValue, any: () => nullValue },
      coding,
    )
  return {
    standing,
    waiting: arbitraryTokens(context, at),
    timers: arbitraryTimers(context, standing, at(new Map())),
    open: true,
    written: new Set(),
    looked: () => [...known.keys()],
    holds: TRUE,
  }
}

type At = (locals: ReadonlyMap<string, SymbolicValue>) => (expression: AutomationExpression) => SymbolicValue

/** Per rule and waiting step one token that may or may not wait there. INVARIANT: where it waits, what it waits for does not hold. */
const arbitraryTokens = ({ structure, ranges, listeners, coding, relevant, clock }: ReactionContext, at: At): readonly WaitingToken[] =>
  structure.rules
    .filter((rule) => canStart(ranges, rule) && (relevant?.has(rule.automation.id) ?? true))
    .flatMap((rule) => {
      const id = rule.automation.id
      const steps = waitingSteps(rule, ranges)
      if (steps.length === 0) return []
      const several = isSeveral(rule, listeners)
      const where = several ? undefined : coding.limited(`waits:${id}`, [-1, ...steps.keys()])
      return steps.map((step, index): WaitingToken => {
        const locals = localsIn(coding, `waits:${id}/${step.id}`, ranges.steps.get(id)?.get(step.id))
        const waits = where === undefined ? coding.variable(`waits:${id}/${step.id}`, 'Bool') : eq(where, int(index))
        const closed = step.do === 'wait' && partsOf(step.until).size === 0
        return {
          id: `${id}/${step.id}`,
          rule: id,
          step: step.id,
          locals,
          guard: closed ? and(waits, not(truth(at(locals)(step.until)))) : waits,
          run: several ? `${id}/${step.id}` : id,
          ...(clock === undefined ? {} : { begun: coding.variable(`begun:${id}/${step.id}`, 'Real') }),
          ...(clock === undefined || !hasDeadline(step) ? {} : { deadline: coding.variable(`deadline:${id}/${step.id}`, 'Real') }),
        }
      })
    })

/** Whether time makes a token that waits there go on. */
export const hasDeadline = (step: Step): boolean =>
  step.do === 'delay' || ((step.do === 'wait' || step.do === 'await') && step.timeout !== undefined)

/** Values of the locals that the ranges allow at a step. */
export const localsIn = (coding: Coding, name: string, locals: Locals | undefined): ReadonlyMap<string, SymbolicValue> =>
  new Map([...(locals ?? [])].map(([local, range]) => [local, coding.valueIn(`${name}:${local}`, range)]))

/** INVARIANT: what stands at rest is what armed the trigger, or has not taken it back. */
const arbitraryTimers = (
  { structure, ranges, coding, relevant, clock }: ReactionContext,
  standing: SymbolicState['standing'],
  evaluate: (expression: AutomationExpression) => SymbolicValue,
): ReadonlyMap<string, SymbolicTimer> => {
  const timers = new Map<string, SymbolicTimer>()
  for (const rule of structure.rules) {
    const id = rule.automation.id
    if (!canStart(ranges, rule) || relevant?.has(id) === false) continue
    for (const [index, trigger] of rule.automation.triggers.entries()) {
      if ((trigger.on !== 'change' && trigger.on !== 'becomes') || trigger.for === undefined) continue
      const name = `armed:${id}/${index}`
      const rests = restingValue(trigger, standing, coding, evaluate)
      timers.set(timerKey(id, index), {
        rule: id,
        trigger: index,
        armed: and(coding.variable(name, 'Bool'), rests.holds),
        payload: rests.payload ?? coding.valueIn(`${name}:payload`, payloadSet(trigger, ranges.attribute)),
        before: coding.valueIn(`${name}:before`, beforeSet(trigger, ranges.attribute)),
        ...(clock === undefined ? {} : { deadline: coding.variable(`${name}:deadline`, 'Real') }),
      })
    }
  }
  return timers
}

const restingValue = (
  trigger: Extract<Trigger, { on: 'change' | 'becomes' }>,
  standing: SymbolicState['standing'],
  coding: Coding,
  evaluate: (expression: AutomationExpression) => SymbolicValue,
): { readonly holds: Term; readonly payload?: SymbolicValue } => {
  if (trigger.on === 'becomes') return { holds: partsOf(trigger.condition).size === 0 ? truth(evaluate(trigger.condition)) : TRUE }
  const { value } = standing(trigger.attribute)
  const constants = (list: readonly (string | number | boolean | null)[]): readonly SymbolicValue[] => list.map(coding.constant)
  if (trigger.to !== undefined) return { holds: oneOf(value, constants(trigger.to)), payload: value }
  return trigger.from === undefined ? { holds: TRUE, payload: value } : { holds: not(oneOf(value, constants(trigger.from))) }
}

const payloadSet = (trigger: Extract<Trigger, { on: 'change' | 'becomes' }>, attribute: (id: string) => ValueSet): ValueSet =>
  trigger.on === 'change'
    ? attribute(trigger.attribute)
    : [...readsOf(trigger.condition)].reduce<ValueSet>((set, id) => union(set, attribute(id)), EMPTY)

const commander = ({ structure, coding, ruleIndex }: ReactionContext, attribute: string): Term => {
  const by = [...new Set((structure.writers.get(attribute) ?? []).map((writer) => ruleIndex(writer.rule)))].sort((a, b) => a - b)
  if (by.length === 0) return int(-1)
  const name = coding.fresh(`by:${attribute}`)
  return coding.limited(name, [-1, ...by])
}

/** The states after a restart: nothing waits, nothing is armed, nobody has commanded anything. */
export const initialState = (structure: ConflictStructure, coding: Coding): SymbolicState => {
  const known = new Map<string, Standing>()
  const standing = (attribute: string): Standing => {
    const before = known.get(attribute)
    if (before !== undefined) return before
    const made: Standing = { value: coding.valueIn(`initial:${attribute}`, initialSet(structure, attribute)), by: int(-1) }
    known.set(attribute, made)
    return made
  }
  return { standing, waiting: [], timers: new Map(), open: false, written: new Set(), looked: () => [...known.keys()].sort(), holds: TRUE }
}

/** What a helper can hold after a restart. */
export const restartSet = (attribute: ThingAttribute): ValueSet =>
  attribute.initial === undefined || attribute.initial.length === 0 ? setOfType(attribute.type) : attribute.initial.map(setOf).reduce(union)

/** What the attribute can hold in an initial state: what the world may set at any time may stand there from the first moment. */
export const initialSet = (structure: ConflictStructure, id: string): ValueSet => {
  const attribute = structure.attributes.get(id)
  if (attribute === undefined) return setOf(null)
  return attribute.outside ? union(restartSet(attribute), setOfType(attribute.type)) : restartSet(attribute)
}

interface Branch {
  readonly when: Term
  readonly state: SymbolicState
}

/** The state in which exactly one of the branches holds and says what stands. */
export const mergeStates = (branches: readonly Branch[]): SymbolicState => {
  const known = new Map<string, Standing>()
  const first = branches[0]
  if (first === undefined) throw new RangeError('no state to merge')
  const written = new Set(branches.flatMap(({ state }) => [...state.written]))
  for (const attribute of written) {
    const merged = branches.slice(1).reduce<Standing>((other, { when, state }) => {
      const here = state.standing(attribute)
      return here === other ? other : { value: choose(when, here.value, other.value), by: ite(when, here.by, other.by) }
    }, first.state.standing(attribute))
    known.set(attribute, merged)
  }
  return {
    standing: (attribute) => known.get(attribute) ?? first.state.standing(attribute),
    waiting: mergeWaiting(branches),
    timers: mergeTimers(branches),
    open: branches.some(({ state }) => state.open),
    written,
    looked: () => [],
    holds: TRUE,
  }
}

/** A token that waits in several branches is one; those that waited before come first, as in each branch. */
const mergeWaiting = (branches: readonly Branch[]): readonly WaitingToken[] => {
  const merged = new Map<string, { readonly token: WaitingToken; readonly guards: { readonly when: Term; readonly guard: Term }[] }>()
  for (const { when, state } of branches)
    for (const token of state.waiting) {
      const entry = merged.get(token.id) ?? { token, guards: [] }
      merged.set(token.id, entry)
      entry.guards.push({ when, guard: token.guard })
    }
  return [...merged.values()]
    .map(({ token, guards }) => {
      const unchanged = guards.length === branches.length && guards.every(({ guard }) => guard === token.guard)
      return unchanged ? token : { ...token, guard: any(guards.map(({ when, guard }) => and(when, guard))) }
    })
    .filter((token) => token.guard !== FALSE)
}

const mergeTimers = (branches: readonly Branch[]): ReadonlyMap<string, SymbolicTimer> => {
  const keys = new Set(branches.flatMap(({ state }) => [...state.timers.keys()]))
  const merged = new Map<string, SymbolicTimer>()
  for (const key of keys) {
    const found = branches.map(({ state }) => state.timers.get(key))
    const [first] = found
    if (first !== undefined && found.every((timer) => timer === first)) {
      merged.set(key, first)
      continue
    }
    const known = found.find((timer) => timer !== undefined)!
    const none: SymbolicTimer = { ...known, armed: FALSE }
    merged.set(
      key,
      branches.slice(1).reduce<SymbolicTimer>((other, { when }, index) => {
        const here = found[index + 1] ?? none
        return here === other
          ? other
          : {
              ...other,
              armed: ite(when, here.armed, other.armed),
              payload: choose(when, here.payload, other.payload),
              before: choose(when, here.before, other.before),
              ...(here.deadline === undefined || other.deadline === undefined
                ? {}
                : { deadline: ite(when, here.deadline, other.deadline) }),
            }
      }, first ?? none),
    )
  }
  return merged
}
