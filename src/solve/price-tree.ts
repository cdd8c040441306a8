/** Proves levels by whole prices: the leaves of HiGHS's trees, their prices in parts of one, and what those are exactly worth. */
import { brokenHardRow, classSize, columnCosts, columnTotal, evaluateSolution, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, ClassDivision, LevelPrices, LevelProofLeaf, LinearBasis } from '../../constraints/problem.ts'
import { classesAddUp } from './assignment-terms.ts'
import { mixedProgram, type MixedProgram } from './highs-program.ts'
import type { LeafBefore } from './trees-before.ts'
import type { ColumnDivision, StartLeaf, TreeAnswer, TreeLeaf, TreeTask } from './highs-node.ts'
import { basisOf, inProgram } from './linear-basis.ts'
import type { Pool } from './pool.ts'
import { compareLevels } from './price-bound.ts'
import type { SolveLimits } from './solvers.ts'
import { limitsOfTask } from './z3.ts'

// A number that halves, thirds, fifths and sevenths divide: prices of linear programs are mostly such parts.
const SCALE = 720_720
// Linear programs per level, where a value is to be proved, and where it is still looked for: branch and bound of HiGHS looks better.
const PROGRAMS = 6000
const LOOKING = 1500

export interface ProvedLevels {
  readonly divisions: readonly ClassDivision[]
  readonly levels: readonly LevelPrices[]
  /** By level, as far as levels are proved: up to the first one with a gap. */
  readonly bound: readonly number[]
}

/** Undefined where nothing is proved. `value` is known to be reached. */
export const proveLevels = async (
  pool: Pool,
  problem: AssignmentProblem,
  value: readonly number[],
  limits: SolveLimits,
): Promise<ProvedLevels | undefined> => {
  if (value.length === 0) return undefined
  const program = mixedProgram(problem)
  const answer = await askTree(pool, problem, { program, goal: value, programs: PROGRAMS }, limits)
  return answer && readTree(problem, program, answer, value)
}

export interface FoundLevels extends ProvedLevels {
  readonly counts: Float64Array
  readonly value: readonly number[]
  readonly bases: readonly LinearBasis[]
}

/** What proved a problem like this one: divisions that served, and the leaves of its trees by level. */
export interface ProvedBefore {
  readonly divisions: readonly ColumnDivision[]
  readonly trees: readonly (readonly LeafBefore[])[]
  /** What the earlier answer gave; see `countsBefore`. */
  readonly counts?: Float64Array
  readonly bases?: readonly LinearBasis[]
  /** It was solved whole: taking it apart did not do. */
  readonly whole?: boolean
}

/** The best counts with their proof, where linear programs find both; undefined where they do not. */
export const findLevels = async (
  pool: Pool,
  problem: AssignmentProblem,
  before: ProvedBefore,
  limits: SolveLimits,
): Promise<FoundLevels | undefined> => {
  if (problem.levels.length === 0 || problem.auxiliaries.length > 0 || problem.bundles.length > 0) return undefined
  const program = mixedProgram(problem)
  const start = before.trees.map((leaves) => leaves.map((leaf) => leafInProgram(program, leaf)))
  const given = {
    known: before.divisions,
    start,
    bases: (before.bases ?? []).map((basis) => inProgram(program, basis)),
    ...(before.counts && { hint: before.counts }),
  }
  const answer = await askTree(pool, problem, { program, ...given, programs: LOOKING }, limits)
  const counts = answer?.values?.slice(0, columnTotal(problem)).map(Math.round)
  if (answer === undefined || counts === undefined || !classesAddUp(problem, counts) || brokenHardRow(problem, counts) >= 0)
    return undefined
  const value = evaluateSolution(problem, counts)
  const proved = readTree(problem, program, answer, value)
  return proved?.bound.length === value.length && compareLevels(proved.bound, value) >= 0
    ? { ...proved, counts, value, bases: answer.bases.map((basis) => basisOf(problem, program, basis)) }
    : undefined
}

