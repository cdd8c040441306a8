/** What can be wrong with an input: a coded, located sentence for the person who wrote it. */

/** A place in a text; both count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: Position
  readonly end: Position
}

/** Where something stands: the source's name, and as far as known the path of keys and the range in its text. */
export interface Location {
  readonly source: string
  readonly path?: readonly (string | number)[]
  readonly range?: Range
}

export type Severity = 'error' | 'warning' | 'information'

/** `code` is `room/what`; `message` is lower-case without a full stop, names in backticks; `hint` begins with "maybe". */
export interface Diagnostic {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly hint?: string
  readonly at: Location
}

/** The outcome of reading an input: a value with perhaps warnings, or the reasons why there is none. */
export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** A whole text in memory with the name that diagnostics call it by. */
export interface Source {
  readonly name: string
  readonly text: string
}
