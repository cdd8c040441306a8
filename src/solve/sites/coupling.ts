/** The rows that couple blocks: their limits, what leaving them costs, which prices they can bear. */
import type { AssignmentProblem } from '../../../constraints/problem.ts'

export interface Coupling {
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** Level at which a unit beyond the limits is paid; -1: never allowed. */
  readonly level: Int32Array
  readonly weight: Float64Array
}

/** Behind the rows, one for each of the levels, which limits nothing yet. */
export const couplingOf = (problem: AssignmentProblem, rows: Int32Array, levels: number): Coupling => {
  const coupling: Coupling = {
    lower: new Float64Array(rows.length + levels).fill(-Infinity),
    upper: new Float64Array(rows.length + levels).fill(Infinity),
    level: new Int32Array(rows.length + levels).fill(-1),
    weight: new Float64Array(rows.length + levels),
  }
  rows.forEach((r, k) => {
    const { lower, upper, policy } = problem.rows[r]!
    coupling.lower[k] = lower
    coupling.upper[k] = upper
    if (policy.is !== 'unit') return
    coupling.level[k] = policy.level
    coupling.weight[k] = policy.weight
  })
  return coupling
}

/** What counts in one scalar: `factor` by level (0 for levels not looked at), in parts of `scale` of the level that is minimised. */
export interface Scalar {
  readonly level: number
  readonly scale: number
  readonly factor: Float64Array
}

/** The largest size of a price on the row: what a unit of violation costs, Infinity where none is allowed. */
export const mostPrice = ({ level, weight }: Coupling, row: number, { factor }: Scalar): number =>
  level[row]! < 0 ? Infinity : weight[row]! * factor[level[row]!]!

/** The price in parts, whole, within what the row can bear. */
export const bearablePrice = (coupling: Coupling, row: number, scalar: Scalar, price: number): number => {
  const most = mostPrice(coupling, row, scalar)
  const whole = Math.max(-most, Math.min(most, Math.round(price)))
  const open = whole > 0 ? coupling.lower[row]! : coupling.upper[row]!
  return whole === 0 || !Number.isFinite(open) ? 0 : whole
}
