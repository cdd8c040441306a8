// Question: how near to a proven optimum, and how fast, are sites with gateway memory, rooms apart, gateway versions and fleet caps; and HiGHS on the whole program?
import { brokenHardRow } from '../constraints/problem-reading.ts'
import { EngineError } from '../src/diagnostics/engine-error.ts'
import { solveByHighs } from '../src/solve/assignment-highs.ts'
import { createPool } from '../src/solve/pool.ts'
import { sitesApply, solveSites } from '../src/solve/sites/solve-sites.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { sitesFleet } from './sites-fleet.ts'

export interface SitesBenchmark {
  readonly sites: number
  /** What HiGHS may take for the whole program. */
  readonly highsSeconds: number
}

/** `ratio`: our time against that of HiGHS in the same run, which ends at its limit. */
export async function assignSites({ runs, seed }: BenchmarkOptions, { sites, highsSeconds }: SitesBenchmark): Promise<BenchmarkResult> {
  const problem = sitesFleet({ sites, devices: 50, rooms: 5, seed })
  const pool = createPool(2)
  try {
    const ours: number[] = []
    let details: Record<string, unknown> = {}
    for (let run = 0; run < runs; run++) {
      const started = performance.now()
      const shape = sitesApply(problem)
      if ('no' in shape) throw new EngineError('benchmark/sites', shape.no)
      const found = await solveSites(pool, problem, shape)
      ours.push(performance.now() - started)
      if (found.is !== 'solved' || brokenHardRow(problem, found.counts) >= 0) throw new EngineError('benchmark/sites', 'no assignment')
      const gaps = found.value.map((value, level) => value - found.bound[level]!)
      const relative = found.value.map((value, level) => (gaps[level] === 0 ? 0 : Math.abs(gaps[level]! / value)))
      details = { devices: problem.classes.size, types: shape.types.length, value: found.value, bound: found.bound, gaps, relative }
    }
    const milliseconds = Math.round(median(ours))
    const memoryMiB = Math.round(process.memoryUsage().rss / 2 ** 20)
    const started = performance.now()
    const whole = await solveByHighs(pool, problem, { milliseconds: highsSeconds * 1000 })
    const highsMilliseconds = Math.round(performance.now() - started)
    const answer =
      whole.is === 'solved'
        ? { value: whole.value, bound: whole.bound }
        : { is: whole.is, ...(whole.is === 'undecided' ? { why: whole.why } : {}) }
    return {
      ratio: Number((milliseconds / highsMilliseconds).toFixed(3)),
      milliseconds,
      memoryMiB,
      details: { ...details, highs: { milliseconds: highsMilliseconds, limitSeconds: highsSeconds, ...answer } },
    }
  } finally {
    await pool.close()
  }
}
