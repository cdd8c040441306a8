/** Decides which automations fight, and keeps the report. */
import { conflictKinds, conflictKindsInFull } from '../../constraints/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import { check, type CheckInputs } from '../engine-check.ts'
import type { ConflictReport, ConflictVerdict } from '../model/conflict.ts'
import type { CheckJob } from './job-inputs.ts'
import { textsOf } from './texts.ts'
import type { Work } from './work.ts'

/** The report, under the job's own id. */
export interface CheckOutcome {
  readonly report: string
  /** The worst that was found; `proved` where nothing else was, `invalid` where the sources cannot be read. */
  readonly verdict: ConflictVerdict | 'invalid'
}

const DEFAULT_MILLISECONDS = 600_000

/** Done twice, it is kept once. */
export async function doCheck(job: CheckJob, work: Work): Promise<CheckOutcome> {
  const { id, tenant, actor, store, solvers, clock } = work
  const milliseconds = job.milliseconds ?? DEFAULT_MILLISECONDS
  const end = clock() + milliseconds
  const soon = AbortSignal.any([work.signal, AbortSignal.timeout(milliseconds)])
  const texts = textsOf('', namedTexts(job))
  const report = await check(
    inputsOf(job),
    { askAll: (scripts, options) => solvers.askAll(scripts, { ...options, signal: soon }) },
    {
      kinds: kindsOf(job),
      importers: texts.importers,
      clock,
      limits: {
        stopped: () => soon.aborted || clock() > end,
        progress: ({ done, of }) => work.progress({ phase: 'checking', done, of }),
      },
    },
  )
  work.signal.throwIfAborted()
  const verdict = verdictOf(report)
  const summary =
    report.status === 'checked' ? { summary: report.summary, statistics: report.statistics } : { diagnostics: report.diagnostics }
  await store.reports.add(tenant, { id, kind: 'check', verdict, summary, content: report, actor }, work.now())
  return { report: id, verdict }
}

function kindsOf({ kinds = [], relations = false }: CheckJob): readonly ConflictKind[] {
  if (kinds.length === 0) return relations ? conflictKindsInFull : conflictKinds
  return conflictKindsInFull.filter(({ id, number }) => kinds.includes(id) || kinds.includes(number))
}

function inputsOf({ sources, aliases, places, effects, properties }: CheckJob): CheckInputs {
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

const namedTexts = ({ sources }: CheckJob) => sources.flatMap(({ source, folder }) => [source, ...(folder?.files ?? [])])

const worst: readonly ConflictVerdict[] = ['conflict', 'possible', 'unknown']

/** Relations hurt nobody. */
function verdictOf(report: ConflictReport): CheckOutcome['verdict'] {
  if (report.status === 'invalid') return 'invalid'
  const found = new Set(report.findings.filter(({ severity }) => severity !== 'relation').map(({ verdict }) => verdict))
  return worst.find((verdict) => found.has(verdict)) ?? 'proved'
}
