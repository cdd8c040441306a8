/** One job from taking it up to its end, in whatever process its turn comes: done at least once, kept at most once. */
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { EngineError } from '../diagnostics/engine-error.ts'
import { endsAfter } from '../ends-after.ts'
import type { JobEnd, JobRow } from '../store/job-table.ts'
import type { Store } from '../store/store.ts'
import type { DoJob, JobTold } from './do-job.ts'
import type { DurableWorkflow } from './durable.ts'
import type { JobProgress } from './jobs.ts'

export interface JobRunner {
  readonly store: Store
  readonly doJob: DoJob
  readonly executor: string
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Shares the parts of large assignments with other processes; undefined where there are none. */
  readonly share: () => Promise<JobTold['enqueue']>
}

export interface RunningJobs {
  readonly workflow: DurableWorkflow<string, null>
  readonly count: () => number
  readonly has: (id: string) => boolean
  /** Resolves when the job has been left here, or after so many milliseconds; who waits need not ask the store all the time. */
  readonly changed: (id: string, milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Stops those that are to end, or that another process has. */
  readonly look: () => Promise<void>
  /** Stops all without ending them: somebody else, or the next start, takes them up. */
  readonly abandon: () => void
}

/** The workflow's name is kept in the database. */
const NAME = 'job'
// Between two events of progress, in milliseconds.
const PACE = 500
const LONGEST_WAIT = 10_000

const abandoned = new EngineError('jobs/abandoned', 'the process ends')

export function runningJobs(runner: JobRunner): RunningJobs {
  const running = new Map<string, AbortController>()
  const left = new EventEmitter().setMaxListeners(0)
  const run = async (id: string): Promise<null> => {
    // Handed over by those who thought this process dead: it is being done.
    if (running.has(id)) return null
    const stop = new AbortController()
    running.set(id, stop)
    try {
      await takeAndDo(id, runner, stop.signal)
    } finally {
      running.delete(id)
      left.emit(id)
    }
    return null
  }
  return {
    workflow: { name: NAME, run: ({ step }, id) => step('do', () => run(id)) },
    count: () => running.size,
    has: (id) => running.has(id),
    changed: async (id, milliseconds, signal) => {
      const soon = endsAfter(milliseconds, signal)
      await once(left, id, { signal: soon }).catch(() => undefined)
      signal.throwIfAborted()
    },
    look: async () => {
      for (const id of await runner.store.jobTable.unwanted(runner.executor, [...running.keys()])) running.get(id)?.abort()
    },
    abandon: () => {
      for (const each of running.values()) each.abort(abandoned)
    },
  }
}

/** Waits while the database is away; the job is done when the store says so. */
async function takeAndDo(id: string, runner: JobRunner, signal: AbortSignal): Promise<void> {
  for (let wait = 200; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      const job = await runner.store.jobTable.take(id, runner.executor, now())
      if (job !== undefined) await endOf(job, runner, signal)
      else await endCancelled(id, runner)
      return
    } catch (error) {
      // INVARIANT: an abandoned job stays as it is, and its workflow unfinished, so that it is taken up.
      if (signal.reason === abandoned) await new Promise(() => undefined)
      if (!isAway(error)) throw error
      runner.log('warn', `job \`${id}\` waits: ${error.message}`)
      await delay(wait)
    }
  }
}

/** One that was to end when its process died. */
async function endCancelled(id: string, { store, executor }: JobRunner): Promise<void> {
  const job = await store.jobTable.work(id)
  if (job?.status === 'running' && job.cancelling) await store.jobTable.end(id, job.executor ?? executor, { status: 'cancelled' }, now())
}

async function endOf(job: JobRow, runner: JobRunner, signal: AbortSignal): Promise<void> {
  const end = await outcomeOf(job, runner, signal)
  if (signal.reason === abandoned) throw abandoned
  if (end !== undefined) await runner.store.jobTable.end(job.id, runner.executor, end, now())
}

/** Undefined where another process has the job. */
async function outcomeOf(job: JobRow, runner: JobRunner, signal: AbortSignal): Promise<JobEnd | undefined> {
  const { store, executor } = runner
  const { id } = job
  const telling = progressTeller(job, runner)
  try {
    const enqueue = await runner.share()
    const { result, shares } = await runner.doJob(job, { signal, progress: telling.tell, ...(enqueue && { enqueue }) })
    if (Object.keys(shares).length > 0) await store.jobTable.note(id, executor, 'shared', shares, now())
    await telling.end()
    return { status: 'succeeded', result }
  } catch (error) {
    await telling.end()
    if (signal.aborted) {
      const current = await store.jobTable.work(id)
      return current?.executor === executor && current.cancelling ? { status: 'cancelled' } : undefined
    }
    if (isAway(error)) throw error
    runner.log('error', `job \`${id}\` failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return { status: 'failed', failure: failureOf(error) }
  }
}

/** Defects are told by name only: their words are for the log. */
function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof EngineError) return { code: error.code, message: error.message }
  return { code: 'jobs/defect', message: 'the job failed by a defect of ours; the log says more' }
}

const isAway = (error: unknown): error is EngineError =>
  error instanceof EngineError && (error.code === 'store/unavailable' || error.code === 'store/full')

const now = (): string => new Date().toISOString()

/** The last of what was told within a while; a database that is away is not waited for. */
function progressTeller(
  { id }: JobRow,
  { store, executor, log }: JobRunner,
): { readonly tell: (progress: JobProgress) => void; readonly end: () => Promise<void> } {
  let next: JobProgress | undefined
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<unknown> = Promise.resolve()
  let phase: string | undefined
  const write = (): void => {
    timer = undefined
    const progress = next
    next = undefined
    if (progress === undefined) return
    writing = writing
      .then(() => store.jobTable.note(id, executor, 'progress', progress, now()))
      .catch((error: unknown) => log('warn', `no progress of job \`${id}\`: ${error instanceof Error ? error.message : String(error)}`))
  }
  return {
    tell: (progress) => {
      next = progress
      if (progress.phase !== phase) {
        phase = progress.phase
        clearTimeout(timer)
        write()
      } else timer ??= setTimeout(write, PACE)
    },
    end: async () => {
      clearTimeout(timer)
      write()
      await writing
    },
  }
}
