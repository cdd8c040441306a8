/** One value of an attribute, from how it is written in JSON or CSV to how a column stores it. */
import { valid } from 'semver'
import { maybe } from '../diagnostics/suggest.ts'
import { describeValue } from '../diagnostics/document.ts'
import type { AttributeType } from './fleet.ts'

/** `message` goes on behind the name of the attribute: `is 5.5, no whole number`. A text is looked up in the column's dictionary (bool: `false`, `true`; set: sorted members as JSON text); a number goes into `numbers`. */
export type StoredValue =
  | { readonly is: 'stored'; readonly value: string | number }
  | { readonly is: 'missing' }
  | { readonly is: 'wrong'; readonly code: string; readonly message: string; readonly hint?: string }

const MISSING: StoredValue = { is: 'missing' }

/** Reads a JSON value; null and undefined are missing. */
export function attributeValue(type: AttributeType, value: unknown): StoredValue {
  if (value === null || value === undefined) return MISSING
  switch (type.is) {
    case 'bool':
      return typeof value === 'boolean' ? stored(String(value)) : wrongType('`true` or `false`', value)
    case 'enum': {
      const text = typeof value === 'boolean' || typeof value === 'number' ? String(value) : value
      if (typeof text !== 'string') return wrongType('a text', value)
      return type.values.includes(text) ? stored(text) : unknownValue(type.values, text, value)
    }
    case 'int':
      if (typeof value !== 'number' && typeof value !== 'bigint') return wrongType('a whole number', value)
      if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value))
        return wrong('fraction', `is ${value}, no whole number`, 'maybe declare it as `decimal`')
      return Number.isSafeInteger(Number(value)) ? stored(Number(value)) : tooLarge(value)
    case 'decimal':
      return typeof value === 'number'
        ? decimalText(type.places, shortest(value))
        : typeof value === 'bigint'
          ? tooLarge(value)
          : wrongType('a number', value)
    case 'text':
      return typeof value === 'string' ? stored(value) : wrongType('a text', value)
    case 'device':
      return typeof value !== 'string' ? wrongType('the id of a device', value) : value === '' ? MISSING : stored(value)
    case 'time':
      return typeof value === 'string' ? timeText(value) : wrongType('a time such as 2026-01-31T12:00:00Z', value)
    case 'semver':
      return typeof value === 'string' ? versionText(value) : wrongType('a version such as 2.1.0', value)
    case 'set':
      if (!Array.isArray(value)) return wrongType('a list of texts', value)
      return value.every((member) => typeof member === 'string') ? stored(setText(value)) : wrongType('a list of texts', value)
  }
}

/** Reads a cell of a CSV file; an empty cell is missing, members of a set are parted by `;`. */
export function cellValue(type: AttributeType, cell: string): StoredValue {
  if (cell === '') return MISSING
  switch (type.is) {
    case 'bool':
      return cell === 'true' || cell === 'false' ? stored(cell) : wrongType('`true` or `false`', cell)
    case 'int':
      if (/^-?\d+$/.test(cell)) return Number.isSafeInteger(Number(cell)) ? stored(Number(cell) + 0) : tooLarge(cell)
      return /^-?\d+\.\d+$/.test(cell)
        ? wrong('fraction', `is ${cell}, no whole number`, 'maybe declare it as `decimal`')
        : wrongType('a whole number', cell)
    case 'decimal':
      return /^-?\d+(?:\.\d+)?$/.test(cell) ? decimalText(type.places, cell) : wrongType('a number', cell)
    case 'set':
      return stored(
        setText(
          cell
            .split(';')
            .map((member) => member.trim())
            .filter((member) => member !== ''),
        ),
      )
    case 'enum':
    case 'text':
    case 'device':
    case 'time':
    case 'semver':
      return attributeValue(type, cell)
  }
}

/** Members sorted, each once. */
export function setText(members: readonly string[]): string {
  return JSON.stringify([...new Set(members)].sort())
}

function stored(value: string | number): StoredValue {
  return { is: 'stored', value: value === 0 ? 0 : value }
}

function wrong(code: string, message: string, hint?: string): StoredValue {
  return hint === undefined ? { is: 'wrong', code, message } : { is: 'wrong', code, message, hint }
}

function wrongType(expected: string, value: unknown): StoredValue {
  return wrong('wrong-type', `must be ${expected}, not ${describeValue(value)}`)
}

function tooLarge(value: unknown): StoredValue {
  const shown = Number.isFinite(Number(value)) ? `${String(value)}, beyond` : 'beyond'
  return wrong('number-too-large', `is ${shown} 2^53 - 1, the largest whole number that is kept exactly`)
}

function unknownValue(values: readonly string[], text: string, written: unknown): StoredValue {
  const shown = values.length > 12 ? `${values.slice(0, 12).join(', ')}, ... (${values.length} values)` : values.join(', ')
  return wrong('unknown-value', `is ${describeValue(written)}, none of ${shown}`, maybe(text, values).hint)
}

/** The decimal digits of a double as JavaScript prints them, without an exponent where that is possible exactly. */
function shortest(value: number): string {
  const text = String(value)
  return /e-/.test(text) ? value.toFixed(20).replace(/0+$/, '') : text
}

/** Exact: moves the point in the digits, no floating-point arithmetic. */
function decimalText(places: number, text: string): StoredValue {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return tooLarge(text)
  const digits = fraction.replace(/0+$/, '')
  if (digits.length > places)
    return wrong(
      'fraction',
      `is ${text}, with more than ${places} decimal places`,
      `maybe declare it as \`decimal: ${Math.min(digits.length, 15)}\``,
    )
  const scaled = Number(`${sign ?? ''}${whole}${digits.padEnd(places, '0')}`)
  return Number.isSafeInteger(scaled) ? stored(scaled) : tooLarge(text)
}

function timeText(text: string): StoredValue {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text)
  const time = parts === null ? NaN : Date.parse(text.toUpperCase())
  // Date.parse moves a 30th of February into March: the day must survive a round trip.
  const day = parts === null ? NaN : Date.parse(`${parts[1]!}T00:00:00Z`)
  const real = !Number.isNaN(time) && !Number.isNaN(day) && new Date(day).toISOString().startsWith(parts![1]!)
  return real ? stored(time) : wrong('wrong-type', `must be a time such as 2026-01-31T12:00:00Z, not ${describeValue(text)}`)
}

function versionText(text: string): StoredValue {
  const version = text.length > 256 ? null : valid(text)
  return version === null ? wrong('wrong-type', `must be a version such as 2.1.0, not ${describeValue(text)}`) : stored(version)
}
