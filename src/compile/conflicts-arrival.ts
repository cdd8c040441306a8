/** The outside event that a reaction begins with, on terms. */
import type { OutsideKind, Standing } from '../../constraints/reaction.ts'
import { choose, differentValues, nullValue, oneOf, truth, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, eq, FALSE, int, ite, not, or, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Trigger } from '../model/automation.ts'
import { timerKey } from './conflicts-context.ts'
import { evaluateIn, matters, standingIn, type Machine } from './conflicts-machine.ts'
import { beginIn, leaveIn, startIn } from './conflicts-running.ts'
import { restartSet, type WaitingToken } from './conflicts-state.ts'
import { awaitedBy, partsOf } from './conflicts-structure.ts'
import { awaitedLocals, NO_CAUSE, NO_CHAIN, type SymbolicLocals } from './conflicts-token.ts'
import { EVERYTHING, setOfType } from './conflicts-value-set.ts'
import { writeIn } from './conflicts-writing.ts'

export interface Arrived {
  /** Where the event can come. */
  readonly possible: Term
  /** What the outside brings: the written value or the payload of a pulled trigger. */
  readonly payload: SymbolicValue
  /** For `resume`: the waiting tokens, in order, with the condition under which each is the resumed one. */
  readonly resumed: readonly { readonly token: WaitingToken; readonly is: Term }[]
}

export const arrive = (machine: Machine, kind: OutsideKind): Arrived => {
  const { structure, coding } = machine.context
  switch (kind.is) {
    case 'write': {
      const attribute = structure.attributes.get(kind.attribute)
      const payload = coding.valueIn(`${machine.name}:value`, attribute === undefined ? EVERYTHING : setOfType(attribute.type))
      const old = standingIn(machine, kind.attribute).value
      writeIn(machine, kind.attribute, payload, -1, TRUE, true, NO_CHAIN)
      const again = attribute?.delivery === 'message' || machine.context.clock?.sensors.has(kind.attribute) === true
      return { possible: again ? TRUE : differentValues(old, payload), payload, resumed: [] }
    }
    case 'pull': {
      const rule = structure.rule.get(kind.automation)!
      const payload = brought(machine, rule.automation.triggers[kind.trigger]!)
      const cause = { ...NO_CAUSE, payload, triggers: [{ index: kind.trigger, match: TRUE }] }
      beginIn(machine, startIn(machine, rule, TRUE, cause, true, NO_CHAIN))
      return { possible: TRUE, payload, resumed: [] }
    }
    case 'due':
      return comeDue(machine, kind)
    case 'resume':
      return resume(machine, kind)
    case 'restart':
      restart(machine)
      return { possible: TRUE, payload: nullValue, resumed: [] }
  }
}

/** What a trigger brings from outside. */
const brought = (machine: Machine, trigger: Trigger): SymbolicValue => {
  if (trigger.on !== 'outside') return nullValue
  if (trigger.payload.is !== 'any') return evaluateIn(machine, trigger.payload, new Map(), TRUE)
  return machine.context.coding.valueIn(`${machine.name}:value`, setOfType(trigger.payload.type))
}

const comeDue = (machine: Machine, kind: Extract<OutsideKind, { is: 'due' }>): Arrived => {
  const key = timerKey(kind.automation, kind.trigger)
  const timer = machine.timers.get(key)
  if (timer === undefined) return { possible: FALSE, payload: nullValue, resumed: [] }
  machine.timers.set(key, { ...timer, armed: FALSE })
  const cause = { payload: timer.payload, before: timer.before, triggers: [{ index: kind.trigger, match: TRUE }] }
  beginIn(machine, startIn(machine, machine.context.structure.rule.get(kind.automation)!, TRUE, cause, true, NO_CHAIN))
  return { possible: timer.armed, payload: nullValue, resumed: [] }
}

