/** Says what is wrong with a line of NDJSON that is no JSON object, and where. */
import { badCharacter } from '../../diagnostics/check-text.ts'
import type { Diagnostic, Location } from '../../diagnostics/diagnostic.ts'
import { readJson } from '../../diagnostics/json.ts'

export function brokenLine(source: string, text: string, line: number, ended: boolean): Diagnostic {
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f]/.exec(text)
  if (control !== null) return badCharacter(control[0], locationIn(source, line, control.index + 1, control.index + 2))
  const read = readJson({ name: source, text })
  const [problem] = read.diagnostics
  if (read.ok || problem === undefined) {
    const list = text.trimStart().startsWith('[')
    const hint = list ? 'maybe the file is one JSON list; write each device on a line of its own' : 'maybe `{"id": ...}`'
    return {
      code: 'formats/broken-line',
      severity: 'error',
      message: 'the line is no JSON object',
      hint,
      at: locationIn(source, line, 1, text.length + 1),
    }
  }
  const range = problem.at.range!
  const at = locationIn(source, line, range.start.column, range.end.column)
  const atEnd = range.end.column >= text.trimEnd().length
  if (!ended && atEnd && !problem.message.startsWith('the text goes on')) {
    return {
      code: 'formats/truncated-line',
      severity: 'error',
      message: `the last line ends too early: ${problem.message}`,
      hint: 'maybe the file was cut off',
      at,
    }
  }
  const spread = atEnd && /^\s*[[{]\s*$/.test(text) ? { hint: 'maybe write each device on a single line' } : {}
  return { ...problem, code: problem.code === 'formats/broken-json' ? 'formats/broken-line' : problem.code, ...spread, at }
}

/** The place of the value of `field` in a line that is JSON; of the whole line where it has none. */
export function fieldLocation(source: string, text: string, line: number, field: string): Location {
  // What is not UTF-8 is said by others; here the place is wanted all the same.
  const read = readJson({ name: source, text: text.replaceAll('\ufffd', '?') })
  const range = read.ok ? read.value.locate([field]).range : undefined
  return range === undefined ? locationIn(source, line, 1, text.length + 1) : locationIn(source, line, range.start.column, range.end.column)
}

export function locationIn(source: string, line: number, from: number, to: number): Location {
  return { source, range: { start: { line, column: from }, end: { line, column: Math.max(from, to) } } }
}