/** The leaf in the program's rows; a row that stands there twice, for two limits that cross, is priced where its price counts. */
const leafInProgram = (program: MixedProgram, { rows, prices, ...leaf }: LeafBefore): StartLeaf => {
  const at = rowsOf(program)
  const [placed, priced]: [number[], number[]] = [[], []]
  rows.forEach((row, i) => {
    const price = prices[i]!
    const place = (at.get(row) ?? []).find((own) => Number.isFinite((price > 0 ? program.rowLower : program.rowUpper)[own]!))
    if (place === undefined) return
    placed.push(place)
    priced.push(price)
  })
  return { ...leaf, rows: Int32Array.from(placed), prices: Float64Array.from(priced) }
}

const programRows = new WeakMap<MixedProgram, ReadonlyMap<number, readonly number[]>>()

/** By row of the problem, the rows of the program. */
const rowsOf = (program: MixedProgram): ReadonlyMap<number, readonly number[]> => {
  const known = programRows.get(program)
  if (known !== undefined) return known
  const made = new Map<number, number[]>()
  program.rowOf.forEach((row, at) => row >= 0 && made.set(row, [...(made.get(row) ?? []), at]))
  programRows.set(program, made)
  return made
}

const askTree = async (
  pool: Pool,
  problem: AssignmentProblem,
  asked: Omit<TreeTask, 'columnStart' | 'seconds'>,
  limits: SolveLimits,
): Promise<TreeAnswer | undefined> => {
  const { milliseconds } = limits
  const task: TreeTask = {
    ...asked,
    columnStart: problem.classes.columnStart,
    ...(milliseconds === undefined ? {} : { seconds: milliseconds / 1000 }),
  }
  const outcome = await pool.run<TreeAnswer>('highs-worker', 'answerTree', task, limitsOfTask(limits))
  return outcome.is === 'done' ? outcome.value : undefined
}

/** What a row may be priced at, in parts: nothing on rows with auxiliaries or of bundles, no more than a violation costs. */
const bearable = (problem: AssignmentProblem, r: number, price: number, factor: readonly number[]): number => {
  const { policy, form, lower, upper } = problem.rows[r]!
  if (price === 0 || policy.is === 'whole' || !Number.isFinite(price > 0 ? lower : upper)) return 0
  if (form.is === 'entries' && form.columns.some((column) => column >= problem.columnChoice.length)) return 0
  if (policy.is === 'hard') return price
  const most = policy.weight * factor[policy.level]!
  return Math.max(-most, Math.min(most, price))
}

const readTree = (
  problem: AssignmentProblem,
  program: MixedProgram,
  { divisions, levels }: TreeAnswer,
  value: readonly number[],
): ProvedLevels | undefined => {
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const bound: number[] = []
  const proved: LevelPrices[] = []
  const ranges = divisions.map(({ first, last, most }) => ({
    columns: Int32Array.from({ length: last - first }, (_, i) => first + i),
    most,
  }))
  for (const [level, found] of levels.entries()) {
    const goal = { level, kept: value.slice(0, level), value: value[level]! }
    const leaves: LevelProofLeaf[] = []
    let least = Infinity
    for (const leaf of found) {
      const { made, worth } = wholeLeaf(problem, program, costs, ranges, leaf, goal)
      leaves.push(made)
      least = Math.min(least, worth)
    }
    if (!Number.isSafeInteger(least)) break
    bound.push(Math.min(least, goal.value))
    proved.push({ level, scale: SCALE, leaves })
    if (least < goal.value) break
  }
  return bound.length === 0 ? undefined : { divisions: ranges, levels: proved, bound }
}

interface Goal {
  readonly level: number
  readonly kept: readonly number[]
  readonly value: number
}

