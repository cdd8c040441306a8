/**
 * Solves problems that a few rows hold together: the rows are priced, every block is minimised exactly at the prices, and whole plans of blocks are put
 * together again. What the prices prove is a bound in whole numbers; it need not be reached.
 *
 * Level by level: the values of earlier levels are kept as if they were rows, at a price (`factor`) that outweighs all that the level can gain in a block.
 * A level whose bound is not reached is kept at what is reached, by a row with a price of its own: later bounds are for all that reach as much. Source: Lagrangian relaxation, column generation.
 */
import { brokenHardRow, columnTotal, evaluateSolution } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution, SiteLevelProof } from '../../../constraints/problem.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { floors } from '../assignment-terms.ts'
import type { Pool } from '../pool.ts'
import type { SolveLimits } from '../solvers.ts'
import { UNIT, columnsOfBlock, rowsOfBlock, type Block } from './block.ts'
import { bearablePrice, couplingOf, type Coupling, type Scalar } from './coupling.ts'
import { createCrew, type Crew } from './crew.ts'
import { mixPlans } from './mix-plans.ts'
import { bestPrices } from './plan-prices.ts'
import { noPlans, type Plans } from './plans.ts'
import { limitsAt, priceBlocks, type Ties } from './price-blocks.ts'
import { choiceOf, improve, nearPlans, roundPlans, type Choice } from './round-plans.ts'
import type { SitesShape } from './sites-shape.ts'

export { sitesApply, type SitesShape } from './sites-shape.ts'

/** Prices are whole numbers of 1/SCALE of a level's unit. */
const SCALE = 4096
// Types that prices are first searched on, where there are more.
const SAMPLE = 800
// Rounds of prices per level, on the sample and on all types.
const SAMPLE_ROUNDS = 12
const ROUNDS = 30
const LARGE_ROUNDS = 3

interface Search {
  readonly pool: Pool
  readonly limits: SolveLimits
  readonly plans: Plans
  readonly crew: Crew
  readonly coupling: Coupling
  /** Coupling rows of the problem; after them, one for every level, that keeps what is reached there. */
  readonly joining: number
  /** By level: at least as large as the difference that it can make within one block. */
  readonly ranges: Float64Array
  /** By level: the largest cost of a unit. */
  readonly reach: Float64Array
  readonly shouldStop: () => boolean
}

/** What is proven of one level. */
interface LevelAnswer {
  readonly bound: number | undefined
  readonly prices: Float64Array
  readonly scalar: Scalar
}

/** Not `async` itself, so that nothing holds the shape's blocks once they are handed over. */
export const solveSites = (
  pool: Pool,
  problem: AssignmentProblem,
  { types, coupling }: SitesShape,
  limits: SolveLimits = {},
): Promise<AssignmentSolution> => {
  const levels = problem.levels.length
  const timer = limits.milliseconds === undefined ? undefined : AbortSignal.timeout(Math.ceil(limits.milliseconds))
  const widths = Int32Array.from(types, ({ block }) => columnsOfBlock(block))
  const most = (of: (block: Block, level: number) => number): Float64Array =>
    Float64Array.from({ length: levels }, (_, level) => types.reduce((largest, { block }) => Math.max(largest, of(block, level)), 0))
  const search = {
    pool,
    limits,
    plans: noPlans(
      types.map(({ sites, copies }) => ({ sites, copies })),
      widths,
      levels,
      coupling.length + levels,
    ),
    coupling: couplingOf(problem, coupling, levels),
    joining: coupling.length,
    ranges: most(rangeOf),
    reach: most(reachOf),
    shouldStop: () => timer?.aborted === true || limits.signal?.aborted === true,
  }
  return searchByCrew(
    search,
    problem,
    coupling,
    types.map(({ block }) => block),
  )
}

const searchByCrew = async (
  search: Omit<Search, 'crew'>,
  problem: AssignmentProblem,
  rows: Int32Array,
  blocks: (Block | undefined)[],
): Promise<AssignmentSolution> => {
  const crew = await createCrew(blocks, search.pool.threads)
  if ('no' in crew) return { is: 'undecided', why: `sites: ${crew.no}` }
  try {
    return await searchLevels({ ...search, crew }, problem, rows)
  } finally {
    await crew.close()
  }
}

