/** Does a job, whatever its kind: in this thread, or in any that has a store and solvers of its own. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Solvers } from '../solve/solvers.ts'
import type { JobRow } from '../store/job-table.ts'
import type { ThreadStore } from '../store/store.ts'
import { doAssign } from './assign-job.ts'
import { doCheck } from './check-job.ts'
import type { AssignJob, CheckJob } from './job-inputs.ts'
import { shardedSolve, type ShardInput } from './shards.ts'
import type { Work } from './work.ts'

export type AskedJob = Pick<JobRow, 'id' | 'tenant' | 'kind' | 'actor'>

export interface JobTold extends Pick<Work, 'signal' | 'progress'> {
  /** Hands a shard out; absent: all is solved where the job is done. */
  readonly enqueue?: (id: string, input: ShardInput) => Promise<void>
}

export interface DoneJob {
  readonly result: unknown
  /** Shards that each executor did. */
  readonly shares: Readonly<Record<string, number>>
}

export type DoJob = (job: AskedJob, told: JobTold) => Promise<DoneJob>

/** What the job was asked with is read from the store. */
export const jobsHere =
  (store: ThreadStore, solvers: Solvers): DoJob =>
  async ({ id, tenant, kind, actor }, { signal, progress, enqueue }) => {
    const asked = await store.jobTable.work(id)
    const now = (): string => new Date().toISOString()
    const work: Work = { id, tenant, actor, store, solvers, signal, progress, now, clock: () => performance.now() }
    switch (kind) {
      case 'assign': {
        const shared = enqueue && shardedSolve({ store, tenant, job: id, signal, enqueue })
        try {
          const result = await doAssign(asked?.input as AssignJob, work, shared && { elsewhere: shared.elsewhere })
          return { result, shares: (await shared?.close()) ?? {} }
        } catch (error) {
          await shared?.close()
          throw error
        }
      }
      case 'check':
        return { result: await doCheck(asked?.input as CheckJob, work), shares: {} }
      default:
        throw new EngineError('jobs/unknown-kind', `no job is called \`${kind}\``)
    }
  }
