/** Reads configurations of Azure IoT Hub (`az iot hub configuration list`, the service's REST answer): their target conditions and priorities as a rule set. */
import { z } from 'zod'
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue, type StructuredText } from '../../diagnostics/document.ts'
import { readShape } from '../../diagnostics/shape.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import { locate } from '../../expression/locate.ts'
import type { RuleCondition } from '../../expression/rule-condition.ts'
import type { DeviceQuery } from '../../model/device-query.ts'
import type { TargetRule } from '../../model/rule-set.ts'
import { readCondition } from './condition.ts'

/** Keys that rules do not need may be there, known or not. */
const configurationShape = z.object({
  id: z.string().min(1),
  targetCondition: z.string().nullable().optional(),
  priority: z.int().optional(),
})

export function looksLikeConfigurations(value: unknown): boolean {
  if (Array.isArray(value)) return true
  return typeof value === 'object' && value !== null && ('configurations' in value || 'targetCondition' in value)
}

/** One rule for every configuration, in the order of the file; without a condition it selects nothing, as at the hub. */
export function readConfigurations(source: Source): Read<readonly TargetRule<RuleCondition>[]> {
  const text = readYaml(source)
  if (!text.ok) return text
  const document = text.value
  const diagnostics: Diagnostic[] = [...text.diagnostics]
  const { value } = document
  const inner = !Array.isArray(value) && typeof value === 'object' && value !== null && 'configurations' in value
  const listed = inner ? (value as { readonly configurations: unknown }).configurations : value
  const base: readonly string[] = inner ? ['configurations'] : []
  if (inner && !Array.isArray(listed)) {
    diagnostics.push(say('wrong-type', `\`configurations\` must be a list, not ${describeValue(listed)}`, document.locate(base)))
    return { ok: false, diagnostics }
  }
  const rules: TargetRule<RuleCondition>[] = []
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [listed]
  entries.forEach((entry, index) => {
    const rule = readConfiguration(document, entry, Array.isArray(listed) ? [...base, index] : base, diagnostics)
    if (rule !== undefined) rules.push(rule)
  })
  return diagnostics.some(({ severity }) => severity === 'error') ? { ok: false, diagnostics } : { ok: true, value: rules, diagnostics }
}

function readConfiguration(
  document: StructuredText,
  entry: unknown,
  path: readonly (string | number)[],
  diagnostics: Diagnostic[],
): TargetRule<RuleCondition> | undefined {
  const shape = readShape(configurationShape, entry, document, path)
  if (!shape.ok) {
    diagnostics.push(...shape.diagnostics)
    return undefined
  }
  const { id, priority = 0 } = shape.value
  const text = shape.value.targetCondition ?? ''
  const at = document.locate([...path, 'targetCondition'])
  let query: DeviceQuery = { is: 'always', value: false }
  if (text.trim() !== '') {
    const read = readCondition(text)
    if ('code' in read) {
      const { code, message, start, end } = read
      diagnostics.push({ ...say(code, message, locate({ text, at }, start, end)), ...(read.hint === undefined ? {} : { hint: read.hint }) })
      return undefined
    }
    query = read
  }
  return { name: id, priority, condition: { language: 'query', query }, text, at: document.locate([...path, 'id']) }
}

function say(code: string, message: string, at: Diagnostic['at']): Diagnostic {
  return { code: `azure/${code}`, severity: 'error', message, at }
}
