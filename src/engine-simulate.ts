/** The walk of `simulate`: automations are read as for `check`, and the interpreter plays a stored run or draws one at random. Opens nothing, prints nothing. */
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import { readBehaviour, type CheckInputs, type ReadBehaviour } from './engine-check.ts'
import { eventSource, randomStep, seededNumbers } from './explain/random-run.ts'
import type { Behaviour, Value } from './model/automation.ts'
import type { OpenChoice, OutsideEvent, Run } from './model/conflict.ts'
import { replay, startState, type Reaction } from './verify/interpreter.ts'
import { toValue } from './verify/values.ts'

export interface SimulateOptions {
  readonly importers?: Readonly<Record<string, ReadBehaviour>>
  /** Plays this run; absent: one is drawn. */
  readonly run?: Run
  readonly seed?: number
  /** Outside events to draw. */
  readonly events?: number
  /** Ends a drawn run early where it answers true. */
  readonly stop?: () => boolean
}

export type Simulated =
  | {
      readonly status: 'played'
      readonly run: Run
      /** The value of every attribute at the start. */
      readonly initial: Readonly<Record<string, Value>>
      readonly reactions: readonly Reaction[]
      readonly behaviour: Behaviour
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] }

const EVENTS = 20

/** The reactions one by one; a reaction that does not come to rest is the last. */
export const simulate = (inputs: CheckInputs, options: SimulateOptions = {}): Simulated => {
  const read = readBehaviour(inputs, options.importers ?? {})
  if (!read.ok) return { status: 'invalid', diagnostics: read.diagnostics }
  const behaviour = read.value
  const start = startState(behaviour, options.run?.initial ?? {})
  if (!start.ok) return { status: 'invalid', diagnostics: [...read.diagnostics, ...start.diagnostics] }
  const initial = Object.fromEntries([...start.value.values].map(([id, value]) => [id, toValue(value)]))
  if (options.run !== undefined) {
    const { reactions, diagnostics } = replay(behaviour, options.run)
    if (diagnostics.length > 0) return { status: 'invalid', diagnostics: [...read.diagnostics, ...diagnostics] }
    return { status: 'played', run: options.run, initial, reactions, behaviour, diagnostics: read.diagnostics }
  }
  const source = eventSource(behaviour)
  const next = seededNumbers(options.seed ?? 1)
  const events: OutsideEvent[] = []
  const choices: OpenChoice[] = []
  const reactions: Reaction[] = []
  let state = start.value
  for (let cause = 0; cause < (options.events ?? EVENTS) && options.stop?.() !== true; cause++) {
    const drawn = randomStep(source, state, next, cause)
    if (drawn === undefined) break
    events.push(drawn.event)
    choices.push(...drawn.choices)
    reactions.push(drawn.reaction)
    state = drawn.reaction.state
    if (drawn.reaction.loop) break
  }
  return { status: 'played', run: { initial, events, choices }, initial, reactions, behaviour, diagnostics: read.diagnostics }
}
