/** Branch and bound over all-or-nothing bundles: which hold, and which are given up and paid. Best case first, so the first complete one is optimal. */
import { EngineError } from '../../diagnostics/engine-error.ts'
import { caseLimits, contradiction } from './case-limits.ts'
import { caseValue, compareLevels } from './case-value.ts'
import type { Cut } from './cut.ts'
import type { CaseResult, FlowContext } from './flow-context.ts'
import { solveCase } from './solve-case.ts'

/** A case that needs no further parting: its prices prove that it is not better than the optimum, or its cut that it cannot be (absent: a row contradicts itself). */
export type SearchLeaf = { readonly holds: readonly number[]; readonly gaveUp: readonly number[] } & (
  { readonly is: 'priced'; readonly prices: readonly Float64Array[] } | { readonly is: 'impossible'; readonly cut?: Cut }
)

export type SearchResult =
  | { readonly is: 'finished'; readonly counts: Float64Array; readonly value: readonly number[]; readonly leaves: readonly SearchLeaf[] }
  | { readonly is: 'unfinished'; readonly counts: Float64Array }

type Solved = Extract<CaseResult, { readonly is: 'solved' }>

interface OpenCase {
  readonly holds: readonly number[]
  readonly gaveUp: readonly number[]
  readonly solved: Solved
  /** Value of the case with undecided bundles dropped without pay. */
  readonly bound: readonly number[]
  /** Undecided bundles that its counts break. */
  readonly undecided: readonly number[]
}

/** Parts the case `root` (nothing decided) until the best open case breaks no undecided bundle. */
export function searchBundles(context: FlowContext, root: Solved, cases: number): SearchResult {
  const { problem } = context
  const leaves: SearchLeaf[] = []
  const open: OpenCase[] = []
  // Bundles that cannot hold together, whatever else is decided.
  const cuts: { readonly cut: Cut; readonly bundles: readonly number[] }[] = []
  let best: { readonly counts: Float64Array; readonly value: readonly number[] } | undefined
  let solvedCases = 1
  add([], [], root)
  for (;;) {
    const next = open.shift()
    if (next === undefined || best === undefined) throw new EngineError('solve/flow-search', 'a search over bundles lost its cases')
    if (next.undecided.length === 0 || compareLevels(next.bound, best.value) >= 0) {
      for (const { holds, gaveUp, solved } of [next, ...open]) leaves.push({ is: 'priced', holds, gaveUp, prices: solved.prices })
      return { is: 'finished', ...best, leaves }
    }
    if (solvedCases >= cases) return { is: 'unfinished', counts: best.counts }
    const bundle = heaviest(next.undecided)
    visit([...next.holds, bundle], next.gaveUp, next.solved.start)
    // Given up, the same counts stay best; only the weight is added.
    add(next.holds, [...next.gaveUp, bundle], next.solved)
  }

  function visit(holds: readonly number[], gaveUp: readonly number[], start: Float64Array): void {
    const known = cuts.find((cut) => cut.bundles.every((bundle) => holds.includes(bundle)))
    if (known !== undefined) {
      leaves.push({ is: 'impossible', holds, gaveUp, cut: known.cut })
      return
    }
    solvedCases++
    const limits = caseLimits(problem, context.shape, context.total, new Set(holds))
    if (contradiction(limits) >= 0) {
      leaves.push({ is: 'impossible', holds, gaveUp })
      return
    }
    const result = solveCase(context, limits, start)
    if (result.is === 'stuck') {
      leaves.push({ is: 'impossible', holds, gaveUp, cut: result.cut })
      cuts.push({ cut: result.cut, bundles: bundlesOf(result.cut) })
    } else add(holds, gaveUp, result)
  }

  function bundlesOf(cut: Cut): number[] {
    return [...cut.upper, ...cut.lower].flatMap((v) => {
      const { policy } = problem.rows[context.shape.rowOf[v]!]!
      return policy.is === 'whole' ? [policy.bundle] : []
    })
  }

  function add(holds: readonly number[], gaveUp: readonly number[], solved: Solved): void {
    const { value, broken } = caseValue(problem, context.shape, solved.counts)
    const bound = withWeights(value, gaveUp)
    const whole = withWeights(value, broken)
    if (best === undefined || compareLevels(whole, best.value) < 0) best = { counts: solved.counts, value: whole }
    const undecided = [...broken].filter((bundle) => !gaveUp.includes(bundle)).sort((a, b) => a - b)
    const entry = { holds, gaveUp, solved, bound, undecided }
    let at = 0
    while (at < open.length && compareLevels(open[at]!.bound, bound) < 0) at++
    open.splice(at, 0, entry)
  }

  function withWeights(value: readonly number[], paid: Iterable<number>): number[] {
    const sum = [...value]
    for (const index of paid) {
      const { level, weight } = problem.bundles[index]!
      sum[level]! += weight
    }
    return sum
  }

  /** The undecided bundle whose weight moves the bound most. */
  function heaviest(undecided: readonly number[]): number {
    return undecided.reduce((a, b) => {
      const [one, other] = [problem.bundles[a]!, problem.bundles[b]!]
      return other.level < one.level || (other.level === one.level && other.weight > one.weight) ? b : a
    })
  }
}
