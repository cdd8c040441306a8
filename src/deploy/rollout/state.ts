/**
 * Where a rollout stands: columns over the plan's entries, made by folding the journal's events. Pure, and fast enough for a million devices: each event costs
 * the entries that it names.
 */
import type { DeviceProgress, FailureClass, RolloutState } from '../../model/rollout.ts'
import type { Plan, PlannedChanges } from '../../model/plan.ts'
import type { Journal, RolloutEvent } from './journal.ts'

/** The order says how far a device is; `failed` and `withdrawn` stand apart. */
export const at = { waiting: 0, desired: 1, held: 2, accepted: 3, reported: 4, verified: 5, failed: 6, withdrawn: 7 } as const
const failureClasses: readonly FailureClass[] = ['retryable', 'rejected', 'timed-out']

export interface WaveTally {
  devices: number
  waiting: number
  /** Told, and neither succeeded nor failed. */
  underWay: number
  succeeded: number
  /** Failed, and tried again by itself. */
  retrying: number
  /** Failed by class: retryable, rejected, timed out. */
  failed: [number, number, number]
  withdrawn: number
  begun?: number
  passed?: number
  over?: number
  /** When a device of it last got on. */
  progress: number
}

export interface RolloutProgress {
  readonly changes: PlannedChanges
  /** Whether success needs `verified`. */
  readonly verifies: boolean
  readonly status: Uint8Array
  readonly attempts: Uint8Array
  /** Of the revision told last, 0: none. */
  readonly execution: Int32Array
  readonly toldAt: Float64Array
  readonly failure: Uint8Array
  readonly retryAt: Float64Array
  /** Why the failed ones failed. */
  readonly why: Map<number, string>
  readonly waves: readonly WaveTally[]
  /** Members of each set of predecessors that have not succeeded. */
  readonly open: Int32Array
  /** Members that failed for good: who waits for them is blocked. */
  readonly lost: Int32Array
  /** By budget: group to how many are under way or failed. */
  readonly disrupted: readonly Map<number, number>[]
  /** Grows whenever an entry changes. */
  version: number
  state: RolloutState
  because: string
  /** The last operation that was taken up. */
  operations: number
  /** Failures that somebody saw and went on in spite of. */
  excused: number
  /** The largest execution told. */
  executions: number
  /** Sets that an entry is a member of. */
  readonly memberStart: Int32Array
  readonly memberOf: Int32Array
}

export function beginProgress(changes: PlannedChanges, waves: number, verifies: boolean): RolloutProgress {
  const { count, setStart, setMembers } = changes
  const tallies = Array.from({ length: waves }, (): WaveTally => ({
    devices: 0,
    waiting: 0,
    underWay: 0,
    succeeded: 0,
    retrying: 0,
    failed: [0, 0, 0],
    withdrawn: 0,
    progress: 0,
  }))
  for (let entry = 0; entry < count; entry++) {
    const tally = tallies[changes.wave[entry] ?? 0]
    if (tally === undefined) continue
    tally.devices++
    tally.waiting++
  }
  const sets = Math.max(0, setStart.length - 1)
  const open = new Int32Array(sets)
  for (let set = 0; set < sets; set++) open[set] = (setStart[set + 1] ?? 0) - (setStart[set] ?? 0)
  const { memberStart, memberOf } = inverted(count, setStart, setMembers)
  const disrupted = changes.budgetGroup.map((groups) => {
    const tally = new Map<number, number>()
    for (const [entry, group] of groups.entries())
      if (group >= 0 && changes.disrupted[entry] === 1) tally.set(group, (tally.get(group) ?? 0) + 1)
    return tally
  })
  return {
    changes,
    verifies,
    status: new Uint8Array(count),
    attempts: new Uint8Array(count),
    execution: new Int32Array(count),
    toldAt: new Float64Array(count),
    failure: new Uint8Array(count),
    retryAt: new Float64Array(count),
    why: new Map(),
    waves: tallies,
    open,
    lost: new Int32Array(sets),
    disrupted,
    version: 0,
    state: 'draft',
    because: '',
    operations: 0,
    excused: 0,
    executions: 0,
    memberStart,
    memberOf,
  }
}

