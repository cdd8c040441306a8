/** An assignment problem in the solver's language: counts per column as Int variables, constraint meanings or rows over them, levels as sums. */
import { classSize, columnCosts, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, Row, RowPolicy } from '../../constraints/problem.ts'
import { add, all, any, eq, ge, gt, int, ite, le, mul, sub, sum, variable } from '../smt/build.ts'
import type { Assertion, Term } from '../smt/term.ts'

/** `x<j>` for class columns, as in meanings; `y<i>` for auxiliary columns. */
export const columnName = (problem: AssignmentProblem, column: number): string =>
  column < problem.columnChoice.length ? `x${column}` : `y${column - problem.columnChoice.length}`

export const columnTerm = (problem: AssignmentProblem, column: number): Term => variable(columnName(problem, column), 'Int')

/** Counts are at least 0 and add up to each class's size. */
export const classAssertions = (problem: AssignmentProblem): readonly Assertion[] => {
  const assertions: Assertion[] = []
  const { size, columnStart } = problem.classes
  for (let c = 0; c < size; c++) {
    const terms: Term[] = []
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) terms.push(columnTerm(problem, j))
    for (const term of terms) assertions.push({ term: ge(term, int(0)) })
    assertions.push({ term: eq(sum(terms), int(classSize(problem, c))) })
  }
  return assertions
}

export const auxiliaryAssertions = (problem: AssignmentProblem): readonly Assertion[] =>
  problem.auxiliaries.flatMap(({ lower, upper }, index) => {
    const term = columnTerm(problem, problem.columnChoice.length + index)
    return [
      ...(lower === -Infinity ? [] : [{ term: ge(term, int(lower)) }]),
      ...(upper === Infinity ? [] : [{ term: le(term, int(upper)) }]),
    ]
  })

const rowTerm = (problem: AssignmentProblem, row: Row, column: (j: number) => Term): Term => {
  const terms: Term[] = []
  forEachEntry(problem, row, (j, coefficient) => terms.push(mul(int(coefficient), column(j))))
  return sum(terms)
}

export const rowHolds = (problem: AssignmentProblem, row: Row, column: (j: number) => Term): Term => {
  const term = rowTerm(problem, row, column)
  return all([
    ...(row.lower === -Infinity ? [] : [ge(term, int(row.lower))]),
    ...(row.upper === Infinity ? [] : [le(term, int(row.upper))]),
  ])
}

/** Units below the lower or above the upper limit. */
export const rowViolationTerm = (problem: AssignmentProblem, row: Row, column: (j: number) => Term): Term => {
  const term = rowTerm(problem, row, column)
  const below = row.lower === -Infinity ? int(0) : ite(ge(term, int(row.lower)), int(0), sub(int(row.lower), term))
  const above = row.upper === Infinity ? int(0) : ite(le(term, int(row.upper)), int(0), sub(term, int(row.upper)))
  return add(below, above)
}

/** How far a condition is from holding, and what that costs. */
export interface Violation {
  readonly policy: RowPolicy
  readonly term: Term
}

export const hardAssertions = (violations: readonly Violation[]): readonly Assertion[] =>
  violations.filter(({ policy }) => policy.is === 'hard').map(({ term }) => ({ term: eq(term, int(0)) }))

/** Per level, the penalties: weight per unit, and a bundle's weight where any of its violations is above 0. */
export const penalties = (problem: AssignmentProblem, violations: readonly Violation[]): readonly Term[] => {
  const terms: Term[][] = problem.levels.map(() => [])
  const bundles: Term[][] = problem.bundles.map(() => [])
  for (const { policy, term } of violations) {
    if (policy.is === 'unit') terms[policy.level]!.push(mul(int(policy.weight), term))
    else if (policy.is === 'whole') bundles[policy.bundle]!.push(gt(term, int(0)))
  }
  problem.bundles.forEach(({ level, weight }, index) => terms[level]!.push(ite(any(bundles[index]!), int(weight), int(0))))
  return terms.map(sum)
}

/** Per level, cost times count over all columns that cost something. */
export const costTerms = (problem: AssignmentProblem, column: (j: number) => Term): readonly Term[] =>
  problem.levels.map((_, level) => {
    const terms: Term[] = []
    columnCosts(problem, level).forEach((cost, j) => {
      if (cost !== 0) terms.push(mul(int(cost), column(j)))
    })
    return sum(terms)
  })

/** Per level, what no assignment goes below: every device at its cheapest choice, every auxiliary at its cheapest end, no penalty. */
export const floors = (problem: AssignmentProblem): readonly number[] =>
  problem.levels.map((_, level) => {
    const costs = columnCosts(problem, level)
    const { size, columnStart } = problem.classes
    let floor = 0
    for (let c = 0; c < size; c++) {
      const own = costs.subarray(columnStart[c], columnStart[c + 1])
      if (own.length > 0) floor += classSize(problem, c) * own.reduce((least, cost) => Math.min(least, cost))
    }
    problem.auxiliaries.forEach(({ lower, upper }, index) => {
      const cost = costs[problem.columnChoice.length + index]!
      if (cost !== 0) floor += Math.min(cost * lower, cost * upper)
    })
    return floor
  })

/** Whether counts are whole, at least 0 and add up to each class's size, auxiliaries within their limits. */
export const classesAddUp = (problem: AssignmentProblem, counts: Float64Array): boolean => {
  const { size, columnStart } = problem.classes
  if (!counts.every(Number.isInteger)) return false
  for (let c = 0; c < size; c++) {
    let left = classSize(problem, c)
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      if (counts[j]! < 0) return false
      left -= counts[j]!
    }
    if (left !== 0) return false
  }
  return problem.auxiliaries.every(({ lower, upper }, index) => {
    const count = counts[problem.columnChoice.length + index]!
    return count >= lower && count <= upper
  })
}
