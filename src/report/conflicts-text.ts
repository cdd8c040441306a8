// A conflict report as text for people: conflicts with their traces first, then what may be, what is proved, what was assumed.
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Value } from '../model/automation.ts'
import type { ConflictReport, Finding, TraceLine } from '../model/conflict.ts'
import { counted, grouped } from './numbers.ts'
import { paint, type Paint } from './paint.ts'
import { alignColumns } from './table.ts'

export interface ConflictsTextOptions {
  readonly colour: boolean
  /** Show proved findings one by one, not only their number. */
  readonly all: boolean
  /** Show relations that no default finding carries. */
  readonly relations: boolean
}

type Checked = Extract<ConflictReport, { status: 'checked' }>

const rank = { conflict: 0, possible: 1, unknown: 2, proved: 3 } as const

/** Findings that are printed one by one, worst verdict and severity first. */
export function shownFindings(
  findings: readonly Finding[],
  options: { readonly all: boolean; readonly relations: boolean },
): readonly Finding[] {
  const severity = { error: 0, warning: 1, relation: 2 } as const
  return findings
    .filter((finding) => (finding.verdict !== 'proved' || options.all) && (finding.severity !== 'relation' || options.relations))
    .map((finding, index) => ({ finding, index }))
    .sort(
      (a, b) =>
        rank[a.finding.verdict] - rank[b.finding.verdict] ||
        severity[a.finding.severity] - severity[b.finding.severity] ||
        a.index - b.index,
    )
    .map(({ finding }) => finding)
}

/** The whole report; ends with a line feed. */
export function conflictsText(report: ConflictReport, options: ConflictsTextOptions): string {
  if (report.status === 'invalid') return ''
  const ink = paint(options.colour)
  const blocks = shownFindings(report.findings, options).map((finding) => findingText(finding, ink))
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

function findingText(finding: Finding, ink: Paint): string[] {
  const word = {
    conflict: ink.red('conflict'),
    possible: ink.yellow('possible'),
    unknown: ink.yellow('unknown '),
    proved: ink.green('proved  '),
  }[finding.verdict]
  const lines = [`${word}  ${finding.text}${' '.repeat(3)}${ink.dim(finding.id)}`]
  const places = finding.locations.map((location) => `  ${locationText(location)}`)
  lines.push(...[...new Set(places)].slice(0, 6))
  if (places.length > 6) lines.push(`  and ${counted(places.length - 6, 'more place')}`)
  if (finding.trace.length > 0) lines.push('', ...traceLines(finding.trace), '')
  const facts: string[] = []
  if (finding.verdict === 'proved')
    facts.push(
      `proved: ${finding.certificate?.is === 'structure' ? finding.certificate.argument.replaceAll('-', ' ') : 'no run admits it'}`,
    )
  if (finding.meets !== undefined) facts.push(finding.meets.replace('-', ' '))
  facts.push(checkedText(finding), `fingerprint ${finding.fingerprint}`)
  if (finding.why !== undefined) lines.push(`  ${finding.why}`)
  if (finding.leansOn.length > 0) lines.push(`  leans on ${finding.leansOn.join(', ')}`)
  lines.push(`  ${facts.join(' · ')}`)
  return lines
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

/** A line says what is new on it: the reaction and the automation stand where they change. */
function traceLines(trace: readonly TraceLine[]): string[] {
  let before: { readonly reaction?: number; readonly actor?: string } = {}
  const rows = trace.map((line) => {
    const actor = line.automation ?? 'outside'
    const sameReaction = before.reaction === line.reaction
    const row = [
      sameReaction ? '' : `${line.reaction}`,
      sameReaction && before.actor === actor ? '' : actor,
      ...traceText(line),
      line.at === undefined ? '' : locationText(line.at),
    ]
    before = { reaction: line.reaction, actor }
    return row
  })
  return alignColumns(rows, '    ', [1, 2, 3, 4])
}

/** What happens to which attribute, without what other columns say. */
function traceText(line: TraceLine): [string, string] {
  const { attribute, before, after, automation, what } = line
  if (attribute !== undefined && after !== undefined)
    return [attribute, before === after ? `${valueText(after)}, as before` : `${valueText(before)} -> ${valueText(after)}`]
  const name = /^`([^`]*)` /.exec(what)
  return [name !== null && automation?.endsWith(name[1]!) === true ? what.slice(name[0].length) : what, '']
}

function valueText(value: Value | undefined): string {
  if (value === undefined) return '?'
  if (value === null) return 'nothing'
  // A word needs no quotes; what could be taken for something else does.
  return typeof value === 'string' && !/^[\p{L}_][\p{L}\d_. -]*$/u.test(value) ? JSON.stringify(value) : String(value)
}

function locationText(location: Location): string {
  const path = location.path === undefined || location.path.length === 0 ? '' : `#${location.path.join('/')}`
  return location.range === undefined
    ? location.source + path
    : `${location.source}:${location.range.start.line}:${location.range.start.column}`
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
  const hidden = findings.filter((finding) => finding.severity === 'relation' && finding.verdict !== 'proved').length
  if (hidden > 0 && !options.relations) lines.push(`${counted(hidden, 'relation')} not shown (--relations)`)
  lines.push('', `${counted(summary.conflict, 'conflict')}, ${grouped(summary.possible)} possible`)
  return lines
}
