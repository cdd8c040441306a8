/** Costs of columns as single numbers that order them as the levels do. */
import { isChange } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem, CostTerm } from '../../../constraints/problem.ts'

/** How far apart the costs of two columns can be at a level, unit weights included, and how large a cost can be. */
export interface LevelRange {
  readonly range: number
  readonly largest: number
}

export function levelRanges(problem: AssignmentProblem, scaleOf: (row: number) => number): LevelRange[] {
  const ranges = problem.levels.map(({ terms }) => {
    let low = 0
    let high = 0
    for (const term of terms) {
      const [least, most] = termRange(term)
      low += least
      high += most
    }
    return { range: high - low, largest: Math.max(high, -low) }
  })
  problem.rows.forEach(({ policy }, i) => {
    if (policy.is !== 'unit') return
    const own = ranges[policy.level]!
    const weight = policy.weight * scaleOf(i)
    ranges[policy.level] = { range: Math.max(own.range, weight), largest: Math.max(own.largest, weight) }
  })
  return ranges
}

function termRange(term: CostTerm): readonly [number, number] {
  if (term.is === 'auxiliary') return [0, 0]
  if (term.is === 'change') return [Math.min(0, term.weight), Math.max(0, term.weight)]
  let low = Infinity
  let high = -Infinity
  const { cost } = term
  for (let i = 0; i < cost.length; i++) {
    const own = cost[i]!
    if (own < low) low = own
    if (own > high) high = own
  }
  return low <= high ? [low, high] : [0, 0]
}

/**
 * Weights that turn vectors into numbers: one unit of a level outweighs everything later levels can add up to along `steps` moves.
 * `half[l]`: sums at level l may reach so far from 0 and numbers still compare as vectors do (Infinity at level 0).
 */
export interface LevelWeights {
  readonly weight: readonly number[]
  readonly base: readonly number[]
  readonly half: readonly number[]
}

/** Room that prices and costs along paths may take: half of the exact integers, so that differences stay exact. */
export const LARGEST = 2 ** 52

/** Returns weights for as many steps as fit into exact integers, at most `wanted`, or undefined where not even `least` fit. */
export function levelWeights(ranges: readonly LevelRange[], wanted: number, least: number): LevelWeights | undefined {
  let low = least
  let high = Math.max(wanted, least)
  if (!fits(ranges, low)) return undefined
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(ranges, middle)) low = middle
    else high = middle - 1
  }
  return weightsFor(ranges, low)
}

function weightsFor(ranges: readonly LevelRange[], steps: number): LevelWeights {
  const weight: number[] = []
  const base: number[] = []
  let next = 1
  for (let level = ranges.length - 1; level >= 0; level--) {
    weight[level] = next
    base[level] = 2 * steps * ranges[level]!.range + 1
    next *= base[level]!
  }
  return { weight, base, half: base.map((own, level) => (level === 0 ? LARGEST : (own - 1) / 2)) }
}

function fits(ranges: readonly LevelRange[], steps: number): boolean {
  const { weight } = weightsFor(ranges, steps)
  const sum = ranges.reduce((total, { range, largest }, level) => total + weight[level]! * (steps * range + largest), 0)
  return sum <= LARGEST
}

/** Sum over levels of weight x cost, by class column. */
export function weighedCosts(problem: AssignmentProblem, weight: readonly number[]): Float64Array {
  const { columnChoice } = problem
  const { columnStart, current, size } = problem.classes
  const byChoice = new Float64Array(problem.choices.length)
  const byColumn: { readonly weight: number; readonly cost: Int32Array | Float64Array }[] = []
  let change = 0
  problem.levels.forEach(({ terms }, level) => {
    const own = weight[level]!
    if (own === 0) return
    for (const term of terms) {
      if (term.is === 'choice') for (let k = 0; k < byChoice.length; k++) byChoice[k]! += own * term.cost[k]!
      else if (term.is === 'change') change += own * term.weight
      else if (term.is === 'column') byColumn.push({ weight: own, cost: term.cost })
    }
  })
  const costs = new Float64Array(columnChoice.length)
  for (let c = 0; c < size; c++) {
    const today = current[c]!
    for (let j = columnStart[c]!, end = columnStart[c + 1]!; j < end; j++) {
      const choice = columnChoice[j]!
      costs[j] = byChoice[choice]! + (change !== 0 && isChange(today, choice) ? change : 0)
    }
  }
  for (const term of byColumn) addColumns(costs, term.weight, term.cost)
  return costs
}

function addColumns(costs: Float64Array, weight: number, cost: Int32Array | Float64Array): void {
  for (let j = 0; j < costs.length; j++) costs[j]! += weight * cost[j]!
}
