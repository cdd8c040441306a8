/** Solves flow problems to a proven optimum: `flowApplies` tells whether a problem is one, `solveFlow` solves it. Pure, deterministic, and safe in a worker thread. */
import type { AssignmentProblem, AssignmentSolution, ProofLeaf, SolutionProof } from '../../../constraints/problem.ts'
import { searchBundles, type SearchLeaf } from './bundle-search.ts'
import { caseLimits, contradiction } from './case-limits.ts'
import type { Cut } from './cut.ts'
import type { FlowShape } from './flow-shape.ts'
import { LARGEST } from './level-costs.ts'
import { flowContext, STEPS_PER_NODE, type FlowContext } from './flow-context.ts'
import { solveCase } from './solve-case.ts'
import { pricedLeaf } from './proof-leaf.ts'

export { flowApplies, type FlowShape } from './flow-shape.ts'

export interface FlowLimits {
  /** Cases of bundles that are solved before the search gives up; absent: 20,000. */
  readonly cases?: number
  /** Prices of a similar problem, by row; rows that it did not have are absent. */
  readonly prices?: ReadonlyMap<number, readonly number[]>
}

/**
 * Returns counts with value = bound and a price proof, or rows that cannot hold together.
 *
 * The proof of `impossible` is one leaf of prices that give a bound above 0 when all costs are taken to be 0 (a Farkas ray). A proof is `none` only where a
 * row with a coefficient above 1 has a limit that is no multiple of it, as no integer prices exist then, or where one row contradicts itself.
 */
export function solveFlow(problem: AssignmentProblem, shape: FlowShape, limits: FlowLimits = {}): AssignmentSolution {
  const homeless = classesWithoutColumns(problem)
  if (homeless.length > 0) return { is: 'impossible', rows: [], classes: homeless, proof: { is: 'none' } }
  const context = flowContext(problem, shape)
  const large = context.ranges.findIndex(({ range, largest }) => (range + largest) * STEPS_PER_NODE * shape.parent.length > LARGEST)
  if (large >= 0) return { is: 'undecided', why: `costs of level \`${problem.levels[large]!.name}\` are too large to be added exactly` }
  const rootLimits = caseLimits(problem, shape, context.total, new Set())
  const crossed = contradiction(rootLimits)
  if (crossed >= 0) return { is: 'impossible', rows: [shape.rowOf[crossed]!], classes: [], proof: { is: 'none' } }
  const root = solveCase(context, rootLimits, limits.prices && startPrices(context, limits.prices))
  if (root.is === 'stuck') return impossible(context, root.cut)
  const found = searchBundles(context, root, limits.cases ?? 20_000)
  if (found.is === 'unfinished')
    return { is: 'undecided', why: `${limits.cases ?? 20_000} cases of all-or-nothing constraints did not suffice`, counts: found.counts }
  return {
    is: 'solved',
    counts: found.counts,
    value: found.value,
    bound: found.value.slice(),
    proof: proofOf(context, found.leaves, found.value),
  }
}

/** Prices by row as weighed prices by node; undefined where levels are solved one by one, or numbers leave the exact integers. */
function startPrices({ together, shape }: FlowContext, prices: ReadonlyMap<number, readonly number[]>): Float64Array | undefined {
  if (together === undefined) return undefined
  const { weight } = together.weights
  const start = new Float64Array(shape.parent.length)
  for (let v = 1; v < start.length; v++) {
    const own = prices.get(shape.rowOf[v]!)
    const price = own === undefined ? 0 : own.reduce((sum, entry, level) => sum + weight[level]! * entry * shape.scale[v]!, 0)
    start[v] = start[shape.parent[v]!]! + price
  }
  return start.every((price) => Math.abs(price) <= LARGEST) ? start : undefined
}

function classesWithoutColumns(problem: AssignmentProblem): number[] {
  const { size, columnStart, memberStart } = problem.classes
  const found: number[] = []
  for (let c = 0; c < size; c++) if (columnStart[c] === columnStart[c + 1] && memberStart[c + 1]! > memberStart[c]!) found.push(c)
  return found
}

function impossible(context: FlowContext, cut: Cut): AssignmentSolution {
  const rows = [...cut.upper, ...cut.lower].map((v) => context.shape.rowOf[v]!).sort((a, b) => a - b)
  const leaf = pricedLeaf(context, { holds: [], gaveUp: [], sign: cut, times: commonScale(context, cut) })
  return { is: 'impossible', rows, classes: cut.classes, proof: leaf === undefined ? { is: 'none' } : { is: 'prices', leaves: [leaf] } }
}

function proofOf(context: FlowContext, found: readonly SearchLeaf[], value: readonly number[]): SolutionProof {
  const leaves: ProofLeaf[] = []
  for (const leaf of found) {
    const priced =
      leaf.is === 'priced'
        ? pricedLeaf(context, leaf)
        : leaf.cut === undefined
          ? undefined
          : pricedLeaf(context, { ...leaf, sign: leaf.cut, times: timesNeeded(context, leaf.cut, value) })
    if (priced === undefined) return { is: 'none' }
    leaves.push(priced)
  }
  return { is: 'prices', leaves }
}

/** How often the cut's violation must be counted at level 0 to exceed `value` there, whatever the columns cost. */
function timesNeeded(context: FlowContext, cut: Cut, value: readonly number[]): number {
  const first = context.ranges[0]
  if (first === undefined) return 1
  const least = -first.largest * context.total
  const scale = commonScale(context, cut)
  return scale * Math.max(1, Math.ceil((value[0]! - least + 1) / (cut.violation * scale)))
}

/** A multiple of all coefficients of the cut's rows. */
function commonScale(context: FlowContext, cut: Cut): number {
  return [...cut.upper, ...cut.lower].reduce((multiple, v) => leastCommonMultiple(multiple, context.shape.scale[v]!), 1)
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return (a / x) * b
}
