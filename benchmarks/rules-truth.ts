// Holds what is found in generated rules to what was planted, name by name, and every device that is shown to the conditions themselves.
import { conditionHolds, type DeviceValue, type RuleCondition } from '../src/expression/rule-condition.ts'
import { readConfigurations } from '../src/formats/azure/read-configurations.ts'
import { readRules } from '../src/formats/rules/read-rules.ts'
import type { RuleFinding, TargetRule } from '../src/model/rule-set.ts'
import type { GeneratedRules, Planted } from './rules-generator.ts'

/** Everything that is wrong, a sentence each: what is missing, what was not planted, what is only possible, which devices do not show what they should. */
export function wrongFindings({ source, planted }: GeneratedRules, findings: readonly RuleFinding[]): readonly string[] {
  const wrong = findings
    .filter(({ verdict }) => verdict !== 'certain')
    .map(({ kind, rules, why }) => `${kind} of ${pair(rules)} is only ${why ?? ''}`)
  const found: Planted = {
    overlaps: ofKind(findings, 'rules/overlap').map(({ rules }) => pair(rules)),
    dead: ofKind(findings, 'rules/dead').map(({ rules }) => rules[0]!.name),
    shadowed: ofKind(findings, 'rules/shadowed').map(({ rules }) => rules[0]!.name),
    duplicates: ofKind(findings, 'rules/duplicate').map(({ rules }) => pair(rules)),
  }
  for (const kind of ['overlaps', 'dead', 'shadowed', 'duplicates'] as const) {
    for (const name of planted[kind]) if (!found[kind].includes(name)) wrong.push(`${kind}: ${name} is not found`)
    for (const name of found[kind]) if (!planted[kind].includes(name)) wrong.push(`${kind}: ${name} was not planted`)
    if (new Set(found[kind]).size < found[kind].length) wrong.push(`${kind}: something is told twice`)
  }
  const rules = rulesOf(source)
  for (const overlap of ofKind(findings, 'rules/overlap')) {
    const device = new Map<string, DeviceValue>((overlap.witness ?? []).map(({ name, value }) => [name, value]))
    const lookup = (name: string): DeviceValue =>
      device.get(name) ?? ([...device.keys()].some((key) => key.startsWith(`${name}.`)) ? { is: 'object' } : undefined)
    const { priority } = overlap.rules[0]!
    const selecting = rules.filter((rule) => rule.priority === priority && conditionHolds(rule.condition, lookup) === true)
    // Only two rules were made to share devices: one that a third selects as well would show another overlap.
    if (pair(selecting) !== pair(overlap.rules)) wrong.push(`the device shown for ${pair(overlap.rules)} is selected by ${pair(selecting)}`)
  }
  return wrong
}

const ofKind = (findings: readonly RuleFinding[], kind: RuleFinding['kind']): readonly RuleFinding[] =>
  findings.filter((finding) => finding.kind === kind)

const pair = (rules: readonly { readonly name: string }[]): string =>
  rules
    .map(({ name }) => name)
    .sort()
    .join('+')

function rulesOf(source: GeneratedRules['source']): readonly TargetRule<RuleCondition>[] {
  const read = source.name.endsWith('.json') ? readConfigurations(source) : readRules(source)
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return 'rules' in read.value ? read.value.rules : read.value
}
