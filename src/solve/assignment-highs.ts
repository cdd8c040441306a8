/** Lets HiGHS propose: its floating-point answer is rounded, checked exactly, and proven where integer prices from its linear programs close the gap. */
import { brokenHardRow, classSize, columnCosts, columnTotal, evaluateSolution } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution, ProofLeaf } from '../../constraints/problem.ts'
import { classesAddUp, floors } from './assignment-terms.ts'
import type { FaceDuals } from './highs-duals.ts'
import { mixedProgram, type MixedProgram } from './highs-program.ts'
import type { MixedAnswer, MixedTask } from './highs-worker.ts'
import { classesOfRows } from './impossible-core.ts'
import type { Pool } from './pool.ts'
import { compareLevels, leafBound } from './price-bound.ts'
import { findLevels, proveLevels, type FoundLevels, type ProvedBefore } from './price-tree.ts'
import type { SolveLimits } from './solvers.ts'
import { partOf } from './time-budget.ts'
import { endedWhy, limitsOfTask } from './z3.ts'

// 2 to this many bundles are the cases of a price proof.
const CASES = 5
// A time-limited HiGHS ends by itself; this long after, in milliseconds, its thread is ended.
const GRACE = 5000
// Of the time that is left: what linear programs alone may look for, and what branch and bound may search; the rest is for proofs.
const LOOK_PART = 0.3
const SEARCH_PART = 0.6

/** Undecided, without counts, where HiGHS says that nothing is feasible: floating point proves no such thing. */
export const solveByHighs = async (
  pool: Pool,
  problem: AssignmentProblem,
  limits: SolveLimits,
  before: ProvedBefore = { divisions: [], trees: [] },
): Promise<AssignmentSolution> => {
  if (columnTotal(problem) === 0) return constant(problem)
  // Links between steps make linear programs whose vertices are whole, or nearly: there branch and bound has nothing to add.
  const quick = clashes(problem) ? await findLevels(pool, problem, before, partOf(limits, LOOK_PART)) : undefined
  if (quick !== undefined) return provedByLevels(quick)
  const { signal } = limits
  const { milliseconds } = partOf(limits, SEARCH_PART)
  const task: MixedTask = { program: mixedProgram(problem), ...(milliseconds === undefined ? {} : { seconds: milliseconds / 1000 }) }
  const hard = milliseconds === undefined ? undefined : milliseconds + GRACE
  const outcome = await pool.run<MixedAnswer>('highs-worker', 'answerMixed', task, limitsOfTask({ signal, milliseconds: hard }))
  if (outcome.is !== 'done') return { is: 'undecided', why: endedWhy(outcome) }
  const answer = outcome.value
  if (answer.is === 'infeasible') return proveImpossible(pool, problem, limits)
  if (answer.is === 'unknown') return { is: 'undecided', why: answer.why }
  const counts = answer.values.slice(0, columnTotal(problem)).map(Math.round)
  if (!classesAddUp(problem, counts) || brokenHardRow(problem, counts) >= 0)
    return { is: 'undecided', why: 'the proposal of HiGHS does not hold once rounded' }
  const value = evaluateSolution(problem, counts)
  const least = floors(problem)
  // A clash has a price of its own form only, level by level.
  const proven = clashes(problem) ? undefined : await proveByPrices(pool, problem, value, limits)
  const bound = proven === undefined ? least : closed(proven.bound, value, least)
  const found = { is: 'solved', counts, value } as const
  if (proven !== undefined && compareLevels(bound, value) >= 0) return { ...found, bound, proof: { is: 'prices', leaves: proven.leaves } }
  const levels = await proveLevels(pool, problem, value, limits)
  if (levels !== undefined) {
    const byLevel = least.map((floor, level) => levels.bound[level] ?? floor)
    if (compareLevels(byLevel, bound) > 0) {
      const { divisions } = levels
      return { ...found, bound: byLevel, proof: { is: 'levels', divisions, levels: levels.levels } }
    }
  }
  return { ...found, bound, proof: proven === undefined ? { is: 'none' } : { is: 'prices', leaves: proven.leaves } }
}

const clashes = ({ rows }: AssignmentProblem): boolean => rows.some(({ clash }) => clash === true)

const provedByLevels = ({ counts, value, divisions, levels, bases }: FoundLevels): AssignmentSolution => ({
  is: 'solved',
  counts,
  value,
  bound: value,
  proof: { is: 'levels', divisions, levels },
  bases,
})

