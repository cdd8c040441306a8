/** Re-solves a core alone: Z3 refutes its rows by themselves and keeps those it needs. */
import type { AssignmentProblem } from '../../constraints/problem.ts'
import type { Certificate, CheckedBy } from '../model/certificate.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import { impossibleScript, rowsOfCore, type ImpossibleCore } from './impossible.ts'

export interface ConfirmedCore {
  readonly core: ImpossibleCore
  readonly checkedBy: CheckedBy
  readonly certificates: readonly Certificate[]
}

// Z3's units for one core where the caller sets no limit.
const UNITS = 20_000_000

/** A core that another method found and Z3 refutes has two parties; what Z3 found alone has one. */
export async function confirmImpossible(
  problem: AssignmentProblem,
  verdict: Extract<AssignmentVerdict, { readonly is: 'impossible' }>,
  solvers: Solvers,
  limits: SolveLimits = {},
): Promise<ConfirmedCore> {
  const { component, method, proof } = verdict
  let rows = verdict.rows
  const refuted = async (candidates: readonly number[]): Promise<readonly number[] | undefined> => {
    const script = impossibleScript(problem, candidates)
    if (script === undefined) return undefined
    const answer = await solvers.ask(script, { rlimit: UNITS, ...(limits.signal && { signal: limits.signal }) })
    return answer.is === 'unsat' ? rowsOfCore(answer.core) : undefined
  }
  const first = await refuted(rows)
  if (first === undefined) {
    const scripts = proof.is === 'refutation' ? proof.scripts : []
    const certificates = scripts.map((script): Certificate => ({ is: 'impossible', component, script }))
    return { core: verdict, checkedBy: scripts.length > 0 ? 'same-solver' : 'nobody', certificates }
  }
  rows = first
  for (const row of first) if (rows.includes(row)) rows = (await refuted(rows.filter((other) => other !== row))) ?? rows
  const certificates: readonly Certificate[] = [{ is: 'impossible', component, script: impossibleScript(problem, rows)! }]
  return { core: { rows, classes: verdict.classes }, checkedBy: method === 'z3' ? 'same-solver' : 'other-solver', certificates }
}
