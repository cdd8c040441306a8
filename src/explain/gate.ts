/** One verdict for a pipeline over a conflict report: what fails it, what a baseline accepts, what of the baseline is out of date. */
import type { Accepted, Baseline } from '../model/baseline.ts'
import type { ConflictReport, Finding } from '../model/conflict.ts'

export interface GateOptions {
  /** The weakest severity that counts. */
  readonly failOn: Finding['severity']
  /** So many findings of these verdicts are let through. */
  readonly allowed: { readonly possible: number; readonly unknown: number }
  /** `2026-11-23`; an acceptance counts up to its last day. */
  readonly today: string
}

export interface GateResult {
  readonly verdict: 'pass' | 'conflict' | 'unsure'
  /** Findings that count and that nobody accepted, by verdict. */
  readonly conflict: readonly Finding[]
  readonly possible: readonly Finding[]
  readonly unknown: readonly Finding[]
  readonly accepted: readonly { readonly finding: Finding; readonly by: Accepted }[]
  /** Acceptances whose day is over though the finding is still there. */
  readonly expired: readonly { readonly finding: Finding; readonly by: Accepted }[]
  /** Acceptances of what is no longer found. */
  readonly stale: readonly Accepted[]
}

const weight = { error: 2, warning: 1, relation: 0 } as const

/** The verdict: a conflict that nobody accepted fails, more open questions than allowed leave it unsure. */
export const gateReport = (
  report: Extract<ConflictReport, { readonly status: 'checked' }>,
  baseline: Baseline,
  options: GateOptions,
): GateResult => {
  const byFingerprint = new Map(baseline.accepted.map((entry) => [entry.fingerprint, entry]))
  const counted = report.findings.filter(({ verdict, severity }) => verdict !== 'proved' && weight[severity] >= weight[options.failOn])
  const accepted: { finding: Finding; by: Accepted }[] = []
  const expired: { finding: Finding; by: Accepted }[] = []
  const open: Finding[] = []
  for (const finding of counted) {
    const by = byFingerprint.get(finding.fingerprint)
    if (by !== undefined && by.until >= options.today) accepted.push({ finding, by })
    else {
      if (by !== undefined) expired.push({ finding, by })
      open.push(finding)
    }
  }
  const found = new Set(report.findings.filter(({ verdict }) => verdict !== 'proved').map(({ fingerprint }) => fingerprint))
  const of = (verdict: Finding['verdict']): readonly Finding[] => open.filter((finding) => finding.verdict === verdict)
  const [conflict, possible, unknown] = [of('conflict'), of('possible'), of('unknown')]
  const unsure = possible.length > options.allowed.possible || unknown.length > options.allowed.unknown
  return {
    verdict: conflict.length > 0 ? 'conflict' : unsure ? 'unsure' : 'pass',
    conflict,
    possible,
    unknown,
    accepted,
    expired,
    stale: baseline.accepted.filter(({ fingerprint }) => !found.has(fingerprint)),
  }
}
