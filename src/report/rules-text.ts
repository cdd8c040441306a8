// What analysis found in rule sets, as text for people: overlaps with a device first, then rules that do nothing.
import type { DeviceFact, RuleFinding, RuleFindingKind, RuleReference, RuleReport } from '../model/rule-set.ts'
import { locationName } from './conflicts-json.ts'
import { counted, grouped } from './numbers.ts'
import { paint, type Paint } from './paint.ts'
import { alignColumns } from './table.ts'

const KINDS: readonly RuleFindingKind[] = ['rules/overlap', 'rules/dead', 'rules/shadowed', 'rules/duplicate']
/** Findings of one kind, and rules of one finding, that are printed one by one. */
const SHOWN = 20
const SHOWN_RULES = 6

/** The whole report; ends with a line feed. */
export function rulesText(report: RuleReport, options: { readonly colour: boolean }): string {
  if (report.status === 'invalid') return ''
  const ink = paint(options.colour)
  const { rules, pairs } = report.statistics
  const blocks: string[][] = [[`${counted(rules, 'rule')} · ${counted(pairs, 'pair')} of equal priority`]]
  const counts: string[] = []
  for (const kind of KINDS) {
    const of = report.findings.filter((finding) => finding.kind === kind)
    blocks.push(...of.slice(0, SHOWN).map((finding) => findingLines(finding, ink)))
    if (of.length > SHOWN)
      blocks.push([`and ${counted(of.length - SHOWN, `more ${NOUNS[kind][0]}`, `more ${NOUNS[kind][1]}`)} (--json lists all)`])
    counts.push(counted(of.length, ...NOUNS[kind]))
  }
  const possible = report.findings.filter(({ verdict }) => verdict === 'possible').length
  const closing = `${counts.join(', ')}${possible > 0 ? `; ${grouped(possible)} of them only possible` : ''}`
  blocks.push([...report.assumptions.map((assumption) => `assumed: ${assumption}`), closing])
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`
}

const NOUNS: Readonly<Record<RuleFindingKind, readonly [string, string]>> = {
  'rules/overlap': ['overlap', 'overlaps'],
  'rules/dead': ['dead rule', 'dead rules'],
  'rules/shadowed': ['shadowed rule', 'shadowed rules'],
  'rules/duplicate': ['duplicate', 'duplicates'],
}

function findingLines(finding: RuleFinding, ink: Paint): string[] {
  const [first, second] = finding.rules.map(({ name }) => `\`${name}\``)
  const possible = finding.verdict === 'possible'
  const may = possible ? 'perhaps ' : ''
  const lines = [`${word(finding.kind, possible, ink)}  ${sentence(finding, first!, second, may)}`]
  lines.push(...ruleLines(finding.rules, finding.kind !== 'rules/overlap'))
  if (finding.witness !== undefined) lines.push(`  both select ${deviceText(finding.witness)}`)
  if (finding.why !== undefined) lines.push(`  ${finding.why}`)
  return lines
}

function word(kind: RuleFindingKind, possible: boolean, ink: Paint): string {
  const text = kind.slice('rules/'.length).padEnd(9)
  return possible || kind === 'rules/duplicate' ? ink.yellow(text) : ink.red(text)
}

function sentence(finding: RuleFinding, first: string, second: string | undefined, may: string): string {
  switch (finding.kind) {
    case 'rules/overlap': {
      const [a, b] = finding.rules
      const same = a!.gives !== undefined && a!.gives === b!.gives ? `, and give it the same, \`${a!.gives}\`` : ''
      return `${first} and ${second!} ${may}select one device, both with priority ${a!.priority}${same}`
    }
    case 'rules/dead':
      return `${first} ${may}selects no device, whatever devices there are`
    case 'rules/shadowed':
      return `${first} ${may}never decides: every device it selects is selected with higher priority`
    case 'rules/duplicate':
      return `${second!} selects the same devices as ${first}`
  }
}

function ruleLines(rules: readonly RuleReference[], priorities: boolean): string[] {
  const rows = rules
    .slice(0, SHOWN_RULES)
    .map(({ name, priority, gives, at }) => [
      name,
      ...(priorities ? [`priority ${priority}`] : []),
      locationName(at),
      ...(gives === undefined ? [] : [`gives \`${gives}\``]),
    ])
  const lines = alignColumns(rows, '  ', [0, 1, 2, 3])
  return rules.length > SHOWN_RULES ? [...lines, `  and ${counted(rules.length - SHOWN_RULES, 'more rule')}`] : lines
}

function deviceText(facts: readonly DeviceFact[]): string {
  if (facts.length === 0) return 'a device of which nothing is known'
  return `a device with ${facts.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`).join(', ')}`
}
