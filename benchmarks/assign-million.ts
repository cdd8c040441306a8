// Question: how far from merely reading it is assigning 1,000,000 devices x 20 variants, four levels, verified and written?
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ingestScript } from './ingest-limit.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { builtCommandLine, figuresOf, measure, median, type Measured } from './measure.ts'
import { millionFile } from './million.ts'

export async function assignMillion(options: BenchmarkOptions, count = 1_000_000): Promise<BenchmarkResult> {
  return assignFile(await millionFile(count, options.seed), count, options)
}

/** `ratio`: the built package's command line on a file of devices with its model beside it, as a whole process, against the ingest limit on the same file. */
export async function assignFile(file: string, count: number, { runs }: BenchmarkOptions): Promise<BenchmarkResult> {
  const commandLine = await builtCommandLine()
  const ours: Measured[] = []
  const baseline: Measured[] = []
  let answer: unknown
  for (let run = 0; run < runs; run++) {
    const out = mkdtempSync(join(tmpdir(), 'fleetproof-million-'))
    try {
      const measured = await measure([...commandLine, 'assign', file.replace(/ndjson$/, 'yaml'), '--json', '--out', join(out, 'result')])
      if (measured.code !== 0) throw new Error(`assign ended with ${measured.code}: ${measured.output.slice(0, 2000)}`)
      ours.push(measured)
      answer = JSON.parse(measured.output)
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
    baseline.push(await measure([ingestScript, file]))
  }
  const { optimal, levels, methods, statistics } = answer as Record<string, unknown>
  return {
    ...figuresOf(ours, baseline),
    details: {
      devices: count,
      ingestMilliseconds: Math.round(median(baseline.map(({ milliseconds }) => milliseconds))),
      optimal,
      levels,
      methods,
      statistics,
    },
  }
}
