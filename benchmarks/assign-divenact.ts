// Question: on DivEnact's own problem, how does the whole of ours (reading, solving, proving, checking) compare with HiGHS on a program written by hand?
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runAssignment } from '../src/engine.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import { divenactDocument } from './divenact-documents.ts'
import { parseDivenact, solveMilp } from './divenact-milp.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'

const sizes = [
  [25, 5],
  [100, 5],
  [400, 5],
] as const

/** DivEnact's own file where it is at hand, else one of the same shape. */
function documentOf(devices: number, plans: number, seed: number): { text: string; from: string } {
  const file = fileURLToPath(new URL(`../../shared/data/divenact/fleet-${devices}x${plans}.yml`, import.meta.url))
  return existsSync(file)
    ? { text: readFileSync(file, 'utf8'), from: 'divenact' }
    : { text: divenactDocument(devices, plans, seed), from: 'generated' }
}

export async function assignDivenact({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const solvers = createSolvers()
  const rows = []
  try {
    for (const [devices, plans] of sizes) {
      const { text, from } = documentOf(devices, plans, seed)
      const ours: number[] = []
      const solving: number[] = []
      const theirs: number[] = []
      let value = 0
      for (let run = 0; run <= runs; run++) {
        const started = performance.now()
        const { result } = await runAssignment(
          {
            model: { name: 'fleet.yml', text },
            open: () => {
              throw new Error('the document holds its devices')
            },
          },
          solvers,
          { clock: () => performance.now() },
        )
        const between = performance.now()
        const best = await solveMilp(parseDivenact(text))
        const ended = performance.now()
        if (result.status !== 'assigned' || !result.optimal) throw new Error(`not optimal: ${result.status}`)
        value = result.levels[0]!.value
        if (value !== best) throw new Error(`${value} differs from HiGHS: ${best}`)
        if (run === 0) continue
        const laps = result.statistics.milliseconds
        ours.push(between - started)
        solving.push((laps['compile'] ?? 0) + (laps['solve'] ?? 0) + (laps['check'] ?? 0))
        theirs.push(ended - between)
      }
      rows.push({
        devices,
        plans,
        from,
        score: value,
        milliseconds: Math.round(median(ours)),
        compileSolveCheck: median(solving),
        highs: Math.round(median(theirs)),
      })
    }
  } finally {
    await solvers.close()
  }
  const last = rows.at(-1)!
  return {
    ratio: Number((last.milliseconds / last.highs).toFixed(2)),
    milliseconds: last.milliseconds,
    memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    details: { rows },
  }
}
