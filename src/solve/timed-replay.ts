/** A run that a solver found in a part, as one of the whole that the timed interpreter has replayed, with its trace. */
import type { Behaviour } from '../model/automation.ts'
import type { TraceLine } from '../model/conflict.ts'
import type { TimedRun } from '../model/timed-run.ts'
import { replayTimed, textOfExact, type TimedReplayed } from '../verify/timed-interpreter.ts'
import { completedInTime } from './timed-complete.ts'

export interface ReplayedInTime {
  readonly run: TimedRun
  readonly trace: readonly TraceLine[]
  readonly replayed: TimedReplayed
}

export const replayedInTime = (behaviour: Behaviour, found: TimedRun): ReplayedInTime | string => {
  const run = completedInTime(behaviour, found)
  if (run === undefined) return 'the run that the solver found cannot be completed to one of the whole'
  const replayed = replayTimed(behaviour, run)
  const [wrong] = replayed.diagnostics
  if (wrong !== undefined) return `the run that the solver found does not replay: ${wrong.message}`
  return { run, replayed, trace: traceOf(replayed) }
}

/** The lines of every reaction, each with its instant. */
const traceOf = ({ reactions }: TimedReplayed): readonly TraceLine[] =>
  reactions.flatMap(({ at, reaction }) => reaction.lines.map((line) => ({ ...line, instant: textOfExact(at) })))
