/** Bases of linear programs in terms of the problem that they stand for, and back: a start, so that what does not fit is put right or left out. */
import type { Basis } from 'highs'
import { columnTotal } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, LinearBasis } from '../../constraints/problem.ts'
import type { MixedProgram } from './highs-program.ts'

/** Statuses as HiGHS numbers them. */
export const LOWER = 0
export const BASIC = 1

/** The rows of the classes stand first in a program; of a row that stands there twice the first one counts. */
export const basisOf = (problem: AssignmentProblem, { rowOf }: MixedProgram, { colStatus, rowStatus }: Basis): LinearBasis => {
  const rows = new Int8Array(problem.rows.length).fill(BASIC)
  for (let at = rowOf.length - 1; at >= 0; at--) if (rowOf[at]! >= 0) rows[rowOf[at]!] = rowStatus[at]!
  const columns = Int8Array.from(colStatus.subarray(0, columnTotal(problem)))
  return { columns, classes: Int8Array.from(rowStatus.subarray(0, problem.classes.size)), rows }
}

/** As many are basic as there are rows: too many columns are taken to their limits, and rows are made basic where there are too few. */
export const inProgram = ({ rowOf, columnLower }: MixedProgram, { columns, classes, rows }: LinearBasis): Basis => {
  const colStatus = new Int32Array(columnLower.length)
  colStatus.set(columns)
  const rowStatus = Int32Array.from(rowOf, (row, at) => (row < 0 ? classes[at]! : rows[row]!))
  const count = (list: Int32Array): number => list.reduce((sum, status) => sum + (status === BASIC ? 1 : 0), 0)
  let missing = rowOf.length - count(colStatus) - count(rowStatus)
  for (let row = rowStatus.length - 1; row >= 0 && missing > 0; row--)
    if (rowStatus[row] !== BASIC) {
      rowStatus[row] = BASIC
      missing--
    }
  for (let column = colStatus.length - 1; column >= 0 && missing < 0; column--)
    if (colStatus[column] === BASIC) {
      colStatus[column] = LOWER
      missing++
    }
  return { colStatus, rowStatus }
}
