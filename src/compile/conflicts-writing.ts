/** A write, on terms: who hears of it, which timers it arms and clears, and which tokens it wakes. */
import { choose, differentValues, nullValue, oneOf, truth, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, bool, FALSE, int, ite, not, or, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Trigger, Value } from '../model/automation.ts'
import type { Heard } from './conflicts-listeners.ts'
import { timerKey } from './conflicts-context.ts'
import { cutOff, evaluateIn, instantAfter, matters, mayWork, standingIn, tooMuchWork, type Machine } from './conflicts-machine.ts'
import { isSeveral } from './conflicts-waiting.ts'
import { awaitedBy } from './conflicts-structure.ts'
import { awaitedLocals, NO_CAUSE, type Cause, type Chain, type Occurrence, type SymbolicLocals } from './conflicts-token.ts'
import type { WaitingToken } from './conflicts-state.ts'

interface Change {
  readonly attribute: string
  readonly old: SymbolicValue
  readonly now: SymbolicValue
  /** Where it makes an event. */
  readonly happens: Term
}

const within = ({ context: { coding } }: Machine, list: readonly Value[] | undefined, value: SymbolicValue): Term =>
  list === undefined ? TRUE : oneOf(value, list.map(coding.constant))

/** Where the change matches the trigger, `for` left aside; `fails`: where afterwards the condition of a `becomes` is not true. */
const matchOf = (machine: Machine, trigger: Trigger, change: Change): { readonly match: Term; readonly fails: Term } => {
  const { attribute, old, now, happens } = change
  const plain = (match: Term): { readonly match: Term; readonly fails: Term } => ({ match, fails: FALSE })
  switch (trigger.on) {
    case 'message':
      return plain(bool(trigger.attribute === attribute))
    case 'change':
      if (trigger.attribute !== attribute) return plain(FALSE)
      return plain(and(differentValues(old, now), within(machine, trigger.from, old), within(machine, trigger.to, now)))
    case 'becomes': {
      const kept = machine.values.get(attribute)
      const here = kept ?? machine.before.standing(attribute)
      machine.values.set(attribute, { ...here, value: old })
      const held = truth(evaluateIn(machine, trigger.condition, new Map(), happens))
      machine.values.set(attribute, { ...here, value: now })
      const holds = truth(evaluateIn(machine, trigger.condition, new Map(), happens))
      if (kept === undefined) machine.values.delete(attribute)
      else machine.values.set(attribute, kept)
      return { match: and(not(held), holds), fails: not(holds) }
    }
    case 'outside':
    case 'event':
    case 'time':
    case 'start':
    case 'never':
    case 'unmodelled':
      return plain(FALSE)
  }
}

/** Writes where the guard holds, and queues the event and the tokens that follow. */
export const writeIn = (
  machine: Machine,
  attribute: string,
  now: SymbolicValue,
  by: number,
  guard: Term,
  direct: boolean,
  chain: Chain,
): void => {
  const { structure, listeners } = machine.context
  const old = standingIn(machine, attribute)
  const message = structure.attributes.get(attribute)?.delivery === 'message'
  const happens = message ? guard : and(guard, differentValues(old.value, now))
  const change: Change = { attribute, old: old.value, now, happens }
  if (happens !== FALSE && !mayWork(machine, 1 + listenersTo(machine, attribute).length)) {
    machine.values.set(attribute, { value: choose(guard, now, old.value), by: ite(guard, int(by), old.by) })
    cutOff(machine, happens, listenersTo(machine, attribute), tooMuchWork)
    return
  }
  const heard = happens === FALSE ? [] : heardIn(machine, listeners.ofAttribute(attribute), change)
  if (happens !== FALSE) for (const one of listeners.timersOf(attribute)) setTimers(machine, one, change)
  const edges = happens === FALSE ? [] : edgesOf(machine, change)
  machine.values.set(attribute, { value: choose(guard, now, old.value), by: ite(guard, int(by), old.by) })
  if (heard.length > 0) machine.events.push({ is: 'event', guard: happens, heard, direct, chain })
  for (const edge of edges) {
    const { rule, step } = edge.token
    const waits = structure.rule.get(rule)!.steps.get(step)!
    const holds = waits.do === 'wait' ? truth(evaluateIn(machine, waits.until, edge.token.locals, happens)) : edge.match
    wakeIn(machine, edge.token, and(happens, holds), edge.locals, direct, chain)
  }
}

/** Rules on which a write of the attribute may have an effect. */
const listenersTo = ({ context: { listeners } }: Machine, attribute: string): readonly string[] => [
  ...listeners.ofAttribute(attribute).map(({ rule }) => rule.automation.id),
  ...listeners.timersOf(attribute).map(({ rule }) => rule.automation.id),
  ...[...listeners.wakes(attribute)].map((key) => key.slice(0, key.indexOf('\u0000'))),
]

