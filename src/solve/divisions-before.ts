/** Where classes were divided to prove an earlier answer, in the columns of a component as it is now. */
import { columnClassOf } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { rowBefore, type Earlier } from './earlier.ts'
import type { ColumnDivision } from './highs-node.ts'

/** A start and nothing more: what no longer fits is left out. */
export function divisionsBefore(earlier: Earlier, now: AssignmentProblem): readonly ColumnDivision[] {
  const { memberStart, members, columnStart, size } = now.classes
  const then = dividedThen(earlier)
  if (then.size === 0) return []
  const found: ColumnDivision[] = []
  for (let c = 0; c < size; c++) {
    const before = memberStart[c] === memberStart[c + 1] ? -1 : rowBefore(earlier, members[memberStart[c]!]!)
    const last = columnStart[c + 1]!
    for (const { choices, most } of then.get(before < 0 ? -1 : earlier.classThen[before]!) ?? []) {
      let first = columnStart[c]!
      while (first < last && !choices.has(now.columnChoice[first]!)) first++
      if (first > columnStart[c]! && first < last) found.push({ first, last, most })
    }
  }
  return found
}

interface Divided {
  readonly choices: ReadonlySet<number>
  readonly most: number
}

const known = new WeakMap<Earlier, ReadonlyMap<number, readonly Divided[]>>()

/** By class then. */
function dividedThen(earlier: Earlier): ReadonlyMap<number, readonly Divided[]> {
  const made = known.get(earlier)
  if (made !== undefined) return made
  const { problem, components } = earlier.answer
  const classOf = columnClassOf(problem)
  const found = new Map<number, Divided[]>()
  for (const { proof, columns } of components) {
    if (proof.is !== 'levels') continue
    for (const division of proof.divisions) {
      const whole = Array.from(division.columns, (column) => columns[column]!)
      const c = classOf[whole[0]!]!
      const choices = new Set(whole.map((column) => earlier.choiceNow[problem.columnChoice[column]!]!))
      found.set(c, [...(found.get(c) ?? []), { choices, most: division.most }])
    }
  }
  known.set(earlier, found)
  return found
}
