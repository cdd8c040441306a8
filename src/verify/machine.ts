/** One reaction in the making: values, tokens and events that change until everything rests. Private to `reaction.ts`. */
import type { Automation, Trigger, Value } from '../model/automation.ts'
import type { TraceLine } from '../model/conflict.ts'
import { awaitedBy, readsOf, stepKey, type BehaviourIndex, type IndexedAutomation } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import type { Cause, Locals, PendingStart, State, Timer, WaitingToken } from './state.ts'
import { changing, type ChangingValues } from './standing-values.ts'
import { show } from './state.ts'
import type { Datum, Scope } from './values.ts'
import { datumKey, evaluate, same, toDatum, toValue } from './values.ts'
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
  /** Position of the trigger, null for a call. */
  readonly trigger: number | null
  /** The automation whose action started it; nothing where the outside did. */
  readonly by?: string
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
      readonly by?: string
    }
  | { readonly is: 'emitted'; readonly event: string; readonly by: string }
  | { readonly is: 'pulled'; readonly automation: string; readonly cause: Cause }
  /** A token that waited goes on; its locals are set already. */
  | { readonly is: 'woken'; readonly token: WaitingToken }
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
  readonly values: ChangingValues
  waiting: WaitingToken[]
  pending: PendingStart[]
  runs: number
  events: PendingEvent[]
  /** By `triggerKey`. */
  readonly timers: Map<string, Timer>
  /** The automations that the event under delivery still has to reach. */
  delivery: { readonly automation: IndexedAutomation; readonly cause: Cause; readonly by?: string }[]
  /** Tokens that run depth first, the next one last. */
  stack: Token[]
  /** Tokens of Node-RED, the next one first. */
  queue: Token[]
  /** Tokens of each run that has not ended. INVARIANT: counts those in waiting, stack, queue and events. */
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
    values: changing(state.values),
    waiting: [...state.waiting],
    pending: [...state.pending],
    runs: state.runs,
    events: [],
    timers: new Map(state.timers.map((timer) => [`${timer.automation}\u0000${timer.trigger}`, timer])),
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

/** How long something that begins to wait now does so, in milliseconds; nothing where time is not counted. */
export function durationIn(machine: Machine, expression: AutomationExpression | undefined, locals: Locals): { readonly lasts?: Datum } {
  const { duration } = machine.choose
  if (duration === undefined || expression === undefined) return {}
  const scope: Scope = {
    attribute: (id) => machine.values.get(id) ?? null,
    local: (name) => locals.get(name) ?? null,
    any: (type, part) => (machine.asked.push(part), duration(part, type)),
  }
  return { lasts: evaluate(expression, scope) }
}

/** Key of a `becomes` trigger among those that a write made true. */
export const triggerKey = (automation: Automation, trigger: number): string => `${automation.id}\u0000${trigger}`

/** Gives an attribute a value and, where its delivery says so, puts the event into the queue, arms and clears timers, and wakes tokens. */
export function assign(machine: Machine, attribute: string, after: Datum, by?: string): void {
  const before = machine.values.get(attribute) ?? null
  if (machine.index.attributes.get(attribute)?.delivery === 'state' && same(before, after)) return
  const change: Change = { attribute, before, after }
  const became = new Set<string>()
  for (const { automation, trigger: at, condition } of machine.index.onBecomes.get(attribute) ?? []) {
    const edge = edgeOf(machine, change, condition)
    const source = automation.automation.triggers[at]!
    if (source.on === 'becomes' && source.for !== undefined) time(machine, automation.automation, at, change, timing(edge))
    else if (edge === 'rises') became.add(triggerKey(automation.automation, at))
  }
  machine.values.set(attribute, after)
  for (const { automation, trigger: at } of machine.index.onWrite.get(attribute) ?? []) {
    const source = automation.automation.triggers[at]!
    if (source.on === 'change' && source.for !== undefined) time(machine, automation.automation, at, change, timingOf(source, change))
  }
  machine.events.push({ is: 'written', attribute, before, after, became, ...(by === undefined ? {} : { by }) })
  wake(machine, machine.index.wakes.get(attribute), (token) => wokenBy(machine, token, change))
}

