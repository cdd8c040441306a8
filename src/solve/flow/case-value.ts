/** What counts cost: the levels without the weights of bundles, and the bundles they break. */
import { isChange } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import type { FlowShape } from './flow-shape.ts'

export interface CaseValue {
  readonly value: number[]
  readonly broken: ReadonlySet<number>
}

/** As `evaluateSolution`, but in one walk over the columns that are used. */
export function caseValue(problem: AssignmentProblem, shape: FlowShape, counts: Float64Array): CaseValue {
  const value = problem.levels.map(() => 0)
  const activity = new Float64Array(shape.parent.length)
  addColumns(problem, shape, counts, value, activity)
  const broken = new Set<number>()
  for (let v = shape.parent.length - 1; v > 0; v--) {
    activity[shape.parent[v]!]! += activity[v]!
    const { policy, lower, upper } = problem.rows[shape.rowOf[v]!]!
    if (policy.is === 'hard') continue
    const form = activity[v]! * shape.scale[v]!
    const violation = Math.max(0, lower - form, form - upper)
    if (violation === 0) continue
    if (policy.is === 'unit') value[policy.level]! += policy.weight * violation
    else broken.add(policy.bundle)
  }
  return { value, broken }
}

function addColumns(problem: AssignmentProblem, shape: FlowShape, counts: Float64Array, value: number[], activity: Float64Array): void {
  const { columnChoice, levels } = problem
  const { size, columnStart, current } = problem.classes
  const flat = levels.flatMap(({ terms }, level) => terms.map((term) => ({ level, term })))
  const sums = new Float64Array(flat.length)
  for (let c = 0; c < size; c++) {
    for (let j = columnStart[c]!, end = columnStart[c + 1]!; j < end; j++) {
      const count = counts[j]!
      if (count === 0) continue
      activity[shape.columnNode[j]!]! += count
      const choice = columnChoice[j]!
      for (let t = 0; t < flat.length; t++) {
        const { term } = flat[t]!
        if (term.is === 'choice') sums[t]! += term.cost[choice]! * count
        else if (term.is === 'column') sums[t]! += term.cost[j]! * count
        else if (term.is === 'change' && isChange(current[c]!, choice)) sums[t]! += term.weight * count
      }
    }
  }
  flat.forEach(({ level }, t) => (value[level]! += sums[t]!))
}

/** Lexicographic order of vectors: negative where `a` is better (smaller). */
export function compareLevels(a: readonly number[], b: readonly number[]): number {
  for (let level = 0; level < a.length; level++) {
    const difference = a[level]! - b[level]!
    if (difference !== 0) return difference
  }
  return 0
}
