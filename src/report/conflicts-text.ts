// A conflict report as text for people: conflicts with their traces first, then what may be, what is proved, what was assumed.
import type { Source } from '../diagnostics/diagnostic.ts'
import { visible } from '../diagnostics/print.ts'
import { rankFindings, type RankedFinding } from '../explain/rank-findings.ts'
import type { ConflictReport, Finding, TraceLine } from '../model/conflict.ts'
import { counted, grouped } from './numbers.ts'
import { paint, type Paint } from './paint.ts'
import { sourceLines } from './source-lines.ts'
import { alignColumns } from './table.ts'
import { placeText, traceRows } from './trace-rows.ts'

export interface ConflictsTextOptions {
  readonly colour: boolean
  /** Show proved findings one by one, not only their number. */
  readonly all: boolean
  /** Show relations that no default finding carries. */
  readonly relations: boolean
  /** Texts that were read, for excerpts. */
  readonly sources?: readonly Source[]
}

type Checked = Extract<ConflictReport, { status: 'checked' }>

/** The whole report; ends with a line feed. */
export function conflictsText(report: ConflictReport, options: ConflictsTextOptions): string {
  if (report.status === 'invalid') return ''
  const ink = paint(options.colour)
  const lineOf = sourceLines(options.sources ?? [])
  const blocks = rankFindings(report.findings, options).map((entry) => entryText(entry, ink, lineOf))
  return [[header(report)], ...blocks, closing(report, options)].map((block) => block.join('\n')).join('\n\n') + '\n'
}

function header(report: Checked): string {
  const automations = report.applications.reduce((sum, application) => sum + application.automations, 0)
  const exact = report.applications.reduce((sum, application) => sum + application.modelledExactly, 0)
  const unmodelled = automations - exact
  const exactness = unmodelled === 0 ? 'all exact' : `${grouped(exact)} exact, ${grouped(unmodelled)} with unmodelled parts`
  const actuators = new Set(report.findings.flatMap(({ actuator }) => (actuator === undefined ? [] : [actuator]))).size
  return [
    counted(report.applications.length, 'application'),
    `${counted(automations, 'automation')} (${exactness})`,
    counted(actuators, 'actuator'),
    counted(report.statistics.pairs, 'pair'),
  ].join(' · ')
}

function entryText({ finding, also }: RankedFinding, ink: Paint, lineOf: ReturnType<typeof sourceLines>): string[] {
  const word = {
    conflict: ink.red('conflict'),
    possible: ink.yellow('possible'),
    unknown: ink.yellow('unknown '),
    proved: ink.green('proved  '),
  }[finding.verdict]
  const lines = [`${word}  ${finding.text}${' '.repeat(3)}${ink.dim(finding.id)}`]
  const places = [...new Map(finding.locations.map((location) => [placeText(location), lineOf(location)]))]
  lines.push(
    ...alignColumns(
      places.slice(0, 6).map(([name, line]) => [name, ink.dim(visible(line ?? ''))]),
      '  ',
      [0, 1],
    ),
  )
  if (places.length > 6) lines.push(`  and ${counted(places.length - 6, 'more place')}`)
  if (finding.trace.length > 0) lines.push('', ...traceLines(finding.trace), '')
  const facts: string[] = []
  if (finding.verdict === 'proved')
    facts.push(
      `proved: ${finding.certificate?.is === 'structure' ? finding.certificate.argument.replaceAll('-', ' ') : finding.certificate?.is === 'disjoint' ? 'conditions exclude each other' : finding.certificate?.is === 'induction' ? inductionText(finding.certificate) : 'no run admits it'}`,
    )
  if (finding.meets !== undefined) facts.push(finding.meets.replace('-', ' '))
  facts.push(checkedText(finding), `fingerprint ${finding.fingerprint}`)
  if (finding.why !== undefined) lines.push(`  ${finding.why}`)
  if (finding.leansOn.length > 0) lines.push(`  leans on ${finding.leansOn.join(', ')}`)
  lines.push(`  ${facts.join(' · ')}`)
  if (also.length > 0) lines.push(`  and of the same automations: ${alsoText(also)}`)
  return lines
}

/** How it was shown for runs of any length, and what holds in all of them. */
const inductionText = ({ depth, method, invariant }: Extract<Finding['certificate'], { is: 'induction' }>): string => {
  const by = depth === 1 ? method : `${method} over ${depth} reactions`
  return `no run of any length admits it, by ${by}${invariant.length === 0 ? '' : ` (always: ${invariant.slice(0, 3).join('; ')}${invariant.length > 3 ? `; ${invariant.length - 3} more` : ''})`}`
}

/** Weaker findings by kind, each with what it is about: `K1 light.hall, light.stairs; K2 dimmer`. */
function alsoText(also: readonly Finding[]): string {
  const byKind = new Map<string, string[]>()
  for (const { id, verdict, actuator, subject } of also) {
    const key = verdict === 'conflict' ? id : `${verdict} ${id}`
    const list = byKind.get(key) ?? []
    const about = actuator ?? subject
    if (!list.includes(about)) list.push(about)
    byKind.set(key, list)
  }
  return [...byKind]
    .map(([key, list]) => `${key} ${list.slice(0, 4).join(', ')}${list.length > 4 ? ` and ${list.length - 4} more` : ''}`)
    .join('; ')
}

function checkedText(finding: Finding): string {
  switch (finding.checkedBy) {
    case 'interpreter':
      return 'replayed in the interpreter'
    case 'structure':
      return 'argument repeated by the checker'
    case 'enumeration':
      return 'every run enumerated by the checker'
    case 'other-solver':
      return 'confirmed by a second solver'
    case 'same-solver':
      return finding.verdict === 'proved' ? 'proved by one solver' : 'shown by one solver'
    case 'nobody':
      return 'not checked'
  }
}

/** The party that checked, short enough for a list of counts. */
const parties: Readonly<Record<Finding['checkedBy'], string>> = {
  interpreter: 'by a replayed run',
  structure: 'by a repeated argument',
  enumeration: 'by enumeration',
  'other-solver': 'by two solvers',
  'same-solver': 'by one solver',
  nobody: 'not checked',
}

function traceLines(trace: readonly TraceLine[]): string[] {
  return alignColumns(
    traceRows(trace).map(({ reaction, actor, what, change, at }) => [reaction, actor, what, change, at]),
    '    ',
    [1, 2, 3, 4],
  )
}

function closing(report: Checked, options: ConflictsTextOptions): string[] {
  const { summary, findings } = report
  const lines: string[] = []
  const proved = findings.filter((finding) => finding.verdict === 'proved')
  const by = new Map<Finding['checkedBy'], number>()
  for (const { checkedBy } of proved) by.set(checkedBy, (by.get(checkedBy) ?? 0) + 1)
  const list = [...by].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([party, count]) => `${grouped(count)} ${parties[party]}`)
  lines.push(`proved    ${counted(summary.proved, 'question')}${list.length > 0 ? ` (${list.join(', ')})` : ''}`)
  lines.push(`unknown   ${grouped(summary.unknown)}`)
  for (const assumption of report.assumptions) lines.push(`assumed: ${assumption}`)
  const shown = new Set(rankFindings(findings, options).flatMap(({ finding, also }) => [finding, ...also]))
  const hidden = findings.filter((finding) => finding.severity === 'relation' && finding.verdict !== 'proved' && !shown.has(finding)).length
  if (hidden > 0) lines.push(`${counted(hidden, 'relation')} not shown (--relations)`)
  lines.push('', `${counted(summary.conflict, 'conflict')}, ${grouped(summary.possible)} possible`)
  return lines
}
