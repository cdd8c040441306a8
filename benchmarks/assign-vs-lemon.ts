// Question: how does our flow method compare with LEMON 1.3 (C++) on the identical network? Needs g++ and Debian's liblemon-dev.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flowApplies, solveFlow } from '../src/solve/flow/solve-flow.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { flowInstance } from './flow-instances.ts'
import { lemonNetwork } from './lemon/network.ts'
import { median } from './measure.ts'

const instances = [
  { classes: 12_000, devices: 1_000_000, variants: 20, regions: 6, sites: 0 },
  { classes: 29_000, devices: 1_000_000, variants: 20, regions: 6, sites: 0 },
  { classes: 12_000, devices: 1_000_000, variants: 20, regions: 12, sites: 6 },
  { classes: 100_000, devices: 100_000, variants: 20, regions: 6, sites: 0 },
]

interface LemonRun {
  readonly algorithm: string
  readonly optimal: boolean
  readonly setup: number
  readonly run: number
}

/** `ratio`: ours against LEMON's better algorithm, at the first instance. LEMON's cost scaling is asked up to 30,000 classes only: it takes minutes beyond. */
export function assignVsLemon({ runs, seed }: BenchmarkOptions): Promise<BenchmarkResult> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-lemon-'))
  try {
    const program = join(folder, 'assign')
    execFileSync('g++', ['-O3', '-march=native', '-o', program, fileURLToPath(new URL('./lemon/assign.cpp', import.meta.url))])
    const rows = instances.map((instance) => {
      const problem = flowInstance({ ...instance, seed })
      const shape = flowApplies(problem)
      if ('no' in shape) throw new Error(shape.no)
      const ours: number[] = []
      for (let run = 0; run <= runs; run++) {
        const started = performance.now()
        const found = solveFlow(problem, shape)
        if (found.is !== 'solved') throw new Error(`our method answers ${found.is}`)
        if (run > 0) ours.push(performance.now() - started)
      }
      const file = join(folder, 'network')
      writeFileSync(file, lemonNetwork(problem, shape).bytes)
      const algorithms = instance.classes > 30_000 ? 'simplex' : 'both'
      const lines = execFileSync(program, [file, algorithms, String(instance.classes > 30_000 ? 1 : runs)], { encoding: 'utf8' })
      const theirs = lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as LemonRun)
      const named = [...new Set(theirs.map(({ algorithm }) => algorithm))]
      const times = Object.fromEntries(
        named.map((name) => [name, Math.round(median(theirs.filter(({ algorithm }) => algorithm === name).map(({ run }) => run)))]),
      )
      const mine = Math.round(median(ours))
      return {
        ...instance,
        rows: problem.rows.length,
        ours: mine,
        lemon: times,
        ratio: Number((mine / Math.min(...Object.values(times))).toFixed(2)),
      }
    })
    return Promise.resolve({
      ratio: rows[0]!.ratio,
      milliseconds: rows[0]!.ours,
      memoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      details: { rows },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
