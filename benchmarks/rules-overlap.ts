// Question: how long do all overlaps, dead and shadowed rules among 1,000 target conditions take?
import { analyseRules } from '../src/engine-rules.ts'
import type { RuleReport } from '../src/model/rule-set.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { generateRules } from './rules-generator.ts'

/** The bar: this many milliseconds for 1,000 rules. */
const BAR = 10_000

export async function rulesOverlap({ runs, seed }: BenchmarkOptions, count = 1_000): Promise<BenchmarkResult> {
  const rows = []
  const solvers = createSolvers()
  try {
    for (const form of ['own', 'azure'] as const) {
      const { source, planted } = generateRules({ count, seed, form })
      const times: number[] = []
      let report: RuleReport | undefined
      for (let run = 0; run <= runs; run++) {
        const started = performance.now()
        report = await analyseRules([source], solvers, { clock: () => performance.now() })
        if (run > 0) times.push(performance.now() - started)
      }
      if (report?.status !== 'analysed') throw new Error(`the generated rules are refused: ${JSON.stringify(report)}`)
      const found = (kind: string): number =>
        report.findings.filter((finding) => finding.kind === kind && finding.verdict === 'certain').length
      const wrong = report.findings.filter(({ verdict }) => verdict === 'possible').length
      const figures = {
        overlaps: found('rules/overlap'),
        dead: found('rules/dead'),
        shadowed: found('rules/shadowed'),
        duplicates: found('rules/duplicate'),
      }
      for (const [kind, names] of Object.entries(planted)) {
        if (figures[kind as keyof typeof figures] !== names.length)
          throw new Error(`${kind}: ${figures[kind as keyof typeof figures]} found, ${names.length} planted`)
      }
      rows.push({ form, rules: count, ...figures, possible: wrong, milliseconds: Math.round(median(times)), statistics: report.statistics })
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
