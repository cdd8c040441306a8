/** Starts what does jobs in this process: the workflow engine, the heartbeat, the solvers' queue; and what everybody asks of jobs. */
import { randomUUID } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Solvers } from '../solve/solvers.ts'
import type { JobRow } from '../store/job-table.ts'
import type { Store } from '../store/store.ts'
import { version } from '../version.ts'
import type { DurableWorkflow } from './durable.ts'
import { jobsHere, type DoJob } from './do-job.ts'
import { startHeartbeat } from './heartbeat.ts'
import { runningJobs } from './job-workflow.ts'
import type { Executor, Job, JobEvent, JobFailure, JobProgress, Jobs, JobStatus } from './jobs.ts'
import { shardWorkflow } from './shards.ts'
import { startEngine, type WorkflowEngine } from './workflow-engine.ts'

export interface JobsOptions {
  readonly store: Store
  readonly solvers: Solvers
  /** Who does jobs; absent: this thread, which then answers nobody meanwhile. */
  readonly doJob?: DoJob
  /** Durable workflows of other rooms; each must be named here by every process that works. */
  readonly workflows?: readonly DurableWorkflow<never, unknown>[]
  /** Whether this process does work, or only hands it out. Default: it does. */
  readonly works?: boolean
  /** Jobs and shards at once; default: the processor's cores. */
  readonly cores?: number
  readonly log?: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Milliseconds between two beats; default: a tenth of `deadAfter`, at most 2 s. */
  readonly beatEvery?: number
  /** Milliseconds after which a process that was not heard of is dead; default 30 s. */
  readonly deadAfter?: number
}

const JOBS = 'jobs'
const SHARDS = 'shards'
const WORKFLOWS = 'workflows'
// Workflows mostly wait.
const MANY = 1000
const BEAT = 2000
const DEAD = 30_000
// How often jobs are looked at: whether they are to end, whether something new is heard of them.
const LOOK = 250
const PAGE = 500
/** More single changes than this are written into a fleet's table. */
const CROWDED = 20_000
const SWEEP_EVERY = 60_000
const RETIRED_FOR = 3_600_000

