// Question: how many pairs of rules are decided exactly per second without a solver, and how many by one query of Z3 each?
import { inconsistentValues } from '../constraints/conflict/inconsistent-values.ts'
import { compilePairs } from '../src/compile/pairs/compile-pairs.ts'
import { decidePair, type PairVerdict } from '../src/compile/pairs/table.ts'
import { structureOf } from '../src/compile/conflicts-structure.ts'
import type { Behaviour } from '../src/model/automation.ts'
import { printQuery } from '../src/smt/print.ts'
import { queryOf } from '../src/compile/conflicts-query.ts'
import { analysisOf, wholeOf } from '../src/solve/conflict-analysis.ts'
import { overAnyReaction } from '../src/solve/conflict-question.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { generatePairRules } from './pairs-generator.ts'
import { randomNumbers } from './random.ts'

/** Pairs per second on one core, and times the solver. */
const BARS = { perSecond: 1_000_000, timesSolver: 500 } as const
/** Scripts asked at once. */
const BATCH = 1_000

export async function pairsVsZ3({ runs, seed }: BenchmarkOptions, count = 2_000, sampled = 10_000): Promise<BenchmarkResult> {
  const behaviour = generatePairRules({ rules: count, seed })
  const begun = process.cpuUsage()
  const structure = structureOf(behaviour)
  const { table, group, scratch } = compilePairs(structure, () => true)
  const compiled = milliseconds(process.cpuUsage(begun))
  const rules = structure.rules.map(({ automation }) => automation.id)
  const groups = rules.map((rule) => group(rule, 'lamp-0'))
  const verdicts: Record<PairVerdict, number> = { disjoint: 0, meets: 0, unsure: 0 }
  const times: number[] = []
  const processor: number[] = []
  for (let run = 0; run <= runs; run++) {
    const counts: Record<PairVerdict, number> = { disjoint: 0, meets: 0, unsure: 0 }
    const started = performance.now()
    const used = process.cpuUsage()
    for (let one = 0; one < groups.length; one++)
      for (let other = one + 1; other < groups.length; other++) counts[decidePair(table, groups[one]!, groups[other]!, scratch)]++
    if (run === 0) continue
    processor.push(milliseconds(process.cpuUsage(used)))
    times.push(performance.now() - started)
    Object.assign(verdicts, counts)
  }
  const pairs = (count * (count - 1)) / 2
  const exact = pairs - verdicts.unsure
  const next = randomNumbers(seed + 1)
  const asked: { readonly script: string | undefined; readonly verdict: PairVerdict }[] = []
  const compiling = process.cpuUsage()
  while (asked.length < sampled) {
    const [one, other] = [Math.floor(next() * count), Math.floor(next() * count)]
    if (one === other) continue
    asked.push({ script: scriptOf(behaviour, one, other), verdict: decidePair(table, groups[one]!, groups[other]!, scratch) })
  }
  const compileEach = milliseconds(process.cpuUsage(compiling)) / sampled
  // What folds away while it is compiled needs no solver: only pairs that do are counted as its work.
  const scripts = asked.flatMap(({ script, verdict }) => (script === undefined ? [] : [{ script, verdict }]))
  const solvers = createSolvers({ threads: 1 })
  const tally = {
    disagreements: asked.filter(({ script, verdict }) => script === undefined && verdict !== 'disjoint').length,
    sat: 0,
    unsat: 0,
    unknown: 0,
  }
  let solved = 0
  let solvedBy = 0
  try {
    await solvers.ask('(check-sat)')
    const used = process.cpuUsage()
    const started = performance.now()
    for (let from = 0; from < scripts.length; from += BATCH) {
      const batch = scripts.slice(from, from + BATCH)
      const answers = await solvers.askAll(batch.map(({ script }) => script))
      for (const [index, { is }] of answers.entries()) {
        tally[is]++
        const { verdict } = batch[index]!
        if ((is === 'sat' && verdict === 'disjoint') || (is === 'unsat' && verdict === 'meets')) tally.disagreements++
      }
    }
    solved = performance.now() - started
    solvedBy = milliseconds(process.cpuUsage(used))
  } finally {
    await solvers.close()
  }
  const [ours, theirs] = [median(processor) / exact, solvedBy / scripts.length]
  return {
    ratio: Number((ours / theirs).toFixed(6)),
    milliseconds: Number(median(times).toFixed(1)),
    memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    details: {
      bars: BARS,
      rules: count,
      boxes: table.boxes.length,
      pairs,
      verdicts,
      compileMilliseconds: Math.round(compiled),
      pairsPerProcessorSecond: Math.round(1000 / ours),
      pairsPerSecond: Math.round((1000 * exact) / median(times)),
      timesSolver: Math.round(theirs / ours),
      timesSolverWithItsScripts: Math.round((theirs + compileEach) / ours),
      solver: {
        ...{ pairs: asked.length, scripts: scripts.length, ...tally },
        wallMilliseconds: Math.round(solved),
        processorMilliseconds: Math.round(solvedBy),
      },
    },
  }
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

/** What the engine would ask about the two rules alone; nothing where no question is left once it is compiled. */
function scriptOf(behaviour: Behaviour, one: number, other: number): string | undefined {
  const [application] = behaviour.applications
  const automations = [application!.automations[one]!, application!.automations[other]!]
  const two: Behaviour = { ...behaviour, applications: [{ ...application!, automations }] }
  const analysis = analysisOf(wholeOf(two))
  const [subject] = inconsistentValues.subjects(analysis.whole.structure).filter(({ rules }) => rules.length === 2)
  if (subject === undefined || subject.decided !== undefined) return undefined
  const term = overAnyReaction(analysis, { kind: inconsistentValues, subject })
  if (term === 'too-many') throw new Error('too many events for two rules')
  return term.is === 'bool' && !term.value ? undefined : printQuery(queryOf([term], analysis.context.coding, 'verdict'))
}
