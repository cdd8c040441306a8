/** Types of attributes as people write them, and whether a literal fits. */
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { Value, ValueType } from '../../model/automation.ts'
import { isMapping, type Reading, say } from '../../model/reading.ts'

/** Keys that give an attribute its type. */
export const typeKeys = ['bool', 'enum', 'number', 'integer', 'text', 'any'] as const

/** Reads the one type key of a mapping: `{bool: true}`, `{enum: [open, closed]}`, `{number: {low: 0, high: 5}, unit: ppm}`. */
export function readType(reading: Reading, value: Readonly<Record<string, unknown>>, path: DocumentPath): ValueType | undefined {
  const given = typeKeys.filter((key) => key in value)
  const [key] = given
  if (key === undefined || given.length > 1) {
    say(reading, path, 'no-type', `one of ${typeKeys.map((one) => `\`${one}\``).join(', ')} must give the type`, { key: true })
    return undefined
  }
  const written = value[key]
  const here = [...path, key]
  if (key === 'enum') return readEnumeration(reading, written, value['other'] === true, here)
  if (key === 'number' || key === 'integer') return readNumber(reading, written, key === 'integer', value['unit'], here)
  if (written !== true) {
    say(reading, here, 'wrong-value', `\`${key}\` can be \`true\`, not ${describeValue(written)}`)
    return undefined
  }
  return { is: key }
}

function readEnumeration(reading: Reading, written: unknown, other: boolean, path: DocumentPath): ValueType | undefined {
  if (!Array.isArray(written) || written.length === 0) {
    say(
      reading,
      path,
      'wrong-type',
      `\`enum\` must be a list of texts, not ${Array.isArray(written) ? 'an empty list' : describeValue(written)}`,
    )
    return undefined
  }
  const values: string[] = []
  for (const [at, one] of written.entries()) {
    if (typeof one !== 'string') {
      say(reading, [...path, at], 'wrong-type', `a value of an \`enum\` must be a text, not ${describeValue(one)}`, {
        hint: `maybe \`"${String(one)}"\`?`,
      })
      return undefined
    }
    if (values.includes(one)) say(reading, [...path, at], 'duplicate', `\`${one}\` stands twice in the list`)
    values.push(one)
  }
  return { is: 'enum', values, other }
}

function readNumber(reading: Reading, written: unknown, integer: boolean, unit: unknown, path: DocumentPath): ValueType | undefined {
  const ends = isMapping(written) ? written : written === true ? {} : undefined
  if (ends === undefined) {
    say(
      reading,
      path,
      'wrong-type',
      `\`${String(path.at(-1))}\` can be \`true\` or \`{low: ..., high: ...}\`, not ${describeValue(written)}`,
    )
    return undefined
  }
  const end = (key: 'low' | 'high'): { low?: number; high?: number } => {
    const value = ends[key]
    if (value === undefined) return {}
    if (typeof value === 'number') return { [key]: value }
    say(reading, [...path, key], 'wrong-type', `\`${key}\` must be a number, not ${describeValue(value)}`)
    return {}
  }
  for (const key of Object.keys(ends))
    if (key !== 'low' && key !== 'high')
      say(reading, [...path, key], 'unknown-key', `\`${key}\` is not known here`, { key: true, ...maybe(key, ['low', 'high']) })
  const type = { is: 'number', ...end('low'), ...end('high'), integer, ...(typeof unit === 'string' ? { unit } : {}) } as const
  if (type.low === undefined || type.high === undefined || type.low <= type.high) return type
  say(reading, path, 'empty-range', `\`low\` is ${type.low}, more than \`high\`, which is ${type.high}`)
  return undefined
}

/** `a number from 400 to 5000`. */
export function typeWords(type: ValueType): string {
  switch (type.is) {
    case 'bool':
      return 'true or false'
    case 'enum':
      return `one of ${type.values.map((value) => `\`${value}\``).join(', ')}${type.other ? ' or another text' : ''}`
    case 'number': {
      const range =
        type.low !== undefined && type.high !== undefined
          ? ` from ${type.low} to ${type.high}`
          : type.low !== undefined
            ? ` from ${type.low}`
            : type.high !== undefined
              ? ` up to ${type.high}`
              : ''
      return `a ${type.integer ? 'whole ' : ''}number${range}`
    }
    case 'text':
      return 'a text'
    case 'any':
      return 'any value'
  }
}

/** Why a literal is no value of the type, to be said behind it; nothing where it is one. */
export function literalProblem(value: Value, type: ValueType): { readonly message: string; readonly hint?: string } | undefined {
  const problem = { message: `is not ${typeWords(type)}` }
  switch (type.is) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : problem
    case 'enum':
      if (typeof value !== 'string') return problem
      return type.other || type.values.includes(value) ? undefined : { ...problem, ...maybe(value, type.values) }
    case 'number':
      if (typeof value !== 'number' || (type.integer && !Number.isInteger(value))) return problem
      return value < (type.low ?? -Infinity) || value > (type.high ?? Infinity) ? problem : undefined
    case 'text':
      return typeof value === 'string' ? undefined : problem
    case 'any':
      return undefined
  }
}

/** A scalar of the document as a value; undefined after saying what is wrong. */
export function readLiteral(reading: Reading, written: unknown, type: ValueType, path: DocumentPath): Value | undefined {
  if (written !== null && typeof written !== 'boolean' && typeof written !== 'number' && typeof written !== 'string') {
    say(reading, path, 'wrong-type', `${describeValue(written)} is not ${typeWords(type)}`)
    return undefined
  }
  const problem = literalProblem(written, type)
  if (problem === undefined) return written
  say(reading, path, 'wrong-value', `\`${String(written)}\` ${problem.message}`, { hint: problem.hint })
  return undefined
}
