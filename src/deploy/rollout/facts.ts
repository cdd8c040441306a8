/** The four facts of each device of a rollout, with the instant of each, folded from its journal beside the progress. */
import type { Plan } from '../../model/plan.ts'
import type { DeviceFacts, DeviceOutcome, DeviceProgress } from '../../model/rollout.ts'
import type { RolloutEvent } from './journal.ts'
import { outcomeOf } from './outcome-of.ts'
import { beginProgress, failureOf, fold, progressOf, type RolloutProgress } from './state.ts'

/** Columns by entry; 0: never yet. */
export interface RolloutFacts {
  readonly progress: RolloutProgress
  readonly acceptedAt: Float64Array
  readonly reportedAt: Float64Array
  readonly verifiedAt: Float64Array
  readonly failedAt: Float64Array
}

export function beginFacts({ changes, head }: Pick<Plan, 'changes' | 'head'>, verifies: boolean): RolloutFacts {
  const column = (): Float64Array => new Float64Array(changes.count)
  return {
    progress: beginProgress(changes, head.waves.length, verifies),
    acceptedAt: column(),
    reportedAt: column(),
    verifiedAt: column(),
    failedAt: column(),
  }
}

/** Folds one event into the facts and their progress. */
export function foldFacts({ progress, acceptedAt, reportedAt, verifiedAt, failedAt }: RolloutFacts, event: RolloutEvent): void {
  fold(progress, event)
  switch (event[0]) {
    case 'told':
      // Another revision: nothing is known of it yet.
      for (const entry of event[3]) for (const one of [acceptedAt, reportedAt, verifiedAt]) one[entry] = 0
      break
    case 'held':
    case 'accepted':
      for (const entry of event[2]) acceptedAt[entry] ||= event[1]
      break
    case 'reported':
      for (const entry of event[2]) reportedAt[entry] = event[1]
      break
    case 'verified':
      for (const entry of event[2]) verifiedAt[entry] = event[1]
      break
    case 'failed':
      failedAt[event[2]] = event[1]
      break
    case 'timed-out':
      for (const entry of event[2]) failedAt[entry] = event[1]
      break
    case 'withdrawn':
    case 'wave':
    case 'operation':
    case 'state':
  }
}

export interface ChangeFacts extends DeviceFacts {
  readonly from: DeviceOutcome
  readonly to: DeviceOutcome
  readonly wave: string
  readonly step: number
  readonly progress: DeviceProgress
}

/** What is known of the device of one entry. */
export function changeFacts(plan: Plan, facts: RolloutFacts, release: string, entry: number): ChangeFacts {
  const { changes, choices, head } = plan
  const { progress, acceptedAt, reportedAt, verifiedAt, failedAt } = facts
  const from = outcomeOf(choices[changes.from[entry] ?? 0])
  const to = outcomeOf(choices[changes.to[entry] ?? 0])
  const execution = progress.execution[entry] ?? 0
  const revision = { release, execution: Math.max(1, execution) }
  const at = (column: Float64Array): number => column[entry] ?? 0
  return {
    device: changes.ids[entry] ?? '',
    from,
    to,
    wave: head.waves[changes.wave[entry] ?? 0]?.name ?? '',
    step: changes.step[entry] ?? 0,
    progress: progressOf(progress, entry),
    ...(execution === 0 ? {} : { desired: { at: progress.toldAt[entry] ?? 0, revision, is: to } }),
    ...(at(acceptedAt) === 0 ? {} : { accepted: { at: at(acceptedAt), revision } }),
    ...(at(reportedAt) === 0 ? {} : { reported: { at: at(reportedAt), revision, is: to } }),
    ...(at(verifiedAt) === 0 ? {} : { verified: { at: at(verifiedAt), revision } }),
    ...(at(failedAt) === 0
      ? {}
      : {
          failure: {
            at: at(failedAt),
            revision,
            class: failureOf(progress, entry),
            why: progress.why.get(entry) ?? '',
            attempts: Math.max(1, progress.attempts[entry] ?? 1),
          },
        }),
  }
}
