// The line of source text that a location points to, for reports.
import type { Location, Source } from '../diagnostics/diagnostic.ts'

/** Gives the line of a location, without its indentation and cut after 160 characters; undefined where the text is not known. */
export const sourceLines = (sources: readonly Source[]): ((at: Location) => string | undefined) => {
  const texts = new Map(sources.map(({ name, text }) => [name, text]))
  const split = new Map<string, readonly string[]>()
  return ({ source, range }) => {
    const text = texts.get(source)
    if (text === undefined || range === undefined) return undefined
    let lines = split.get(source)
    if (lines === undefined) split.set(source, (lines = text.split(/\r?\n/)))
    const line = lines[range.start.line - 1]
    if (line === undefined) return undefined
    // A whole program or flow can stand on one line: what is shown begins where the location does.
    const from = line.length > 160 ? range.start.column - 1 : 0
    const shown = line.slice(from, from + 160).trim()
    // A bracket alone says nothing.
    return !/[\p{L}\d]/u.test(shown) ? undefined : from + 160 < line.length ? `${shown}…` : shown
  }
}