function inverted(count: number, setStart: Int32Array, setMembers: Int32Array): { memberStart: Int32Array; memberOf: Int32Array } {
  const memberStart = new Int32Array(count + 1)
  for (const member of setMembers) memberStart[member + 1] = (memberStart[member + 1] ?? 0) + 1
  for (let entry = 0; entry < count; entry++) memberStart[entry + 1] = (memberStart[entry + 1] ?? 0) + (memberStart[entry] ?? 0)
  const fill = memberStart.slice()
  const memberOf = new Int32Array(setMembers.length)
  for (let set = 0; set + 1 < setStart.length; set++) {
    for (let position = setStart[set] ?? 0; position < (setStart[set + 1] ?? 0); position++) {
      const member = setMembers[position] ?? 0
      const place = fill[member] ?? 0
      memberOf[place] = set
      fill[member] = place + 1
    }
  }
  return { memberStart, memberOf }
}

export const succeeded = (progress: RolloutProgress, entry: number): boolean => {
  const status = progress.status[entry]
  return status === at.verified || (status === at.reported && !progress.verifies)
}

/** Where a rollout stands by its journal. */
export async function progressFrom(
  journal: Pick<Journal, 'read'>,
  plan: Pick<Plan, 'changes' | 'head'>,
  verifies: boolean,
): Promise<RolloutProgress> {
  const progress = beginProgress(plan.changes, plan.head.waves.length, verifies)
  for await (const event of journal.read()) fold(progress, event)
  return progress
}

/** Folds one event into the progress. */
export function fold(progress: RolloutProgress, event: RolloutEvent): void {
  switch (event[0]) {
    case 'told':
      for (const entry of event[3]) {
        change(progress, entry, at.desired, event[1])
        progress.execution[entry] = event[2]
        progress.retryAt[entry] = 0
        progress.toldAt[entry] = event[1]
        progress.attempts[entry] = Math.min(255, (progress.attempts[entry] ?? 0) + 1)
      }
      progress.executions = Math.max(progress.executions, event[2])
      return
    case 'held': {
      forward(progress, event[2], at.held, event[1])
      return
    }
    case 'accepted': {
      forward(progress, event[2], at.accepted, event[1])
      return
    }
    case 'reported': {
      forward(progress, event[2], at.reported, event[1])
      return
    }
    case 'verified': {
      forward(progress, event[2], at.verified, event[1])
      return
    }
    case 'failed': {
      const [, instant, entry, kind, why, retryAt] = event
      fail(progress, entry, instant, failureClasses.indexOf(kind), why, retryAt ?? 0)
      return
    }
    case 'timed-out':
      for (const entry of event[2]) fail(progress, entry, event[1], 2, 'no success within its time', 0)
      return
    case 'withdrawn':
      for (const entry of event[2]) change(progress, entry, at.withdrawn, event[1])
      return
    case 'wave': {
      const tally = progress.waves[event[2]]
      if (tally === undefined) return
      tally[event[3]] = event[1]
      tally.progress = event[1]
      return
    }
    case 'operation':
      progress.operations = Math.max(progress.operations, event[2].seq)
      if (event[2].do === 'retry') retryFailed(progress, event[1])
      if (event[2].do === 'resume' || event[2].do === 'next')
        progress.excused = progress.waves.reduce((sum, tally) => sum + failures(tally), 0)
      return
    case 'state':
      // Time that was spent paused counts as progress: nothing is late because of it.
      if (event[2] === 'running') for (const tally of progress.waves) tally.progress = Math.max(tally.progress, event[1])
      progress.state = event[2]
      progress.because = event[3]
  }
}

/** A device gets on, never back; one that failed may still succeed late, but where it was rejected. */
function forward(progress: RolloutProgress, entries: readonly number[], status: number, instant: number): void {
  for (const entry of entries) {
    const now = progress.status[entry] ?? 0
    const late = now === at.failed && progress.failure[entry] !== 1 && status >= at.accepted
    if (now < status || late) change(progress, entry, status, instant)
  }
}

