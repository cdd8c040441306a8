/** Where a command's text goes; a test gives its own. Progress is drawn on `error` only where it is a terminal. */
export interface Streams {
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** Resolves when what was written has gone far enough to write more; absent: always. */
  readonly drained?: () => Promise<void>
  /** Standard input, for `-`. */
  readonly input: AsyncIterable<Uint8Array>
  readonly outIsTerminal: boolean
  readonly errorIsTerminal: boolean
  readonly clock: () => number
  /** The day in UTC, `2026-11-23`; absent: the machine's. */
  readonly today?: () => string
  readonly workingDirectory: string
}
