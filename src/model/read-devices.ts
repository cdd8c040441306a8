/** Reads where devices come from and what is known of them today: `devices:`, `current:`, `leave:`. */
import { describeValue } from '../diagnostics/document.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { z } from 'zod'
import { attributeValue } from './attribute-value.ts'
import type { Attribute, ExpressionText, FleetModel, Join, LeaveRule, SourceColumn, Variant } from './fleet-model.ts'
import { currentShape, leaveRuleShape, sourceShape } from './fleet-model-schema.ts'
import { expressionAt, isMapping, type Reading, say, shaped } from './reading.ts'
import { UNITS } from './units.ts'

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
  const isTwins = shape.format === 'azure'
  for (const key of ['separator', 'decimal'] as const)
    if (shape[key] !== undefined && (isTwins || shape.format === 'ndjson'))
      say(reading, ['devices', key], 'wrong-value', `\`devices.${key}\` is about CSV, and the format is \`${shape.format!}\``, {
        key: true,
      })
  const readings = Object.entries(shape.columns ?? {}).flatMap(([name, how]) => (typeof how === 'string' ? [] : [[name, how] as const]))
  for (const [name, { from, value, ...rest }] of readings) checkColumn(reading, attributes, name, from, value, rest)
  return {
    is: 'source',
    name: shape.from,
    id: shape.id ?? (isTwins ? 'deviceId' : 'id'),
    columns: Object.fromEntries(
      Object.entries(shape.columns ?? {}).flatMap(([name, how]) => {
        const field = typeof how === 'string' ? how : how.from
        return field === undefined ? [] : [[name, field] as const]
      }),
    ),
    ...(shape.dirty === 'report' ? { dirty: shape.dirty } : {}),
    ...(shape.format === undefined ? {} : { format: shape.format }),
    ...(readings.length === 0 ? {} : { reading: Object.fromEntries(readings.map(([name, how]) => [name, sourceColumn(how)])) }),
    ...(shape.separator === undefined ? {} : { separator: shape.separator }),
    ...(shape.missing === undefined ? {} : { missing: shape.missing }),
    ...(shape.decimal === ',' ? { decimalComma: true } : {}),
  }
}

type WrittenColumn = Exclude<NonNullable<z.output<typeof sourceShape>['columns']>[string], string>

function sourceColumn({ value, unit, missing, values }: WrittenColumn): SourceColumn {
  return {
    ...(value === undefined ? {} : { value }),
    ...(unit === undefined ? {} : { unit }),
    ...(missing === undefined ? {} : { missing }),
    ...(values === undefined ? {} : { values }),
  }
}

/** A constant has no column, and what is given for an attribute must be of its type. */
function checkColumn(
  reading: Reading,
  attributes: readonly Attribute[],
  name: string,
  from: string | undefined,
  value: SourceColumn['value'],
  { unit, missing, values = {} }: Omit<WrittenColumn, 'from' | 'value'>,
): void {
  const path = ['devices', 'columns', name]
  const type = attributes.find((attribute) => attribute.name === name)?.type
  if (type === undefined) return
  if (value !== undefined && [from, unit, missing].some((other) => other !== undefined))
    say(reading, path, 'two-values', `\`${name}\` is the constant \`value\`, nothing else is read for it`)
  const given = [...(value === undefined ? [] : [['value', value] as const]), ...Object.entries(values)]
  for (const [key, one] of given) {
    const stored = attributeValue(type, one)
    if (stored.is !== 'wrong') continue
    const at = key === 'value' && value !== undefined ? [...path, key] : [...path, 'values', key]
    say(reading, at, stored.code, `\`${name}\` ${stored.message}`, stored.hint === undefined ? {} : { hint: stored.hint })
  }
  if (unit === undefined) return
  const own = type.is === 'int' || type.is === 'decimal' ? type.unit : undefined
  if (own === undefined)
    say(reading, [...path, 'unit'], 'wrong-value', `\`${name}\` has no unit in the vocabulary, so nothing is converted`)
  else if (!UNITS.has(unit))
    say(reading, [...path, 'unit'], 'unknown-unit', `\`${unit}\` is no unit that is known here`, maybe(unit, UNITS.keys()))
  else if (UNITS.get(own)?.dimension !== UNITS.get(unit)?.dimension)
    say(reading, [...path, 'unit'], 'other-dimension', `\`${name}\` is counted in ${own}, which ${unit} cannot be converted to`)
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
