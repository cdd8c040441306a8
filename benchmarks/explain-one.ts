// Question: how long does it take to say why, and why not, for one device of 1,000,000, once the fleet is solved?
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { runAssignment } from '../src/engine.ts'
import { ask, explainRow, whyNotFor } from '../src/engine-explain.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'
import { millionFile, variantCount } from './million.ts'
import { randomNumbers } from './random.ts'

const DEVICES = 20
// The bar, milliseconds.
const BAR = 200

/** In one process, warm: the fleet is read and solved once, each device is asked about after one that is not counted. */
export async function explainOne({ seed }: BenchmarkOptions, count = 1_000_000): Promise<BenchmarkResult> {
  const file = await millionFile(count, seed)
  const name = file.replace(/ndjson$/, 'yaml')
  const solvers = createSolvers()
  try {
    const model = { name, text: await readFile(name, 'utf8') }
    const run = await runAssignment({ model, open: () => createReadStream(file, { highWaterMark: 1 << 20 }) }, solvers)
    const asked = ask(run)
    if (asked === undefined) throw new Error(`the fleet is ${run.result.status}`)
    const next = randomNumbers(seed)
    const first = performance.now()
    await whyNotFor(asked, 0, { is: 'variant', variant: 'v0', settings: {} }, solvers)
    const cold = performance.now() - first
    const rows = Array.from({ length: DEVICES }, () => Math.floor(next() * count))
    const why: number[] = []
    const whyNot: number[] = []
    const answers: Record<string, number> = {}
    for (const row of rows) {
      let started = performance.now()
      await explainRow(asked, row, solvers)
      why.push(performance.now() - started)
      const variant = `v${Math.floor(next() * variantCount)}`
      started = performance.now()
      const answer = await whyNotFor(asked, row, { is: 'variant', variant, settings: {} }, solvers)
      whyNot.push(performance.now() - started)
      answers[answer.is] = (answers[answer.is] ?? 0) + 1
    }
    const slower = Math.max(median(why), median(whyNot))
    return {
      ratio: Number((slower / BAR).toFixed(2)),
      milliseconds: Math.round(slower),
      memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      details: {
        devices: count,
        asked: DEVICES,
        why: { median: Math.round(median(why)), most: Math.round(Math.max(...why)) },
        whyNot: { median: Math.round(median(whyNot)), most: Math.round(Math.max(...whyNot)) },
        firstQuestion: Math.round(cold),
        answers,
        bar: BAR,
      },
    }
  } finally {
    await solvers.close()
  }
}
