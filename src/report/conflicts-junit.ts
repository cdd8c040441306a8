// A conflict report as JUnit XML, for pipelines: a suite per kind, a case per finding; what is not proved is a failure, an open question an error.
import type { ConflictReport, Finding } from '../model/conflict.ts'
import type { Accepted } from '../model/baseline.ts'
import { placeText, traceRows } from './trace-rows.ts'
import { escapeMarkup } from './markup.ts'

export interface JunitOptions {
  readonly relations: boolean
  /** By fingerprint; what is accepted counts as skipped, with its reason. */
  readonly accepted?: ReadonlyMap<string, Accepted>
}

/** The whole document, proved findings included as passed cases. */
export const conflictsJunit = (report: Extract<ConflictReport, { readonly status: 'checked' }>, options: JunitOptions): string => {
  const shown = report.findings.filter((finding) => finding.severity !== 'relation' || options.relations)
  const kinds = [...new Set(shown.map(({ kind }) => kind))]
  const seconds = Object.values(report.statistics.milliseconds).reduce((sum, value) => sum + value, 0) / 1000
  const suites = kinds.map((kind) =>
    suite(
      kind,
      shown.filter((finding) => finding.kind === kind),
      options,
    ),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="fleetproof check" ${counts(shown, options)} time="${seconds.toFixed(3)}">\n${suites.join('')}</testsuites>\n`
}

const suite = (kind: string, findings: readonly Finding[], options: JunitOptions): string =>
  `  <testsuite name="${escapeMarkup(kind)}" ${counts(findings, options)}>\n${findings.map((finding) => testCase(finding, options)).join('')}  </testsuite>\n`

const counts = (findings: readonly Finding[], { accepted }: JunitOptions): string => {
  const open = findings.filter(({ fingerprint, verdict }) => verdict === 'proved' || accepted?.has(fingerprint) !== true)
  const failures = open.filter(({ verdict }) => verdict === 'conflict').length
  const errors = open.filter(({ verdict }) => verdict === 'possible' || verdict === 'unknown').length
  return `tests="${findings.length}" failures="${failures}" errors="${errors}" skipped="${findings.length - open.length}"`
}

const testCase = (finding: Finding, { accepted }: JunitOptions): string => {
  const head = `    <testcase classname="${escapeMarkup(finding.kind)}" name="${escapeMarkup(finding.subject)}"`
  if (finding.verdict === 'proved') return `${head}/>\n`
  const by = accepted?.get(finding.fingerprint)
  if (by !== undefined)
    return `${head}>\n      <skipped message="${escapeMarkup(`accepted until ${by.until}: ${by.reason}`)}"/>\n    </testcase>\n`
  const tag = finding.verdict === 'conflict' ? 'failure' : 'error'
  const body = [
    ...finding.locations.map(placeText),
    ...traceRows(finding.trace).map((row) =>
      [row.reaction, row.actor, row.what, row.change, row.at].filter((cell) => cell !== '').join('  '),
    ),
    ...(finding.why === undefined ? [] : [finding.why]),
    `fingerprint ${finding.fingerprint}`,
  ].join('\n')
  return `${head}>\n      <${tag} type="${escapeMarkup(`${finding.verdict} ${finding.id} ${finding.severity}`)}" message="${escapeMarkup(finding.text)}">${escapeMarkup(body)}</${tag}>\n    </testcase>\n`
}
