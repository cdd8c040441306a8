/** Pure readings of an assignment problem that compiler and solvers share: entries of rows, costs of columns, values of counts. */
import { NONE } from '../src/model/outcome.ts'
import type { AssignmentProblem, CostTerm, LinearForm, Row } from './problem.ts'

/** Class columns and auxiliary columns together. */
export function columnTotal(problem: AssignmentProblem): number {
  return problem.columnChoice.length + problem.auxiliaries.length
}

/** Devices in class c. */
export function classSize(problem: AssignmentProblem, c: number): number {
  return problem.classes.memberStart[c + 1]! - problem.classes.memberStart[c]!
}

/** Calls `visit` once for every column with a coefficient other than 0, in ascending order of classes (product) or as listed (entries). */
export function forEachEntry(problem: AssignmentProblem, row: Row, visit: (column: number, coefficient: number) => void): void {
  visitForm(problem, row.form, visit)
}

function visitForm(problem: AssignmentProblem, form: LinearForm, visit: (column: number, coefficient: number) => void): void {
  if (form.is === 'entries') {
    for (let i = 0; i < form.columns.length; i++) if (form.coefficients[i] !== 0) visit(form.columns[i]!, form.coefficients[i]!)
    return
  }
  const { columnStart } = problem.classes
  for (const c of form.classes) {
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      const coefficient = form.coefficient[problem.columnChoice[j]!]!
      if (coefficient !== 0) visit(j, coefficient)
    }
  }
}

/** The class of every class column. */
export function columnClassOf(problem: AssignmentProblem): Int32Array {
  const of = new Int32Array(problem.columnChoice.length)
  const { size, columnStart } = problem.classes
  for (let c = 0; c < size; c++) of.fill(c, columnStart[c], columnStart[c + 1])
  return of
}

/** Whether a device that runs `current` today changes where it ends as `choice`; a device that runs something unknown (-1) changes unless it ends with nothing. */
export function isChange(current: number, choice: number): boolean {
  return choice !== current && !(current === -1 && choice === NONE)
}

/** Cost of one device (or unit of an auxiliary) at `level` in the minimised sense, by column, auxiliaries last; penalties of soft rows not included. */
export function columnCosts(problem: AssignmentProblem, level: number): Float64Array {
  const costs = new Float64Array(columnTotal(problem))
  for (const term of problem.levels[level]!.terms) addTerm(problem, term, costs)
  return costs
}

function addTerm(problem: AssignmentProblem, term: CostTerm, costs: Float64Array): void {
  const { columnChoice } = problem
  const { size, columnStart, current } = problem.classes
  switch (term.is) {
    case 'choice':
      for (let j = 0; j < columnChoice.length; j++) costs[j]! += term.cost[columnChoice[j]!]!
      return
    case 'column':
      for (let j = 0; j < columnChoice.length; j++) costs[j]! += term.cost[j]!
      return
    case 'change':
      for (let c = 0; c < size; c++) {
        for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) if (isChange(current[c]!, columnChoice[j]!)) costs[j]! += term.weight
      }
      return
    case 'auxiliary':
      for (let i = 0; i < term.cost.length; i++) costs[columnChoice.length + i]! += term.cost[i]!
  }
}

/** The row's linear form at `counts` (by column, auxiliaries last). */
export function rowActivity(problem: AssignmentProblem, row: Row, counts: ArrayLike<number>): number {
  let sum = 0
  visitForm(problem, row.form, (column, coefficient) => (sum += coefficient * counts[column]!))
  return sum
}

/** Units below the lower or above the upper limit; 0 iff the row holds. */
export function rowViolation(problem: AssignmentProblem, row: Row, counts: ArrayLike<number>): number {
  const activity = rowActivity(problem, row, counts)
  return Math.max(0, row.lower - activity) + Math.max(0, activity - row.upper)
}

/** Value of every level at `counts`, minimised sense without offsets, penalties of soft rows and given-up bundles included. Hard rows are not looked at. */
export function evaluateSolution(problem: AssignmentProblem, counts: ArrayLike<number>): number[] {
  const values = problem.levels.map((_, level) => {
    const costs = columnCosts(problem, level)
    let sum = 0
    for (let j = 0; j < costs.length; j++) if (costs[j] !== 0) sum += costs[j]! * counts[j]!
    return sum
  })
  const broken = new Set<number>()
  for (const row of problem.rows) {
    if (row.policy.is === 'hard') continue
    const violation = rowViolation(problem, row, counts)
    if (violation === 0) continue
    if (row.policy.is === 'unit') values[row.policy.level]! += row.policy.weight * violation
    else broken.add(row.policy.bundle)
  }
  for (const index of broken) {
    const bundle = problem.bundles[index]!
    values[bundle.level]! += bundle.weight
  }
  return values
}

/** Index of the first hard row that `counts` break, or -1 where every hard row holds. */
export function brokenHardRow(problem: AssignmentProblem, counts: ArrayLike<number>): number {
  return problem.rows.findIndex((row) => row.policy.is === 'hard' && rowViolation(problem, row, counts) !== 0)
}

/** A minimised value in the sense in which the level is reported. */
export function reported(problem: AssignmentProblem, level: number, minimised: number): number {
  const { sense, offset } = problem.levels[level]!
  return sense === 'maximise' ? offset - minimised : offset + minimised
}
