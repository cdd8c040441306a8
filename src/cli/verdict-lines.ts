// The closing lines of `verify`, the same for bundles and reports.
import { schemaVersion } from '../report/assignment-json.ts'
import { paint } from '../report/paint.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import type { Streams } from './streams.ts'

export interface VerifyOutcome {
  /** What was confirmed, one sentence each. */
  readonly confirmed: readonly string[]
  readonly refuted: readonly string[]
  readonly undecided: readonly string[]
}

/** Prints the outcome and answers the exit code: 0 holds, 1 refuted, 2 cannot tell. */
export function sayOutcome(outcome: VerifyOutcome, json: boolean, streams: Streams): ExitCode {
  const verdict = outcome.refuted.length > 0 ? 'refuted' : outcome.undecided.length > 0 ? 'undecided' : 'holds'
  if (json) streams.out(`${JSON.stringify({ schemaVersion, verdict, ...outcome })}\n`)
  else {
    const ink = paint(streams.outIsTerminal)
    const lines = [
      ...outcome.confirmed.map((sentence) => `${ink.green('confirmed')}  ${sentence}`),
      ...outcome.undecided.map((sentence) => `${ink.yellow('open')}       ${sentence}`),
      ...outcome.refuted.map((sentence) => `${ink.red('refuted')}    ${sentence}`),
      verdict === 'holds' ? 'holds' : verdict === 'refuted' ? 'refuted' : 'cannot tell',
    ]
    streams.out(`${lines.join('\n')}\n`)
  }
  switch (verdict) {
    case 'holds':
      return exitCodes.good
    case 'refuted':
      return exitCodes.no
    case 'undecided':
      return exitCodes.unsure
  }
}
