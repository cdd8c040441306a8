/** One outside event and everything that follows from it in zero time, run to rest: the text at the head of `model/automation.ts`. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Behaviour, Trigger } from '../model/automation.ts'
import type { OutsideEvent, TraceLine } from '../model/conflict.ts'
import { refusal } from './admissible.ts'
import { indexOf } from './behaviour-index.ts'
import type { IndexedAutomation } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import type { DroppedRun, Machine, PendingEvent, StartedRun, Write } from './machine.ts'
import { assign, line, machineAt, triggerKey } from './machine.ts'
import { trigger } from './runs.ts'
import type { State } from './state.ts'
import { show } from './state.ts'
import { execute, leave } from './steps.ts'
import type { Datum } from './values.ts'
import { datumKey, toDatum, toValue } from './values.ts'

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
  readonly lines: readonly TraceLine[]
}

/** Token steps after which a reaction counts as a loop. */
const reactionBound = 10_000

/** The reaction of a state at rest to one outside event; `cause` is what its writes and lines are numbered by. Throws where the event is not admissible. */
export function step(behaviour: Behaviour, state: State, event: OutsideEvent, choose: Chooser, cause = 0, bound = reactionBound): Reaction {
  const index = indexOf(behaviour)
  const refused = refusal(index, state, event)
  if (refused !== undefined) throw new EngineError('verify/not-admissible', refused)
  const machine = machineAt(index, state, choose, cause)
  begin(machine, event)
  const loop = !settle(machine, bound)
  if (loop) line(machine, { what: `does not come to rest within ${bound} steps` })
  const { values, waiting, pending, runs, writes, started, dropped, executed, asked, lines } = machine
  return { state: { values, waiting, pending, runs }, writes, started, dropped, executed, asked, loop, lines }
}

/** Runs until nothing is left to do, and says whether that was within the bound. */
function settle(machine: Machine, bound: number): boolean {
  for (let steps = 0; ;) {
    const token = machine.stack.pop()
    if (token !== undefined) {
      if (++steps > bound) return false
      execute(machine, token)
      continue
    }
    const next = machine.delivery.shift()
    if (next !== undefined) {
      trigger(machine, next.automation, next.payload)
      continue
    }
    const event = machine.events.shift()
    if (event !== undefined) {
      deliver(machine, event)
      continue
    }
    const flowing = machine.queue.shift()
    if (flowing === undefined) return true
    if (++steps > bound) return false
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
      machine.events.push({ is: 'pulled', automation: event.automation, payload: toDatum(event.payload) })
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

function resume(machine: Machine, { automation: id, step: at, nth, timedOut }: Extract<OutsideEvent, { is: 'resume' }>): void {
  const automation = machine.index.byId.get(id)!
  const token = machine.waiting.filter((waiting) => waiting.automation === id && waiting.step === at)[nth]!
  machine.waiting = machine.waiting.filter((waiting) => waiting !== token)
  const what = `\`${automation.automation.name}\` ${timedOut ? 'stops waiting' : 'resumes'}`
  line(machine, { what, automation: id, at: automation.steps.get(at)!.at })
  leave(machine, { ...token, automation }, timedOut)
}

function restart(machine: Machine): void {
  line(machine, { what: 'the platform restarts' })
  machine.waiting = []
  machine.pending = []
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
  const reached = machine.index.automations.filter((automation) => reaches(automation, event))
  const ordered = inChosenOrder(machine, reached)
  machine.delivery = ordered.map((automation) => ({ automation, payload: payloadOf(event) }))
}

function inChosenOrder(machine: Machine, reached: readonly IndexedAutomation[]): readonly IndexedAutomation[] {
  const kept = reached.filter(({ automation }) => automation.platform === 'node-red')
  if (reached.length < 2 || kept.length === reached.length) return reached
  const id = ({ automation }: IndexedAutomation): string => automation.id
  return machine.choose.order(reached.map(id), kept.map(id)).map((name) => machine.index.byId.get(name)!)
}

function payloadOf(event: PendingEvent): Datum {
  if (event.is === 'written') return event.after
  return event.is === 'pulled' ? event.payload : null
}

function reaches(indexed: IndexedAutomation, event: PendingEvent): boolean {
  if (event.is === 'pulled') return indexed.automation.id === event.automation
  return indexed.automation.triggers.some((source, at) => matches(source, event, triggerKey(indexed.automation, at)))
}

function matches(source: Trigger, event: Exclude<PendingEvent, { is: 'pulled' }>, key: string): boolean {
  switch (event.is) {
    case 'emitted':
      return source.on === 'event' && source.event === event.event
    case 'started':
      return source.on === 'start'
    case 'written': {
      if (source.on === 'message') return source.attribute === event.attribute
      if (source.on === 'becomes') return event.became.has(key)
      if (source.on !== 'change' || source.attribute !== event.attribute) return false
      const [before, after] = [datumKey(event.before), datumKey(event.after)]
      const among = (values: typeof source.from, key: string): boolean =>
        values === undefined || values.some((value) => datumKey(toDatum(value)) === key)
      return before !== after && among(source.from, before) && among(source.to, after)
    }
  }
}
