/** Has an assignment checked by the trusted base, with the certificates that it can use. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Assignment } from '../model/assignment.ts'
import type { Certificate } from '../model/certificate.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import { verifyAssignment, type AssignmentCheck } from '../verify/assignment.ts'
import { certificatesOf } from './certificates.ts'
import type { ExplainContext } from './context.ts'
import { claimedLevels } from './levels.ts'

export interface CheckedAssignment {
  readonly check: AssignmentCheck
  readonly certificates: readonly Certificate[]
}

/** Throws where the check refutes what the solvers say: then we are wrong, not the model. */
export function checkAssignment(
  { model, fleet, compiled }: ExplainContext,
  verdict: Extract<AssignmentVerdict, { readonly is: 'solved' }>,
  assignment: Assignment,
): CheckedAssignment {
  const levels = claimedLevels(compiled.problem, verdict)
  const checkWith = (certificates: readonly Certificate[]): CheckedAssignment => ({
    certificates,
    check: verifyAssignment(model, fleet, assignment, certificates, { levels }),
  })
  const first = checkWith(certificatesOf(compiled.problem, fleet, verdict.components))
  // Prices on parts that the checker does not count (sets that conflict) prove nothing to it; small components it can list instead.
  const unusable = new Set(first.check.unused.map(({ component }) => component))
  // Where prices prove less than the solvers know (limits that contradict each other, paid for by the unit), small components are listed too.
  const lacking = verdict.components.flatMap(({ name, value, bound }) => (value.every((one, level) => one === bound[level]) ? [name] : []))
  const listed = unusable.size > 0 ? unusable : new Set(isShort(first) ? lacking : [])
  const again = listed.size === 0 ? [] : certificatesOf(compiled.problem, fleet, verdict.components, listed)
  const result = again.some(({ is }) => is === 'enumeration') ? better(first, checkWith(again)) : first
  const { check } = result
  if (!check.feasible || check.levels.some(({ value }, level) => value !== levels[level]!.value)) {
    const why = check.feasible ? check.disagreements.join('; ') : 'a hard constraint or a requirement is broken'
    throw new EngineError('engine/refuted', `the assignment does not stand up to its check: ${why}`, { cause: check })
  }
  return result
}

const isShort = ({ check }: CheckedAssignment): boolean => check.levels.some(({ checkedBy }) => checkedBy === 'nobody')

const confirmed = ({ check }: CheckedAssignment): number => check.levels.filter(({ checkedBy }) => checkedBy !== 'nobody').length

const better = (a: CheckedAssignment, b: CheckedAssignment): CheckedAssignment => (confirmed(b) > confirmed(a) ? b : a)
