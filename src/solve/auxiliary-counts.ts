/** Auxiliary columns for given class counts: such that the hard rows hold and the soft ones cost least. */
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { add, int } from '../smt/build.ts'
import { printProgram } from '../smt/print.ts'
import { printSymbol } from '../smt/symbol.ts'
import type { Term } from '../smt/term.ts'
import {
  auxiliaryAssertions,
  columnName,
  columnTerm,
  costTerms,
  floors,
  hardAssertions,
  penalties,
  rowViolationTerm,
} from './assignment-terms.ts'
import type { Pool } from './pool.ts'
import type { SolveLimits } from './solvers.ts'
import { levelsByZ3, limitsOfTask } from './z3.ts'

/** The counts with auxiliaries appended. Throws `solve/disagreement` where none fit. */
export const completeCounts = async (
  pool: Pool,
  problem: AssignmentProblem,
  classCounts: Float64Array,
  limits: SolveLimits,
): Promise<Float64Array> => {
  const first = problem.columnChoice.length
  const { auxiliaries } = problem
  if (auxiliaries.length === 0) return classCounts.slice(0, first)
  const reads = (row: Row): boolean => row.form.is === 'entries' && row.form.columns.some((j) => j >= first)
  const column = (j: number): Term => (j < first ? int(classCounts[j]!) : columnTerm(problem, j))
  const violations = problem.rows
    .filter((row) => reads(row) || row.policy.is === 'whole')
    .map((row) => ({ policy: row.policy, term: rowViolationTerm(problem, row, column) }))
  const owed = penalties(problem, violations)
  const levels = costTerms(problem, column).map((cost, level) => add(cost, owed[level]!))
  const unknowns = auxiliaries.map((_, index) => columnTerm(problem, first + index))
  const program = printProgram(
    { logic: 'QF_LIA', assertions: [...auxiliaryAssertions(problem), ...hardAssertions(violations)], values: unknowns },
    { definitions: levels.map((term, level) => [`level${level}`, term]) },
  )
  const task = {
    program,
    objectives: levels.map((_, level) => `level${level}`),
    floors: floors(problem).map(BigInt),
    variables: unknowns.map((_, index) => printSymbol(columnName(problem, first + index))),
    rlimit: 0,
  }
  const answer = await levelsByZ3(pool, task, limitsOfTask(limits))
  if (answer.is === 'unknown' && answer.counts === undefined)
    throw new EngineError('solve/auxiliaries', `no auxiliary counts were found: ${answer.why}`)
  if (answer.is === 'unsat') throw new EngineError('solve/disagreement', 'the meanings hold but no auxiliary counts fit the rows')
  const counts = new Float64Array(first + auxiliaries.length)
  counts.set(classCounts.subarray(0, first))
  counts.set(answer.counts ?? [], first)
  return counts
}
