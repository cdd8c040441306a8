// Question: what does reading and parsing 1,000,000 devices cost at least? The baseline of the others.
import { fileURLToPath } from 'node:url'
import { median, measure } from './measure.ts'
import { millionFile } from './million.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'

export const ingestScript = fileURLToPath(new URL('./ingest-limit.mjs', import.meta.url))

export async function ingestLimit({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const file = await millionFile(1_000_000, seed)
  const measured = []
  for (let run = 0; run < runs; run++) measured.push(await measure([ingestScript, file]))
  return {
    ratio: 1,
    milliseconds: Math.round(median(measured.map((one) => one.milliseconds))),
    memoryMiB: median(measured.map((one) => one.memoryMiB)),
    details: { devices: 1_000_000, all: measured.map((one) => Math.round(one.milliseconds)) },
  }
}
