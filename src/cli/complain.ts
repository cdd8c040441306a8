// Diagnostics on the error stream, with the lines of the texts they point into.
import type { Diagnostic, Source } from '../diagnostics/diagnostic.ts'
import { printDiagnostics } from '../diagnostics/print.ts'
import { schemaVersion } from '../report/assignment-json.ts'
import { counted } from '../report/numbers.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import type { Streams } from './streams.ts'

/** Prints all of them; `outcome` ends the closing line: `2 errors, nothing was assigned`. Without errors there is no closing line. */
export function complain(diagnostics: readonly Diagnostic[], sources: readonly Source[], outcome: string, streams: Streams): void {
  if (diagnostics.length === 0) return
  const texts = new Map(sources.map(({ name, text }) => [name, text]))
  streams.error(`${printDiagnostics(diagnostics, texts, { colour: streams.errorIsTerminal })}\n`)
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  if (errors > 0) streams.error(`${counted(errors, 'error')}, ${outcome}\n`)
}

interface Refusal {
  readonly outcome: string
  readonly json: boolean
  readonly sources?: readonly Source[]
}

/** Ends a command for bad input: the diagnostics for people, and for programs the same as one line of JSON. */
export function refuse(diagnostics: readonly Diagnostic[], { outcome, json, sources = [] }: Refusal, streams: Streams): ExitCode {
  complain(diagnostics, sources, outcome, streams)
  if (json) streams.out(`${JSON.stringify({ schemaVersion, status: 'invalid', diagnostics })}\n`)
  return exitCodes.badInput
}
