/** Every way to fill the columns of a small problem, for tests that compare with the meaning by device. */
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { brokenHardRow, evaluateSolution, reported } from '../../constraints/problem-reading.ts'

/** Calls `visit` with the same array, filled anew, for every table of counts that adds up to the classes' sizes, auxiliaries left 0. */
export function forEachCounts(problem: AssignmentProblem, visit: (counts: number[]) => void): void {
  const { size, memberStart, columnStart } = problem.classes
  const counts = new Array<number>(problem.columnChoice.length + problem.auxiliaries.length).fill(0)
  const fill = (c: number, j: number, left: number): void => {
    if (c === size) visit(counts)
    else if (j === columnStart[c + 1]! - 1) {
      counts[j] = left
      fill(c + 1, columnStart[c + 1]!, (memberStart[c + 2] ?? 0) - memberStart[c + 1]!)
    } else {
      for (let n = 0; n <= left; n++) {
        counts[j] = n
        fill(c, j + 1, left - n)
      }
    }
  }
  fill(0, 0, memberStart[1] ?? 0)
}

/** Calls `visit` for every filling of the auxiliaries. */
export function forEachAuxiliary(problem: AssignmentProblem, counts: number[], visit: () => void, at = 0): void {
  const auxiliary = problem.auxiliaries[at]
  if (auxiliary === undefined) {
    visit()
    return
  }
  for (let value = auxiliary.lower; value <= auxiliary.upper; value++) {
    counts[problem.columnChoice.length + at] = value
    forEachAuxiliary(problem, counts, visit, at + 1)
  }
}

/** The best reported values by listing everything, or nothing where no counts hold every hard row. */
export function bestByListing(
  problem: AssignmentProblem,
): { readonly counts: readonly number[]; readonly minimised: readonly number[]; readonly reported: readonly number[] } | undefined {
  let best: { counts: readonly number[]; minimised: readonly number[] } | undefined
  forEachCounts(problem, (counts) => {
    forEachAuxiliary(problem, counts, () => {
      if (brokenHardRow(problem, counts) !== -1) return
      const minimised = evaluateSolution(problem, counts)
      if (best === undefined || lexicographic(minimised, best.minimised) < 0) best = { counts: [...counts], minimised }
    })
  })
  return best && { ...best, reported: best.minimised.map((value, level) => reported(problem, level, value)) }
}

export function lexicographic(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at === -1 ? 0 : a[at]! - b[at]!
}