const searchLevels = async (search: Search, problem: AssignmentProblem, rows: Int32Array): Promise<AssignmentSolution> => {
  const { plans, coupling, joining } = search
  const levels = problem.levels.length
  const bound: number[] = []
  const proofs: SiteLevelProof[] = []
  const least = floors(problem)
  const holder: { choice: Choice | undefined } = { choice: undefined }
  const earlier: Float64Array[] = []
  let unproved = false
  for (let level = 0; level < levels; level++) {
    const kept = Array.from(holder.choice?.value.subarray(0, level) ?? [])
    const gaps = kept.map((value, k) => value > bound[k]!)
    // What is not proven to be the least is kept at a price of its own; elsewhere any price keeps what nothing can go below.
    gaps.forEach((gap, k) => (coupling.upper[joining + k] = gap ? kept[k]! : Infinity))
    const answer: LevelAnswer | { readonly why: string } = unproved
      ? { why: 'an earlier level has no bound' }
      : await searchLevel(search, level, kept, gaps, earlier, holder)
    if (holder.choice === undefined)
      return { is: 'undecided', why: 'why' in answer ? answer.why : 'sites: no whole plans fit the rows that join them' }
    if ('why' in answer) {
      if (answer.why === STOPPED) return { is: 'undecided', why: STOPPED }
      unproved = true
      improve(plans, coupling, level, holder.choice, kept)
      bound.push(least[level]!)
      continue
    }
    const { scalar, prices } = answer
    bound.push(Math.max(answer.bound ?? least[level]!, least[level]!))
    if (answer.bound !== undefined && answer.bound >= least[level]!)
      proofs.push({
        level,
        scale: scalar.scale,
        kept,
        factors: kept.map((_, k) => scalar.factor[k]! + heldAt(search, prices, k)),
        rows,
        prices: prices.slice(0, joining),
      })
    unproved ||= answer.bound === undefined || answer.bound < least[level]!
    earlier.push(prices.map((price) => price / scalar.scale))
  }
  const { copies, value: reached } = holder.choice!
  const counts = countsOf(plans, problem, copies)
  const value = evaluateSolution(problem, counts)
  if (brokenHardRow(problem, counts) >= 0 || value.some((entry, level) => entry !== reached[level]))
    throw new EngineError('solve/disagreement', 'plans of sites do not add up to what they say')
  return { is: 'solved', counts, value, bound, proof: proofs.length === 0 ? { is: 'none' } : { is: 'sites', levels: proofs } }
}

const STOPPED = 'stopped'

/** What keeping a level costs by the price of its row; -0 would be a number of its own. */
const heldAt = ({ joining }: Search, prices: Float64Array, level: number): number => Math.max(0, -prices[joining + level]!)

