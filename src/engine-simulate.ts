/** The walk of `simulate`: automations are read as for `check`, and the interpreter plays a stored run or draws one at random. Opens nothing, prints nothing. */
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import { readBehaviour, type CheckInputs, type ReadBehaviour } from './engine-check.ts'
import { eventSource, randomStep, seededNumbers } from './explain/random-run.ts'
import type { Behaviour, Value } from './model/automation.ts'
import type { OpenChoice, OutsideEvent, Run } from './model/conflict.ts'
import { assuming, type TimedAssumption } from './model/timed-assumption.ts'
import { isTimedRun } from './model/timed-run.ts'
import { replay, startState, type Reaction } from './verify/interpreter.ts'
import { drawRun, seeded } from './verify/timed-explore.ts'
import { replayTimed, textOfExact, type TimedReplayed } from './verify/timed-interpreter.ts'
import { toValue } from './verify/values.ts'

export interface SimulateOptions {
  readonly importers?: Readonly<Record<string, ReadBehaviour>>
  /** Plays this run; absent: one is drawn. */
  readonly run?: Run
  readonly seed?: number
  /** Draws a run in real time: spans of time, deadlines, quantities and sensors. */
  readonly timed?: boolean
  /** What the run takes for granted beside the behaviour. */
  readonly assumption?: TimedAssumption
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
      /** Of a run in real time. */
      readonly course?: PlayedCourse
      readonly behaviour: Behaviour
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] }

/** When each event came, and how each quantity stood then; all exact. */
export interface PlayedCourse {
  readonly instants: readonly string[]
  readonly end: string
  readonly quantities: readonly { readonly name: string; readonly start: string; readonly at: readonly string[] }[]
}

const EVENTS = 20

/** The reactions one by one; a reaction that does not come to rest is the last. */
export const simulate = (inputs: CheckInputs, options: SimulateOptions = {}): Simulated => {
  const read = readBehaviour(inputs, options.importers ?? {})
  if (!read.ok) return { status: 'invalid', diagnostics: read.diagnostics }
  const { assumption } = options
  const behaviour = assumption === undefined ? read.value : assuming(read.value, assumption)
  if (options.run === undefined ? options.timed === true : isTimedRun(options.run))
    return simulateInTime(behaviour, read.diagnostics, options)
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

/** As `simulate`, in real time: a run that is drawn goes on for a minute after its last event. */
const simulateInTime = (
  behaviour: Behaviour,
  diagnostics: readonly Diagnostic[],
  { run, seed = 1, events = EVENTS }: SimulateOptions,
): Simulated => {
  const drawn = run === undefined ? drawRun(behaviour, seeded(seed), { events, quiet: 60_000 }) : undefined
  const played = run ?? drawn?.run
  if (played === undefined || !isTimedRun(played)) return { status: 'invalid', diagnostics: [...diagnostics, noStart] }
  const replayed: TimedReplayed = drawn?.replayed ?? replayTimed(behaviour, played)
  const { reactions, start, end } = replayed
  if (replayed.diagnostics.length > 0 || start === undefined || end === undefined)
    return { status: 'invalid', diagnostics: [...diagnostics, ...replayed.diagnostics] }
  const initial = Object.fromEntries([...start.rest.values].map(([id, value]) => [id, toValue(value)]))
  const instants = reactions.map(({ at }) => textOfExact(at))
  const quantities = [...start.quantities].map(([name, value]) => ({
    name,
    start: textOfExact(value),
    at: reactions.map(({ before }) => textOfExact(before.quantities.get(name) ?? value)),
  }))
  const told = reactions.map(({ reaction }, index) => ({
    ...reaction,
    lines: reaction.lines.map((line) => ({ ...line, instant: instants[index]! })),
  }))
  const course = { instants, end: textOfExact(end.now), quantities }
  return { status: 'played', run: played, initial, reactions: told, course, behaviour, diagnostics }
}

const noStart: Diagnostic = {
  code: 'simulate/no-start',
  severity: 'error',
  message: 'no run in time could be drawn: the values after a restart contradict each other',
  at: { source: 'run' },
}
