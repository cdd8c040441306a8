/** The set of columns that a row counts, if it is a plain count. */
import type { AssignmentProblem, Row } from '../../../constraints/problem.ts'

/** `scale`: the one coefficient of all columns of the set. */
export type RowSet =
  | { readonly is: 'product'; readonly scale: number; readonly classes: Int32Array; readonly choices: readonly number[] }
  | { readonly is: 'columns'; readonly scale: number; readonly columns: Int32Array }

/** Returns the row's set, or undefined where its coefficients differ, are not positive integers, or stand at auxiliaries. */
export function rowSet(problem: AssignmentProblem, row: Row): RowSet | undefined {
  const { form } = row
  const coefficients = form.is === 'product' ? form.coefficient : form.coefficients
  let scale = 0
  const members: number[] = []
  for (let i = 0; i < coefficients.length; i++) {
    const coefficient = coefficients[i]!
    if (coefficient === 0) continue
    if (scale === 0) scale = coefficient
    if (coefficient !== scale || coefficient < 0 || !Number.isSafeInteger(coefficient)) return undefined
    members.push(form.is === 'product' ? i : form.columns[i]!)
  }
  if (scale === 0) scale = 1
  if (form.is === 'product') return { is: 'product', scale, classes: form.classes, choices: members }
  if (members.some((column) => column >= problem.columnChoice.length)) return undefined
  return { is: 'columns', scale, columns: Int32Array.from(members) }
}