const searchLevel = async (
  search: Search,
  level: number,
  kept: readonly number[],
  gaps: readonly boolean[],
  earlier: readonly Float64Array[],
  holder: { choice: Choice | undefined },
): Promise<LevelAnswer | { readonly why: string }> => {
  const { plans, coupling, pool, limits, crew, joining, shouldStop } = search
  const count = plans.types.length
  const scalar = scalarOf(search, level, gaps)
  const ties = tiesOf(search, level)
  let at: Float64Array = new Float64Array(plans.rows)
  earlier.forEach((prices, k) => {
    // A level with a gap starts at a unit for a unit.
    const share = gaps[k] ? 1 : scalar.factor[k]! / scalar.scale
    prices.forEach((price, row) => (at[row]! += price * share))
    if (gaps[k]) at[joining + k]! -= 1
  })
  const start = at
  // No unit of a row is worth more than all that a block can gain by it.
  const most = 2 * search.ranges[level]! + 1
  const all = Int32Array.from({ length: count }, (_, t) => t)
  const step = Math.max(1, Math.floor(count / SAMPLE))
  const some = all.filter((t) => t % step === 0)
  const copiesOf = (types: Int32Array): number => types.reduce((sum, t) => sum + plans.types[t]!.copies, 0)
  const large = step > 1
  const baseOf = (values: readonly number[]): number =>
    values.reduce((sum, value, k) => sum + (value * scalar.factor[k]!) / scalar.scale, 0)
  let radius = Math.max(1, search.reach[level]!)
  const whole = (prices: Float64Array): Float64Array =>
    prices.map((price, row) => bearablePrice(coupling, row, scalar, price * scalar.scale))
  const failed = (
    outcome: { readonly stopped: true } | { readonly tooLarge: true } | { readonly impossible: number },
  ): { readonly why: string } => ({
    why:
      'stopped' in outcome ? STOPPED : 'tooLarge' in outcome ? 'sites: sums leave the exact integers' : 'sites: a block has no assignment',
  })
  if (large) {
    const share = copiesOf(some) / copiesOf(all)
    const sample = {
      types: some,
      lower: coupling.lower.map((limit) => limit * share),
      upper: coupling.upper.map((limit) => limit * share),
      base: baseOf(kept.map((_, k) => costOf(plans, some, holder.choice!, k))),
    }
    gaps.forEach((gap, k) => {
      if (gap) sample.upper[joining + k] = costOf(plans, some, holder.choice!, k)
    })
    for (let round = 0; round < SAMPLE_ROUNDS; round++) {
      const outcome = await priceBlocks(plans, crew, some, scalar, whole(at), ties, shouldStop)
      if (!('plan' in outcome)) return failed(outcome)
      if (!outcome.news && round > 0) break
      const next = await bestPrices(pool, plans, coupling, scalar, sample, { at, start, most }, radius, limits)
      if (next.every((price, row) => price === at[row])) break
      at = next
      radius = Math.max(1 / SCALE, radius / 2)
    }
    radius /= 4
  }
  let best: { bound: number; prices: Float64Array } | undefined
  const everything = { types: all, lower: coupling.lower, upper: coupling.upper, base: baseOf(kept) }
  for (let round = 0; round < (large ? LARGE_ROUNDS : ROUNDS); round++) {
    const prices = whole(at)
    const outcome = await priceBlocks(plans, crew, all, scalar, prices, ties, shouldStop)
    if (!('plan' in outcome)) {
      if (best !== undefined && holder.choice !== undefined) break
      return failed(outcome)
    }
    const total = outcome.least + limitsAt(coupling, prices) - kept.reduce((sum, value, k) => sum + scalar.factor[k]! * value, 0)
    const bound = Math.ceil(total / scalar.scale)
    if (Number.isSafeInteger(total) && (best === undefined || bound > best.bound)) best = { bound, prices }
    await propose(search, scalar, prices, outcome.plan, kept, holder, best?.bound ?? -Infinity)
    if (best !== undefined && holder.choice?.value[level] === best.bound) break
    const next = await bestPrices(pool, plans, coupling, scalar, everything, { at, start, most }, radius, limits)
    if (!outcome.news && next.every((price, row) => Math.round(price * SCALE) === Math.round(at[row]! * SCALE))) break
    at = next
    radius = Math.max(2 / SCALE, radius * 0.7)
  }
  return { bound: best?.bound, prices: best?.prices ?? whole(at), scalar }
}

/** What the choice costs these types at a level. */
const costOf = (plans: Plans, types: Int32Array, { copies }: Choice, level: number): number => {
  let sum = 0
  for (const t of types) for (const plan of plans.ofType[t]!) sum += (copies[plan] ?? 0) * plans.cost[plan * plans.levels + level]!
  return sum
}

/** Keeps the better of what prices propose and what is known, both improved by the plans that are new. */
const propose = async (
  { plans, coupling, pool, limits, joining, reach }: Search,
  scalar: Scalar,
  prices: Float64Array,
  preferred: Int32Array,
  kept: readonly number[],
  holder: { choice: Choice | undefined },
  bound: number,
): Promise<void> => {
  const inUnits = prices.map((price) => price / scalar.scale)
  const found = roundPlans(plans, coupling, scalar, inUnits, preferred, kept)
  const known = holder.choice
  if (known !== undefined) {
    const copies = new Int32Array(plans.typeOf.length)
    copies.set(known.copies)
    holder.choice = choiceOf(plans, coupling, copies, kept)
    improve(plans, coupling, scalar.level, holder.choice, kept)
  }
  const take = (choice: Choice): void => {
    if (choice.off === 0 && (holder.choice === undefined || precedes(choice.value, holder.choice.value))) holder.choice = choice
  }
  take(found)
  if (holder.choice !== undefined) {
    // A unit of these rows is worth more than all that the choice of one device is.
    const unit = reach.reduce(
      (sum, most, l) => (l > scalar.level ? sum : sum + most * (l === scalar.level ? 1 : -inUnits[joining + l]!)),
      0,
    )
    const coarse = Array.from({ length: joining }, (_, k) => k).filter((k) => Math.abs(inUnits[k]!) > unit)
    take(nearPlans(plans, coupling, scalar, inUnits, coarse, holder.choice, kept))
  }
  if (holder.choice !== undefined && holder.choice.value[scalar.level]! <= bound) return
  const mixed = await mixPlans(pool, plans, coupling, scalar, inUnits, holder.choice ?? found, kept, limits)
  if (mixed === undefined) return
  improve(plans, coupling, scalar.level, mixed, kept)
  take(mixed)
}