const heardIn = (machine: Machine, listening: readonly Heard[], change: Change): Extract<Occurrence, { is: 'event' }>['heard'] =>
  listening
    .filter(({ rule }) => matters(machine, rule))
    .map(({ rule, triggers }) => ({
      rule,
      cause: {
        payload: change.now,
        before: change.old,
        triggers: triggers
          .map((index) => ({ index, match: matchOf(machine, rule.automation.triggers[index]!, change).match }))
          .filter(({ match }) => match !== FALSE),
      },
    }))
    .filter(({ cause }) => cause.triggers.length > 0)

const setTimers = (machine: Machine, { rule, triggers }: Heard, change: Change): void => {
  if (!matters(machine, rule)) return
  for (const index of triggers) {
    const key = timerKey(rule.automation.id, index)
    const timer = machine.timers.get(key)
    const trigger = rule.automation.triggers[index]!
    const { match, fails } = matchOf(machine, trigger, change)
    const arms = and(change.happens, match)
    const clears = and(change.happens, trigger.on === 'change' ? clearedBy(machine, trigger, change) : fails)
    machine.timers.set(key, {
      rule: rule.automation.id,
      trigger: index,
      armed: or(arms, and(timer?.armed ?? FALSE, not(clears))),
      payload: choose(arms, change.now, timer?.payload ?? nullValue),
      before: choose(arms, change.old, timer?.before ?? nullValue),
      ...deadlineOf(machine, trigger, arms, timer?.deadline),
    })
  }
}

/** When the timer comes due, armed anew where the term holds. */
const deadlineOf = (machine: Machine, trigger: Trigger, arms: Term, before: Term | undefined): { readonly deadline?: Term } => {
  if (machine.context.clock === undefined || (trigger.on !== 'change' && trigger.on !== 'becomes') || trigger.for === undefined) return {}
  const due = instantAfter(machine, trigger.for, new Map(), arms)
  return { deadline: before === undefined ? due : ite(arms, due, before) }
}

/** Where a change of the value takes back what an earlier one armed. */
const clearedBy = (machine: Machine, { from, to }: Extract<Trigger, { on: 'change' }>, { old, now }: Change): Term =>
  and(differentValues(old, now), from !== undefined && to === undefined ? within(machine, from, now) : TRUE)

/** The tokens that the change may wake. */
const edgesOf = (
  machine: Machine,
  change: Change,
): readonly { readonly token: WaitingToken; readonly match: Term; readonly locals: SymbolicLocals }[] => {
  const { structure, listeners } = machine.context
  const steps = listeners.wakes(change.attribute)
  if (steps.size === 0) return []
  return machine.waiting
    .filter((token) => steps.has(stepName(token)))
    .map((token) => {
      const triggers = awaitedBy(structure.rule.get(token.rule)!.steps.get(token.step)!)
      const matching = triggers
        .map((trigger, index) => ({
          index,
          match:
            (trigger.on === 'change' || trigger.on === 'becomes') && trigger.for !== undefined
              ? FALSE
              : matchOf(machine, trigger, change).match,
        }))
        .filter(({ match }) => match !== FALSE)
      const cause: Cause = { payload: change.now, before: change.old, triggers: matching }
      const locals = matching.length === 0 ? token.locals : awaitedLocals(token.locals, cause)
      return { token, match: any(matching.map(({ match }) => match)), locals }
    })
}

const stepName = ({ rule, step }: WaitingToken): string => `${rule}\u0000${step}`

/** The event reaches the rules that listen to it and wakes the tokens that await it. */
export const emitIn = (machine: Machine, event: string, guard: Term, chain: Chain): void => {
  const { listeners, structure } = machine.context
  const heard = listeners
    .ofEvent(event)
    .filter(({ rule }) => matters(machine, rule))
    .map(({ rule, triggers }) => ({ rule, cause: { ...NO_CAUSE, triggers: triggers.map((index) => ({ index, match: TRUE })) } }))
  if (guard === FALSE) return
  if (heard.length > 0) machine.events.push({ is: 'event', guard, heard, direct: false, chain })
  const steps = listeners.awaits(event)
  for (const token of steps.size === 0 ? [] : machine.waiting.filter((one) => steps.has(stepName(one)))) {
    const triggers = awaitedBy(structure.rule.get(token.rule)!.steps.get(token.step)!)
    const index = triggers.findIndex((trigger) => trigger.on === 'event' && trigger.event === event)
    wakeIn(machine, token, guard, awaitedLocals(token.locals, { ...NO_CAUSE, triggers: [{ index, match: TRUE }] }), false, chain)
  }
}

/** Takes the token out of those that wait where the condition holds, and queues it. */
const wakeIn = (machine: Machine, token: WaitingToken, when: Term, locals: SymbolicLocals, direct: boolean, chain: Chain): void => {
  const guard = and(token.guard, when)
  if (guard === FALSE) return
  machine.waiting = machine.waiting
    .map((other) => (other.id === token.id ? { ...other, guard: and(other.guard, not(when)) } : other))
    .filter((other) => other.guard !== FALSE)
  machine.events.push({ is: 'woken', guard, token, locals, direct, chain })
  const rule = machine.context.structure.rule.get(token.rule)!
  if (machine.before.open && isSeveral(rule, machine.context.listeners))
    cutOff(machine, guard, [token.rule], 'several runs of a rule may go on at once')
}
