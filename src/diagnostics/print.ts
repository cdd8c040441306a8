/** Diagnostics as text for a terminal: where, what, the line it stands on with the place marked, advice. */
import picocolors from 'picocolors'
import type { Diagnostic, Location, Range, Severity } from './diagnostic.ts'
import { lineStarts } from './position.ts'

/** Columns of source text shown of a long line. */
const WIDTH = 100
/** Columns of it kept before the marked place. */
const BEFORE = 40
const LONGEST_MESSAGE = 2000

/** `<` and `>` end nothing here, but these would move the cursor, turn the reading direction round or vanish. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** `text` with every character that a terminal would not simply draw written as an escape. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (c) => {
    const code = c.charCodeAt(0)
    if (c === '\t') return ' '
    if (c === '\n') return '\\n'
    if (c === '\r') return '\\r'
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** `devices[3].allowed[0]`: a path of keys as people write it. */
export function printPath(path: readonly (string | number)[]): string {
  let out = ''
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`
    else if (/^[\w-]+$/.test(part)) out += out === '' ? part : `.${part}`
    else out += `[${JSON.stringify(part)}]`
  }
  return out
}

/** One paragraph per diagnostic in the order given, without a line end after the last; `sources` are the texts by the names that locations use. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: { readonly colour?: boolean } = {},
): string {
  const paint = picocolors.createColors(options.colour ?? false)
  const bySeverity: Record<Severity, (text: string) => string> = { error: paint.red, warning: paint.yellow, information: paint.cyan }
  const starts = new Map<string, readonly number[]>()
  const lines: string[] = []
  for (const { code, severity, message, hint, at } of diagnostics) {
    const colour = bySeverity[severity]
    lines.push(`${paint.bold(head(at))} ${colour(severity)} ${paint.dim(code)}  ${sentence(at, message)}`)
    const text = sources.get(at.source)
    if (at.range !== undefined && text !== undefined) {
      let known = starts.get(at.source)
      if (known === undefined) starts.set(at.source, (known = lineStarts(text)))
      const shown = excerpt(text, known, at.range)
      if (shown !== undefined) {
        const gutter = String(at.range.start.line).padStart(5)
        lines.push(`${paint.dim(`${gutter} |`)} ${shown.line}`)
        lines.push(`${paint.dim(`${' '.repeat(gutter.length)} |`)} ${' '.repeat(shown.indent)}${colour('^'.repeat(shown.width))}`)
      }
    }
    if (hint !== undefined) lines.push(`   ${visible(clip(hint))}`)
  }
  return lines.join('\n')
}

function head(at: Location): string {
  const source = visible(at.source)
  return at.range === undefined ? source : `${source}:${at.range.start.line}:${at.range.start.column}`
}

function sentence(at: Location, message: string): string {
  const path = at.range === undefined && at.path !== undefined ? printPath(at.path) : ''
  return visible(clip(path === '' ? message : `${path}: ${message}`))
}

function clip(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`
}

/** The line of the range's start, cut around it, with the columns to mark; undefined where the text has no such line. */
function excerpt(
  text: string,
  starts: readonly number[],
  range: Range,
): { readonly line: string; readonly indent: number; readonly width: number } | undefined {
  const { start, end } = range
  const from = starts[start.line - 1]
  if (from === undefined) return undefined
  const next = starts[start.line]
  let to = next === undefined ? text.length : next - 1
  if (to > from && text[to - 1] === '\r') to -= 1
  const length = to - from
  const first = Math.min(Math.max(start.column - 1, 0), length)
  const last = end.line === start.line ? Math.min(Math.max(end.column - 1, first), length) : length
  let windowStart = 0
  let windowEnd = length
  if (length > WIDTH) {
    windowStart = Math.max(0, Math.min(first - BEFORE, length - WIDTH))
    windowEnd = Math.min(length, windowStart + WIDTH)
  }
  const cutBefore = windowStart > 0 ? '…' : ''
  const cutAfter = windowEnd < length ? '…' : ''
  const before = cutBefore + visible(text.slice(from + windowStart, from + first))
  const marked = visible(text.slice(from + first, from + Math.min(last, windowEnd)))
  const after = visible(text.slice(from + Math.min(last, windowEnd), from + windowEnd))
  return { line: before + marked + after + cutAfter, indent: before.length, width: Math.max(1, marked.length) }
}
