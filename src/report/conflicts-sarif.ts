// A conflict report as SARIF 2.1.0 (OASIS), for code review tools: one result per finding, its trace as a code flow, accepted ones suppressed.
import type { Location } from '../diagnostics/diagnostic.ts'
import type { ConflictReport, Finding } from '../model/conflict.ts'
import type { Accepted } from '../model/baseline.ts'

export interface SarifRule {
  /** `K1`. */
  readonly number: string
  readonly id: string
  readonly says: string
}

export interface SarifOptions {
  readonly version: string
  readonly rules: readonly SarifRule[]
  readonly all: boolean
  readonly relations: boolean
  /** By fingerprint. */
  readonly accepted?: ReadonlyMap<string, Accepted>
}

const levels = { error: 'error', warning: 'warning', relation: 'note' } as const
// SARIF 2.1.0 section 3.27.9: only what failed has a level.
const kinds = { conflict: 'fail', possible: 'review', unknown: 'open', proved: 'pass' } as const

/** The log as a JSON value. */
export const conflictsSarif = (report: Extract<ConflictReport, { readonly status: 'checked' }>, options: SarifOptions): object => {
  const shown = report.findings.filter(
    (finding) => (finding.verdict !== 'proved' || options.all) && (finding.severity !== 'relation' || options.relations),
  )
  const rules = options.rules.filter(({ number }) => shown.some(({ id }) => id === number))
  const place = new Map(rules.map(({ number }, index) => [number, index]))
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'fleetproof',
            version: options.version,
            rules: rules.map(({ number, id, says }) => ({
              id: number,
              name: id,
              shortDescription: { text: says },
              defaultConfiguration: { level: strongest(shown.filter((finding) => finding.id === number)) },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: shown.map((finding) => result(finding, place.get(finding.id), options.accepted?.get(finding.fingerprint))),
        invocations: [{ executionSuccessful: true }],
        properties: { summary: report.summary, assumptions: report.assumptions },
      },
    ],
  }
}

/** The level that findings of a kind have at most here: it depends on what they touch. */
const strongest = (findings: readonly Finding[]): string => {
  const severity = (['error', 'warning'] as const).find((one) => findings.some((finding) => finding.severity === one))
  return levels[severity ?? 'relation']
}

const result = (finding: Finding, ruleIndex: number | undefined, accepted: Accepted | undefined): object => {
  const kind = kinds[finding.verdict]
  const places = finding.locations.map(sarifLocation)
  return {
    ruleId: finding.id,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    kind,
    level: kind === 'fail' ? levels[finding.severity] : 'none',
    message: { text: [finding.text, finding.why].filter((text) => text !== undefined).join('; ') },
    ...(places.length === 0 ? {} : { locations: places.slice(0, 1), relatedLocations: places.slice(1).map((at, id) => ({ id, ...at })) }),
    partialFingerprints: { 'fleetproof/v1': finding.fingerprint },
    ...(finding.trace.length === 0 ? {} : { codeFlows: [{ threadFlows: [{ locations: finding.trace.map(step) }] }] }),
    ...(accepted === undefined
      ? {}
      : { suppressions: [{ kind: 'external', justification: `${accepted.reason} (until ${accepted.until})` }] }),
    properties: {
      verdict: finding.verdict,
      severity: finding.severity,
      checkedBy: finding.checkedBy,
      rules: finding.rules,
      ...(finding.actuator === undefined ? {} : { actuator: finding.actuator }),
      ...(finding.meets === undefined ? {} : { meets: finding.meets }),
      leansOn: finding.leansOn,
    },
  }
}

const step = (line: Finding['trace'][number], index: number): object => ({
  executionOrder: index + 1,
  location: { ...(line.at === undefined ? {} : sarifLocation(line.at)), message: { text: line.what } },
})

const sarifLocation = (at: Location): object => ({
  physicalLocation: {
    artifactLocation: { uri: artifactUri(at.source) },
    ...(at.range === undefined
      ? {}
      : {
          region: {
            startLine: at.range.start.line,
            startColumn: at.range.start.column,
            endLine: at.range.end.line,
            endColumn: at.range.end.column,
          },
        }),
  },
  ...(at.path === undefined || at.path.length === 0 ? {} : { logicalLocations: [{ fullyQualifiedName: at.path.join('/') }] }),
})

/** A relative reference where the name is relative; a name with a scheme of its own stays whole. */
const artifactUri = (source: string): string =>
  source === '-' ? 'stdin' : source.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
