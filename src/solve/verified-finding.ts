/** Has every finding decided again by `verify/`, and says who agreed. What the checker contradicts is no verdict. */
import type { Finding } from '../model/conflict.ts'
import type { Behaviour } from '../model/automation.ts'
import { verifyFinding, type CheckedFinding } from '../verify/conflicts.ts'

/** Small: the checker repeats what it can at once, and leaves the rest to a second solver. */
const LIMITS = { states: 150, reactions: 1_000, steps: 300 }

export const verifiedFinding = (behaviour: Behaviour, finding: Finding): Finding => {
  // The checker speaks of one reaction only: a run that leaves two members standing is replayed where it was found, a refutation of it nobody repeats.
  if (isStanding(finding)) return finding.certificate?.is === 'refutation' ? { ...finding, checkedBy: 'same-solver' } : finding
  if (finding.verdict === 'unknown') return settled(behaviour, finding)
  const checked = verifyFinding(behaviour, finding, LIMITS)
  if (checked.agrees) return { ...finding, checkedBy: checked.checkedBy }
  if (checked.checkedBy === 'nobody') return { ...finding, checkedBy: finding.certificate?.is === 'refutation' ? 'same-solver' : 'nobody' }
  return contradicted(finding, checked)
}

const contradicted = (
  { kind, id, severity, subject, actuator, rules, locations, text, fingerprint }: Finding,
  { why }: CheckedFinding,
): Finding => ({
  ...{ kind, id, severity, subject, rules, locations, text, fingerprint },
  ...(actuator === undefined ? {} : { actuator }),
  verdict: 'unknown',
  checkedBy: 'nobody',
  trace: [],
  leansOn: [],
  why: `the checker contradicts what was found: ${why ?? ''}`,
})

/** A small behaviour whose every reaction can be looked at needs no solver: what no reaction shows is refuted. */
const settled = (behaviour: Behaviour, finding: Finding): Finding => {
  const verdict = finding.id === 'K17' ? 'conflict' : 'proved'
  const checked = verifyFinding(behaviour, { ...finding, verdict }, LIMITS)
  if (!checked.agrees || checked.checkedBy === 'nobody') return finding
  return { ...finding, verdict, checkedBy: checked.checkedBy, why: 'every reaction of every state that can be reached was looked at' }
}

const isStanding = ({ subject }: Finding): boolean => subject.endsWith(' (standing)')
