/** A state at rest: values, waiting tokens, starts that wait for an earlier run to end. An immutable value. */
import type { Diagnostic, Location, Read } from '../diagnostics/diagnostic.ts'
import type { Behaviour, ThingAttribute, Value } from '../model/automation.ts'
import { indexOf } from './behaviour-index.ts'
import { plainValue } from './choices.ts'
import { changing } from './standing-values.ts'
import { datumKey, inType, toDatum } from './values.ts'
import type { Datum } from './values.ts'

export type Locals = ReadonlyMap<string, Datum>

export interface WaitingToken {
  readonly run: number
  readonly automation: string
  readonly step: string
  readonly locals: Locals
  /** Where time is counted: what its delay or time-out was when it began to wait. No part of the key. */
  readonly lasts?: Datum
}

/** What started a run, as its locals tell it. */
export interface Cause {
  readonly payload: Datum
  readonly before: Datum
  /** Position of the trigger in the list, null for a call. */
  readonly trigger: number | null
}

export interface PendingStart extends Cause {
  readonly automation: string
}

/** An armed trigger (`for`), and what it remembers. */
export interface Timer {
  readonly automation: string
  readonly trigger: number
  readonly payload: Datum
  readonly before: Datum
  /** Where time is counted: how long it must last, as it was when the timer was armed. No part of the key. */
  readonly lasts?: Datum
}

export interface State {
  /** In the order of the behaviour's attributes. */
  readonly values: ReadonlyMap<string, Datum>
  /** In the order in which they began to wait. */
  readonly waiting: readonly WaitingToken[]
  readonly pending: readonly PendingStart[]
  /** In the order of automations and triggers. */
  readonly timers: readonly Timer[]
  /** Number of runs started so far; only names runs, and is no part of the key. */
  readonly runs: number
}

/** The post-restart state with these values. Attributes that are not named take their first `initial`, else a plain value of their type: any is admissible. */
export function startState(behaviour: Behaviour, initial: Readonly<Record<string, Value>>): Read<State> {
  const index = indexOf(behaviour)
  const diagnostics: Diagnostic[] = []
  const wrong = (code: string, message: string, at: Location | undefined): void => {
    diagnostics.push({ code, severity: 'error', message, at: at ?? { source: 'run' } })
  }
  const named = new Map(Object.entries(initial))
  for (const id of named.keys())
    if (!index.attributes.has(id)) wrong('verify/unknown-attribute', `no attribute is called \`${id}\``, undefined)
  const plain = plainStarts(behaviour)
  const values = changing(plain.values)
  for (const id of plain.refused) if (!named.has(id)) refuse(index.attributes.get(id)!, plainStart(index.attributes.get(id)!))
  for (const [id, value] of named) {
    const attribute = index.attributes.get(id)
    if (attribute === undefined) continue
    if (mayStartWith(attribute, value)) values.set(id, toDatum(value))
    else refuse(attribute, value)
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  return { ok: true, value: { values, waiting: [], pending: [], timers: [], runs: 0 }, diagnostics }

  function refuse({ id, at }: ThingAttribute, value: Value): void {
    wrong('verify/not-initial', `\`${id}\` cannot be ${show(value)} after a restart`, at)
  }
}

interface PlainStarts {
  /** In the order of the behaviour's attributes. */
  readonly values: ReadonlyMap<string, Datum>
  /** Attributes that cannot start so. */
  readonly refused: readonly string[]
}

const startsOnce = new WeakMap<Behaviour, PlainStarts>()

/** What every attribute that a run does not name starts with. */
function plainStarts(behaviour: Behaviour): PlainStarts {
  const known = startsOnce.get(behaviour) ?? {
    values: new Map(behaviour.attributes.map((attribute) => [attribute.id, toDatum(plainStart(attribute))])),
    refused: behaviour.attributes.filter((attribute) => !mayStartWith(attribute, plainStart(attribute))).map(({ id }) => id),
  }
  startsOnce.set(behaviour, known)
  return known
}

function mayStartWith(attribute: ThingAttribute, value: Value): boolean {
  const { initial, type, outside } = attribute
  // What the world may set at any time may stand there from the first moment, whatever the list says of a restart.
  if (initial === undefined || initial.length === 0) return inType(value, type)
  return initial.includes(value) || (outside && inType(value, type))
}

function plainStart({ initial, type }: ThingAttribute): Value {
  return initial === undefined || initial.length === 0 ? plainValue(type) : initial[0]!
}

/** A value as messages and traces print it. */
export function show(value: Value): string {
  return typeof value === 'string' ? `"${value}"` : String(value)
}

/** Equal for states that no future can tell apart by the names of their runs, and for no others. */
export function stateKey(state: State): string {
  const runs = new Map<number, number>()
  for (const { run } of state.waiting) if (!runs.has(run)) runs.set(run, runs.size)
  const locals = (token: WaitingToken): unknown =>
    [...token.locals].map(([name, datum]) => [name, datumKey(datum)]).sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
  return JSON.stringify([
    [...state.values.values()].map(datumKey),
    state.waiting.map((token) => [runs.get(token.run), token.automation, token.step, locals(token)]),
    state.pending.map(({ automation, payload, before, trigger }) => [automation, datumKey(payload), datumKey(before), trigger]),
    state.timers.map(({ automation, trigger, payload, before }) => [automation, trigger, datumKey(payload), datumKey(before)]),
  ])
}
