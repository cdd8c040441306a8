/** A named text with the offsets of its lines, to make locations from offsets. */
import type { Location } from './diagnostic.ts'
import { lineStarts, positionAt } from './position.ts'

export interface TextLines {
  readonly source: string
  readonly text: string
  readonly starts: readonly number[]
}

export function textLines(source: string, text: string): TextLines {
  return { source, text, starts: lineStarts(text) }
}

/** The range from offset `start` up to, not including, `end`. */
export function locationAt(lines: TextLines, start: number, end: number, path?: readonly (string | number)[]): Location {
  const range = { start: positionAt(lines.starts, start), end: positionAt(lines.starts, Math.max(start, end)) }
  return path === undefined ? { source: lines.source, range } : { source: lines.source, path, range }
}
