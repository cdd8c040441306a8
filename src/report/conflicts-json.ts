// The machine-readable answer of `check`: stable, other programs rely on it.
import type { Location } from '../diagnostics/diagnostic.ts'
import type { ConflictReport } from '../model/conflict.ts'
import { schemaVersion } from './assignment-json.ts'
import { listScripts } from './listed-scripts.ts'

/** `file:line`, or `file#path` where no line is known. */
export function locationName(location: Location): string {
  if (location.range !== undefined) return `${location.source}:${location.range.start.line}`
  return location.path === undefined || location.path.length === 0 ? location.source : `${location.source}#${location.path.join('/')}`
}

/** The JSON of `check --json`; proved findings are listed with `all`, and always counted. */
export function conflictsJson(report: ConflictReport, options: { readonly all: boolean }): object {
  if (report.status === 'invalid') return { schemaVersion, status: report.status, diagnostics: report.diagnostics }
  const shown = report.findings.filter((finding) => options.all || finding.verdict !== 'proved')
  const { scripts, findings } = listScripts(shown)
  return {
    schemaVersion,
    status: report.status,
    applications: report.applications.map((application) => ({
      ...application,
      unmodelled: application.unmodelled.map((part) => ({ ...part, at: locationName(part.at) })),
    })),
    findings: findings.map((finding) => ({ ...finding, locations: finding.locations.map(locationName) })),
    scripts,
    summary: report.summary,
    assumptions: report.assumptions,
    statistics: report.statistics,
    diagnostics: report.diagnostics,
  }
}
