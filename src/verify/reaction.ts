/** One outside event and everything that follows from it in zero time, run to rest: the text at the head of `model/automation.ts`. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Behaviour, Trigger } from '../model/automation.ts'
import type { OutsideEvent, TraceLine } from '../model/conflict.ts'
import { refusal } from './admissible.ts'
import { awaitedBy, indexOf } from './behaviour-index.ts'
import type { BehaviourIndex, IndexedAutomation } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import { returnsIn } from './circle.ts'
import type { DroppedRun, Machine, PendingEvent, StartedRun, Write } from './machine.ts'
import { assign, awaited, changeMatches, line, machineAt, triggerKey } from './machine.ts'
import { heardAnswers } from './other-orders.ts'
import { trigger } from './runs.ts'
import type { Cause, State } from './state.ts'
import { show } from './state.ts'
import { execute, leave } from './steps.ts'
import type { Datum } from './values.ts'
import { toDatum, toValue } from './values.ts'

export interface Reaction {
  readonly state: State
  readonly writes: readonly Write[]
  readonly started: readonly StartedRun[]
  readonly dropped: readonly DroppedRun[]
  /** Keys (`stepKey`) of the steps that a token executed, with what had been asked when each first was. */
  readonly executed: ReadonlyMap<string, number>
  /** Unmodelled parts whose answers it used, in order. */
  readonly asked: readonly string[]
  /** It did not come to rest within the bound: its end is unknown, and so is the state. */
  readonly loop: boolean
  /** Rules that start again and again for ever: it came to where it had been before, all that is still to happen included. Empty where it did not. */
  readonly circle: ReadonlySet<string>
  /** The state at rest in which the event came. */
  readonly from: State
  /** The reaction had these two of the automations that the event reaches changed places; undefined where nothing leaves their order open. */
  readonly swapped: (one: string, other: string) => Reaction | undefined
  readonly lines: readonly TraceLine[]
}

/** Token steps after which a reaction counts as a loop. */
const reactionBound = 10_000

/** The reaction of a state at rest to one outside event; `cause` is what its writes and lines are numbered by. Throws where the event is not admissible. */
export function step(behaviour: Behaviour, state: State, event: OutsideEvent, choose: Chooser, cause = 0, bound = reactionBound): Reaction {
  const index = indexOf(behaviour)
  const refused = refusal(index, state, event)
  if (refused !== undefined) throw new EngineError('verify/not-admissible', refused)
  const heard = heardAnswers(choose)
  const machine = machineAt(index, state, heard.chooser, cause)
  begin(machine, event)
  const end = settle(machine, bound)
  const loop = end.is !== 'rest'
  const circle = end.is === 'circle' ? end.rules : new Set<string>()
  if (end.is === 'circle') line(machine, { what: 'comes to where it was before: it goes on like this for ever' })
  if (end.is === 'bound') line(machine, { what: `does not come to rest within ${bound} steps` })
  const swapped = (one: string, other: string): Reaction | undefined => {
    const order = heard.order()
    if (order?.includes(one) !== true || !order.includes(other)) return undefined
    const chooser = heard.inOrder(order.map((id) => (id === one ? other : id === other ? one : id)))
    return chooser === undefined ? undefined : step(behaviour, state, event, chooser, cause, bound)
  }
  const { values, waiting, pending, runs, writes, started, dropped, executed, asked, lines } = machine
  const timers = [...machine.timers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, timer]) => timer)
  return {
    state: { values, waiting, pending, timers, runs },
    writes,
    started,
    dropped,
    executed,
    asked,
    loop,
    circle,
    from: state,
    lines,
    swapped,
  }
}

type End = { readonly is: 'rest' | 'bound' } | { readonly is: 'circle'; readonly rules: ReadonlySet<string> }

