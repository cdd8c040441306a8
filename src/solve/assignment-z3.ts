/** The reference path: the constraints' own meanings, solved level by level, every last step refuted by Z3. */
import { brokenHardRow, columnTotal, evaluateSolution } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { add } from '../smt/build.ts'
import { logicOf } from '../smt/logic.ts'
import { printProgram } from '../smt/print.ts'
import { printSymbol } from '../smt/symbol.ts'
import type { Query, Term } from '../smt/term.ts'
import {
  auxiliaryAssertions,
  classAssertions,
  columnName,
  costTerms,
  floors,
  hardAssertions,
  penalties,
  rowHolds,
  columnTerm,
  type Violation,
} from './assignment-terms.ts'
import { completeCounts } from './auxiliary-counts.ts'
import { explainImpossible } from './impossible-core.ts'
import type { Pool } from './pool.ts'
import type { SolveLimits } from './solvers.ts'
import { levelsByZ3, limitsOfTask } from './z3.ts'
import type { LevelsAnswer } from './z3-levels.ts'

const OBJECTIVE = 'level'

/** Options and assertions of the whole problem with its levels defined as `level0`, `level1`, ...; no check-sat. */
export const assignmentProgram = (problem: AssignmentProblem): string => {
  const violations: readonly Violation[] = problem.meanings.map((meaning) => ({ policy: meaning.policy, term: meaning.violation() }))
  const owed = penalties(problem, violations)
  const column = (j: number): Term => columnTerm(problem, j)
  const levels: readonly Term[] = costTerms(problem, column).map((cost, level) => add(cost, owed[level]!))
  const assertions = [...classAssertions(problem), ...pricedAuxiliaries(problem), ...hardAssertions(violations)]
  const query: Query = { logic: logicOf([...assertions.map(({ term }) => term), ...levels]), assertions, values: [] }
  return printProgram(query, { produceModels: true, definitions: levels.map((term, level) => [`${OBJECTIVE}${level}`, term]) })
}

/** Auxiliaries are no part of the meanings; only where one has a cost of its own do the rows that bind it come in. */
const pricedAuxiliaries = (problem: AssignmentProblem): Query['assertions'] => {
  const first = problem.columnChoice.length
  const priced = problem.levels.some(({ terms }) => terms.some((term) => term.is === 'auxiliary' && term.cost.some((cost) => cost !== 0)))
  if (!priced) return []
  const column = (j: number): Term => columnTerm(problem, j)
  const binding = problem.rows.filter(
    (row) => row.policy.is === 'hard' && row.form.is === 'entries' && row.form.columns.some((j) => j >= first),
  )
  return [...auxiliaryAssertions(problem), ...binding.map((row) => ({ term: rowHolds(problem, row, column) }))]
}

/** Says "better than `value[level]` with the earlier levels kept"; a whole script. */
const refutation = (program: string, value: readonly bigint[], level: number): string => {
  const limit = (k: number, most: bigint): string => `(assert (<= ${OBJECTIVE}${k} ${most < 0n ? `(- ${-most})` : `${most}`}))\n`
  const kept = value.slice(0, level).map((reached, k) => limit(k, reached))
  return `${program}${kept.join('')}${limit(level, value[level]! - 1n)}(check-sat)\n`
}

/** The scripts that say better than `value`, for a solution that is known to be best. */
export const refutations = (problem: AssignmentProblem, value: readonly number[]): readonly string[] => {
  const program = assignmentProgram(problem)
  return problem.levels.map((_, level) => refutation(program, value.map(BigInt), level))
}

/** `hints`: the values of a known solution, tried first. Undecided where the budget ends, with the best counts found. */
export const solveByZ3 = async (
  pool: Pool,
  problem: AssignmentProblem,
  limits: SolveLimits,
  hints?: readonly number[],
): Promise<AssignmentSolution> => {
  const { columnStart, size, memberStart } = problem.classes
  const homeless = Array.from({ length: size }, (_, c) => c).filter(
    (c) => columnStart[c] === columnStart[c + 1] && memberStart[c]! < memberStart[c + 1]!,
  )
  if (homeless.length > 0) return { is: 'impossible', rows: [], classes: homeless, proof: { is: 'none' } }
  const program = assignmentProgram(problem)
  const variables = Array.from({ length: problem.columnChoice.length }, (_, j) => printSymbol(columnName(problem, j)))
  const answer = await levelsByZ3(
    pool,
    {
      program,
      objectives: problem.levels.map((_, level) => `${OBJECTIVE}${level}`),
      floors: floors(problem).map(BigInt),
      ...(hints === undefined ? {} : { hints: hints.map(BigInt) }),
      variables,
      rlimit: limits.rlimit ?? 0,
    },
    limitsOfTask(limits),
  )
  return readAnswer(pool, problem, program, answer, limits)
}

const readAnswer = async (
  pool: Pool,
  problem: AssignmentProblem,
  program: string,
  answer: LevelsAnswer,
  limits: SolveLimits,
): Promise<AssignmentSolution> => {
  switch (answer.is) {
    case 'unsat':
      return explainImpossible(pool, problem, program, limits)
    case 'unknown': {
      if (answer.counts === undefined) return { is: 'undecided', why: answer.why }
      const counts = await completeCounts(pool, problem, answer.counts, limits)
      return { is: 'undecided', why: answer.why, counts }
    }
    case 'optimal': {
      const counts = await completeCounts(pool, problem, answer.counts, limits)
      const value = answer.values.map(Number)
      agree(problem, counts, value)
      const scripts = problem.levels.map((_, level) => refutation(program, answer.values, level))
      return { is: 'solved', counts, value, bound: value, proof: { is: 'refutation', scripts } }
    }
  }
}

// INVARIANT: a kind's rows and its meaning say the same. Where they do not, the catalogue is wrong and no answer may leave.
const agree = (problem: AssignmentProblem, counts: Float64Array, value: readonly number[]): void => {
  if (counts.length !== columnTotal(problem)) throw new EngineError('solve/answer', 'counts of the wrong length')
  const broken = brokenHardRow(problem, counts)
  if (broken >= 0) {
    const { use, group, part } = problem.rows[broken]!.name
    throw new EngineError('solve/disagreement', `the meanings hold but row \`${part}\` of group \`${group}\` of constraint ${use} does not`)
  }
  const byRows = evaluateSolution(problem, counts)
  if (byRows.some((amount, level) => amount !== value[level]))
    throw new EngineError('solve/disagreement', `rows cost ${byRows.join(', ')} where the meanings cost ${value.join(', ')}`)
}
