/** From offsets in an expression to the place in the file it was written in. */
import type { Location, Range } from '../diagnostics/diagnostic.ts'
import type { ExpressionText } from '../model/fleet-model.ts'

/**
 * The place of the characters from `start` up to `end`. Exact for an expression written on one line, plain or in quotes without escapes; for one in a block
 * (`|`, `>`) or with escapes it is the whole expression, whose characters are no longer those of the file.
 */
export function locate(expression: ExpressionText, start: number, end: number): Location {
  const { at, text } = expression
  if (at.range === undefined) return at
  const inner = lineOf(at.range, text)
  if (inner === undefined) return at
  const { line, column } = inner
  return { ...at, range: { start: { line, column: column + start }, end: { line, column: column + Math.max(start, end) } } }
}

/** Where the text's first character stands, if all of it stands on one line as it is. A range without length says only where it starts. */
function lineOf(range: Range, text: string): { readonly line: number; readonly column: number } | undefined {
  const { start, end } = range
  if (start.line !== end.line || text.includes('\n')) return undefined
  const width = end.column - start.column
  if (width === text.length || width === 0) return start
  if (width === text.length + 2) return { line: start.line, column: start.column + 1 }
  return undefined
}
