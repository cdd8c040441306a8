/** The bound that integer prices prove by weak duality, in exact integers; see `model/certificate.ts`. */
import { classSize, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, ProofLeaf } from '../../constraints/problem.ts'

export const compareLevels = (a: readonly number[], b: readonly number[]): number => {
  for (let level = 0; level < a.length; level++) if (a[level] !== b[level]) return a[level]! - b[level]!
  return 0
}

/** Why a row may not have the price, or undefined: a limit that is open on the counted side, a price above what a violation costs, or a dropped row. */
const spoils = (problem: AssignmentProblem, holds: readonly number[], r: number, price: readonly number[], sign: number): boolean => {
  const { policy, lower, upper } = problem.rows[r]!
  if (!price.every(Number.isSafeInteger) || !Number.isFinite(sign > 0 ? lower : upper)) return true
  if (policy.is === 'whole') return !holds.includes(policy.bundle)
  if (policy.is === 'hard') return false
  const paid = problem.levels.map((_, level) => (level === policy.level ? policy.weight : 0))
  return (
    compareLevels(
      price.map((entry) => sign * entry),
      paid,
    ) > 0
  )
}

/** The leaf's bound by level, or undefined where a price is not allowed or numbers leave the exact range. `costs[level][column]`; all zero proves an impossibility. */
export const leafBound = (problem: AssignmentProblem, leaf: ProofLeaf, costs: readonly Float64Array[]): readonly number[] | undefined => {
  const reduced = costs.map((cost) => cost.slice(0, problem.columnChoice.length))
  const bound = costs.map(() => 0)
  for (const bundle of leaf.gaveUp) bound[problem.bundles[bundle]!.level]! += problem.bundles[bundle]!.weight
  for (let i = 0; i < leaf.rows.length; i++) {
    const row = problem.rows[leaf.rows[i]!]!
    const price = leaf.prices.map((prices) => prices[i]!)
    const sign = Math.sign(price.find((entry) => entry !== 0) ?? 0)
    if (sign === 0) continue
    if (spoils(problem, leaf.holds, leaf.rows[i]!, price, sign)) return undefined
    const limit = sign > 0 ? row.lower : row.upper
    price.forEach((entry, level) => (bound[level]! += entry * limit))
    forEachEntry(problem, row, (column, coefficient) => price.forEach((entry, level) => (reduced[level]![column]! -= entry * coefficient)))
  }
  const { size, columnStart } = problem.classes
  for (let c = 0; c < size; c++) {
    const devices = classSize(problem, c)
    if (devices === 0) continue
    let best = columnStart[c]!
    for (let j = best + 1; j < columnStart[c + 1]!; j++) if (before(reduced, j, best)) best = j
    reduced.forEach((cost, level) => (bound[level]! += cost[best]! * devices))
  }
  return bound.every(Number.isSafeInteger) ? bound : undefined
}

const before = (reduced: readonly Float64Array[], a: number, b: number): boolean => {
  for (const cost of reduced) if (cost[a] !== cost[b]) return cost[a]! < cost[b]!
  return false
}
