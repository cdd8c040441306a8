// One home checked cold, and again with kept answers after one rule has changed.
import process from 'node:process'
import { conflictKinds } from '../constraints/conflict.ts'
import type { Behaviour } from '../src/model/automation.ts'
import { checkConflicts, type CheckedConflicts } from '../src/solve/check-conflicts.ts'
import { memoryCache } from '../src/solve/conflict-cache.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'

/** Processor seconds, all threads together, after which a check leaves the rest open. */
const BUDGET = 100

export interface HomeCheck {
  readonly questions: number
  readonly solverCalls: number
  readonly verdicts: Readonly<Record<string, number>>
  /** Of the clock, and of the processors. */
  readonly seconds: number
  readonly processorSeconds: number
  /** Between two reports of progress, which look at up to four actuators at once: no actuator takes longer. */
  readonly p95PerActuatorSeconds: number
  readonly stopped: boolean
  readonly oneRuleChanged: { readonly seconds: number; readonly processorSeconds: number }
}

export async function checkHome(behaviour: Behaviour): Promise<HomeCheck> {
  const cache = memoryCache()
  const solvers = createSolvers({ threads: 2 })
  try {
    // Solvers start once per process, not once per check.
    await solvers.ask('(check-sat)')
    const parts: number[] = []
    const cold = await timed(async (stopped) => {
      let last = processor()
      const progress = (): void => {
        const now = processor()
        parts.push(now - last)
        last = now
      }
      return checkConflicts(behaviour, conflictKinds, solvers, { cache, stopped, progress })
    })
    const warm = await timed((stopped) => checkConflicts(withOneChange(behaviour), conflictKinds, solvers, { cache, stopped }))
    const { findings, statistics } = cold.value
    parts.sort((a, b) => a - b)
    return {
      questions: findings.length,
      solverCalls: statistics.solverCalls,
      verdicts: verdictsOf(findings),
      ...cold.took,
      p95PerActuatorSeconds: round(parts[Math.floor(parts.length * 0.95)] ?? 0),
      stopped: findings.some(({ why }) => why === 'the time for the whole check is used up'),
      oneRuleChanged: warm.took,
    }
  } finally {
    await solvers.close()
  }
}

interface Timed {
  readonly value: CheckedConflicts
  readonly took: { readonly seconds: number; readonly processorSeconds: number }
}

async function timed(check: (stopped: () => boolean) => Promise<CheckedConflicts>): Promise<Timed> {
  const [begun, used] = [performance.now(), processor()]
  const value = await check(() => processor() - used > BUDGET)
  return { value, took: { seconds: round((performance.now() - begun) / 1000), processorSeconds: round(processor() - used) } }
}

function processor(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100

function verdictsOf(findings: CheckedConflicts['findings']): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { proved: 0, conflict: 0, possible: 0, unknown: 0 }
  for (const { verdict } of findings) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

/** The rule in the middle of the list does nothing any more unless its guard fails: a change that keeps what it touches. */
function withOneChange(behaviour: Behaviour): Behaviour {
  const all = behaviour.applications.flatMap(({ automations }) => automations)
  const changed = all[all.length >> 1]
  return {
    ...behaviour,
    applications: behaviour.applications.map((application) => ({
      ...application,
      automations: application.automations.map((automation) =>
        automation === changed ? { ...automation, guard: { is: 'apply', operator: 'not', arguments: [automation.guard] } } : automation,
      ),
    })),
  }
}
