/** From an offset in a text to its line and column and back; lines end at `\n`, both count from 1, columns in UTF-16 units. */
import type { Position } from './diagnostic.ts'

/** Offsets at which the lines of `text` begin, ascending; the first is 0. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The position of `offset`, in the text whose lines begin at `starts`. */
export function positionAt(starts: readonly number[], offset: number): Position {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - starts[low]! + 1 }
}

/** The offset of `position`; past the last line it is the start of the last line. */
export function offsetAt(starts: readonly number[], position: Position): number {
  return starts[Math.min(position.line, starts.length) - 1]! + position.column - 1
}