/** Runs until nothing is left to do, or it comes to where it was, or to the bound. */
function settle(machine: Machine, bound: number): End {
  const returns = returnsIn(machine)
  for (let steps = 0; ;) {
    const circle = returns(steps)
    if (circle !== undefined) return { is: 'circle', rules: circle }
    const token = machine.stack.pop()
    if (token !== undefined) {
      if (++steps > bound) return { is: 'bound' }
      execute(machine, token)
      continue
    }
    const next = machine.delivery.shift()
    if (next !== undefined) {
      trigger(machine, next.automation, next.cause, next.by)
      continue
    }
    const event = machine.events.shift()
    if (event !== undefined) {
      deliver(machine, event)
      continue
    }
    const flowing = machine.queue.shift()
    if (flowing === undefined) return { is: 'rest' }
    if (++steps > bound) return { is: 'bound' }
    execute(machine, flowing)
  }
}

function begin(machine: Machine, event: OutsideEvent): void {
  switch (event.is) {
    case 'write': {
      const before = toValue(machine.values.get(event.attribute) ?? null)
      const at = machine.index.attributes.get(event.attribute)?.at
      const what = `\`${event.attribute}\` becomes ${show(event.value)} from outside`
      line(machine, { what, attribute: event.attribute, before, after: event.value, ...(at === undefined ? {} : { at }) })
      assign(machine, event.attribute, toDatum(event.value))
      break
    }
    case 'pull': {
      const source = machine.index.byId.get(event.automation)!.automation.triggers[event.trigger]!
      line(machine, { what: pulled(source), automation: event.automation, at: source.at })
      const cause: Cause = { payload: toDatum(event.payload), before: null, trigger: event.trigger }
      machine.events.push({ is: 'pulled', automation: event.automation, cause })
      break
    }
    case 'due': {
      const { automation } = machine.index.byId.get(event.automation)!
      const key = triggerKey(automation, event.trigger)
      const { payload, before } = machine.timers.get(key)!
      machine.timers.delete(key)
      line(machine, {
        what: `what \`${automation.name}\` waits for has lasted`,
        automation: automation.id,
        at: automation.triggers[event.trigger]!.at,
      })
      machine.events.push({ is: 'pulled', automation: automation.id, cause: { payload, before, trigger: event.trigger } })
      break
    }
    case 'resume':
      resume(machine, event)
      break
    case 'restart':
      restart(machine)
      break
  }
}

function resume(machine: Machine, event: Extract<OutsideEvent, { is: 'resume' }>): void {
  const { automation: id, step: at, nth, timedOut } = event
  const automation = machine.index.byId.get(id)!
  const token = machine.waiting.filter((waiting) => waiting.automation === id && waiting.step === at)[nth]!
  machine.waiting = machine.waiting.filter((waiting) => waiting !== token)
  const what = `\`${automation.automation.name}\` ${timedOut ? 'stops waiting' : 'resumes'}`
  line(machine, { what, automation: id, at: automation.steps.get(at)!.at })
  const payload = event.trigger === undefined ? null : resumedWith(machine, automation, event, event.trigger)
  const locals = event.trigger === undefined ? token.locals : awaited(token.locals, { payload, before: null, trigger: event.trigger })
  leave(machine, { ...token, locals, automation }, timedOut)
}

/** What a trigger of an `await` brings from outside: for one that has lasted, what stands there. */
function resumedWith(
  machine: Machine,
  automation: IndexedAutomation,
  event: Extract<OutsideEvent, { is: 'resume' }>,
  trigger: number,
): Datum {
  const source = awaitedBy(automation.steps.get(event.step)!)[trigger]
  return source?.on === 'change' ? (machine.values.get(source.attribute) ?? null) : toDatum(event.payload ?? null)
}

function restart(machine: Machine): void {
  line(machine, { what: 'the platform restarts' })
  machine.waiting = []
  machine.pending = []
  machine.timers.clear()
  machine.alive.clear()
  for (const { id, role, restored, initial, type } of machine.index.attributes.values()) {
    if (role !== 'helper' || restored) continue
    const among = initial === undefined || initial.length === 0 ? undefined : initial
    const value = among?.length === 1 ? among[0]! : machine.choose.value(id, type, among)
    machine.values.set(id, toDatum(value))
  }
  machine.events.push({ is: 'started' })
}

