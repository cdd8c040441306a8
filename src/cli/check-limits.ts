// What bounds a check from the command line: its time, Ctrl-C, and who is told how far it is.
import { endsAfter } from '../ends-after.ts'
import type { ConflictLimits } from '../solve/check-conflicts.ts'
import type { Solvers } from '../solve/solvers.ts'
import { startProgress } from './progress.ts'
import type { Streams } from './streams.ts'

/** Seconds after which a check leaves the rest open, where nothing else is said. */
export const defaultBudget = 60

/** The part of the time in which questions are asked; in the rest every answer is checked again. */
const ASKING = 0.75

interface BoundedCheck {
  readonly limits: ConflictLimits
  readonly askAll: Solvers['askAll']
  /** Takes the line of progress away. */
  readonly stop: () => void
}

/** What is decided when the time is up, or Ctrl-C comes, stays decided; all else is left open. */
export function boundedCheck(
  solvers: Pick<Solvers, 'askAll'>,
  seconds: number | undefined,
  streams: Streams,
  signal: AbortSignal,
): BoundedCheck {
  const whole = (seconds ?? defaultBudget) * 1000
  const milliseconds = whole * ASKING
  const begun = streams.clock()
  const end = begun + milliseconds
  const soon = endsAfter(milliseconds, signal)
  const progress = startProgress('checking', streams)
  return {
    limits: {
      stopped: () => soon.aborted || streams.clock() > end,
      late: () => streams.clock() > begun + whole,
      progress: ({ done, of }) => progress.update(done, of),
    },
    askAll: (scripts, limits) => solvers.askAll(scripts, { ...limits, signal: soon }),
    stop: () => progress.stop(),
  }
}
