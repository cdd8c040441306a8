/** The levels as they are reported, with who stands for each bound. */
import { reported } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import type { KnownSoFar, Level, MethodUsed } from '../model/assignment.ts'
import type { CheckedBy } from '../model/certificate.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import type { AssignmentCheck } from '../verify/assignment.ts'

type Solved = Extract<AssignmentVerdict, { readonly is: 'solved' }>

/** What the solvers say, before anybody has checked it. */
export function claimedLevels(
  problem: AssignmentProblem,
  { value, bound }: Solved,
): readonly { readonly name: string; readonly value: number; readonly bound: number }[] {
  return problem.levels.map(({ name }, level) => ({
    name,
    value: reported(problem, level, value[level]!),
    bound: reported(problem, level, bound[level]!),
  }))
}

/** `check` is of the same claims. */
export function checkedLevels(problem: AssignmentProblem, verdict: Solved, check: AssignmentCheck): readonly Level[] {
  return claimedLevels(problem, verdict).map((claim, level) => {
    const { sense } = problem.levels[level]!
    const confirmed = check.levels[level]!.checkedBy
    return {
      ...claim,
      sense,
      gap: Math.abs(claim.value - claim.bound),
      checkedBy: confirmed === 'nobody' ? bySolver(verdict, level) : confirmed,
    }
  })
}

/** A solver's own refutation stands for itself only; a bound without any proof has nobody. */
function bySolver({ components }: Solved, level: number): CheckedBy {
  const proved = components.every(
    ({ proof, value, bound }) => proof.is !== 'none' && value.slice(0, level + 1).every((entry, i) => entry === bound[i]),
  )
  return proved ? 'same-solver' : 'nobody'
}

/** Gap 0 at every level, each checked by another party than the one that found it. */
export function isOptimal(levels: readonly Level[]): boolean {
  return levels.every(
    ({ gap, checkedBy }) => gap === 0 && (checkedBy === 'arithmetic' || checkedBy === 'enumeration' || checkedBy === 'other-solver'),
  )
}

/** What is known of an assignment that is not finished, nobody having checked it. */
export function knownSoFar(
  problem: AssignmentProblem,
  { components, open, bound, value }: Extract<AssignmentVerdict, { readonly is: 'undecided' }>,
): KnownSoFar {
  const method = ({ name, method, devices }: MethodOf): MethodUsed => ({ component: name, method, devices })
  return {
    levels: problem.levels.map(({ name, sense }, level) => ({
      name,
      sense,
      ...(value && { value: reported(problem, level, value[level]!) }),
      bound: reported(problem, level, bound[level]!),
    })),
    done: components.map(method),
    open: open.map((one) => ({ ...method(one), why: one.why })),
  }
}

interface MethodOf {
  readonly name: string
  readonly method: MethodUsed['method']
  readonly devices: number
}
