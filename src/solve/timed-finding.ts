/** From what was decided about a question of time to the finding that the report lists. */
import type { Finding, TraceLine } from '../model/conflict.ts'
import type { Location } from '../diagnostics/diagnostic.ts'
import type { TimedRun } from '../model/timed-run.ts'
import { fingerprintOf, nameIn } from './conflict-finding.ts'
import type { TimedQuestion, TimedWhole } from './timed-analysis.ts'
import type { Proof } from './timed-induction.ts'

export type TimedDecision =
  | { readonly is: 'run'; readonly run: TimedRun; readonly trace: readonly TraceLine[]; readonly leansOn: readonly string[] }
  | { readonly is: 'proved'; readonly proof: Proof; readonly why?: string; readonly run?: TimedRun }
  | { readonly is: 'open'; readonly why: string }

export const timedFinding = ({ structure }: TimedWhole, { kind, subject }: TimedQuestion, decision: TimedDecision): Finding => {
  const claims = kind.shownBy === 'proof'
  const base = {
    kind: kind.id,
    id: kind.number,
    severity: kind.severity(subject, structure),
    subject: subject.key,
    rules: subject.rules,
    locations: distinct(subject.at),
    // What monitors call bad refutes a claim.
    text: kind.text(subject, (decision.is === 'proved') !== claims && decision.is !== 'open', nameIn(structure)),
    trace: [],
    leansOn: [],
    fingerprint: fingerprintOf(`${kind.id} ${subject.key}`),
    ...(subject.attribute === undefined ? {} : { actuator: subject.attribute }),
    ...(subject.window === undefined ? {} : { window: subject.window }),
  }
  switch (decision.is) {
    case 'run': {
      const { run, trace, leansOn } = decision
      if (claims) return { ...base, verdict: 'proved', checkedBy: 'interpreter', run, trace, leansOn }
      const verdict = leansOn.length === 0 ? 'conflict' : 'possible'
      return { ...base, verdict, checkedBy: 'interpreter', meets: 'window', run, trace, leansOn }
    }
    case 'proved': {
      const { proof, why, run } = decision
      const more = { ...(why === undefined ? {} : { why }), ...(run === undefined ? {} : { run }) }
      // What is claimed of rules that never start is no finding.
      const verdict = claims ? (why === undefined ? 'conflict' : 'unknown') : 'proved'
      return { ...base, verdict, checkedBy: 'same-solver', certificate: proof.certificate, leansOn: proof.uses, ...more }
    }
    case 'open':
      return { ...base, verdict: 'unknown', checkedBy: 'nobody', why: decision.why }
  }
}

const distinct = (locations: readonly Location[]): readonly Location[] => [
  ...new Map(locations.map((location) => [JSON.stringify(location), location])).values(),
]