function pulled(source: Trigger): string {
  if (source.on === 'outside') return `\`${source.name}\` comes from outside`
  return source.on === 'time' ? `the time \`${source.schedule}\` comes` : 'a trigger that is not modelled fires'
}

/** Finds whom the event reaches, in the order of the list or, where the platform gives none, in the order chosen. */
function deliver(machine: Machine, event: PendingEvent): void {
  if (event.is === 'woken') {
    const automation = machine.index.byId.get(event.token.automation)!
    line(machine, {
      what: `\`${automation.automation.name}\` goes on`,
      automation: event.token.automation,
      at: automation.steps.get(event.token.step)!.at,
    })
    leave(machine, { ...event.token, automation }, false)
    return
  }
  const reached = new Map(
    listening(machine.index, event)
      .map((automation) => [automation, causesOf(automation, event)] as const)
      .filter(([, causes]) => causes.length > 0),
  )
  const ordered = inChosenOrder(machine, [...reached.keys()])
  const by = event.is === 'written' || event.is === 'emitted' ? event.by : undefined
  machine.delivery = ordered.flatMap((automation) =>
    reached.get(automation)!.map((cause) => ({ automation, cause, ...(by === undefined ? {} : { by }) })),
  )
}

/** Automations that the event may reach, in the order of the list. */
function listening(index: BehaviourIndex, event: Exclude<PendingEvent, { is: 'woken' }>): readonly IndexedAutomation[] {
  const inOrder = (
    ...lists: readonly (readonly { readonly automation: IndexedAutomation }[] | undefined)[]
  ): readonly IndexedAutomation[] =>
    [...new Set(lists.flatMap((list) => (list ?? []).map(({ automation }) => automation)))].sort((a, b) => a.place - b.place)
  switch (event.is) {
    case 'written':
      return inOrder(index.onWrite.get(event.attribute), event.became.size === 0 ? undefined : index.onBecomes.get(event.attribute))
    case 'emitted':
      return inOrder(index.onEvent.get(event.event))
    case 'pulled':
      return [index.byId.get(event.automation)!]
    case 'started':
      return inOrder(index.onStart)
  }
}

function inChosenOrder(machine: Machine, reached: readonly IndexedAutomation[]): readonly IndexedAutomation[] {
  const kept = reached.filter(({ automation }) => automation.platform === 'node-red')
  if (reached.length < 2 || kept.length === reached.length) return reached
  const id = ({ automation }: IndexedAutomation): string => automation.id
  return machine.choose.order(reached.map(id), kept.map(id)).map((name) => machine.index.byId.get(name)!)
}

/** One for each run that the event attempts to start. */
function causesOf({ automation }: IndexedAutomation, event: Exclude<PendingEvent, { is: 'woken' }>): readonly Cause[] {
  if (event.is === 'pulled') return automation.id === event.automation ? [event.cause] : []
  const [payload, before] = event.is === 'written' ? [event.after, event.before] : [null, null]
  const causes = automation.triggers.flatMap((source, trigger): readonly Cause[] =>
    matches(source, event, triggerKey(automation, trigger)) ? [{ payload, before, trigger }] : [],
  )
  return automation.platform === 'home-assistant' ? causes : causes.slice(0, 1)
}

function matches(source: Trigger, event: Exclude<PendingEvent, { is: 'pulled' | 'woken' }>, key: string): boolean {
  switch (event.is) {
    case 'emitted':
      return source.on === 'event' && source.event === event.event
    case 'started':
      return source.on === 'start'
    case 'written':
      if (source.on === 'message') return source.attribute === event.attribute
      if (source.on === 'becomes') return event.became.has(key)
      return source.on === 'change' && source.for === undefined && changeMatches(source, event)
  }
}
