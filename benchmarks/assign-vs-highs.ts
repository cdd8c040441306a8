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
  { classes: 200, devices: 10_000, variants: 20, regions: 6, sites: 0 },
  { classes: 3000, devices: 100_000, variants: 20, regions: 6, sites: 0 },
  { classes: 12_000, devices: 1_000_000, variants: 20, regions: 6, sites: 0 },
]
// Who takes milliseconds is asked more often, and by both sides alike: a first run is mostly the machine's own translation of the code.
const TRIES = 15
const SHORT = 1500
// What HiGHS may take for one program. Where it is stopped, its time is at least this, and the ratio at most what is told.
const MILLISECONDS = 20_000

interface HighsRun {
  readonly milliseconds: number
  /** Levels that HiGHS calls optimal. */
  readonly finished: number
  readonly stopped: boolean
  /** Or what HiGHS says instead. */
  readonly value: readonly number[] | string
}

async function timeHighs(pool: Pool, program: MixedProgram, valueOf: (counts: Float64Array) => readonly number[]): Promise<HighsRun> {
  const first = await timeHighsOnce(pool, program, valueOf)
  if (first.stopped || first.milliseconds > SHORT) return first
  const again: HighsRun[] = []
  for (let time = 0; time < TRIES; time++) again.push(await timeHighsOnce(pool, program, valueOf))
  return { ...first, milliseconds: median(again.map(({ milliseconds }) => milliseconds)) }
}

async function timeHighsOnce(pool: Pool, program: MixedProgram, valueOf: (counts: Float64Array) => readonly number[]): Promise<HighsRun> {
  // A thread that has started HiGHS: one that was stopped is another one now.
  await pool.run('highs-worker', 'highsVersion', undefined)
  const started = performance.now()
  const task: MixedTask = { program, seconds: MILLISECONDS / 1000 }
  // HiGHS looks at its own limit too rarely on large programs.
  const outcome = await pool.run<MixedAnswer>('highs-worker', 'answerMixed', task, { milliseconds: MILLISECONDS })
  const milliseconds = Number((performance.now() - started).toFixed(1))
  if (outcome.is !== 'done') return { milliseconds, finished: 0, stopped: true, value: outcome.is }
  const answer = outcome.value
  if (answer.is !== 'solved') return { milliseconds, finished: 0, stopped: milliseconds >= MILLISECONDS, value: answer.is }
  const { finished, values } = answer
  return { milliseconds, finished, stopped: finished < program.costs.length, value: valueOf(values.map(Math.round)) }
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

/** `only`: the first so many instances. `ratio`: ours against HiGHS's better time at the larger instance: with whole numbers demanded, and without, which a flow does not need. Its start is not counted. */
export async function assignVsHighs({ runs, seed }: BenchmarkOptions, only = instances.length): Promise<BenchmarkResult> {
  const pool = createPool(1)
  try {
    const rows: { readonly ours: number; readonly highs: number; readonly [detail: string]: unknown }[] = []
    for (const instance of instances.slice(0, only)) {
      for (const problem of [inOneLevel(flowInstance({ ...instance, seed })), flowInstance({ ...instance, seed })]) {
        const shape = flowApplies(problem)
        if ('no' in shape) throw new Error(shape.no)
        const ours: number[] = []
        let value: readonly number[] = []
        for (let run = 0, left = Math.max(runs, TRIES); run <= left; run++) {
          const started = performance.now()
          const found = solveFlow(problem, shape)
          if (found.is !== 'solved') throw new Error(`our method answers ${found.is}`)
          const milliseconds = performance.now() - started
          if (milliseconds > SHORT) left = runs
          if (run > 0) ours.push(milliseconds)
          value = found.value
        }
        const program = mixedProgram(problem)
        const valueOf = (counts: Float64Array): readonly number[] => evaluateSolution(problem, counts.slice(0, problem.columnChoice.length))
        const whole = await timeHighs(pool, program, valueOf)
        const relaxed = await timeHighs(pool, { ...program, integer: program.integer.map(() => 0) }, valueOf)
        // Who was stopped is slower than who was not.
        const done = [whole, relaxed].filter(({ stopped }) => !stopped)
        const highs = Math.min(...(done.length === 0 ? [whole, relaxed] : done).map(({ milliseconds }) => milliseconds))
        const mine = Number(median(ours).toFixed(1))
        rows.push({
          ...instance,
          levels: problem.levels.length,
          columns: problem.columnChoice.length,
          ours: mine,
          highs,
          ratio: Number((mine / highs).toFixed(3)),
          times: Number((highs / mine).toFixed(1)),
          atLeast: done.length === 0,
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
      milliseconds: Math.round(largest.ours),
      memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      details: { rows },
    }
  } finally {
    await pool.close()
  }
}
