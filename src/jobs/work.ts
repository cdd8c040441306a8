/** What a job is given to work with, whatever it is. */
import type { Solvers } from '../solve/solvers.ts'
import type { ThreadStore } from '../store/store.ts'
import type { JobProgress } from './jobs.ts'

export interface Work {
  readonly id: string
  readonly tenant: string
  readonly actor: string
  readonly store: ThreadStore
  readonly solvers: Solvers
  /** Somebody asked that the job end, or another process has it. */
  readonly signal: AbortSignal
  /** Told to whoever listens, but not more often than they can read. */
  readonly progress: (progress: JobProgress) => void
  /** The time as the store takes it. */
  readonly now: () => string
  /** Milliseconds, for statistics. */
  readonly clock: () => number
}
