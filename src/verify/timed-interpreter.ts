/** The interpreter of automations in real time: replays a timed run exactly, or says why it is none. Believes nobody. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Behaviour, ValueType } from '../model/automation.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import type { Elapse, TimedRun } from '../model/timed-run.ts'
import type { Chooser } from './choices.ts'
import { completedChoices, recordedChoices } from './choices.ts'
import { compare, exactFromNumber } from './exact.ts'
import type { Exact } from './exact.ts'
import { attempt, problemOf } from './interpreter.ts'
import type { Reaction } from './reaction.ts'
import { startState } from './state.ts'
import { exactOf, isRepeated, pass, textOfExact, timedStart, timedStep, untimely, zero } from './timed-state.ts'
import type { TimedState } from './timed-state.ts'
import type { Datum } from './values.ts'

export { exactOf, isOutsideCause, textOfExact, type TimedState } from './timed-state.ts'

export interface TimedReaction {
  readonly event: OutsideEvent
  readonly reaction: Reaction
  /** Milliseconds since the start. */
  readonly at: Exact
  /** When the event came, time that passed before it included. */
  readonly before: TimedState
  readonly after: TimedState
}

export interface TimedReplayed {
  /** One for each event, up to the first that is not admissible or does not come to rest. */
  readonly reactions: readonly TimedReaction[]
  readonly start?: TimedState
  /** After the last event and the time that passes after it; absent where the run is none. */
  readonly end?: TimedState
  /** Why the run is not one of this behaviour; empty if it is. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Replays a timed run. It is one of the behaviour iff no diagnostic is returned. */
export function replayTimed(behaviour: Behaviour, run: TimedRun): TimedReplayed {
  if (last.behaviour === behaviour && last.run === run) return last.replayed
  const recorded = recordedChoices(run.choices)
  const lengths = recordedDurations(run.durations)
  const problems = () => [...recorded.problems(), ...lengths.problems]
  const played = play(behaviour, run, { ...recorded.chooser, duration: lengths.duration }, problems)
  const left = recorded.left() + lengths.left()
  const replayed =
    played.diagnostics.length > 0 || left === 0
      ? played
      : { ...played, diagnostics: [wrong(['events'], 'verify/choices-left', `${left} choices of the run are never asked for`)] }
  last = { behaviour, run, replayed }
  return replayed
}

// Several questions are asked of one run, one after the other. INVARIANT: a run and a behaviour are values, so the same objects replay the same.
let last: { readonly behaviour?: Behaviour; readonly run?: TimedRun; readonly replayed: TimedReplayed } = {
  replayed: { reactions: [], diagnostics: [] },
}

/** The run with plain answers wherever it leaves a choice open, and no time wherever it leaves a duration open. */
export function completedTimedRun(behaviour: Behaviour, run: TimedRun): TimedRun {
  const { chooser, made } = completedChoices(run.choices)
  const left = [...run.durations]
  const durations: string[] = []
  const duration = (): Datum => {
    const text = left.shift() ?? '0'
    durations.push(text)
    return exactOf(text) ?? null
  }
  const { diagnostics } = play(behaviour, run, { ...chooser, duration }, () => [])
  return diagnostics.length > 0 ? run : { ...run, choices: made(), durations }
}

function play(behaviour: Behaviour, run: TimedRun, chooser: Chooser, problems: () => readonly string[]): TimedReplayed {
  const rest = startState(behaviour, run.initial)
  if (!rest.ok) return { reactions: [], diagnostics: rest.diagnostics }
  const start = timedStart(behaviour, rest.value, run.quantities)
  if (typeof start === 'string') return { reactions: [], diagnostics: [wrong(['quantities'], 'verify/not-initial', start)] }
  const reactions: TimedReaction[] = []
  const refused = (path: readonly (string | number)[], code: string, message: string): TimedReplayed => ({
    start,
    reactions,
    diagnostics: [wrong(path, code, message)],
  })
  const { events, elapses } = run
  if (elapses.length < events.length || elapses.length > events.length + 1)
    return refused(['elapses'], 'verify/elapses', `${events.length} events have ${elapses.length} spans of time before them`)
  let state = start
  for (const [at, event] of events.entries()) {
    const there = elapsed(behaviour, state, elapses[at])
    if (typeof there === 'string') return refused(['elapses', at], 'verify/time', there)
    const problem =
      untimely(behaviour, there, event) ??
      (isRepeated(behaviour, there, event) ? undefined : problemOf(behaviour, there.rest, event, chooser))
    if (problem !== undefined) return refused(['events', at], 'verify/not-admissible', problem)
    let after = there
    const reaction = attempt(() => {
      const stepped = timedStep(behaviour, there, event, chooser, at)
      after = stepped.state
      return stepped.reaction
    })
    if (typeof reaction === 'string') return refused(['events', at], 'verify/number-too-large', reaction)
    reactions.push({ event, reaction, at: there.now, before: there, after })
    const [choice] = problems()
    if (choice !== undefined) return refused(['events', at], 'verify/choice', choice)
    const goesOn = at + 1 < events.length || exactOf(elapses[at + 1]?.milliseconds ?? '0')?.num !== 0n
    if (reaction.loop && goesOn) return refused(['events', at + 1], 'verify/after-loop', 'the reaction before it never ends')
    state = after
  }
  const end = elapsed(behaviour, state, elapses[events.length])
  return typeof end === 'string' ? refused(['elapses', events.length], 'verify/time', end) : { start, reactions, end, diagnostics: [] }
}

const elapsed = (behaviour: Behaviour, state: TimedState, elapse: Elapse | undefined): TimedState | string =>
  elapse === undefined ? state : pass(behaviour, state, elapse)

/** Lengths of waits that are not modelled, one after the other. */
function recordedDurations(texts: readonly string[]): {
  readonly duration: NonNullable<Chooser['duration']>
  readonly problems: readonly string[]
  readonly left: () => number
} {
  const problems: string[] = []
  let taken = 0
  const duration = (part: string, type: ValueType): Datum => {
    const text = texts[taken++]
    const length = text === undefined ? undefined : exactOf(text)
    if (text === undefined) problems.push(`nothing says how long \`${part}\` lasts`)
    else if (length === undefined) problems.push(`\`${text}\` is no exact number`)
    else if (!mayLast(length, type)) problems.push(`\`${part}\` cannot last ${textOfExact(length)}`)
    return length ?? zero
  }
  return { duration, problems, left: () => Math.max(0, texts.length - taken) }
}

/** A number of the type, from 0 on. */
function mayLast(length: Exact, type: ValueType): boolean {
  if (compare(length, zero) < 0) return false
  if (type.is !== 'number') return true
  const { low, high, integer } = type
  return (
    (low === undefined || compare(length, exactFromNumber(low)) >= 0) &&
    (high === undefined || compare(length, exactFromNumber(high)) <= 0) &&
    (!integer || length.den === 1n)
  )
}

function wrong(path: readonly (string | number)[], code: string, message: string): Diagnostic {
  return { code, severity: 'error', message, at: { source: 'run', path } }
}
