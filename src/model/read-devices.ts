/** Reads where devices come from and what is known of them today: `devices:`, `current:`, `leave:`. */
import { describeValue } from '../diagnostics/document.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { Attribute, ExpressionText, FleetModel, Join, LeaveRule, Variant } from './fleet-model.ts'
import { currentShape, leaveRuleShape, sourceShape } from './fleet-model-schema.ts'
import { expressionAt, isMapping, type Reading, say, shaped } from './reading.ts'

export function readDevices(
  reading: Reading,
  value: unknown,
  attributes: readonly Attribute[],
  joins: readonly Join[],
): FleetModel['devices'] | undefined {
  if (value === undefined || value === null) {
    say(reading, ['devices'], 'missing-key', 'the model does not say where its devices come from', {
      hint: 'maybe `devices: devices.ndjson`',
    })
    return
  }
  if (typeof value === 'string') {
    if (value.trim() !== '') return { is: 'source', name: value, id: 'id', columns: {} }
    say(reading, ['devices'], 'empty', '`devices` is empty')
    return
  }
  if (Array.isArray(value)) {
    const rows = value as readonly unknown[]
    rows.forEach((row, index) => {
      if (!isMapping(row))
        say(reading, ['devices', index], 'wrong-type', `\`devices[${index}]\` must be a mapping of attributes, not ${describeValue(row)}`)
    })
    return { is: 'inline', rows: rows.filter(isMapping) }
  }
  const shape = shaped(reading, sourceShape, value, ['devices'])
  if (shape === undefined) return undefined
  for (const name of Object.keys(shape.columns ?? {})) {
    if (attributes.some((attribute) => attribute.name === name)) continue
    const joined = joins.some((join) => join.name === name)
    const message = joined
      ? `\`${name}\` is a join, its columns come from a table`
      : `\`devices.columns\` maps \`${name}\`, which is no attribute of the vocabulary`
    say(reading, ['devices', 'columns', name], 'unknown-attribute', message, {
      ...maybe(
        name,
        attributes.map((attribute) => attribute.name),
      ),
      key: true,
    })
  }
  return {
    is: 'source',
    name: shape.from,
    id: shape.id ?? 'id',
    columns: shape.columns ?? {},
    ...(shape.dirty === 'report' ? { dirty: shape.dirty } : {}),
  }
}

export function readCurrent(reading: Reading, value: unknown, variants: readonly Variant[]): FleetModel['current'] | undefined {
  if (value === undefined || value === null) return undefined
  const shape = shaped(reading, currentShape, value, ['current'])
  const variant = shape && expressionAt(reading, shape.variant, ['current', 'variant'])
  if (shape === undefined || variant === undefined) return undefined
  const known = new Set(variants.flatMap((one) => one.settings.map((setting) => setting.name)))
  const settings: Record<string, ExpressionText> = {}
  for (const [name, written] of Object.entries(shape.settings ?? {})) {
    const path = ['current', 'settings', name]
    if (!known.has(name))
      say(reading, path, 'unknown-setting', `no variant has a setting called \`${name}\``, { ...maybe(name, known), key: true })
    const text = expressionAt(reading, written, path)
    if (text !== undefined) settings[name] = text
  }
  return { variant, settings }
}

export function readLeave(
  reading: Reading,
  value: unknown,
): { readonly leave?: ExpressionText; readonly leaveRules?: readonly LeaveRule[] } {
  if (value === undefined || value === null) return {}
  if (!Array.isArray(value)) {
    const leave = expressionAt(reading, value, ['leave'])
    return leave === undefined ? {} : { leave }
  }
  const leaveRules = (value as readonly unknown[]).flatMap((written, index): readonly LeaveRule[] => {
    const shape = shaped(reading, leaveRuleShape, written, ['leave', index])
    const condition = shape && expressionAt(reading, shape.if, ['leave', index, 'if'])
    return shape === undefined || condition === undefined ? [] : [{ if: condition, because: shape.because }]
  })
  if (leaveRules.length === 0) return {}
  const text = leaveRules.map((rule) => `(${rule.if.text})`).join(' || ')
  return { leave: { text, at: reading.document.locate(['leave']) }, leaveRules }
}
