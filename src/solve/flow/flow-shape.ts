/** Whether a problem is a flow: counting rows over nested or disjoint sets of columns, and nothing else. */
import type { AssignmentProblem, Row } from '../../../constraints/problem.ts'
import { setTree } from './laminar.ts'
import { rowSet, type RowSet } from './row-set.ts'

/** The tree of the rows' sets: node 0 is all columns, every other node one row. INVARIANT: parent[v] < v. */
export interface FlowShape {
  readonly parent: Int32Array
  /** Row by node; -1 at the root. */
  readonly rowOf: Int32Array
  /** The row's one coefficient, by node. */
  readonly scale: Float64Array
  /** By class column: the smallest row set that contains it. */
  readonly columnNode: Int32Array
}

/** Returns the problem's tree of rows, or why it is no flow. Costs are taken to be integers; limits are looked at, as `unit` rows may have none that cross. */
export function flowApplies(problem: AssignmentProblem): FlowShape | { readonly no: string } {
  if (problem.auxiliaries.length > 0) return { no: 'the problem has auxiliary columns' }
  const sets: RowSet[] = []
  for (const row of problem.rows) {
    const set = rowSet(problem, row)
    if (set === undefined) return { no: `${nameOf(row)} weighs devices differently` }
    const why = refusal(row, set.scale)
    if (why !== undefined) return { no: `${nameOf(row)} ${why}` }
    sets.push(set)
  }
  const result = setTree(problem, sets)
  if (!result.ok) {
    const [first, second] = result.crossing
    return { no: `${nameOf(problem.rows[first]!)} and ${nameOf(problem.rows[second]!)} overlap, and neither contains the other` }
  }
  const { parent, setOf, columnNode } = result.tree
  return { parent, rowOf: setOf, scale: Float64Array.from(setOf, (row) => (row < 0 ? 1 : sets[row]!.scale)), columnNode }
}

function nameOf(row: Row): string {
  const { use, group, part } = row.name
  return `constraint ${use}${group === '' ? '' : ` of \`${group}\``}${part === '' ? '' : ` on \`${part}\``}`
}

function refusal(row: Row, scale: number): string | undefined {
  const limits = [row.lower, row.upper].filter((limit) => Number.isFinite(limit))
  if (!limits.every((limit) => Number.isSafeInteger(limit))) return 'has a limit that is no integer'
  if (row.policy.is !== 'unit') return undefined
  if (row.lower > row.upper) return 'has a lower limit above its upper one, and pays by unit'
  if (row.policy.weight < 0 || !Number.isSafeInteger(row.policy.weight * scale)) return 'has a weight that is negative or too large'
  if (scale !== 1 && limits.some((limit) => limit % scale !== 0)) return 'pays for parts of a device'
  return undefined
}