export interface Change {
  readonly attribute: string
  readonly before: Datum
  readonly after: Datum
}

/** The truth of a condition just before and just after the change. */
function edgeOf(machine: Machine, { attribute, before, after }: Change, condition: AutomationExpression): 'rises' | 'holds' | 'fails' {
  machine.values.set(attribute, before)
  const held = evaluateIn(machine, condition, noLocals) === true
  machine.values.set(attribute, after)
  if (evaluateIn(machine, condition, noLocals) !== true) return 'fails'
  return held ? 'holds' : 'rises'
}

const timing = (edge: 'rises' | 'holds' | 'fails'): 'arm' | 'clear' | 'leave' =>
  edge === 'rises' ? 'arm' : edge === 'fails' ? 'clear' : 'leave'

function timingOf(source: Extract<Trigger, { on: 'change' }>, change: Change): 'arm' | 'clear' | 'leave' {
  if (same(change.before, change.after)) return 'leave'
  if (changeMatches(source, change)) return 'arm'
  const fromAlone = source.from !== undefined && source.to === undefined
  return fromAlone && !among(source.from, change.after) ? 'leave' : 'clear'
}

function time(machine: Machine, automation: Automation, trigger: number, change: Change, what: 'arm' | 'clear' | 'leave'): void {
  const key = triggerKey(automation, trigger)
  if (what === 'clear') machine.timers.delete(key)
  if (what !== 'arm') return
  const source = automation.triggers[trigger]
  const lasts = durationIn(machine, source?.on === 'change' || source?.on === 'becomes' ? source.for : undefined, noLocals)
  machine.timers.set(key, { automation: automation.id, trigger, payload: change.after, before: change.before, ...lasts })
}

const among = (values: readonly Value[] | undefined, datum: Datum): boolean =>
  values === undefined || values.some((value) => datumKey(toDatum(value)) === datumKey(datum))

/** Whether a `change` trigger of the attribute matches the change, `for` left aside. */
export const changeMatches = (source: Extract<Trigger, { on: 'change' }>, { attribute, before, after }: Change): boolean =>
  source.attribute === attribute && !same(before, after) && among(source.from, before) && among(source.to, after)

/** Takes the tokens that `locals` gives locals for out of those that wait, and puts them into the queue. */
export function wake(machine: Machine, steps: ReadonlySet<string> | undefined, locals: (token: WaitingToken) => Locals | undefined): void {
  if (steps === undefined) return
  for (const token of machine.waiting) {
    if (!steps.has(stepKey(token.automation, token.step))) continue
    const after = locals(token)
    if (after === undefined) continue
    machine.waiting = machine.waiting.filter((other) => other !== token)
    machine.events.push({ is: 'woken', token: { ...token, locals: after } })
  }
}

/** The locals with which the change wakes the token, if it does. */
function wokenBy(machine: Machine, token: WaitingToken, change: Change): Locals | undefined {
  const step = machine.index.byId.get(token.automation)!.steps.get(token.step)!
  if (step.do === 'wait') return evaluateIn(machine, step.until, token.locals) === true ? token.locals : undefined
  const found = awaitedBy(step).findIndex((source) => {
    if (source.on === 'message') return source.attribute === change.attribute
    if (source.on === 'change') return source.for === undefined && changeMatches(source, change)
    return (
      source.on === 'becomes' &&
      source.for === undefined &&
      reads(source.condition, change) &&
      edgeOf(machine, change, source.condition) === 'rises'
    )
  })
  return found < 0 ? undefined : awaited(token.locals, { payload: change.after, before: change.before, trigger: found })
}

const reads = (condition: AutomationExpression, { attribute }: Change): boolean => readsOf(condition).includes(attribute)

/** What an `await` leaves in the locals of its token. */
export const awaited = (locals: Locals, { payload, before, trigger }: Cause): Locals =>
  new Map(locals).set('wait', payload).set('wait.before', before).set('wait.index', toDatum(trigger))

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
  assign(machine, attribute, after, automation.id)
}

export function line(machine: Machine, entry: Omit<TraceLine, 'reaction'>): void {
  machine.lines.push({ reaction: machine.cause, ...entry })
}