/** One per process. */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { store, solvers, works = true, cores = availableParallelism(), log = () => undefined } = options
  const executor = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
  const gate = gateOf(cores)
  const deadAfter = options.deadAfter ?? DEAD
  const running = runningJobs({
    store,
    doJob: options.doJob ?? jobsHere(store, solvers),
    executor,
    log,
    share: async () => {
      const others = (await store.executors.alive(deadAfter)).filter(({ id, works: theyWork }) => theyWork && id !== executor)
      if (store.is === 'folder' || others.length === 0) return undefined
      return (id, input) => engine.start('shard', id, input)
    },
  })
  const shard = shardWorkflow(store, solvers, executor, gate)
  const engine = await startEngine({
    pool: store.systemPool,
    alone: store.alone,
    shared: store.is === 'server',
    executor,
    works,
    queues: [
      { name: JOBS, atOnce: cores },
      { name: SHARDS, atOnce: cores },
      { name: WORKFLOWS, atOnce: MANY },
    ],
    workflows: [
      { workflow: running.workflow, queue: JOBS },
      { workflow: shard, queue: SHARDS },
      ...(options.workflows ?? []).map((workflow) => ({ workflow, queue: WORKFLOWS })),
    ],
    log,
  })
  const heartbeat = await startHeartbeat({
    store,
    executor: { id: executor, host: hostname(), pid: process.pid, version, cores, works },
    handOver: engine.handOver,
    tend: tending({ store, engine, workflow: running.workflow.name, executor, isHere: running.has, deadAfter }),
    log,
    beatEvery: options.beatEvery ?? Math.min(BEAT, deadAfter / 10),
    deadAfter,
  })
  const looking = setInterval(() => {
    running.look().catch((error: unknown) => log('warn', `jobs cannot be looked at: ${String(error)}`))
  }, LOOK)
  // Those that were asked for when nobody could hear.
  await heartbeat.round()

  const get: Jobs['get'] = async (tenant, id) => {
    const row = await store.jobTable.get(tenant, id)
    return row && jobOf(row)
  }
  const events: Jobs['events'] = async function* (tenant, id, after, signal) {
    for (let seen = after; !signal.aborted;) {
      const page = await store.jobTable.events(tenant, id, seen, PAGE)
      for (const event of page) {
        seen = event.seq
        yield event satisfies JobEvent
        if (isLast(event.type)) return
      }
      if (page.length === PAGE) continue
      const job = await store.jobTable.get(tenant, id)
      if (job === undefined || (hasEnded(job.status) && job.events <= seen)) return
      await delay(LOOK, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    submit: async (tenant, { id = randomUUID(), ...request }) => {
      const found = await store.jobTable.add(tenant, { id, ...request }, now())
      if (found === undefined) throw new EngineError('jobs/foreign-id', `the id \`${id}\` is taken`)
      const { job, added } = found
      // A job that was kept and never started (its submitter died in between) is found by whoever tends.
      if (added) await engine.start(running.workflow.name, id, id, { here: works && running.count() < cores })
      return jobOf(job)
    },
    get,
    list: async (tenant, page) => (await store.jobTable.list(tenant, page)).map(jobOf),
    events,
    cancel: (tenant, id) => store.jobTable.cancel(tenant, id, now()),
    finished: async (tenant, id, signal) => {
      for (;;) {
        const job = await get(tenant, id)
        if (job === undefined || hasEnded(job.status)) return job
        await running.changed(id, LOOK, signal)
      }
    },
    start: (workflow, id, input) => engine.start(workflow.name, id, input),
    send: engine.send,
    published: async (id, name) => (await engine.published(id, name)) ?? undefined,
    cancelWorkflow: engine.cancel,
    workflow: engine.state,
    executors: async () => (await store.executors.alive(deadAfter)).map((each): Executor => each),
    close: async ({ milliseconds = 10_000 } = {}) => {
      const end = Date.now() + milliseconds
      while (running.count() > 0 && Date.now() < end) await delay(20)
      clearInterval(looking)
      running.abandon()
      await heartbeat.stop()
      await engine.close(Math.min(milliseconds, 1000))
    },
  }
}

// Of the oldest jobs that go on, how many are looked after at a time, and how often one is begun anew before it is given up.
const LOOKED_AFTER = 200
const MOST_ATTEMPTS = 20
const NOBODYS_AFTER = 3000

interface Tending {
  readonly store: Store
  readonly engine: WorkflowEngine
  readonly workflow: string
  readonly executor: string
  readonly isHere: (job: string) => boolean
  readonly deadAfter: number
}

/** What is done now and then besides: jobs that nobody does any more are begun anew, fleets with many single changes written anew, the expired forgotten. */
function tending({ store, engine, workflow, executor, isHere, deadAfter }: Tending): () => Promise<void> {
  let swept = 0
  let strange = new Map<string, number>()
  const isAnybodys = async (id: string, attempt: number): Promise<boolean> => {
    for (let each = attempt; each >= 0; each--) {
      const state = await engine.state(workflowId(id, each))
      if (state?.is === 'waiting' || state?.is === 'running') return true
    }
    return false
  }
  return async () => {
    const alive = new Set((await store.executors.alive(deadAfter)).map(({ id }) => id))
    const still = new Map<string, number>()
    for (const { id, status, executor: whose, attempt } of await store.jobTable.open(LOOKED_AFTER)) {
      const held = status === 'running' && (whose === executor ? isHere(id) : alive.has(whose ?? ''))
      if (held || (await isAnybodys(id, attempt))) continue
      // Its submitter, or who just ended it, may be a step behind: only after a while it is nobody's.
      const since = strange.get(id) ?? Date.now()
      if (Date.now() - since < NOBODYS_AFTER) still.set(id, since)
      else if (attempt < MOST_ATTEMPTS) await engine.start(workflow, workflowId(id, attempt), id)
      else await store.jobTable.giveUp(id, { code: 'jobs/defect', message: `the job was begun ${attempt} times and never ended` }, now())
    }
    strange = still
    for (const { tenant, id } of await store.fleets.crowded(CROWDED)) await store.fleets.compact(tenant, id, now())
    if (Date.now() - swept < SWEEP_EVERY) return
    swept = Date.now()
    await store.sweep({ now: now(), before: new Date(swept - RETIRED_FOR).toISOString() })
  }
}

/** A workflow that ended without ending its job (another process had it for a while) is not begun again, but another one for the same job. */
const workflowId = (job: string, attempt: number): string => (attempt === 0 ? job : `${job}/${attempt}`)

/** At most so many at once, first come first served. */
function gateOf(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let free = most
  const waiting: (() => void)[] = []
  return async (run) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

const now = (): string => new Date().toISOString()

const ended: readonly string[] = ['succeeded', 'failed', 'cancelled']
const hasEnded = (status: string): boolean => ended.includes(status)
const isLast = hasEnded

function jobOf({ id, seq, kind, status, cancelling, progress, result, failure, actor, created, started, finished, attempt }: JobRow): Job {
  return {
    id,
    seq,
    kind,
    status: status as JobStatus,
    cancelling,
    ...(progress !== null && { progress: progress as JobProgress }),
    ...(result !== null && { result }),
    ...(failure !== null && { failure: failure as JobFailure }),
    actor,
    created,
    ...(started !== null && { started }),
    ...(finished !== null && { finished }),
    attempt,
  }
}
