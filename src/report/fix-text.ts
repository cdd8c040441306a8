// What `fix` found, as text and JSON: each conflict with the changes that are proved to take it away, the smallest first, as diffs.
import type { FixedFinding, Repair } from '../engine-fix.ts'
import { schemaVersion } from './assignment-json.ts'
import { counted } from './numbers.ts'
import { unifiedDiff } from './unified-diff.ts'

/** Ends with a line feed. */
export function fixText(findings: readonly FixedFinding[]): string {
  if (findings.length === 0) return 'no conflict to repair\n'
  const blocks = findings.flatMap(({ finding, repairs, refused }) => [
    `conflict  ${finding.text}  ${finding.id}  fingerprint ${finding.fingerprint}`,
    ...(repairs.length === 0
      ? ['  no repair that is proved to help', ...refused.slice(0, 5).map(({ says, why }) => `    not ${says}: ${why}`)]
      : repairs.flatMap((repair, at) => repairLines(repair, at + 1))),
    '',
  ])
  const helped = findings.filter(({ repairs }) => repairs.length > 0).length
  return [...blocks, `${helped} of ${counted(findings.length, 'conflict')} can be repaired`, ''].join('\n')
}

function repairLines({ sort, says, files, questions, alive }: Repair, number: number): readonly string[] {
  return [
    `  repair ${number}  ${sort}: ${says}`,
    `            proved: gone, nothing new in ${counted(questions, 'question')}; ${alive} rules, branches and triggers shown to act still`,
    ...files.flatMap(({ name, before, after }) =>
      unifiedDiff(name, before, after)
        .trimEnd()
        .split('\n')
        .map((line) => `    ${line}`),
    ),
  ]
}

export function fixJson(findings: readonly FixedFinding[]): object {
  return {
    schemaVersion,
    findings: findings.map(({ finding: { id, kind, severity, subject, text, rules, fingerprint }, repairs, refused }) => ({
      ...{ id, kind, severity, subject, text, rules, fingerprint },
      repairs: repairs.map(({ files, ...rest }) => ({
        ...rest,
        files: files.map(({ name, before, after }) => ({ name, diff: unifiedDiff(name, before, after) })),
      })),
      refused,
    })),
  }
}
