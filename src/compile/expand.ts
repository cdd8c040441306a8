/** From counts by class and choice back to devices, always in the same way: a class's current choice goes to its first members by id, the others follow in the order of choices. */
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { EngineError } from '../diagnostics/engine-error.ts'

/** The choice of every device by row; all devices are in some class. */
export function expandCounts(problem: AssignmentProblem, counts: ArrayLike<number>): Int32Array {
  const { size, memberStart, members, columnStart, current } = problem.classes
  const chosen = new Int32Array(members.length)
  for (let c = 0; c < size; c++) {
    const end = memberStart[c + 1]!
    let next = memberStart[c]!
    const give = (j: number): void => {
      for (let n = counts[j]!; n > 0 && next < end; n--) chosen[members[next++]!] = problem.columnChoice[j]!
    }
    let total = 0
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      total += counts[j]!
      if (problem.columnChoice[j] === current[c]) give(j)
    }
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) if (problem.columnChoice[j] !== current[c]) give(j)
    if (total !== end - memberStart[c]!)
      throw new EngineError('compile/counts', `counts of class ${c} add up to ${total}, not ${end - memberStart[c]!}`)
  }
  return chosen
}
