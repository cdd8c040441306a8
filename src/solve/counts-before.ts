/** What an earlier answer gave, as counts of a component as it is now: where to start from, and nothing more. */
import { columnTotal } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { rowBefore, type Earlier } from './earlier.ts'

/** By column; NaN in classes with a device that is new, may have changed, or cannot keep what it was given. */
export function countsBefore(earlier: Earlier, problem: AssignmentProblem): Float64Array {
  const { choiceNow, answer } = earlier
  const { memberStart, members, columnStart, size } = problem.classes
  const counts = new Float64Array(columnTotal(problem))
  const columnOf = new Int32Array(problem.choices.length)
  for (let c = 0; c < size; c++) {
    columnOf.fill(-1)
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) columnOf[problem.columnChoice[j]!] = j
    const keeps = members.subarray(memberStart[c], memberStart[c + 1]).every((row) => {
      const then = rowBefore(earlier, row)
      const choice = then < 0 || answer.changed?.[row] === 1 ? -1 : choiceNow[answer.chosen[then]!]!
      const column = choice < 0 ? -1 : columnOf[choice]!
      if (column >= 0) counts[column]!++
      return column >= 0
    })
    if (!keeps) counts.fill(NaN, columnStart[c], columnStart[c + 1])
  }
  return counts
}
