/** Decides which automations fight, and keeps the report. */
import type { ConflictReport, ConflictVerdict } from '../model/conflict.ts'
import { checkJob } from './engine-here.ts'
import type { CheckJob } from './job-inputs.ts'
import type { Work } from './work.ts'

/** The report, under the job's own id. */
export interface CheckOutcome {
  readonly report: string
  /** The worst that was found; `proved` where nothing else was, `invalid` where the sources cannot be read. */
  readonly verdict: ConflictVerdict | 'invalid'
}

/** Done twice, it is kept once. */
export async function doCheck(job: CheckJob, work: Work): Promise<CheckOutcome> {
  const { id, tenant, actor, store, signal } = work
  const report = await checkJob(job, work)
  signal.throwIfAborted()
  const verdict = verdictOf(report)
  const summary =
    report.status === 'checked' ? { summary: report.summary, statistics: report.statistics } : { diagnostics: report.diagnostics }
  await store.reports.add(tenant, { id, kind: 'check', verdict, summary, content: report, actor }, work.now())
  return { report: id, verdict }
}

const worst: readonly ConflictVerdict[] = ['conflict', 'possible', 'unknown']

/** Relations hurt nobody. */
function verdictOf(report: ConflictReport): CheckOutcome['verdict'] {
  if (report.status === 'invalid') return 'invalid'
  const found = new Set(report.findings.filter(({ severity }) => severity !== 'relation').map(({ verdict }) => verdict))
  return worst.find((verdict) => found.has(verdict)) ?? 'proved'
}