const precedes = (a: Float64Array, b: Float64Array): boolean => {
  for (let level = 0; level < a.length; level++) if (a[level] !== b[level]) return a[level]! < b[level]!
  return false
}

/** The level in parts, and earlier levels without a gap at prices beyond all that it (and what keeps the others) can gain. */
const scalarOf = ({ ranges }: Search, level: number, gaps: readonly boolean[]): Scalar => {
  const factor = new Float64Array(ranges.length)
  factor[level] = SCALE
  let gain = SCALE * 2 * ranges[level]!
  for (let k = level - 1; k >= 0; k--) {
    if (!gaps[k]) factor[k] = gain + SCALE
    // No row's price moves farther than this from where it starts.
    gain += 2 * ranges[k]! * (gaps[k] ? SCALE * (2 * ranges[level]! + 2) : factor[k]!)
  }
  return { level, scale: SCALE, factor }
}

/** Later levels decide between equals as long as their sums stay small. */
const tiesOf = ({ ranges }: Search, level: number): Ties => {
  const factor = new Float64Array(ranges.length)
  let unit = 1
  for (let k = ranges.length - 1; k > level; k--) {
    factor[k] = unit
    unit *= 2 * ranges[k]! + 1
    if (unit > 1e7) return { factor: new Float64Array(ranges.length), unit: 1 }
  }
  return { factor, unit }
}

const rangeOf = (block: Block, level: number): number => {
  const width = columnsOfBlock(block)
  const cost = (j: number): number => Math.abs(block.costs[level * width + j]!)
  let sum = 0
  for (let c = 0; c < block.sizes.length; c++) {
    let largest = 0
    for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) largest = Math.max(largest, cost(j))
    sum += largest * block.sizes[c]!
  }
  const most = (j: number): number => {
    const classColumns = block.columnStart[block.columnStart.length - 1]!
    if (j >= classColumns)
      return Math.max(Math.abs(block.auxiliaryLower[j - classColumns]!), Math.abs(block.auxiliaryUpper[j - classColumns]!))
    return block.sizes[block.columnStart.findIndex((_, c) => j < block.columnStart[c + 1]!)]!
  }
  for (let j = block.columnStart[block.columnStart.length - 1]!; j < width; j++) sum += cost(j) * most(j)
  for (let r = 0; r < rowsOfBlock(block); r++) {
    if (block.rowPolicy[3 * r] !== UNIT || block.rowPolicy[3 * r + 1] !== level) continue
    let reach = Math.max(
      ...[block.rowLimits[2 * r]!, block.rowLimits[2 * r + 1]!].map((limit) => (Number.isFinite(limit) ? Math.abs(limit) : 0)),
    )
    for (let e = block.rowStart[r]!; e < block.rowStart[r + 1]!; e++)
      reach += Math.abs(block.rowCoefficient[e]!) * most(block.rowColumn[e]!)
    sum += reach * Math.abs(block.rowPolicy[3 * r + 2]!)
  }
  for (let b = 0; 2 * b < block.bundles.length; b++) if (block.bundles[2 * b] === level) sum += Math.abs(block.bundles[2 * b + 1]!)
  return sum
}

/** The largest cost of a unit at the level. */
const reachOf = (block: Block, level: number): number => {
  const width = columnsOfBlock(block)
  let most = 0
  for (let j = 0; j < width; j++) most = Math.max(most, Math.abs(block.costs[level * width + j]!))
  return most
}

/** Copies of plans handed to the sites of their types, in order. */
const countsOf = (plans: Plans, problem: AssignmentProblem, copies: Int32Array): Float64Array => {
  const counts = new Float64Array(columnTotal(problem))
  plans.types.forEach(({ sites }, t) => {
    let at = 0
    let left = sites[0]?.copies ?? 0
    for (const plan of plans.ofType[t]!) {
      for (let todo = copies[plan] ?? 0; todo > 0;) {
        while (left === 0) left = sites[++at]!.copies
        const now = Math.min(todo, left)
        const own = plans.counts[plan]!
        const { columns } = sites[at]!
        for (let j = 0; j < own.length; j++) counts[columns[j]!]! += now * own[j]!
        todo -= now
        left -= now
      }
    }
  })
  return counts
}
