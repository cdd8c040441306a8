/** Signed documents and contents as texts: written in canonical JSON, and refused in any other form, so that no byte of them can change unnoticed. */
import type { z } from 'zod'
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import { readJson } from '../../diagnostics/json.ts'
import { readShape } from '../../diagnostics/shape.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { canonicalJson } from '../canonical-json.ts'

export function refusal(code: string, message: string, source: string, hint?: string): Diagnostic {
  return { code: `release/${code}`, severity: 'error', message, ...(hint === undefined ? {} : { hint }), at: { source } }
}

/** The value in the schema's shape; a text that is not its value's canonical JSON (with or without a newline at its end) is refused. */
export function readCanonical<T>(source: Source, schema: z.ZodType<T>): Read<T> {
  const read = readJson(source)
  if (!read.ok) return read
  const { value } = read.value
  const shaped = readShape(schema, value, read.value, [])
  if (!shaped.ok) return shaped
  const text = canonicalOf(value)
  if (text !== source.text && `${text ?? ''}\n` !== source.text)
    return {
      ok: false,
      diagnostics: [refusal('not-canonical', 'the text is not in canonical form: it was changed after it was written', source.name)],
    }
  return { ok: true, value: shaped.value, diagnostics: read.diagnostics }
}

function canonicalOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value)
  } catch (error) {
    if (error instanceof EngineError) return undefined
    throw error
  }
}
