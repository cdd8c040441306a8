/** One reaction in the making: values, tokens and events that change until everything rests. Private to `reaction.ts`. */
import type { Automation, Value } from '../model/automation.ts'
import type { TraceLine } from '../model/conflict.ts'
import type { BehaviourIndex, IndexedAutomation } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import type { Locals, PendingStart, State, WaitingToken } from './state.ts'
import { show } from './state.ts'
import type { Datum, Scope } from './values.ts'
import { evaluate, same, toDatum, toValue } from './values.ts'
import type { AutomationExpression } from '../model/automation.ts'

export interface Write {
  readonly attribute: string
  readonly before: Value
  readonly after: Value
  /** `after` without rounding. */
  readonly exact: Datum
  readonly automation: string
  readonly run: number
  readonly step: string
  /** Place among the writes of the reaction, from 0. */
  readonly order: number
  /** How many answers of unmodelled parts the reaction had used when it happened. */
  readonly asked: number
  /** Which outside event of the run began the reaction. */
  readonly cause: number
}

export interface StartedRun {
  readonly automation: string
  readonly run: number
  /** As in `Write`. */
  readonly asked: number
}

export interface DroppedRun {
  readonly automation: string
  readonly because: 'single' | 'full' | 'restarted'
}

/** An event on its way: the automations that it reaches, decided when it is delivered, but `becomes` when it is written. */
export type PendingEvent =
  | {
      readonly is: 'written'
      readonly attribute: string
      readonly before: Datum
      readonly after: Datum
      readonly became: ReadonlySet<string>
    }
  | { readonly is: 'emitted'; readonly event: string }
  | { readonly is: 'pulled'; readonly automation: string; readonly payload: Datum }
  | { readonly is: 'started' }

export interface Token {
  readonly run: number
  readonly automation: IndexedAutomation
  readonly step: string
  readonly locals: Locals
}

export interface Machine {
  readonly index: BehaviourIndex
  readonly choose: Chooser
  readonly cause: number
  readonly values: Map<string, Datum>
  waiting: WaitingToken[]
  pending: PendingStart[]
  runs: number
  readonly events: PendingEvent[]
  /** The automations that the event under delivery still has to reach. */
  delivery: { readonly automation: IndexedAutomation; readonly payload: Datum }[]
  /** Tokens that run depth first, the next one last. */
  stack: Token[]
  /** Tokens of Node-RED, the next one first. */
  queue: Token[]
  /** Tokens of each run that has not ended. INVARIANT: counts those in waiting, stack and queue. */
  readonly alive: Map<number, { readonly automation: string; tokens: number }>
  readonly writes: Write[]
  readonly started: StartedRun[]
  readonly dropped: DroppedRun[]
  /** Keys of the steps executed, with what had been asked when each was first. */
  readonly executed: Map<string, number>
  /** Unmodelled parts, in the order in which they were asked. */
  readonly asked: string[]
  readonly lines: TraceLine[]
}

export function machineAt(index: BehaviourIndex, state: State, choose: Chooser, cause: number): Machine {
  const alive: Machine['alive'] = new Map()
  for (const { run, automation } of state.waiting) {
    const counted = alive.get(run)
    if (counted === undefined) alive.set(run, { automation, tokens: 1 })
    else counted.tokens++
  }
  const asked: string[] = []
  const heard = (part: string): string => (asked.push(part), part)
  // What a restart chooses for a helper is part of the model, not of what it leaves out.
  const value: Chooser['value'] = (part, type, among) => choose.value(among === undefined ? heard(part) : part, type, among)
  const write: Chooser['write'] = (part, attribute, type) => choose.write(heard(part), attribute, type)
  const goOn: Chooser['goOn'] = (part) => choose.goOn(heard(part))
  return {
    index,
    choose: { ...choose, value, write, goOn },
    cause,
    values: new Map(state.values),
    waiting: [...state.waiting],
    pending: [...state.pending],
    runs: state.runs,
    events: [],
    delivery: [],
    stack: [],
    queue: [],
    alive,
    writes: [],
    started: [],
    dropped: [],
    executed: new Map(),
    asked,
    lines: [],
  }
}

export function evaluateIn(machine: Machine, expression: AutomationExpression, locals: Locals): Datum {
  const scope: Scope = {
    attribute: (id) => machine.values.get(id) ?? null,
    local: (name) => locals.get(name) ?? null,
    any: (type, part) => toDatum(machine.choose.value(part, type)),
  }
  return evaluate(expression, scope)
}

const noLocals: Locals = new Map()

/** Key of a `becomes` trigger among those that a write made true. */
export const triggerKey = (automation: Automation, trigger: number): string => `${automation.id}\u0000${trigger}`

/** Gives an attribute a value and, where its delivery says so, puts the event into the queue. `becomes` is read just before and just after. */
export function assign(machine: Machine, attribute: string, after: Datum): void {
  const before = machine.values.get(attribute) ?? null
  if (machine.index.attributes.get(attribute)?.delivery === 'state' && same(before, after)) return
  const listeners = machine.index.onBecomes.get(attribute) ?? []
  const held = listeners.map(({ condition }) => evaluateIn(machine, condition, noLocals) === true)
  machine.values.set(attribute, after)
  const became = new Set<string>()
  listeners.forEach(({ automation, trigger, condition }, at) => {
    if (evaluateIn(machine, condition, noLocals) === true && held[at] === false) became.add(triggerKey(automation.automation, trigger))
  })
  machine.events.push({ is: 'written', attribute, before, after, became })
}

/** A write by a step of an automation: counted whether it changes anything or not. */
export function command(machine: Machine, token: Token, attribute: string, after: Datum): void {
  const { automation } = token.automation
  const before = toValue(machine.values.get(attribute) ?? null)
  machine.writes.push({
    attribute,
    before,
    after: toValue(after),
    exact: after,
    automation: automation.id,
    run: token.run,
    step: token.step,
    order: machine.writes.length,
    asked: machine.asked.length,
    cause: machine.cause,
  })
  const at = token.automation.steps.get(token.step)?.at
  line(machine, {
    what: `\`${automation.name}\` sets \`${attribute}\` to ${show(toValue(after))}`,
    automation: automation.id,
    attribute,
    before,
    after: toValue(after),
    ...(at === undefined ? {} : { at }),
  })
  assign(machine, attribute, after)
}

export function line(machine: Machine, entry: Omit<TraceLine, 'reaction'>): void {
  machine.lines.push({ reaction: machine.cause, ...entry })
}
