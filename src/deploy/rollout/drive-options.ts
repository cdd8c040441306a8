// What it takes to drive a rollout.
import type { Plan } from '../../model/plan.ts'
import type { Artefact, Deployer } from '../deployer.ts'
import type { Clock } from '../pace.ts'
import type { Journal, Operation, RolloutEvent } from './journal.ts'
import type { RolloutProgress } from './state.ts'

export interface DriveOptions {
  readonly rollout: string
  readonly release: string
  readonly plan: Plan
  readonly deployer: Deployer
  readonly journal: Journal
  /** Wall clock: milliseconds since 1970. */
  readonly clock: Clock
  /** A number larger than every execution of the fleet before. */
  readonly nextExecution: () => Promise<number>
  /** Operations that somebody asked for, those after `seq`, in order. */
  readonly operations: (seq: number) => Promise<readonly Operation[]>
  readonly artefactOf?: (variant: string) => Artefact | undefined
  /** Attempts of a device that fails retryably, the first included. */
  readonly attempts?: number
  /** Milliseconds before the first retry; doubled with each. */
  readonly backOff?: number
  /** Longest time between two looks at operations and clocks, milliseconds. */
  readonly tick?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RolloutProgress, events: readonly RolloutEvent[]) => void
}
