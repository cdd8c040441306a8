// A conflict report in the format that was asked for.
import { basename } from 'node:path'
import { conflictKinds } from '../../constraints/conflict.ts'
import type { Source } from '../diagnostics/diagnostic.ts'
import { rankFindings } from '../explain/rank-findings.ts'
import type { Accepted } from '../model/baseline.ts'
import type { ConflictReport } from '../model/conflict.ts'
import { conflictGraph } from './conflict-graph.ts'
import { conflictsHtml } from './conflicts-html.ts'
import { conflictsJson } from './conflicts-json.ts'
import { conflictsJunit } from './conflicts-junit.ts'
import { conflictsMarkdown } from './conflicts-markdown.ts'
import { conflictsSarif } from './conflicts-sarif.ts'
import { conflictsText } from './conflicts-text.ts'
import { graphDot } from './graph-dot.ts'
import { graphSvg } from './graph-svg.ts'
import { version } from '../version.ts'

export const reportFormats = ['text', 'json', 'sarif', 'junit', 'markdown', 'html', 'dot', 'svg'] as const
export type ReportFormat = (typeof reportFormats)[number]

export interface ReportFormatOptions {
  readonly all: boolean
  readonly relations: boolean
  readonly colour: boolean
  readonly sources: readonly Source[]
  /** What was checked, as it was asked for. */
  readonly references: readonly string[]
  /** By fingerprint. */
  readonly accepted?: ReadonlyMap<string, Accepted>
}

/** The whole report as text that ends with a line feed. */
export function formatReport(
  report: Extract<ConflictReport, { readonly status: 'checked' }>,
  format: ReportFormat,
  options: ReportFormatOptions,
): string {
  const { all, relations, accepted } = options
  const entries = () => rankFindings(report.findings, { all, relations })
  const graph = () =>
    conflictGraph(
      entries(),
      report.applications.map(({ id }) => id),
    )
  switch (format) {
    case 'text':
      return conflictsText(report, options)
    case 'json':
      return `${JSON.stringify(conflictsJson(report, { all }))}\n`
    case 'sarif': {
      const rules = conflictKinds.map(({ number, id, says }) => ({ number, id, says }))
      return `${JSON.stringify(conflictsSarif(report, { version, rules, all, relations, ...(accepted && { accepted }) }), null, 1)}\n`
    }
    case 'junit':
      return conflictsJunit(report, { relations, ...(accepted && { accepted }) })
    case 'markdown':
      return conflictsMarkdown(report, entries())
    case 'html':
      return conflictsHtml(report, entries(), {
        title: options.references.map((reference) => basename(reference)).join(', '),
        version,
        sources: options.sources,
      })
    case 'dot':
      return graphDot(graph())
    case 'svg':
      return graphSvg(graph())
  }
}