function fail(progress: RolloutProgress, entry: number, instant: number, kind: number, why: string, retryAt: number): void {
  change(progress, entry, at.withdrawn, instant)
  progress.failure[entry] = kind
  progress.retryAt[entry] = retryAt
  progress.why.set(entry, why)
  change(progress, entry, at.failed, instant)
}

/** What failed stands at the start again, with its attempts forgotten; what was never told as well. */
function retryFailed(progress: RolloutProgress, instant: number): void {
  for (let entry = 0; entry < progress.changes.count; entry++) {
    if (progress.status[entry] !== at.failed || progress.failure[entry] === 1) continue
    change(progress, entry, at.waiting, instant)
    progress.attempts[entry] = 0
  }
}

function change(progress: RolloutProgress, entry: number, status: number, instant: number): void {
  const wave = progress.waves[progress.changes.wave[entry] ?? 0]
  if (wave === undefined || entry >= progress.changes.count) return
  progress.version++
  count(progress, wave, entry, -1)
  progress.status[entry] = status
  count(progress, wave, entry, 1)
  if (status !== at.withdrawn) wave.progress = Math.max(wave.progress, instant)
  if (status < at.failed && status > at.waiting) progress.why.delete(entry)
}

/** Under way, failed, failed and about to be tried again, or left so by the rollout that this one takes back: it counts in its budgets. */
export const isDisrupted = (progress: RolloutProgress, entry: number): boolean => {
  const status = progress.status[entry] ?? 0
  if (status === at.waiting && (progress.execution[entry] ?? 0) > 0) return true
  if (status === at.waiting || status === at.withdrawn) return progress.changes.disrupted[entry] === 1
  return !succeeded(progress, entry)
}

/** Takes the entry out of every tally it stands in, or puts it in. */
function count(progress: RolloutProgress, wave: WaveTally, entry: number, by: 1 | -1): void {
  const status = progress.status[entry] ?? 0
  const well = succeeded(progress, entry)
  if (well) {
    wave.succeeded += by
    eachSet(progress, entry, (set) => (progress.open[set] = (progress.open[set] ?? 0) - by))
  } else if (status === at.waiting) wave.waiting += by
  else if (status === at.withdrawn) {
    wave.withdrawn += by
    eachSet(progress, entry, (set) => (progress.lost[set] = (progress.lost[set] ?? 0) + by))
  } else if (status === at.failed) {
    if (progress.retryAt[entry] !== 0) wave.retrying += by
    else {
      const kind = (progress.failure[entry] ?? 0) as 0 | 1 | 2
      wave.failed[kind] += by
      eachSet(progress, entry, (set) => (progress.lost[set] = (progress.lost[set] ?? 0) + by))
    }
  } else wave.underWay += by
  if (isDisrupted(progress, entry)) {
    for (const [budget, groups] of progress.changes.budgetGroup.entries()) {
      const group = groups[entry] ?? -1
      const disrupted = progress.disrupted[budget]
      if (group >= 0) disrupted?.set(group, (disrupted.get(group) ?? 0) + by)
    }
  }
}

function eachSet(progress: RolloutProgress, entry: number, each: (set: number) => void): void {
  const end = progress.memberStart[entry + 1] ?? 0
  for (let place = progress.memberStart[entry] ?? 0; place < end; place++) each(progress.memberOf[place] ?? 0)
}

/** Those that failed and are not tried again by themselves. */
export const failures = ({ failed }: WaveTally): number => failed[0] + failed[1] + failed[2]

/** Where the device stands, in the words of the model. */
export function progressOf(progress: RolloutProgress, entry: number): DeviceProgress {
  switch (progress.status[entry]) {
    case at.waiting: {
      const set = progress.changes.after[entry] ?? -1
      return set >= 0 && (progress.lost[set] ?? 0) > 0 ? 'blocked' : 'waiting'
    }
    case at.desired:
      return 'desired'
    case at.held:
      return 'desired'
    case at.accepted:
      return 'accepted'
    case at.reported:
      return 'reported'
    case at.verified:
      return 'verified'
    case at.withdrawn:
      return 'withdrawn'
    default:
      return 'failed'
  }
}

export const failureOf = (progress: RolloutProgress, entry: number): FailureClass =>
  failureClasses[progress.failure[entry] ?? 0] ?? 'retryable'
