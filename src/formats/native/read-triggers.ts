/** Reads `when:`, what starts an automation. */
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import type { AutomationExpression, Trigger, Value, ValueType } from '../../model/automation.ts'
import { isMapping, say } from '../../model/reading.ts'
import { onlyKeys } from './read-things.ts'
import { readLiteral, readType, typeKeys } from './types.ts'
import { attributeNamed, condition, duration, textAt, unmodelledPart } from './writing.ts'
import type { Writing } from './writing.ts'

const kinds = {
  change: ['from', 'to', 'for'],
  message: [],
  becomes: ['for'],
  outside: ['payload'],
  event: [],
  time: [],
  start: [],
  never: ['causes'],
  unmodelled: [],
} as const
type Kind = keyof typeof kinds
const kindNames = Object.keys(kinds) as Kind[]

/** One trigger or a list of them. */
export function readTriggers(w: Writing, written: unknown, path: DocumentPath): readonly Trigger[] {
  const many = Array.isArray(written)
  return (many ? (written as readonly unknown[]) : [written]).flatMap((one, at) => {
    const trigger = readTrigger(w, one, many ? [...path, at] : path)
    return trigger === undefined ? [] : [trigger]
  })
}

function readTrigger(w: Writing, written: unknown, path: DocumentPath): Trigger | undefined {
  const listed = kindNames.map((kind) => `\`${kind}\``).join(', ')
  const kind = isMapping(written) ? kindNames.find((one) => one in written) : undefined
  if (!isMapping(written) || kind === undefined) {
    say(w.reading, path, 'no-trigger', `a trigger is a mapping with one of ${listed}, not ${describeValue(written)}`)
    return undefined
  }
  onlyKeys(w.reading, written, [kind, ...kinds[kind]], path)
  const at = w.reading.document.locate(path)
  const value = written[kind]
  const here = [...path, kind]
  switch (kind) {
    case 'change': {
      const attribute = attributeNamed(w, value, here)
      if (attribute === undefined) return undefined
      const list = (key: 'from' | 'to'): { from?: readonly Value[]; to?: readonly Value[] } =>
        written[key] === undefined ? {} : { [key]: literals(w, written[key], attribute.type, [...path, key]) }
      return { on: 'change', attribute: attribute.id, ...list('from'), ...list('to'), ...lasting(w, written, path), at }
    }
    case 'message': {
      const attribute = attributeNamed(w, value, here)
      return attribute && { on: 'message', attribute: attribute.id, at }
    }
    case 'becomes':
      return { on: 'becomes', condition: condition(w, value, here), ...lasting(w, written, path), at }
    case 'outside': {
      const name = textAt(w, value, here)
      return { on: 'outside', name, payload: payload(w, name, written['payload'], [...path, 'payload']), at }
    }
    case 'event':
      return { on: 'event', event: textAt(w, value, here), at }
    case 'time':
      return { on: 'time', schedule: textAt(w, value, here), at }
    case 'start':
      if (value !== true) say(w.reading, here, 'wrong-value', `\`start\` can be \`true\`, not ${describeValue(value)}`)
      return { on: 'start', at }
    case 'never': {
      const causes = written['causes'] ?? []
      if (Array.isArray(causes) && causes.every((one) => typeof one === 'string'))
        return { on: 'never', because: textAt(w, value, here), causes, at }
      say(w.reading, [...path, 'causes'], 'wrong-type', `\`causes\` must be a list of texts, not ${describeValue(causes)}`)
      return undefined
    }
    case 'unmodelled':
      return { on: 'unmodelled', part: unmodelledPart(w, textAt(w, value, here), [], here), at }
  }
}

/** `for: 5 min`: how long it must stay so. */
const lasting = (w: Writing, written: Readonly<Record<string, unknown>>, path: DocumentPath): { for?: AutomationExpression } =>
  written['for'] === undefined ? {} : { for: duration(w, written['for'], [...path, 'for']) }

function literals(w: Writing, written: unknown, type: ValueType, path: DocumentPath): readonly Value[] {
  const many = Array.isArray(written)
  return (many ? (written as readonly unknown[]) : [written]).flatMap((one, at) => {
    const value = readLiteral(w.reading, one, type, many ? [...path, at] : path)
    return value === undefined ? [] : [value]
  })
}

/** Nothing, a value, or a type: then any value of it. */
function payload(w: Writing, name: string, written: unknown, path: DocumentPath): AutomationExpression {
  if (written === undefined) return { is: 'value', value: null }
  if (!isMapping(written)) return { is: 'value', value: readLiteral(w.reading, written, { is: 'any' }, path) ?? null }
  onlyKeys(w.reading, written, [...typeKeys, 'other', 'unit'], path)
  const type = readType(w.reading, written, path)
  return { is: 'any', type: type ?? { is: 'any' }, part: `payload of ${name}` }
}
