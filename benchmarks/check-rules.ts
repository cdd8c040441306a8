// Question: how long does it take to decide all pairs of 10,000 rules in 500 homes, each home checked on its own, end to end?
import { inconsistentValues } from '../constraints/conflict/inconsistent-values.ts'
import { oppositeActuation } from '../constraints/conflict/opposite-actuation.ts'
import { checkConflicts } from '../src/solve/check-conflicts.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { generatePairRules } from './pairs-generator.ts'

/** Milliseconds on 2 cores. */
const BAR = 30_000
const HOMES = 500
const RULES = 20

export async function checkRules({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const homes = Array.from({ length: HOMES }, (_, home) =>
    generatePairRules({ rules: RULES, seed: seed * HOMES + home, actuators: 4, prefix: `home-${home}.` }),
  )
  const times: number[] = []
  const processor: number[] = []
  const tally = { pairs: 0, prefiltered: 0, solverCalls: 0, proved: 0, conflict: 0, possible: 0, unknown: 0 }
  const solvers = createSolvers()
  try {
    for (let run = 0; run < runs; run++) {
      for (const key of Object.keys(tally)) tally[key as keyof typeof tally] = 0
      const used = process.cpuUsage()
      const started = performance.now()
      for (const home of homes) {
        const { findings, statistics } = await checkConflicts(home, [oppositeActuation, inconsistentValues], solvers)
        for (const { verdict } of findings) tally[verdict]++
        for (const key of ['pairs', 'prefiltered', 'solverCalls'] as const) tally[key] += statistics[key]
      }
      times.push(performance.now() - started)
      const { user, system } = process.cpuUsage(used)
      processor.push((user + system) / 1000)
    }
  } finally {
    await solvers.close()
  }
  return {
    ratio: Number((median(times) / BAR).toFixed(3)),
    milliseconds: Math.round(median(times)),
    memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    details: { bar: BAR, homes: HOMES, rules: HOMES * RULES, processorMilliseconds: Math.round(median(processor)), ...tally },
  }
}