/** A ray counts as often as it takes to reach the goal. */
const wholeLeaf = (
  problem: AssignmentProblem,
  program: MixedProgram,
  costs: readonly Float64Array[],
  divisions: readonly ClassDivision[],
  leaf: TreeLeaf,
  goal: Goal,
): { readonly made: LevelProofLeaf; readonly worth: number } => {
  const once = (times: number, own: number): { readonly made: LevelProofLeaf; readonly worth: number } => {
    const made = inParts(problem, program, leaf, times, own, goal.level)
    return { made, worth: worthOf(problem, costs, divisions, made, goal, own) }
  }
  if (!leaf.infeasible) return once(SCALE, SCALE)
  for (const sign of [1, -1]) {
    const largest = [...leaf.prices, ...leaf.factors, ...leaf.cases.map(({ price }) => price)].reduce(
      (most, entry) => Math.max(most, Math.abs(entry)),
      0,
    )
    if (largest === 0) break
    // What the ray alone violates by, per part; the costs are then outweighed.
    const unit = (sign * SCALE) / largest
    const { worth } = once(unit, 0)
    if (!(worth > 0)) continue
    for (let times = 1; times <= 2 ** 30; times *= 8) {
      const tried = once(unit * times, SCALE)
      if (tried.worth >= goal.value) return tried
    }
  }
  return once(SCALE, SCALE)
}

/** `own`: what the level itself counts. */
const inParts = (
  problem: AssignmentProblem,
  program: MixedProgram,
  leaf: TreeLeaf,
  times: number,
  own: number,
  level: number,
): LevelProofLeaf => {
  const part = (entry: number): number => Math.round(entry * times)
  const factors = leaf.factors.map((factor) => Math.max(0, part(factor)))
  const factor = problem.levels.map((_, at) => (at < level ? factors[at]! : at === level ? own : 0))
  const [rows, prices]: [number[], number[]] = [[], []]
  // A soft row with crossing limits stands twice in the program, and its prices add up.
  const byRow = new Map<number, number>()
  leaf.rows.forEach((row, i) => byRow.set(program.rowOf[row]!, (byRow.get(program.rowOf[row]!) ?? 0) + leaf.prices[i]!))
  for (const [r, entry] of byRow) {
    const price = bearable(problem, r, part(entry), factor)
    if (price === 0) continue
    rows.push(r)
    prices.push(price)
  }
  // A case's price counts its own limit only.
  const cases = leaf.cases.map((one) => ({ ...one, price: one.within ? Math.min(0, part(one.price)) : Math.max(0, part(one.price)) }))
  return { cases, factors, rows: Int32Array.from(rows), prices: Float64Array.from(prices) }
}

/** The bound that the prices prove, rounded up to a whole unit of the level; in parts where `own` is 0. NaN where numbers leave the exact range. */
const worthOf = (
  problem: AssignmentProblem,
  costs: readonly Float64Array[],
  divisions: readonly ClassDivision[],
  leaf: LevelProofLeaf,
  { level, kept }: Goal,
  own: number,
): number => {
  const reduced = costs[level]!.slice(0, problem.columnChoice.length).map((cost) => cost * own)
  leaf.factors.forEach(
    (factor, k) => factor !== 0 && costs[k]!.subarray(0, reduced.length).forEach((cost, j) => (reduced[j]! += factor * cost)),
  )
  let total = 0n
  leaf.factors.forEach((factor, k) => (total -= BigInt(factor) * BigInt(kept[k]!)))
  let safe = true
  leaf.rows.forEach((r, i) => {
    const row = problem.rows[r]!
    const price = leaf.prices[i]!
    total += BigInt(price) * BigInt(price > 0 ? row.lower : row.upper)
    forEachEntry(problem, row, (column, coefficient) => (reduced[column]! -= price * coefficient))
  })
  for (const { division, within, price } of leaf.cases) {
    if (price === 0) continue
    const { columns, most } = divisions[division]!
    total += BigInt(price) * BigInt(within ? most : most + 1)
    for (const column of columns) reduced[column]! -= price
  }
  const { size, columnStart } = problem.classes
  for (let c = 0; c < size; c++) {
    const devices = classSize(problem, c)
    if (devices === 0) continue
    let least = Infinity
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      if (reduced[j]! < least) least = reduced[j]!
      safe &&= Number.isSafeInteger(reduced[j])
    }
    if (!Number.isSafeInteger(least)) return NaN
    total += BigInt(least) * BigInt(devices)
  }
  if (!safe) return NaN
  const scale = BigInt(own === 0 ? 1 : own)
  const whole = total / scale
  return Number(whole * scale < total ? whole + 1n : whole)
}
