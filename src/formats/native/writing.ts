/** What the readers of one automation share: its names, its unmodelled parts, the steps so far. */
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { AutomationExpression, Step, ThingAttribute, UnmodelledPart, ValueType } from '../../model/automation.ts'
import { expressionAt, isMapping, type Reading, say } from '../../model/reading.ts'
import { readAmount } from '../../model/units.ts'
import { translate } from './expression.ts'
import { readLiteral } from './types.ts'

export interface Writing {
  readonly reading: Reading
  readonly automation: string
  /** Where the automation stands in the document. */
  readonly path: DocumentPath
  /** By the names that expressions use. */
  readonly attributes: ReadonlyMap<string, ThingAttribute>
  readonly locals: ReadonlySet<string>
  /** Ids of the application's automations by id and by name. */
  readonly automations: ReadonlyMap<string, string>
  readonly unmodelled: UnmodelledPart[]
  readonly steps: Step[]
  readonly calls: { readonly automation: string; readonly path: DocumentPath }[]
}

/** A CEL expression of the document, translated; undefined after saying what is wrong. */
export function expression(w: Writing, written: unknown, path: DocumentPath, wanted?: ValueType): AutomationExpression | undefined {
  const text = expressionAt(w.reading, written, path)
  if (text === undefined) return undefined
  return translate(
    w.reading,
    text,
    { attributes: w.attributes, locals: w.locals, unmodelled: (why) => unmodelledPart(w, why, [], path) },
    wanted,
  )
}

export const condition = (w: Writing, written: unknown, path: DocumentPath): AutomationExpression =>
  // After a fault the value no longer matters: the part is not returned.
  expression(w, written, path, { is: 'bool' }) ?? { is: 'value', value: false }

/**
 * A value for something of a type. Texts are taken as they stand where the type has texts, as expressions where it has none; `{value: ...}` is always an
 * expression.
 */
export function valueFor(w: Writing, written: unknown, type: ValueType, path: DocumentPath): AutomationExpression {
  const fault: AutomationExpression = { is: 'value', value: null }
  if (isMapping(written) && 'value' in written && Object.keys(written).length === 1)
    return expression(w, written['value'], [...path, 'value'], type) ?? fault
  if (typeof written === 'string' && (type.is === 'bool' || type.is === 'number')) return expression(w, written, path, type) ?? fault
  const value = readLiteral(w.reading, written, type, path)
  return value === undefined ? fault : { is: 'value', value }
}

/** The attribute of that name; `settable`: only what automations can set. */
export function attributeNamed(w: Writing, name: unknown, path: DocumentPath, key = false): ThingAttribute | undefined {
  if (typeof name !== 'string') {
    say(w.reading, path, 'wrong-type', `the name of an attribute stands here, not ${describeValue(name)}`)
    return undefined
  }
  const found = w.attributes.get(name)
  if (found === undefined)
    say(w.reading, path, 'unknown-attribute', `no attribute is called \`${name}\``, { key, ...maybe(name, w.attributes.keys()) })
  return found
}

/** `5 min`, `500 ms`, a number of milliseconds, or `{value: ...}`, an expression in milliseconds. */
export function duration(w: Writing, written: unknown, path: DocumentPath): AutomationExpression {
  const fault: AutomationExpression = { is: 'value', value: 0 }
  if (typeof written === 'number' && written >= 0) return { is: 'value', value: written }
  if (isMapping(written) && 'value' in written)
    return expression(w, written['value'], [...path, 'value'], { is: 'number', integer: false }) ?? fault
  const amount = typeof written === 'string' ? readAmount(written) : ({ is: 'other' } as const)
  if (amount.is === 'amount' && amount.dimension === 'time') return { is: 'value', value: amount.value }
  const message = amount.is === 'wrong' ? amount.message : `a duration such as \`5 min\` stands here, not ${describeValue(written)}`
  say(w.reading, path, 'wrong-duration', message, { hint: 'maybe one of `ms`, `s`, `min`, `h`, `d`' })
  return fault
}

/** Lists an unmodelled part and returns its id. */
export function unmodelledPart(w: Writing, why: string, writes: readonly string[], path: DocumentPath): string {
  const id = `${w.automation}#${w.unmodelled.length + 1}`
  w.unmodelled.push({ id, automation: w.automation, at: w.reading.document.locate(path), why, writes, declared: true })
  return id
}

export function textAt(w: Writing, written: unknown, path: DocumentPath): string {
  if (typeof written === 'string' && written !== '') return written
  say(w.reading, path, 'wrong-type', `\`${String(path.at(-1))}\` must be a text, not ${describeValue(written)}`)
  return ''
}
