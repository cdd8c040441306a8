/** Work that outlives a request and the process it runs in: what can be asked for, how it is watched, and how it ends. */
import type { AssignJob, CheckJob } from './job-inputs.ts'
import type { ExecutorRow } from '../store/executors.ts'
import type { DurableWorkflow } from './durable.ts'

export type { AssignJob, CheckJob } from './job-inputs.ts'

/** `queued` and `running` go on; the others are how a job ended. */
export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** How far it is; `of` where the end is known. */
export interface JobProgress {
  readonly phase: string
  readonly done?: number
  readonly of?: number
}

/** Why it failed: `code` as diagnostics and failures have them. */
export interface JobFailure {
  readonly code: string
  readonly message: string
}

export interface Job {
  readonly id: string
  /** In the order of submission; for paging. */
  readonly seq: number
  readonly kind: string
  readonly status: JobStatus
  /** Somebody asked that it end; it has not yet. */
  readonly cancelling: boolean
  readonly progress?: JobProgress
  /** `assign`: `{assignment: id, status}`. `check`: `{report: id, verdict}`. */
  readonly result?: unknown
  readonly failure?: JobFailure
  readonly actor: string
  readonly created: string
  readonly started?: string
  readonly finished?: string
  /** How often a process took it up. */
  readonly attempt: number
}

/** `seq` counts from 1 without gaps in each job. Types: `queued`, `started`, `progress`, `taken-over`, `shared` (parts done by each executor), `cancelling`, and one of `succeeded`, `failed`, `cancelled` as the last. */
export interface JobEvent {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly data: unknown
}

export type JobRequest =
  | { readonly kind: 'assign'; readonly input: AssignJob }
  | { readonly kind: 'check'; readonly input: CheckJob }
  /** The same as JSON, by whoever wrote it in another thread. */
  | { readonly kind: 'check'; readonly inputText: string }

export interface Jobs {
  /** The same id again (of the same tenant) answers the job there is and starts nothing. */
  readonly submit: (tenant: string, request: JobRequest & { readonly id?: string; readonly actor: string }) => Promise<Job>
  readonly get: (tenant: string, id: string) => Promise<Job | undefined>
  /** Newest first; `before`: a `seq`. */
  readonly list: (
    tenant: string,
    page: { readonly limit: number; readonly before?: number; readonly kind?: string; readonly status?: JobStatus },
  ) => Promise<readonly Job[]>
  /** Events after `after` (0: all); ends after the job's last event, or when the signal says so. */
  readonly events: (tenant: string, id: string, after: number, signal: AbortSignal) => AsyncIterable<JobEvent>
  /** False where there is no such job, or it has ended. Running solvers stop soon. */
  readonly cancel: (tenant: string, id: string) => Promise<boolean>
  /** Resolves with the job as it ended. */
  readonly finished: (tenant: string, id: string, signal: AbortSignal) => Promise<Job | undefined>
  /** Starts a workflow that was registered; the same id again starts nothing. */
  readonly start: <I>(workflow: DurableWorkflow<I, unknown>, id: string, input: I) => Promise<void>
  /** Sends to a workflow; the same key again sends nothing. */
  readonly send: (id: string, topic: string, message: unknown, key?: string) => Promise<void>
  /** What the workflow last published under the name. */
  readonly published: (id: string, name: string) => Promise<unknown>
  readonly cancelWorkflow: (id: string) => Promise<void>
  readonly workflow: (id: string) => Promise<WorkflowState | undefined>
  /** Executors that are alive, this one among them. */
  readonly executors: () => Promise<readonly Executor[]>
  /** Takes no more work, waits at most so long for what runs here; what does not end is taken up by another process, or at the next start. */
  readonly close: (options?: { readonly milliseconds?: number }) => Promise<void>
}

export type WorkflowState =
  | { readonly is: 'waiting' }
  | { readonly is: 'running' }
  | { readonly is: 'done'; readonly output: unknown }
  | { readonly is: 'failed'; readonly message: string }
  | { readonly is: 'cancelled' }

/** `works`: takes work; else it only hands it out. */
export type Executor = Omit<ExecutorRow, 'started'>
