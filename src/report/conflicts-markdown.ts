// A conflict report as Markdown, for a review comment: what was checked, what was found with its trace, what is taken for granted.
import type { RankedFinding } from '../explain/rank-findings.ts'
import type { ConflictReport } from '../model/conflict.ts'
import { counted, grouped } from './numbers.ts'
import { placeText, traceRows } from './trace-rows.ts'

/** The whole document; `entries` are the findings to show. */
export const conflictsMarkdown = (
  report: Extract<ConflictReport, { readonly status: 'checked' }>,
  entries: readonly RankedFinding[],
): string => {
  const { summary, applications, assumptions } = report
  const lines = [
    '# Conflict check',
    '',
    `| proved | conflict | possible | unknown |`,
    `|---:|---:|---:|---:|`,
    `| ${grouped(summary.proved)} | ${grouped(summary.conflict)} | ${grouped(summary.possible)} | ${grouped(summary.unknown)} |`,
    '',
    '| application | automations | modelled exactly |',
    '|---|---:|---:|',
    ...applications.map(
      ({ id, automations, modelledExactly }) => `| ${cell(id)} | ${grouped(automations)} | ${grouped(modelledExactly)} |`,
    ),
    '',
  ]
  if (entries.length === 0) lines.push('Nothing to show.', '')
  for (const entry of entries) lines.push(...entryLines(entry))
  if (assumptions.length > 0) lines.push('## Taken for granted', '', ...assumptions.map((assumption) => `- ${inline(assumption)}`), '')
  return lines.join('\n')
}

const entryLines = ({ finding, also, hazard }: RankedFinding): readonly string[] => {
  const facts = [
    finding.severity,
    finding.meets?.replace('-', ' '),
    hazard ? 'can hurt' : undefined,
    `fingerprint \`${finding.fingerprint}\``,
  ]
  const lines = [
    `## ${finding.verdict} ${finding.id}: ${inline(finding.text)}`,
    '',
    facts.filter((fact) => fact !== undefined).join(' · '),
    '',
    ...finding.locations.map((location) => `- ${code(placeText(location))}`),
    '',
  ]
  if (finding.trace.length > 0)
    lines.push(
      '| | who | what | change | where |',
      '|---:|---|---|---|---|',
      ...traceRows(finding.trace).map(
        ({ reaction, actor, what, change, at }) => `| ${reaction} | ${cell(actor)} | ${cell(what)} | ${cell(change)} | ${cell(at)} |`,
      ),
      '',
    )
  if (finding.why !== undefined) lines.push(inline(finding.why), '')
  if (finding.leansOn.length > 0) lines.push(`Leans on ${inline(finding.leansOn.join(', '))}.`, '')
  if (also.length > 0)
    lines.push(
      `And ${counted(also.length, 'finding')} of the same automations:`,
      '',
      ...also.map(({ id, text }) => `- ${id} ${inline(text)}`),
      '',
    )
  return lines
}

/** Text that Markdown takes as text; what the sentence marks as code by backticks stays code. */
const inline = (text: string): string =>
  text
    .split(/(`[^`\n]*`)/)
    .map((part) => (/^`.*`$/.test(part) ? part : part.replaceAll('\n', ' ').replace(/[\\*_[\]<>#|~]/g, String.raw`\$&`)))
    .join('')

const cell = (text: string): string => (text === '' ? '' : code(text).replaceAll('|', String.raw`\|`))

/** A code span around text that may itself hold backticks. */
const code = (text: string): string => {
  const plain = text.replaceAll('\n', ' ')
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${plain}${fence}` : `${fence} ${plain} ${fence}`
}
