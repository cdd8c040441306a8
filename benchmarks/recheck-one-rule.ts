// Question: how long does a second check of a home take after one of its rules has changed, with the answers of the first kept?
import { conflictKinds } from '../constraints/conflict.ts'
import type { Behaviour, Value } from '../src/model/automation.ts'
import { checkConflicts } from '../src/solve/check-conflicts.ts'
import { memoryCache } from '../src/solve/conflict-cache.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { generatePairRules } from './pairs-generator.ts'

/** Milliseconds. */
const BAR = 2_000
const RULES = 40

export async function recheckOneRule({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const home = generatePairRules({ rules: RULES, seed, actuators: 6 })
  const times: number[] = []
  const processor: number[] = []
  const first = { milliseconds: 0, solverCalls: 0 }
  let again = 0
  const solvers = createSolvers()
  try {
    const cache = memoryCache()
    const begun = performance.now()
    first.solverCalls = (await checkConflicts(home, conflictKinds, solvers, { cache })).statistics.solverCalls
    first.milliseconds = Math.round(performance.now() - begun)
    for (let run = 0; run < runs; run++) {
      const changed = withChangedRule(home, run)
      const used = process.cpuUsage()
      const started = performance.now()
      again = (await checkConflicts(changed, conflictKinds, solvers, { cache })).statistics.solverCalls
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
    details: { bar: BAR, rules: RULES, first, again: { processorMilliseconds: Math.round(median(processor)), solverCalls: again } },
  }
}

/** The rule of that number commands another value. */
function withChangedRule(home: Behaviour, which: number): Behaviour {
  const others: Readonly<Record<string, Value>> = { off: 'low', low: 'high', high: 'off' }
  return {
    ...home,
    applications: home.applications.map((application) => ({
      ...application,
      automations: application.automations.map((automation, at) =>
        at !== which
          ? automation
          : {
              ...automation,
              steps: automation.steps.map((step) =>
                step.do === 'set' && step.value.is === 'value'
                  ? { ...step, value: { is: 'value' as const, value: others[String(step.value.value)] ?? 'off' } }
                  : step,
              ),
            },
      ),
    })),
  }
}
