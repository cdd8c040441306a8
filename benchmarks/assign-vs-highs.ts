// Question: how much faster is our flow method than HiGHS on the identical program, all four levels, in one run?
import { solveFlow, flowApplies } from '../src/solve/flow/solve-flow.ts'
import { mixedProgram, type MixedProgram } from '../src/solve/highs-program.ts'
import type { MixedAnswer, MixedTask } from '../src/solve/highs-worker.ts'
import { createPool, type Pool } from '../src/solve/pool.ts'
import { columnCosts, evaluateSolution } from '../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../constraints/problem.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { flowInstance } from './flow-instances.ts'
import { median } from './measure.ts'

const instances = [
  { classes: 3000, devices: 100_000, variants: 20, regions: 6, sites: 0 },
  { classes: 12_000, devices: 1_000_000, variants: 20, regions: 6, sites: 0 },
]
const SECONDS = 120

/** Milliseconds, the levels that HiGHS finished and their values, or what it says instead. */
async function timeHighs(
  pool: Pool,
  program: MixedProgram,
  valueOf: (counts: Float64Array) => readonly number[],
): Promise<{ readonly milliseconds: number; readonly finished: number; readonly value: readonly number[] | string }> {
  const started = performance.now()
  const outcome = await pool.run<MixedAnswer>('highs-worker', 'answerMixed', { program, seconds: SECONDS } satisfies MixedTask)
  const milliseconds = Math.round(performance.now() - started)
  if (outcome.is !== 'done' || outcome.value.is !== 'solved')
    return { milliseconds, finished: 0, value: outcome.is === 'done' ? outcome.value.is : outcome.is }
  return { milliseconds, finished: outcome.value.finished, value: valueOf(outcome.value.values.map(Math.round)) }
}

/** All levels as one weighed sum, which is the form that HiGHS is made for: the weights keep the order of the levels on these instances' devices one by one. */
function inOneLevel(problem: AssignmentProblem): AssignmentProblem {
  const weights = [100_000, 500, 2, 1]
  const cost = new Float64Array(problem.columnChoice.length)
  weights.forEach((weight, level) => columnCosts(problem, level).forEach((own, column) => (cost[column]! += weight * own)))
  return {
    ...problem,
    levels: [{ name: 'score', sense: 'minimise', offset: 0, terms: [{ is: 'column', cost }] }],
    rows: problem.rows.map((row) =>
      row.policy.is === 'unit' ? { ...row, policy: { is: 'unit', level: 0, weight: row.policy.weight * weights[row.policy.level]! } } : row,
    ),
  }
}

/** `ratio`: ours against HiGHS's better time at the larger instance: with whole numbers demanded, and without, which a flow does not need. Its start is not counted. */
export async function assignVsHighs({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const pool = createPool(1)
  try {
    await pool.run('highs-worker', 'highsVersion', undefined)
    const rows: { readonly ours: number; readonly highs: number; readonly [detail: string]: unknown }[] = []
    for (const instance of instances) {
      for (const problem of [inOneLevel(flowInstance({ ...instance, seed })), flowInstance({ ...instance, seed })]) {
        const shape = flowApplies(problem)
        if ('no' in shape) throw new Error(shape.no)
        const ours: number[] = []
        let value: readonly number[] = []
        for (let run = 0; run <= runs; run++) {
          const started = performance.now()
          const found = solveFlow(problem, shape)
          if (found.is !== 'solved') throw new Error(`our method answers ${found.is}`)
          if (run > 0) ours.push(performance.now() - started)
          value = found.value
        }
        const program = mixedProgram(problem)
        const valueOf = (counts: Float64Array): readonly number[] => evaluateSolution(problem, counts.slice(0, problem.columnChoice.length))
        const whole = await timeHighs(pool, program, valueOf)
        const relaxed = await timeHighs(pool, { ...program, integer: program.integer.map(() => 0) }, valueOf)
        const solved = [whole, relaxed].filter((one) => typeof one.value !== 'string')
        const highs = Math.min(...(solved.length === 0 ? [whole, relaxed] : solved).map(({ milliseconds }) => milliseconds))
        const mine = Math.round(median(ours))
        rows.push({
          ...instance,
          levels: problem.levels.length,
          columns: problem.columnChoice.length,
          ours: mine,
          highs,
          ratio: Number((mine / highs).toFixed(3)),
          times: Number((highs / mine).toFixed(1)),
          value,
          whole,
          relaxed,
        })
      }
    }
    // Of the larger instance, the one-level form: HiGHS takes longer for levels one by one.
    const largest = rows.at(-2)!
    return {
      ratio: Number((largest.ours / largest.highs).toFixed(3)),
      milliseconds: largest.ours,
      memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      details: { rows },
    }
  } finally {
    await pool.close()
  }
}
