/** Refuses texts that no reader should be given: too large, not UTF-8, with control characters. */
import type { Diagnostic, Location, Source } from './diagnostic.ts'
import { locationAt, textLines } from './text-lines.ts'

/** 64 MB; larger fleets belong into NDJSON, which is read as a stream. */
export const MAXIMUM_TEXT = 64 * 1024 * 1024

/** Nesting of lists and mappings that readers accept. */
export const MAXIMUM_DEPTH = 200

export function checkText(source: Source): readonly Diagnostic[] {
  if (source.text.length > MAXIMUM_TEXT) {
    const at = { source: source.name }
    const message = `the text has ${Math.ceil(source.text.length / 1024 / 1024)} MB, more than the ${MAXIMUM_TEXT / 1024 / 1024} MB that are read in one piece`
    return [{ code: 'formats/too-large', severity: 'error', message, hint: 'maybe put the devices into an NDJSON file', at }]
  }

  const bad = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/.exec(source.text)
  if (bad === null) return []
  return [badCharacter(bad[0], locationAt(textLines(source.name, source.text), bad.index, bad.index + 1))]
}

/** What is wrong with one control character, or with the mark that stands for bytes that are not UTF-8. */
export function badCharacter(character: string, at: Location): Diagnostic {
  if (character === '\ufffd') {
    const hint = 'maybe save the file as UTF-8'
    return { code: 'formats/not-utf8', severity: 'error', message: 'the text is not UTF-8 here, its characters cannot be read', hint, at }
  }
  const unit = character.charCodeAt(0)
  const name = unit === 0 ? 'a NUL byte' : `the control character U+${unit.toString(16).toUpperCase().padStart(4, '0')}`
  return {
    code: 'formats/control-character',
    severity: 'error',
    message: `${name} stands in the text`,
    hint: 'maybe the file is damaged or is not a text file',
    at,
  }
}
