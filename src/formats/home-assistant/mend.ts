/** Quoted texts whose further lines are indented too little: PyYAML, which Home Assistant reads with, takes them; the stricter parser here does not. */
import { parseDocument, type ParseOptions, type DocumentOptions } from 'yaml'

const ROUNDS = 100

/** The text with such lines indented further, line by line the same; nothing where that is not all that is wrong. */
export function mended(text: string, options: ParseOptions & DocumentOptions): string | undefined {
  let lines = text.split('\n')
  for (let round = 0; round < ROUNDS; round += 1) {
    const now = lines.join('\n')
    const { errors } = parseDocument(now, options)
    const [first] = errors
    if (first === undefined) return now
    const next = first.code === 'MISSING_CHAR' ? indented(lines, now, first.pos[0]) : undefined
    if (next === undefined) return undefined
    lines = next
  }
  return undefined
}

/** The lines with those after the one where a quoted text breaks off moved to the right of it. */
function indented(lines: readonly string[], text: string, position: number): string[] | undefined {
  const before = text.slice(0, position)
  const line = before.split('\n').length - 1
  const opening = lastOpening(lines[line] ?? '')
  if (opening === undefined) return undefined
  const indent = /^[\s-]*/.exec(lines[line]!)![0].length + 1
  const made = [...lines]
  for (let at = line + 1; at < lines.length; at += 1) {
    const one = lines[at]!
    made[at] = one.trim() === '' ? one : ' '.repeat(Math.max(0, indent - (one.length - one.trimStart().length))) + one
    if (closes(one, opening)) return made.some((now, index) => now !== lines[index]) ? made : undefined
  }
  return undefined
}

/** The quote that a line opens as a value and does not close. */
function lastOpening(line: string): string | undefined {
  const found = /(?:^|[:\-,[{]\s+)(["'])(.*)$/.exec(line)
  return found === null || closes(found[2]!, found[1]!) ? undefined : found[1]
}

function closes(line: string, quote: string): boolean {
  const plain = quote === '"' ? line.replace(/\\./g, '') : line.replaceAll("''", '')
  return plain.includes(quote)
}
