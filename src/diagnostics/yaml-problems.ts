/** Says in plain words what the YAML parser's error codes mean. */
import { MAXIMUM_DEPTH } from './check-text.ts'
import type { Diagnostic } from './diagnostic.ts'
import { locationAt, type TextLines } from './text-lines.ts'

interface Wording {
  readonly message: string
  readonly hint?: string
}

const WORDINGS: Readonly<Record<string, Wording>> = {
  BAD_ALIAS: { message: 'an alias (`*name`) is not written well' },
  BAD_DIRECTIVE: { message: 'a line that begins with `%` is not a directive known here' },
  BAD_DQ_ESCAPE: {
    message: 'a text in double quotes holds an escape that YAML does not know',
    hint: 'maybe use single quotes, or write `\\\\` for a backslash',
  },
  BAD_INDENT: { message: 'the indentation does not fit the lines above', hint: 'maybe a bracket above is not closed' },
  BAD_SCALAR_START: { message: 'a value cannot begin with this character', hint: 'maybe put the value in quotes' },
  BLOCK_AS_IMPLICIT_KEY: { message: 'a second `key:` stands on the line of a first one', hint: 'maybe put the value in quotes' },
  BLOCK_IN_FLOW: { message: 'an indented block stands inside brackets' },
  KEY_OVER_1024_CHARS: { message: 'a key is longer than 1,024 characters' },
  MISSING_CHAR: { message: 'a quote, bracket, comma or colon is missing here' },
  MULTILINE_IMPLICIT_KEY: { message: 'a key goes over more than one line', hint: 'maybe a colon or the indentation is missing' },
  MULTIPLE_DOCS: { message: 'a second document begins here (`---`); one is read' },
  RESOURCE_EXHAUSTION: { message: `lists and mappings are nested deeper than ${MAXIMUM_DEPTH}` },
  TAB_AS_INDENT: { message: 'a tab stands in the indentation; YAML allows blanks only', hint: 'maybe replace the tab by blanks' },
  UNEXPECTED_TOKEN: { message: 'this cannot stand here' },
}

const CODES: Readonly<Record<string, string>> = { TAB_AS_INDENT: 'formats/tab', RESOURCE_EXHAUSTION: 'formats/too-deep' }

export function yamlProblem(code: string, original: string, lines: TextLines, [start, end]: readonly [number, number]): Diagnostic {
  const wording = WORDINGS[code] ?? { message: 'the text is not YAML here' }
  const at = locationAt(lines, Math.min(start, lines.text.length), Math.min(Math.max(end, start + 1), lines.text.length))
  const missing = code === 'MISSING_CHAR' && original.startsWith('Missing closing') ? 'a text is not closed by its quote' : wording.message
  const base = { code: CODES[code] ?? 'formats/broken-yaml', severity: 'error', message: missing, at } as const
  return wording.hint === undefined ? base : { ...base, hint: wording.hint }
}
