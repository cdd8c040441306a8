/** Gives the devices of a stored fleet their variants, and keeps the result. */
import { assignmentJson, schemaVersion } from '../report/assignment-json.ts'
import type { SolveLimits } from '../solve/solvers.ts'
import { version } from '../version.ts'
import { assignJob, type KeptFleet } from './engine-here.ts'
import type { AssignJob } from './job-inputs.ts'
import type { Work } from './work.ts'

/** What the assignment came to, under the job's own id. */
export interface AssignOutcome {
  readonly assignment: string
  readonly status: string
}

/** `limits`: where else parts of it are solved. Done twice, it is kept once. */
export async function doAssign(job: AssignJob, work: Work, limits: Pick<SolveLimits, 'elsewhere'> = {}): Promise<AssignOutcome> {
  const { id, tenant, actor, store } = work
  const fleet: { revision: number | undefined } = { revision: undefined }
  const { result, ids } = await assignJob(job, work, keptFleet(job, work, fleet), limits)
  work.signal.throwIfAborted()
  const assignment = result.status === 'assigned' ? result.assignment : result.status === 'undecided' ? result.best : undefined
  work.progress({ phase: 'writing', ...(ids && { of: ids.length }) })
  await store.assignments.add(
    tenant,
    {
      id,
      status: result.status,
      ...(job.fleet !== undefined && { fleet: job.fleet }),
      ...(fleet.revision !== undefined && { fleetRevision: fleet.revision }),
      ...(job.modelId !== undefined && { model: job.modelId }),
      ...(job.modelEtag !== undefined && { modelEtag: job.modelEtag }),
      summary: assignmentJson(result, [], { withDevices: false }),
      choices: assignment?.choices ?? [],
      manifest: {
        schemaVersion,
        version,
        seed: 0,
        model: job.model,
        sources: job.sources ?? [],
        whatIf: job.whatIf ?? [],
        certificates: 'certificates' in result ? result.certificates : [],
      },
      ...(assignment &&
        ids && {
          devices: {
            ids,
            chosen: assignment.chosen,
            current: result.status === 'assigned' ? result.current : new Int32Array(ids.length).fill(-1),
          },
        }),
      actor,
    },
    work.now(),
  )
  return { assignment: id, status: result.status }
}

/** The devices of a stored fleet; `read` hears which revision they are of. */
function keptFleet(
  { fleet, model }: AssignJob,
  { tenant, store, progress }: Work,
  read: { revision: number | undefined },
): KeptFleet | undefined {
  if (fleet === undefined) return undefined
  return async (asked, tables) => {
    const found = await store.fleets.read(tenant, fleet, asked, tables)
    if (found === undefined) {
      const message = `there is no fleet \`${fleet}\``
      return { ok: false, diagnostics: [{ code: 'jobs/unknown-fleet', severity: 'error', message, at: { source: model.name } }] }
    }
    read.revision = found.revision
    progress({ phase: 'solving', ...(found.fleet.ok && { of: found.fleet.value.size }) })
    return found.fleet
  }
}
