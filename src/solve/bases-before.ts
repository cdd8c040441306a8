/** Where the linear programs of an earlier answer ended, in the classes, columns and rows of a component as it is now: where to start from, and nothing more. */
import type { LinearBasis } from '../../constraints/problem.ts'
import type { Component } from '../compile/components.ts'
import { rowBefore, type Earlier } from './earlier.ts'
import { LOWER, BASIC } from './linear-basis.ts'
import { outcomeThen } from './trees-before.ts'

/** By level. What is new is nonbasic as a column, and basic as a row. */
export function basesBefore(earlier: Earlier, component: Component): readonly LinearBasis[] {
  const outcome = outcomeThen(earlier, component)
  if (outcome?.bases === undefined) return []
  const { problem } = component
  const { answer, classThen, choiceNow } = earlier
  const then = answer.problem
  const placeOfClass = new Map(Array.from(outcome.classes, (c, at) => [c, at]))
  const placeOfColumn = new Map(Array.from(outcome.columns, (column, at) => [column, at]))
  const placeOfRow = new Map(Array.from(outcome.rows, (row, at) => [row, at]))
  const { memberStart, members, columnStart, size } = problem.classes
  const classes = new Int32Array(size).fill(-1)
  const columns = new Int32Array(problem.columnChoice.length).fill(-1)
  const columnOf = new Int32Array(problem.choices.length)
  for (let c = 0; c < size; c++) {
    const row = memberStart[c] === memberStart[c + 1] ? -1 : rowBefore(earlier, members[memberStart[c]!]!)
    const old = row < 0 ? -1 : classThen[row]!
    if (!placeOfClass.has(old)) continue
    classes[c] = placeOfClass.get(old)!
    columnOf.fill(-1)
    for (let j = then.classes.columnStart[old]!; j < then.classes.columnStart[old + 1]!; j++) {
      const choice = choiceNow[then.columnChoice[j]!]!
      if (choice >= 0) columnOf[choice] = placeOfColumn.get(j) ?? -1
    }
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) columns[j] = columnOf[problem.columnChoice[j]!]!
  }
  const rows = component.rows.map((row) => placeOfRow.get(earlier.rowThen.get(earlier.keys[row]!) ?? -1) ?? -1)
  return outcome.bases.map((basis) => ({
    columns: Int8Array.from(columns, (at) => (at < 0 ? LOWER : basis.columns[at]!)),
    classes: Int8Array.from(classes, (at) => (at < 0 ? BASIC : basis.classes[at]!)),
    rows: Int8Array.from(rows, (at) => (at < 0 ? BASIC : basis.rows[at]!)),
  }))
}
