/** A smallest set of hard rows that cannot hold together: Z3's core, thinned by leaving out one row after the other. */
import type { AssignmentProblem, AssignmentSolution, Row } from '../../constraints/problem.ts'
import { columnClassOf, forEachEntry } from '../../constraints/problem-reading.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { printQuery } from '../smt/print.ts'
import type { Assertion, Term } from '../smt/term.ts'
import { auxiliaryAssertions, classAssertions, columnTerm, rowHolds } from './assignment-terms.ts'
import type { Pool } from './pool.ts'
import type { SolveLimits } from './solvers.ts'
import { askZ3 } from './z3.ts'

const LABEL = 'row'
const label = (row: number): string => `${LABEL}${row}`

/** The classes of which the rows count devices, ascending. */
export const classesOfRows = (problem: AssignmentProblem, rows: readonly number[]): readonly number[] => {
  const classOf = columnClassOf(problem)
  const found = new Set<number>()
  for (const index of rows) forEachEntry(problem, problem.rows[index]!, (j) => j < classOf.length && found.add(classOf[j]!))
  return [...found].sort((a, b) => a - b)
}

/** `refutation`: a program that Z3 found unsatisfiable. Thinning stops with the budget; what is left still cannot hold together. */
export const explainImpossible = async (
  pool: Pool,
  problem: AssignmentProblem,
  refutation: string,
  limits: SolveLimits,
): Promise<AssignmentSolution> => {
  const base: readonly Assertion[] = [...classAssertions(problem), ...auxiliaryAssertions(problem)]
  const column = (j: number): Term => columnTerm(problem, j)
  const script = (rows: readonly number[]): string => {
    const assertions = rows.map((index) => ({ label: label(index), term: rowHolds(problem, problem.rows[index]!, column) }))
    return printQuery({ logic: 'QF_LIA', assertions: [...base, ...assertions], values: [] }, { produceCores: true })
  }
  const core = async (rows: readonly number[]): Promise<readonly number[] | undefined> => {
    const [answer] = await askZ3(pool, [script(rows)], limits)
    if (answer?.is !== 'unsat') return undefined
    return answer.core.map((name) => Number(name.slice(LABEL.length))).sort((a, b) => a - b)
  }
  const hard = problem.rows.flatMap((row: Row, index) => (row.policy.is === 'hard' ? [index] : []))
  const first = await core(hard)
  if (first === undefined) {
    // The budget may end before the rows are refuted a second time; the refutation of the meanings stands.
    if (limits.rlimit === undefined && limits.milliseconds === undefined && limits.signal === undefined)
      throw new EngineError('solve/disagreement', 'the meanings cannot hold together but the rows can')
    return {
      is: 'impossible',
      rows: hard,
      classes: classesOfRows(problem, hard),
      proof: { is: 'refutation', scripts: [`${refutation}(check-sat)\n`] },
    }
  }
  let rows = first
  for (const index of first) {
    if (!rows.includes(index)) continue
    rows = (await core(rows.filter((other) => other !== index))) ?? rows
  }
  const proof = { is: 'refutation', scripts: [script(rows)] } as const
  return { is: 'impossible', rows, classes: classesOfRows(problem, rows), proof }
}
