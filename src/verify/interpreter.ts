/** The interpreter of automations: replays a run from its initial state, or says why it is none. Believes nobody. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Behaviour } from '../model/automation.ts'
import type { OutsideEvent, Run } from '../model/conflict.ts'
import { refusal } from './admissible.ts'
import { indexOf } from './behaviour-index.ts'
import type { Chooser } from './choices.ts'
import { completedChoices, recordedChoices } from './choices.ts'
import type { Reaction } from './reaction.ts'
import { step } from './reaction.ts'
import type { State } from './state.ts'
import { show, startState } from './state.ts'
import { evaluate, inType, same, toDatum } from './values.ts'

export type { Chooser } from './choices.ts'
export type { Write } from './machine.ts'
export type { Reaction } from './reaction.ts'
export { step } from './reaction.ts'
export type { State } from './state.ts'
export { startState, stateKey } from './state.ts'

export interface Replayed {
  /** One for each event, up to the first that is not admissible or does not come to rest. */
  readonly reactions: readonly Reaction[]
  /** Why the run is not one of this behaviour; empty if it is. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Replays a run. The run is one of the behaviour iff no diagnostic is returned. */
export function replay(behaviour: Behaviour, run: Run): Replayed {
  if (last.behaviour === behaviour && last.run === run) return last.replayed
  const replayed = replayAnew(behaviour, run)
  last = { behaviour, run, replayed }
  return replayed
}

// Several questions are asked of one run, one after the other. INVARIANT: a run and a behaviour are values, so the same objects replay the same.
let last: { readonly behaviour?: Behaviour; readonly run?: Run; readonly replayed: Replayed } = {
  replayed: { reactions: [], diagnostics: [] },
}

function replayAnew(behaviour: Behaviour, run: Run): Replayed {
  const recorded = recordedChoices(run.choices)
  const played = play(behaviour, run, recorded.chooser, recorded.problems)
  const left = recorded.left()
  if (played.diagnostics.length > 0 || left === 0) return played
  return { ...played, diagnostics: [wrong(run.events.length, 'verify/choices-left', `${left} choices of the run are never asked for`)] }
}

/**
 * The run with plain answers wherever it leaves a choice open: one found in a part of the behaviour becomes one of the whole. Undefined where a reaction takes
 * more than so many token steps.
 */
export function completedRun(behaviour: Behaviour, run: Run): Run
export function completedRun(behaviour: Behaviour, run: Run, steps: number): Run | undefined
export function completedRun(behaviour: Behaviour, run: Run, steps?: number): Run | undefined {
  const { chooser, made } = completedChoices(run.choices)
  const { diagnostics, reactions } = play(behaviour, run, chooser, () => [], steps)
  if (steps !== undefined && reactions.some(({ loop }) => loop)) return undefined
  return diagnostics.length > 0 ? run : { ...run, choices: made() }
}

function play(behaviour: Behaviour, run: Run, chooser: Chooser, problems: () => readonly string[], steps?: number): Replayed {
  const start = startState(behaviour, run.initial)
  if (!start.ok) return { reactions: [], diagnostics: start.diagnostics }
  const reactions: Reaction[] = []
  let state = start.value
  for (const [cause, event] of run.events.entries()) {
    const problem = problemOf(behaviour, state, event, chooser)
    if (problem !== undefined) return { reactions, diagnostics: [wrong(cause, 'verify/not-admissible', problem)] }
    const reaction = attempt(() => step(behaviour, state, event, chooser, cause, steps))
    if (typeof reaction === 'string') return { reactions, diagnostics: [wrong(cause, 'verify/number-too-large', reaction)] }
    reactions.push(reaction)
    const [choice] = problems()
    if (choice !== undefined) return { reactions, diagnostics: [wrong(cause, 'verify/choice', choice)] }
    if (reaction.loop && cause + 1 < run.events.length)
      return { reactions, diagnostics: [wrong(cause + 1, 'verify/after-loop', 'the reaction before it never ends')] }
    state = reaction.state
  }
  return { reactions, diagnostics: [] }
}

/** Why the event cannot happen in this state, payload included. */
export function problemOf(behaviour: Behaviour, state: State, event: OutsideEvent, choose: Chooser): string | undefined {
  const index = indexOf(behaviour)
  const refused = refusal(index, state, event)
  if (refused !== undefined || event.is !== 'pull') return refused
  const source = index.byId.get(event.automation)?.automation.triggers[event.trigger]
  if (source?.on !== 'outside') return undefined
  const { payload } = source
  if (payload.is === 'any')
    return inType(event.payload, payload.type) ? undefined : `\`${source.name}\` cannot carry ${show(event.payload)}`
  const carried = evaluate(payload, {
    attribute: (id) => state.values.get(id) ?? null,
    local: () => null,
    any: (type, part) => toDatum(choose.value(part, type)),
  })
  return same(carried, toDatum(event.payload)) ? undefined : `\`${source.name}\` does not carry ${show(event.payload)}`
}

/** The result, or the words of an error about the input of the run. */
export function attempt(react: () => Reaction): Reaction | string {
  try {
    return react()
  } catch (error) {
    if (error instanceof EngineError && error.code === 'verify/number-too-large') return error.message
    throw error
  }
}

function wrong(event: number, code: string, message: string): Diagnostic {
  return { code, severity: 'error', message, at: { source: 'run', path: ['events', event] } }
}
