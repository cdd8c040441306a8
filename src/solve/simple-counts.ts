/** Answers that need no search: what runs today, or nothing anywhere. The best so far where nobody finds more. */
import { brokenHardRow, classSize, columnTotal, evaluateSolution } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import { compareLevels } from './price-bound.ts'

/** The solution, with the best of the simple counts that hold where it has none. */
export const withSimpleCounts = (problem: AssignmentProblem, solution: AssignmentSolution): AssignmentSolution => {
  if (solution.is !== 'undecided' || solution.counts !== undefined) return solution
  const counts = simpleCounts(problem)
  return counts === undefined ? solution : { ...solution, counts }
}

const simpleCounts = (problem: AssignmentProblem): Float64Array | undefined => {
  const { current } = problem.classes
  const nothing = problem.choices.findIndex(({ outcome }) => outcome === 'none')
  let best: { readonly counts: Float64Array; readonly value: readonly number[] } | undefined
  for (const wanted of [(c: number) => current[c]!, () => nothing]) {
    const counts = countsOf(problem, wanted, nothing)
    if (counts === undefined || brokenHardRow(problem, counts) >= 0) continue
    const value = evaluateSolution(problem, counts)
    if (best === undefined || compareLevels(value, best.value) < 0) best = { counts, value }
  }
  return best?.counts
}

/** Every class at the choice that is wanted of it, where it may end so, else with nothing, else at its first; auxiliaries as near to 0 as they may be. */
const countsOf = (problem: AssignmentProblem, wanted: (c: number) => number, nothing: number): Float64Array | undefined => {
  const { size, columnStart } = problem.classes
  const counts = new Float64Array(columnTotal(problem))
  for (let c = 0; c < size; c++) {
    const devices = classSize(problem, c)
    if (devices === 0) continue
    const own = problem.columnChoice.subarray(columnStart[c], columnStart[c + 1])
    if (own.length === 0) return undefined
    const at = [own.indexOf(wanted(c)), own.indexOf(nothing), 0].find((place) => place >= 0)!
    counts[columnStart[c]! + at] = devices
  }
  problem.auxiliaries.forEach(({ lower, upper }, i) => (counts[problem.columnChoice.length + i] = Math.min(Math.max(lower, 0), upper)))
  return counts
}
