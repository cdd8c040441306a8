// Question: how long do all overlaps, dead and shadowed rules among 1,000 target conditions take, exactly those and nothing else?
import { analyseRules } from '../src/engine-rules.ts'
import type { RuleReport } from '../src/model/rule-set.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { generateRules } from './rules-generator.ts'
import { wrongFindings } from './rules-truth.ts'

/** The bar: this many milliseconds for 1,000 rules. */
const BAR = 10_000

export async function rulesOverlap({ runs, seed }: BenchmarkOptions, count = 1_000): Promise<BenchmarkResult> {
  const rows = []
  const solvers = createSolvers()
  try {
    for (const form of ['own', 'azure', 'patterns'] as const) {
      const generated = generateRules({ count, seed, form })
      const times: number[] = []
      let report: RuleReport | undefined
      for (let run = 0; run <= runs; run++) {
        const started = performance.now()
        report = await analyseRules([generated.source], solvers, { clock: () => performance.now() })
        if (run > 0) times.push(performance.now() - started)
      }
      if (report?.status !== 'analysed') throw new Error(`the generated rules are refused: ${JSON.stringify(report)}`)
      const wrong = wrongFindings(generated, report.findings)
      if (wrong.length > 0) throw new Error(`${form}: ${wrong.length} things are wrong, first ${wrong.slice(0, 5).join('; ')}`)
      const figures = Object.fromEntries(Object.entries(generated.planted).map(([kind, names]) => [kind, names.length]))
      rows.push({ form, rules: count, ...figures, milliseconds: Math.round(median(times)), statistics: report.statistics })
    }
  } finally {
    await solvers.close()
  }
  const slowest = Math.max(...rows.map(({ milliseconds }) => milliseconds))
  return {
    ratio: Number((slowest / BAR).toFixed(3)),
    milliseconds: slowest,
    memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    details: { bar: BAR, rows },
  }
}
