/** The thread that HiGHS lives in: one runtime, started with the first task; every task has a model of its own. */
import highsModule from 'highs'
import type { Highs, Model } from 'highs'
import type { MixedProgram } from './highs-program.ts'
import { faceDuals, setCosts, type FaceDuals } from './highs-duals.ts'
import type { TreeAnswer, TreeTask } from './highs-node.ts'
import { priceTree } from './highs-tree.ts'
import { begin } from './begin.ts'
import type { Handed } from './pool.ts'

export interface MixedTask {
  readonly program: MixedProgram
  /** For all levels together. */
  readonly seconds?: number
}

/** In HiGHS's floating point: a proposal that its reader rounds and checks. `finished`: levels that HiGHS calls optimal. */
export type MixedAnswer =
  | { readonly is: 'solved'; readonly values: Float64Array; readonly finished: number }
  | { readonly is: 'infeasible' }
  | { readonly is: 'unknown'; readonly why: string }

// Branch and bound ends here whatever the clock says, so that unlimited runs end, and end alike.
const NODES = 50_000

// The package's types describe its CommonJS file; as a module its default export is the loader itself.
const loadHighs = highsModule as unknown as () => Promise<Highs>

let runtime: Promise<Highs> | undefined

const withHighs = async <T, A>({ task, started }: Handed<T>, answer: (highs: Highs, task: T) => A): Promise<A> => {
  runtime ??= loadHighs()
  const highs = await runtime
  begin(started)
  return answer(highs, task)
}

/** The program at its first level; `integer`: counts are whole. */
const modelOf = (highs: Highs, program: MixedProgram, integer: boolean): Model => {
  const numCols = program.columnLower.length
  const numRows = program.rowLower.length
  const model = highs.createModel({
    numCols,
    numRows,
    colCost: program.costs[0] ?? new Float64Array(numCols),
    colLower: program.columnLower,
    colUpper: program.columnUpper,
    rowLower: program.rowLower,
    rowUpper: program.rowUpper,
    matrix: { format: 'csr', numRows, numCols, starts: program.starts, indices: program.indices, values: program.values },
    ...(integer ? { integrality: program.integer } : {}),
  })
  // The defaults stop at a gap of 0.01 %.
  model.options.set({ output_flag: false, random_seed: 0, mip_rel_gap: 0, mip_abs_gap: 0, mip_max_nodes: NODES })
  return model
}

const solveMixed = (highs: Highs, { program, seconds }: MixedTask): MixedAnswer => {
  const { modelStatus, solutionStatus } = highs.constants
  const model = modelOf(highs, program, true)
  try {
    let best: Float64Array | undefined
    if (seconds !== undefined) model.options.set('time_limit', seconds)
    for (let level = 0; level < Math.max(1, program.costs.length); level++) {
      const costs = program.costs[level]
      if (costs !== undefined) setCosts(model, costs)
      if (best !== undefined) model.setSolution({ colValue: best })
      try {
        model.run()
      } catch (failure) {
        // Numbers of very different size make HiGHS give up with an error of its own.
        const why = failure instanceof Error ? failure.message : 'HiGHS failed'
        return best === undefined ? { is: 'unknown', why } : { is: 'solved', values: best, finished: level }
      }
      const status = model.getModelStatus()
      if (status === modelStatus.infeasible && best === undefined) return { is: 'infeasible' }
      const feasible = Number(model.info.get('primal_solution_status')) === solutionStatus.feasible
      if (feasible) best = model.getSolution().colValue
      if (status !== modelStatus.optimal && status !== modelStatus.empty)
        return best === undefined
          ? { is: 'unknown', why: `HiGHS stopped with status ${status}` }
          : { is: 'solved', values: best, finished: level }
      best ??= model.getSolution().colValue
      if (costs !== undefined) keepLevel(highs, model, costs, best, program)
    }
    return { is: 'solved', values: best!, finished: program.costs.length }
  } finally {
    model.dispose()
  }
}

const keepLevel = (highs: Highs, model: Model, costs: Float64Array, best: Float64Array, program: MixedProgram): void => {
  const indices: number[] = []
  const values: number[] = []
  let reached = 0
  costs.forEach((cost, column) => {
    if (cost === 0) return
    indices.push(column)
    values.push(cost)
    reached += cost * (program.integer[column] === 1 ? Math.round(best[column]!) : best[column]!)
  })
  if (indices.length > 0) model.addRow(-highs.infinity, Math.round(reached), { indices, values })
}

export const answerMixed = (handed: Handed<MixedTask>): Promise<MixedAnswer> => withHighs(handed, solveMixed)

export const answerDuals = (handed: Handed<MixedProgram>): Promise<FaceDuals | undefined> =>
  withHighs(handed, (highs, program) => {
    const model = modelOf(highs, program, false)
    try {
      return faceDuals(highs, model, program)
    } finally {
      model.dispose()
    }
  })

export const answerTree = (handed: Handed<TreeTask>): Promise<TreeAnswer> =>
  withHighs(handed, (highs, task) => {
    const model = modelOf(highs, task.program, false)
    try {
      return priceTree(highs, model, task)
    } finally {
      model.dispose()
    }
  })

export const highsVersion = (handed: Handed<undefined>): Promise<string> => withHighs(handed, (highs) => highs.version.string)
