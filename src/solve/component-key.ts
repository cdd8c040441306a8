/** A text that is equal for components that differ in nothing but the names of their groups, so that one is solved for all. */
import { classSize, columnCosts, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'

// Beyond this many columns two equal components are too rare to pay for the text.
const LARGEST = 5000

export const componentKey = (problem: AssignmentProblem): string | undefined => {
  if (problem.columnChoice.length > LARGEST) return undefined
  const { size, columnStart } = problem.classes
  const rows = problem.rows.map((row) => {
    const entries: number[] = []
    forEachEntry(problem, row, (column, coefficient) => entries.push(column, coefficient))
    return [row.name.use, row.name.part, `${row.lower}`, `${row.upper}`, row.policy, entries]
  })
  return JSON.stringify([
    Array.from({ length: size }, (_, c) => classSize(problem, c)),
    Array.from(columnStart),
    Array.from(problem.columnChoice),
    problem.levels.map((_, level) => Array.from(columnCosts(problem, level))),
    rows,
    problem.bundles,
    problem.auxiliaries.map(({ lower, upper }) => [`${lower}`, `${upper}`]),
    problem.meanings.map(({ use, policy }) => [use, policy]),
  ])
}
