// The machine-readable answer of `rules`: stable, other programs rely on it.
import type { RuleReport } from '../model/rule-set.ts'
import { schemaVersion } from './assignment-json.ts'
import { locationName } from './conflicts-json.ts'

export function rulesJson(report: RuleReport): object {
  if (report.status === 'invalid') return { schemaVersion, status: report.status, diagnostics: report.diagnostics }
  return {
    schemaVersion,
    status: report.status,
    findings: report.findings.map((finding) => ({
      ...finding,
      rules: finding.rules.map((rule) => ({ ...rule, at: locationName(rule.at) })),
      ...(finding.witness === undefined ? {} : { witness: Object.fromEntries(finding.witness.map(({ name, value }) => [name, value])) }),
    })),
    assumptions: report.assumptions,
    statistics: report.statistics,
    diagnostics: report.diagnostics,
  }
}
