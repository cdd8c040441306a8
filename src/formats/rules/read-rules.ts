/** Reads a rule set in our own form: `fleetproof-rules: 1`, the vocabulary of `context:`, and rules with a condition and a priority. */
import { z } from 'zod'
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue } from '../../diagnostics/document.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import { checkExpression } from '../../expression/check.ts'
import type { RuleCondition, RuleName } from '../../expression/rule-condition.ts'
import { fleetScope, type Scope } from '../../expression/scope.ts'
import { expressionAt, isMapping, nameAt, type Reading, say, shaped } from '../../model/reading.ts'
import { readVocabulary } from '../../model/read-vocabulary.ts'
import type { RuleSet, TargetRule } from '../../model/rule-set.ts'

/** The version of the format that this reader understands. */
const FORMAT = 1

const rulesShape = z.strictObject({
  'fleetproof-rules': z.unknown().optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  rules: z.array(z.unknown()),
})
const ruleShape = z.strictObject({
  name: z.unknown().optional(),
  when: z.unknown().optional(),
  priority: z.int(),
  variant: z.unknown().optional(),
})

export function looksLikeRules(value: unknown): boolean {
  return isMapping(value) && ('fleetproof-rules' in value || 'rules' in value)
}

export function readRules(source: Source): Read<RuleSet<RuleCondition, RuleName>> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const set = isKnownFormat(reading) ? readParts(reading, source.name) : undefined
  const { diagnostics } = reading
  if (set === undefined || diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: set, diagnostics }
}

function isKnownFormat(reading: Reading): boolean {
  const { value } = reading.document
  const begin = { hint: `maybe begin with \`fleetproof-rules: ${FORMAT}\`` }
  const format = isMapping(value) ? value['fleetproof-rules'] : undefined
  if (format === FORMAT) return true
  if (!isMapping(value))
    say(reading, [], 'no-rules', `a rule set is a mapping of \`context\` and \`rules\`, not ${describeValue(value)}`, begin)
  else if (format === undefined) say(reading, [], 'no-format', '`fleetproof-rules`, the version of the format, is missing', begin)
  else if (typeof format === 'number' && Number.isInteger(format) && format > FORMAT)
    say(reading, ['fleetproof-rules'], 'newer-format', `the rules are written in format ${format}, this program reads format ${FORMAT}`, {
      hint: 'maybe update fleetproof',
    })
  else
    say(
      reading,
      ['fleetproof-rules'],
      'bad-format',
      `\`fleetproof-rules\` must be ${FORMAT}, the version of the format, not ${describeValue(format)}`,
    )
  return false
}

function readParts(reading: Reading, source: string): RuleSet<RuleCondition, RuleName> | undefined {
  const shape = shaped(reading, rulesShape, reading.document.value, [])
  if (shape === undefined) return undefined
  const vocabulary = readVocabulary(reading, shape.context ?? {})
  for (const join of vocabulary.joins) {
    const message = `\`${join.name}\` is joined from a table; rules are analysed without devices and without tables`
    say(reading, ['context', join.name], 'no-tables', message, { hint: 'maybe declare the joined columns as attributes', key: true })
  }
  const scope = fleetScope({ vocabulary: vocabulary.attributes, joins: [] })
  const rules: TargetRule<RuleCondition>[] = []
  const lineOf = new Map<string, number>()
  shape.rules.forEach((entry, index) => {
    const rule = readRule(reading, scope, entry, index)
    if (rule === undefined) return
    const first = lineOf.get(rule.name)
    if (first !== undefined)
      say(reading, ['rules', index, 'name'], 'duplicate-rule', `two rules are called \`${rule.name}\`, the first is \`rules[${first}]\``)
    lineOf.set(rule.name, index)
    rules.push(rule)
  })
  const names: Record<string, RuleName> = { 'device.id': { type: { is: 'text' }, always: true } }
  for (const { name, type, ...rest } of vocabulary.attributes) names[`device.${name}`] = { type, always: rest.default !== undefined }
  return { source, language: 'cel', rules, names }
}

function readRule(reading: Reading, scope: Scope, entry: unknown, index: number): TargetRule<RuleCondition> | undefined {
  const path = ['rules', index]
  const shape = shaped(reading, ruleShape, entry, path)
  if (shape === undefined) return undefined
  if (shape.name === undefined) {
    say(reading, path, 'missing-key', `\`rules[${index}].name\` is missing`)
    return undefined
  }
  const name = nameAt(reading, shape.name, [...path, 'name'])
  const gives = shape.variant === undefined ? undefined : nameAt(reading, shape.variant, [...path, 'variant'])
  const text = expressionAt(reading, shape.when, [...path, 'when'])
  if (text === undefined) return undefined
  const checked = checkExpression(text, scope, 'bool')
  if (!checked.ok) {
    reading.diagnostics.push(...checked.diagnostics)
    return undefined
  }
  if (name === undefined) return undefined
  return {
    name,
    priority: shape.priority,
    ...(gives === undefined ? {} : { gives }),
    condition: { language: 'cel', expression: checked.value },
    text: text.text,
    at: reading.document.locate([...path, 'name']),
  }
}
