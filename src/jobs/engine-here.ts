/** What jobs ask of the engine. */
import { conflictKinds, conflictKindsInFull } from '../../constraints/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { endsAfter } from '../ends-after.ts'
import { runAssignment, type AssignInputs } from '../engine.ts'
import { check, type CheckInputs } from '../engine-check.ts'
import type { AssignmentResult } from '../model/assignment.ts'
import type { ConflictReport } from '../model/conflict.ts'
import { readEdits, type Edit } from '../model/what-if.ts'
import type { SolveLimits } from '../solve/solvers.ts'
import type { AssignJob, CheckJob } from './job-inputs.ts'
import { textsOf } from './texts.ts'
import type { Work } from './work.ts'

/** How the engine gets the devices of a stored fleet. */
export type KeptFleet = NonNullable<AssignInputs['kept']>

export interface EngineRun {
  readonly result: AssignmentResult
  /** Of the devices by row; absent as far as reading failed. */
  readonly ids?: readonly string[]
}

const DEFAULT_MILLISECONDS = 600_000

export async function checkJob(job: CheckJob, { solvers, clock, signal, progress }: Work): Promise<ConflictReport> {
  const milliseconds = job.milliseconds ?? DEFAULT_MILLISECONDS
  const end = clock() + milliseconds
  const soon = endsAfter(milliseconds, signal)
  return check(
    checkInputs(job),
    { askAll: (scripts, options) => solvers.askAll(scripts, { ...options, signal: soon }) },
    {
      kinds: kindsOf(job),
      importers: textsOf('', namedTexts(job)).importers,
      clock,
      limits: {
        stopped: () => soon.aborted || clock() > end,
        progress: ({ done, of }) => progress({ phase: 'checking', done, of }),
      },
    },
  )
}

/** `limits`: where else parts are solved. */
export async function assignJob(
  job: AssignJob,
  { solvers, clock, signal, progress }: Work,
  kept: KeptFleet | undefined,
  limits: Pick<SolveLimits, 'elsewhere'> = {},
): Promise<EngineRun> {
  const edits = readEdits(job.whatIf ?? [])
  if (!edits.ok) return invalid(edits.diagnostics)
  const { result, fleet } = await runAssignment(assignInputs(job, edits.value, kept), solvers, {
    clock,
    progress: (done) => progress({ phase: 'reading', done }),
    limits: { signal, ...limits, ...(job.milliseconds !== undefined && { milliseconds: job.milliseconds }) },
  })
  return { result, ...(fleet && { ids: fleet.ids }) }
}

function assignInputs(job: AssignJob, edits: readonly Edit[], kept: KeptFleet | undefined): AssignInputs {
  const texts = textsOf(job.model.name, job.sources ?? [])
  return {
    model: job.model,
    open: texts.open,
    behaviours: { open: texts.openBehaviour },
    ...(edits.length > 0 && { edits }),
    ...(job.fleet !== undefined && { devices: job.fleet }),
    ...(kept && { kept }),
  }
}

function checkInputs({ sources, aliases, places, effects, properties }: CheckJob): CheckInputs {
  return {
    sources: sources.map(({ format, source, folder }) => ({
      format,
      source,
      ...(folder && { folder: { name: folder.name, root: folder.root, files: new Map(folder.files.map((file) => [file.name, file])) } }),
    })),
    ...(aliases && { aliases }),
    ...(places && { places }),
    ...(effects && { effects }),
    ...(properties && { properties }),
  }
}

function kindsOf({ kinds = [], relations = false }: CheckJob): readonly ConflictKind[] {
  if (kinds.length === 0) return relations ? conflictKindsInFull : conflictKinds
  return conflictKindsInFull.filter(({ id, number }) => kinds.includes(id) || kinds.includes(number))
}

const namedTexts = ({ sources }: CheckJob) => sources.flatMap(({ source, folder }) => [source, ...(folder?.files ?? [])])

const invalid = (diagnostics: readonly Diagnostic[]): EngineRun => ({ result: { status: 'invalid', diagnostics } })