// What the checker can list needs no prices.
const LISTED = 200_000

/** What a search has refuted, proved by prices level by level where those do: so that no solver need be believed. */
export const priced = async (
  pool: Pool,
  problem: AssignmentProblem,
  solution: AssignmentSolution,
  limits: SolveLimits,
): Promise<AssignmentSolution> => {
  if (solution.is !== 'solved' || solution.proof.is !== 'refutation' || problem.bundles.length > 0) return solution
  const { size, columnStart } = problem.classes
  let ways = 1
  for (let c = 0; c < size; c++) ways *= (columnStart[c + 1]! - columnStart[c]!) ** classSize(problem, c)
  // What a clash ties looks larger to the checker, where groups of other uses hold the same devices.
  if (ways <= LISTED && !clashes(problem)) return solution
  const { value } = solution
  const levels = await proveLevels(pool, problem, value, limits)
  if (levels?.bound.length !== value.length || compareLevels(levels.bound, value) < 0) return solution
  return { ...solution, proof: { is: 'levels', divisions: levels.divisions, levels: levels.levels } }
}

/** Without columns there is one assignment, and HiGHS refuses the model. */
const constant = (problem: AssignmentProblem): AssignmentSolution => {
  const counts = new Float64Array()
  const broken = brokenHardRow(problem, counts)
  if (broken >= 0) return { is: 'impossible', rows: [broken], classes: [], proof: { is: 'none' } }
  const value = evaluateSolution(problem, counts)
  return { is: 'solved', counts, value, bound: value, proof: { is: 'none' } }
}

/** A lexicographic bound by level: it holds level by level up to the first gap; beyond, only the floors do. */
const closed = (bound: readonly number[], value: readonly number[], floor: readonly number[]): readonly number[] => {
  if (compareLevels(bound, value) >= 0) return value
  const gap = bound.findIndex((entry, level) => entry !== value[level])
  return bound.map((entry, level) => (level <= gap ? entry : floor[level]!))
}

/** Leaves that cover every case of the bundles, and the least of their bounds; undefined where some case has no bound. */
const proveByPrices = async (
  pool: Pool,
  problem: AssignmentProblem,
  value: readonly number[],
  limits: SolveLimits,
  costs: readonly Float64Array[] = problem.levels.map((_, level) => columnCosts(problem, level)),
): Promise<{ readonly leaves: readonly ProofLeaf[]; readonly bound: readonly number[] } | undefined> => {
  if (problem.auxiliaries.length > 0 || problem.levels.length === 0 || problem.bundles.length > CASES) return undefined
  const leaves: ProofLeaf[] = []
  let least: readonly number[] | undefined
  for (let cases = 0; cases < 2 ** problem.bundles.length; cases++) {
    const given = new Map(problem.bundles.map((_, index) => [index, (cases & (2 ** index)) === 0]))
    const leaf = await priceLeaf(pool, problem, given, value, costs, limits)
    const bound = leaf === undefined ? undefined : leafBound(problem, leaf, costs)
    if (leaf === undefined || bound === undefined) return undefined
    leaves.push(leaf)
    if (least === undefined || compareLevels(bound, least) < 0) least = bound
  }
  return least === undefined ? undefined : { leaves, bound: least }
}

const priceLeaf = async (
  pool: Pool,
  problem: AssignmentProblem,
  given: ReadonlyMap<number, boolean>,
  value: readonly number[],
  costs: readonly Float64Array[],
  limits: SolveLimits,
): Promise<ProofLeaf | undefined> => {
  const program = withCosts(mixedProgram(problem, given), costs)
  const outcome = await pool.run<FaceDuals | undefined>('highs-worker', 'answerDuals', program, limitsOfTask(limits))
  const found = outcome.is === 'done' ? outcome.value : undefined
  if (found === undefined) return undefined
  return found.is === 'optimal'
    ? integerPrices(problem, program, given, found.duals)
    : impossibleLeaf(problem, program, given, found.duals[0]!, value, costs)
}

/** The problem's own columns at other costs. */
const withCosts = (program: MixedProgram, costs: readonly Float64Array[]): MixedProgram => ({
  ...program,
  costs: program.costs.map((own, level) => {
    const changed = own.slice()
    changed.set(costs[level]!)
    return changed
  }),
})