const resume = (machine: Machine, kind: Extract<OutsideKind, { is: 'resume' }>): Arrived => {
  const rule = machine.context.structure.rule.get(kind.automation)!
  const step = rule.steps.get(kind.step)!
  const candidates = machine.waiting.filter((token) => token.rule === kind.automation && token.step === kind.step)
  if (candidates.length === 0) return { possible: FALSE, payload: nullValue, resumed: [] }
  const pick = machine.context.coding.limited(`${machine.name}:pick`, [...candidates.keys()])
  const resumed = candidates.map((token, index) => ({ token, is: candidates.length === 1 ? TRUE : eq(pick, int(index)) }))
  const taken = new Map(resumed.map(({ token, is }) => [token.id, is]))
  machine.waiting = machine.waiting
    .map((token) => (taken.has(token.id) ? { ...token, guard: and(token.guard, not(taken.get(token.id)!)) } : token))
    .filter((token) => token.guard !== FALSE)
  const source = kind.trigger === undefined ? undefined : awaitedBy(step)[kind.trigger]
  const payload = source === undefined ? nullValue : broughtToToken(machine, source)
  const cause = { ...NO_CAUSE, payload, triggers: [{ index: kind.trigger ?? 0, match: TRUE }] }
  const own = mergedLocals(resumed)
  const locals = source === undefined ? own : awaitedLocals(own, cause)
  const possible = and(any(resumed.map(({ token, is }) => and(token.guard, is))), comesFromOutside(machine, source))
  // Several tokens of which one is picked go on as one: which it was is told by its locals.
  const run = candidates.length === 1 ? candidates[0]!.run : `${machine.name}:resumed`
  if (possible !== FALSE)
    leaveIn(
      machine,
      { rule, step: kind.step, run, locals, guard: TRUE, ...mergedBegun(resumed) },
      { timedOut: kind.timedOut, direct: true, chain: NO_CHAIN },
    )
  return { possible, payload: source?.on === 'outside' ? payload : nullValue, resumed }
}

const mergedBegun = (resumed: Arrived['resumed']): { readonly begun?: Term } => {
  const all = resumed.flatMap(({ token: { begun }, is }) => (begun === undefined ? [] : [{ begun, is }]))
  const [first, ...others] = all
  if (first === undefined || all.length < resumed.length) return {}
  return { begun: others.reduce((rest, one) => ite(one.is, one.begun, rest), first.begun) }
}

const mergedLocals = (resumed: Arrived['resumed']): SymbolicLocals => {
  const names = new Set(resumed.flatMap(({ token }) => [...token.locals.keys()]))
  const of = ({ token }: (typeof resumed)[number], local: string): SymbolicValue => token.locals.get(local) ?? nullValue
  return new Map(
    [...names].map((local) => [
      local,
      resumed.slice(0, -1).reduceRight((rest, one) => choose(one.is, of(one, local), rest), of(resumed.at(-1)!, local)),
    ]),
  )
}

const broughtToToken = (machine: Machine, source: Trigger): SymbolicValue =>
  source.on === 'change' ? standingIn(machine, source.attribute).value : brought(machine, source)

/** Whether a trigger of an `await` can come at this moment with no event of the model: what has lasted must stand. */
const comesFromOutside = (machine: Machine, source: Trigger | undefined): Term => {
  const { coding } = machine.context
  if (source?.on === 'becomes')
    return partsOf(source.condition).size > 0 ? TRUE : truth(evaluateIn(machine, source.condition, new Map(), TRUE))
  if (source?.on !== 'change') return TRUE
  const { value } = standingIn(machine, source.attribute)
  if (source.to !== undefined) return oneOf(value, source.to.map(coding.constant))
  return source.from === undefined ? TRUE : not(or(oneOf(value, source.from.map(coding.constant))))
}

const restart = (machine: Machine): void => {
  const { structure, listeners, coding, touched } = machine.context
  machine.waiting = []
  machine.timers.clear()
  for (const attribute of structure.attributes.values()) {
    if (attribute.role !== 'helper' || attribute.restored || touched?.has(attribute.id) === false) continue
    const value = coding.valueIn(`${machine.name}:initial:${attribute.id}`, restartSet(attribute))
    const standing: Standing = { value, by: int(-1) }
    machine.values.set(attribute.id, standing)
    if (attribute.initial?.length !== 1) machine.choices.push({ is: 'value', guard: TRUE, part: attribute.id, value })
  }
  const heard = listeners.ofRestart
    .filter(({ rule }) => matters(machine, rule))
    .map(({ rule, triggers }) => ({ rule, cause: { ...NO_CAUSE, triggers: triggers.map((index) => ({ index, match: TRUE })) } }))
  machine.events.push({ is: 'event', guard: TRUE, heard, direct: true, chain: NO_CHAIN })
}
