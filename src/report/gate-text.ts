// The verdict of a gate as text: what fails it first, what was accepted, what of the baseline is out of date.
import type { GateResult } from '../explain/gate.ts'
import type { Finding } from '../model/conflict.ts'
import { counted } from './numbers.ts'
import { paint } from './paint.ts'

/** The whole text; `wrote` is the baseline that was written. */
export function gateText(result: GateResult, options: { readonly colour: boolean; readonly wrote?: string }): string {
  const ink = paint(options.colour)
  const line = (finding: Finding): string => `  ${finding.id}  ${finding.text}  ${ink.dim(finding.fingerprint)}`
  const block = (head: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [head, ...lines, ''])
  const lines = [
    ...block(ink.red(counted(result.conflict.length, 'conflict')), result.conflict.map(line)),
    ...block(ink.yellow(`${result.possible.length} possible`), result.possible.map(line)),
    ...block(ink.yellow(`${result.unknown.length} unknown`), result.unknown.map(line)),
    ...block(
      `${result.expired.length} accepted before, the day is over`,
      result.expired.map(({ finding, by }) => `${line(finding)}  until ${by.until}: ${by.reason}`),
    ),
    ...block(
      `${result.accepted.length} accepted`,
      result.accepted.map(({ finding, by }) => `${line(finding)}  until ${by.until}: ${by.reason}`),
    ),
    ...block(
      `${result.stale.length} accepted and no longer found`,
      result.stale.map(({ fingerprint, reason }) => `  ${fingerprint}  ${reason}`),
    ),
  ]
  if (options.wrote !== undefined) return [...lines, `wrote ${options.wrote}`, ''].join('\n')
  const verdict = {
    pass: ink.green('passed'),
    conflict: ink.red('failed: conflicts'),
    unsure: ink.yellow('failed: more open questions than allowed'),
  }[result.verdict]
  return [...lines, verdict, ''].join('\n')
}