/** The duals rounded, by row of the problem; prices that a row cannot bear are taken back to what it can. */
const integerPrices = (
  problem: AssignmentProblem,
  program: MixedProgram,
  given: ReadonlyMap<number, boolean>,
  duals: readonly Float64Array[],
): ProofLeaf => {
  const rows: number[] = []
  const prices: number[][] = duals.map(() => [])
  program.rowOf.forEach((r, at) => {
    if (r < 0) return
    const price = bearable(
      problem,
      r,
      duals.map((dual) => Math.round(dual[at]!)),
    )
    if (price.every((entry) => entry === 0)) return
    rows.push(r)
    price.forEach((entry, level) => prices[level]!.push(entry))
  })
  const held = (holds: boolean): number[] => [...given].filter(([, value]) => value === holds).map(([bundle]) => bundle)
  return {
    holds: held(true),
    gaveUp: held(false),
    rows: Int32Array.from(rows),
    prices: prices.map((entries) => Float64Array.from(entries)),
  }
}

const bearable = (problem: AssignmentProblem, r: number, price: readonly number[]): readonly number[] => {
  const { policy, lower, upper } = problem.rows[r]!
  const sign = Math.sign(price.find((entry) => entry !== 0) ?? 0)
  if (sign === 0 || !Number.isFinite(sign > 0 ? lower : upper)) return price.map(() => 0)
  if (policy.is !== 'unit') return price
  const most = price.map((_, level) => (level === policy.level ? policy.weight : 0))
  const size = price.map((entry) => sign * entry)
  return compareLevels(size, most) > 0 ? most.map((entry) => sign * entry) : price
}

/** Prices from a ray: the case is impossible, so enough of the ray puts its bound above `value`. */
const impossibleLeaf = (
  problem: AssignmentProblem,
  program: MixedProgram,
  given: ReadonlyMap<number, boolean>,
  ray: Float64Array,
  value: readonly number[],
  costs: readonly Float64Array[],
): ProofLeaf | undefined => {
  const zero = costs.map((cost) => new Float64Array(cost.length))
  const least = ray.reduce((small, entry) => (Math.abs(entry) > 1e-9 ? Math.min(small, Math.abs(entry)) : small), Infinity)
  if (least === Infinity) return undefined
  for (const sign of [1, -1]) {
    const unit = [ray.map((entry) => Math.round((sign * entry) / least)), ...zero.slice(1).map(() => new Float64Array(ray.length))]
    const leaf = integerPrices(problem, program, given, unit)
    const bare: ProofLeaf = { ...leaf, gaveUp: [] }
    const violation = leafBound(problem, bare, zero)?.[0] ?? 0
    if (violation <= 0) continue
    const floor =
      leafBound(problem, { holds: [], gaveUp: [], rows: new Int32Array(), prices: costs.map(() => new Float64Array()) }, costs)?.[0] ?? 0
    const times = Math.max(1, Math.ceil((value[0]! - floor + 1) / violation))
    return { ...leaf, prices: leaf.prices.map((entries) => entries.map((entry) => entry * times)) }
  }
  return undefined
}

const proveImpossible = async (pool: Pool, problem: AssignmentProblem, limits: SolveLimits): Promise<AssignmentSolution> => {
  const undecided: AssignmentSolution = { is: 'undecided', why: 'HiGHS finds no assignment, but that is not proven' }
  if (problem.auxiliaries.length > 0 || problem.levels.length === 0) return undecided
  const given = new Map(problem.bundles.map((_, index) => [index, false]))
  const program = mixedProgram(problem, given)
  const outcome = await pool.run<FaceDuals | undefined>('highs-worker', 'answerDuals', program, limitsOfTask(limits))
  if (outcome.is !== 'done' || outcome.value?.is !== 'infeasible') return undecided
  const zero = problem.levels.map(() => new Float64Array(columnTotal(problem)))
  const leaf = impossibleLeaf(
    { ...problem, bundles: [] },
    program,
    new Map(),
    outcome.value.duals[0]!,
    problem.levels.map(() => 0),
    zero,
  )
  if (leaf === undefined) return undecided
  const rows = [...leaf.rows].sort((a, b) => a - b)
  return { is: 'impossible', rows, classes: classesOfRows(problem, rows), proof: { is: 'prices', leaves: [leaf] } }
}
