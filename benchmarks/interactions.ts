// Question: how long does the engine take to find the fifteen published interactions and to prove their repaired twins, all together?
import { conflictKindsInFull } from '../constraints/conflict.ts'
import { timedDefaults } from '../constraints/timed.ts'
import { timedKinds } from '../constraints/timed-kinds.ts'
import { EngineError } from '../src/diagnostics/engine-error.ts'
import type { CheckSource } from '../src/engine-check.ts'
import type { Finding } from '../src/model/conflict.ts'
import { checkConflicts } from '../src/solve/check-conflicts.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { Solvers } from '../src/solve/solvers.ts'
import { checkTimedAssuming } from '../src/solve/timed-assumptions.ts'
import { verifyFinding } from '../src/verify/conflicts.ts'
import { behaviourOf, interactionCases, type InteractionCase } from '../test/fixtures/interactions/cases.ts'
import type { BenchmarkOptions, BenchmarkResult, MeasuredRun } from './benchmark.ts'
import { median } from './measure.ts'

/** What all of them together may take. */
const BAR = 10_000
/** Cases and twins that are looked at at a time, so that neither thread of the solvers waits. */
const AT_ONCE = 4
const options = { ...timedDefaults, assumptions: [{ is: 'late', milliseconds: 600_000 }] } as const

interface Judged {
  readonly name: string
  readonly milliseconds: number
}

/** `ratio`: the whole set, solvers started and all read anew, against ten seconds. */
export async function interactions({ runs }: BenchmarkOptions): Promise<BenchmarkResult> {
  const each: (MeasuredRun & { readonly longest: readonly Judged[] })[] = []
  for (let run = 0; run < runs; run++) {
    const begun = { wall: performance.now(), used: process.cpuUsage() }
    const judged = await judgeAll()
    const { user, system } = process.cpuUsage(begun.used)
    const milliseconds = Math.round(performance.now() - begun.wall)
    each.push({
      ...{ ratio: milliseconds / BAR, milliseconds, memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20) },
      processorRatio: (user + system) / 1000 / BAR,
      longest: [...judged].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 5),
    })
  }
  return {
    ratio: median(each.map(({ ratio }) => ratio)),
    milliseconds: median(each.map(({ milliseconds }) => milliseconds)),
    memoryMiB: median(each.map(({ memoryMiB }) => memoryMiB)),
    each,
    details: { cases: interactionCases.length, found: interactionCases.length, twinsProved: interactionCases.length },
  }
}

/** Every case is found by runs that are judged again, of every twin all is proved: or there is nothing to measure. */
async function judgeAll(): Promise<readonly Judged[]> {
  const solvers = createSolvers({ threads: 2 })
  const judged: Judged[] = []
  const open = interactionCases.flatMap((one) => [
    { name: one.name, judge: () => found(one, solvers) },
    { name: `${one.name}, repaired`, judge: () => proved(one, solvers) },
  ])
  const next = async (): Promise<void> => {
    for (let one = open.shift(); one !== undefined; one = open.shift()) {
      const begun = performance.now()
      if (!(await one.judge())) throw new EngineError('benchmark/interactions', `${one.name}: not judged as it is published`)
      judged.push({ name: one.name, milliseconds: Math.round(performance.now() - begun) })
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, next))
  } finally {
    await solvers.close()
  }
  return judged
}

async function found({ kind, sources }: InteractionCase, solvers: Solvers): Promise<boolean> {
  const conflicts = (await findingsOf(sources, kind, solvers)).filter(({ verdict }) => verdict === 'conflict')
  const behaviour = behaviourOf(sources)
  return conflicts.length > 0 && conflicts.every((finding) => verifyFinding(behaviour, finding).agrees)
}

async function proved({ kind, twin }: InteractionCase, solvers: Solvers): Promise<boolean> {
  const findings = await findingsOf(twin, kind, solvers)
  return findings.every(({ verdict }) => verdict === 'proved')
}

async function findingsOf(sources: readonly CheckSource[], number: string, solvers: Solvers): Promise<readonly Finding[]> {
  const behaviour = behaviourOf(sources)
  const untimed = conflictKindsInFull.filter((kind) => kind.number === number)
  const timed = timedKinds.filter((kind) => kind.number === number)
  const plain = untimed.length === 0 ? [] : (await checkConflicts(behaviour, untimed, solvers)).findings
  return timed.length === 0 ? plain : [...plain, ...(await checkTimedAssuming(behaviour, timed, solvers, {}, options)).findings]
}
