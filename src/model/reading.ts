/** What every part of the model's reader shares: the document, the diagnostics so far, and checks that add to them. */
import type { z } from 'zod'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { DocumentPath, StructuredText } from '../diagnostics/document.ts'
import { describeValue } from '../diagnostics/document.ts'
import { pathText, readShape } from '../diagnostics/shape.ts'
import type { ExpressionText } from './fleet-model.ts'

export interface Reading {
  readonly document: StructuredText
  readonly diagnostics: Diagnostic[]
}

export function say(
  reading: Reading,
  path: DocumentPath,
  code: string,
  message: string,
  more: { readonly hint?: string | undefined; readonly key?: boolean; readonly severity?: 'warning' } = {},
): void {
  const at = more.key === true ? reading.document.locateKey(path) : reading.document.locate(path)
  reading.diagnostics.push({
    code: `model/${code}`,
    severity: more.severity ?? 'error',
    message,
    ...(more.hint === undefined ? {} : { hint: more.hint }),
    at,
  })
}

/** The value in the schema's shape, or nothing after saying what is wrong. */
export function shaped<T>(reading: Reading, schema: z.ZodType<T>, value: unknown, path: DocumentPath): T | undefined {
  const read = readShape(schema, value, reading.document, path)
  if (read.ok) return read.value
  reading.diagnostics.push(...read.diagnostics)
  return undefined
}

/** The text of an expression; `true`, `false` and numbers are expressions too. */
export function expressionAt(reading: Reading, value: unknown, path: DocumentPath): ExpressionText | undefined {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint'
        ? (reading.document.written(path) ?? String(value))
        : undefined
  if (text === undefined) {
    if (value === undefined) {
      say(reading, path, 'missing-key', `\`${pathText(path)}\` is missing`)
      return
    }
    say(reading, path, 'wrong-type', `\`${pathText(path)}\` must be an expression, not ${describeValue(value)}`)
    return
  }
  if (text.trim() === '') {
    say(reading, path, 'empty', `\`${pathText(path)}\` is empty`)
    return
  }
  return { text, at: reading.document.locate(path) }
}

/** A scalar as a name: `2.10` stays `2.10`, `yes` stays `yes`. */
export function nameAt(reading: Reading, value: unknown, path: DocumentPath): string | undefined {
  if (typeof value === 'string') return value
  const scalar = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
  const written = scalar ? reading.document.written(path) : undefined
  if (written === undefined) say(reading, path, 'wrong-type', `\`${pathText(path)}\` must be a text, not ${describeValue(value)}`)
  return written
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
