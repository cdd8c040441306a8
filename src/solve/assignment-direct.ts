/** Solves a problem without rows: every class takes its cheapest column, and prices of nothing prove it. */
import { classSize, columnCosts, columnTotal } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'

/** Equal costs are broken by the order of the columns. Auxiliaries take their cheapest end, or the one nearest to 0. */
export const solveDirectly = (problem: AssignmentProblem): AssignmentSolution => {
  const { size, columnStart } = problem.classes
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const counts = new Float64Array(columnTotal(problem))
  const homeless: number[] = []
  for (let c = 0; c < size; c++) {
    const devices = classSize(problem, c)
    if (devices === 0) continue
    let best = columnStart[c]!
    if (best === columnStart[c + 1]) {
      homeless.push(c)
      continue
    }
    for (let j = best + 1; j < columnStart[c + 1]!; j++) if (cheaper(costs, j, best)) best = j
    counts[best] = devices
  }
  if (homeless.length > 0) return { is: 'impossible', rows: [], classes: homeless, proof: { is: 'none' } }
  problem.auxiliaries.forEach(({ lower, upper }, index) => {
    const column = problem.columnChoice.length + index
    const sign = Math.sign(costs.find((cost) => cost[column] !== 0)?.[column] ?? 0)
    counts[column] = sign > 0 ? lower : sign < 0 ? upper : Math.min(Math.max(lower, 0), upper)
  })
  const value = costs.map((cost) => cost.reduce((sum, each, column) => sum + (each === 0 ? 0 : each * counts[column]!), 0))
  const leaf = { holds: [], gaveUp: [], rows: new Int32Array(), prices: costs.map(() => new Float64Array()) }
  return { is: 'solved', counts, value, bound: value, proof: { is: 'prices', leaves: [leaf] } }
}

const cheaper = (costs: readonly Float64Array[], a: number, b: number): boolean => {
  for (const cost of costs) if (cost[a] !== cost[b]) return cost[a]! < cost[b]!
  return false
}
