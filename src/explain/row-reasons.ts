/** Rows of a problem as sentences, one for each constraint and group, with the numbers that stand behind it. */
import { forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import type { Reason } from '../model/assignment.ts'
import { becauseOf, devicesIn, useAt, type ExplainContext } from './context.ts'

/** In the order of the rows. `numbers`: what to say of a row behind its sentence; absent: its limit among the devices that it speaks of. */
export function rowReasons(
  context: ExplainContext,
  rows: readonly number[],
  numbers: (row: Row) => string = (row) => limitText(context.compiled.problem, row),
): readonly Reason[] {
  const { problem } = context.compiled
  const said = new Set<string>()
  return rows.flatMap((r): readonly Reason[] => {
    const row = problem.rows[r]!
    const checked = useAt(context, row.name.use)
    const text = becauseOf(checked, row.name.group)
    const key = `${row.name.use} ${row.name.group}`
    if (said.has(key)) return []
    said.add(key)
    return [{ kind: checked.kind.id, text: `${text}${numbers(row)}`, at: checked.use.at }]
  })
}

/** `: that is at most 13 of 46`. */
function limitText(problem: AssignmentProblem, row: Row): string {
  if (row.name.part !== '') return ''
  const classes = new Set<number>()
  let plain = true
  if (row.form.is === 'product') {
    for (const c of row.form.classes) classes.add(c)
    plain = row.form.coefficient.every((value) => value === 0 || value === 1)
  } else {
    const { columnStart, size } = problem.classes
    forEachEntry(problem, row, (column, coefficient) => {
      plain &&= column < columnStart[size]! && coefficient === 1
      if (plain) classes.add(upperIndex(columnStart, column))
    })
  }
  if (!plain) return ''
  const devices = devicesIn(problem, classes)
  const limits = [row.lower > 0 ? `at least ${row.lower}` : '', row.upper < devices ? `at most ${row.upper}` : ''].filter(
    (text) => text !== '',
  )
  return limits.length === 0 ? '' : `: that is ${limits.join(' and ')} of ${devices}`
}

function upperIndex(start: Int32Array, column: number): number {
  let low = 0
  let high = start.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (start[middle]! <= column) low = middle
    else high = middle
  }
  return low
}
