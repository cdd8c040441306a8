/** Gives the devices of a stored fleet their variants, and keeps the result. */
import { runAssignment, type AssignInputs, type AssignmentRun } from '../engine.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { readEdits, type Edit } from '../model/what-if.ts'
import { assignmentJson, schemaVersion } from '../report/assignment-json.ts'
import type { SolveLimits } from '../solve/solvers.ts'
import { version } from '../version.ts'
import type { AssignJob } from './job-inputs.ts'
import { textsOf } from './texts.ts'
import type { Work } from './work.ts'

/** What the assignment came to, under the job's own id. */
export interface AssignOutcome {
  readonly assignment: string
  readonly status: string
}

/** `limits`: where else parts of it are solved. Done twice, it is kept once. */
export async function doAssign(job: AssignJob, work: Work, limits: Pick<SolveLimits, 'elsewhere'> = {}): Promise<AssignOutcome> {
  const { id, tenant, actor, store } = work
  const edits = readEdits(job.whatIf ?? [])
  const fleet: { revision: number | undefined } = { revision: undefined }
  const run: AssignmentRun = edits.ok
    ? await runAssignment(inputsOf(job, edits.value, work, fleet), work.solvers, {
        clock: work.clock,
        progress: (done) => work.progress({ phase: 'reading', done }),
        limits: { signal: work.signal, ...limits, ...(job.milliseconds !== undefined && { milliseconds: job.milliseconds }) },
      })
    : invalid(edits.diagnostics)
  work.signal.throwIfAborted()
  const { result } = run
  const assignment = result.status === 'assigned' ? result.assignment : result.status === 'undecided' ? result.best : undefined
  const ids = run.fleet?.ids
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

function inputsOf(
  job: AssignJob,
  edits: readonly Edit[],
  { tenant, store, progress }: Work,
  read: { revision: number | undefined },
): AssignInputs {
  const texts = textsOf(job.model.name, job.sources ?? [])
  const { fleet } = job
  return {
    model: job.model,
    open: texts.open,
    behaviours: { open: texts.openBehaviour },
    ...(edits.length > 0 && { edits }),
    ...(fleet !== undefined && {
      devices: fleet,
      kept: async (model, tables) => {
        const found = await store.fleets.read(tenant, fleet, model, tables)
        if (found === undefined) {
          const message = `there is no fleet \`${fleet}\``
          return { ok: false, diagnostics: [{ code: 'jobs/unknown-fleet', severity: 'error', message, at: { source: job.model.name } }] }
        }
        read.revision = found.revision
        progress({ phase: 'solving', ...(found.fleet.ok && { of: found.fleet.value.size }) })
        return found.fleet
      },
    }),
  }
}

const invalid = (diagnostics: readonly Diagnostic[]): AssignmentRun => ({ result: { status: 'invalid', diagnostics } })
