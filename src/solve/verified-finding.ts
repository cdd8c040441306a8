/** Has every finding decided again by `verify/`, and says who agreed. What the checker contradicts, and what nobody can repeat, is no verdict. */
import type { Finding } from '../model/conflict.ts'
import type { Behaviour } from '../model/automation.ts'
import { smallLimits } from '../verify/enumerate.ts'
import { isClaim, verifyFindings, type CheckedFinding } from '../verify/conflicts.ts'

export const verifiedFindings = (behaviour: Behaviour, findings: readonly Finding[], late?: () => boolean): readonly Finding[] => {
  const asked = findings.map(suspected)
  const checked = verifyFindings(behaviour, asked, smallLimits, late)
  return findings.map((finding, index) => {
    const answer = checked[index]!
    if (finding.verdict === 'unknown') return settled(finding, asked[index]!, answer)
    if (answer.agrees) return { ...finding, checkedBy: answer.checkedBy }
    if (answer.checkedBy !== 'nobody') return taken(finding, `the checker contradicts what was found: ${answer.why ?? ''}`)
    if (finding.certificate?.is === 'refutation') return { ...finding, checkedBy: 'same-solver' }
    return taken(finding, `${finding.why ?? 'it was found so'}, but nobody could repeat that: ${answer.why ?? ''}`)
  })
}

/** What an open question would be answered if no run showed it. */
const suspected = (finding: Finding): Finding =>
  finding.verdict === 'unknown' ? { ...finding, verdict: isClaim(finding.id) ? 'conflict' : 'proved' } : finding

/** A small behaviour whose every reaction can be looked at needs no solver: what no reaction shows is refuted. */
const settled = (finding: Finding, { verdict }: Finding, { agrees, checkedBy }: CheckedFinding): Finding => {
  if (!agrees || checkedBy === 'nobody') return finding
  const why =
    checkedBy === 'structure' ? 'no value that can occur leads there' : 'every reaction of every state that can be reached was looked at'
  return { ...finding, verdict, checkedBy, why }
}

const taken = ({ kind, id, severity, subject, actuator, rules, locations, text, fingerprint }: Finding, why: string): Finding => ({
  ...{ kind, id, severity, subject, rules, locations, text, fingerprint },
  ...(actuator === undefined ? {} : { actuator }),
  verdict: 'unknown',
  checkedBy: 'nobody',
  trace: [],
  leansOn: [],
  why,
})
