/** Prices of rows for all levels at once: the linear program of each level on the optimal face of the levels before. */
import type { Highs, Model } from 'highs'
import type { MixedProgram } from './highs-program.ts'

/** By level, then by row of the program; floating point, so a starting point for integer prices and nothing more. */
export interface FaceDuals {
  readonly is: 'optimal' | 'infeasible'
  readonly duals: readonly Float64Array[]
}

const EPSILON = 1e-7

export const setCosts = (model: Model, costs: Float64Array): void => {
  if (costs.length > 0) model.changeColsCost({ kind: 'range', from: 0, to: costs.length - 1 }, costs)
}

/** The duals, or for an infeasible program one vector that proves it so; undefined where HiGHS stops otherwise. */
export const faceDuals = (highs: Highs, model: Model, program: MixedProgram): FaceDuals | undefined => {
  const { modelStatus } = highs.constants
  const duals: Float64Array[] = []
  // A vertex with its basis, not an interior point, is what integer prices are read from.
  model.options.set('solver', 'simplex')
  for (const costs of program.costs) {
    setCosts(model, costs)
    model.run()
    const status = model.getModelStatus()
    if (status === modelStatus.infeasible && duals.length === 0) {
      const ray = model.getDualRay()
      return ray === undefined ? undefined : { is: 'infeasible', duals: [Float64Array.from(ray.values)] }
    }
    if (status !== modelStatus.optimal) return undefined
    const { rowDual, colDual, colValue } = model.getSolution()
    duals.push(rowDual)
    // The face: a column with a reduced cost stays where it is, a row with a price stays at its limit.
    colDual.forEach((dual, column) => {
      if (Math.abs(dual) > EPSILON) model.changeColBounds(column, colValue[column]!, colValue[column]!)
    })
    rowDual.forEach((dual, row) => {
      if (Math.abs(dual) <= EPSILON) return
      const limit = dual > 0 ? program.rowLower[row]! : program.rowUpper[row]!
      if (Number.isFinite(limit)) model.changeRowBounds(row, limit, limit)
    })
  }
  return { is: 'optimal', duals }
}
