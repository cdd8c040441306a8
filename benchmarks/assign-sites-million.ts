// Question: 1,000,000 devices in 20,000 sites, from the files to the checked bundle, as a whole process of the built package: how long, and how near to a proven optimum?
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../src/diagnostics/engine-error.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { builtCommandLine, measure, median } from './measure.ts'
import { sitesModel } from './sites-model.ts'

/** What the run may take, in milliseconds. */
const BAR = 60_000

interface Answer {
  readonly optimal: boolean
  readonly levels: readonly {
    readonly name: string
    readonly value: number
    readonly bound: number
    readonly gap: number
    readonly checkedBy: string
  }[]
  readonly statistics: unknown
}

interface Variant {
  readonly milliseconds: number
  readonly memoryMiB: number
  readonly answer: Answer
}

/** `ratio`: the slower of the two fleets, all sites different and 3,000 different ones, against the bar. */
export async function assignSitesMillion({ runs, seed }: BenchmarkOptions, sites = 20_000): Promise<BenchmarkResult> {
  const commandLine = await builtCommandLine()
  const different = await measured(commandLine, { runs, seed }, sites)
  const repeated = await measured(commandLine, { runs, seed }, sites, Math.ceil((3 * sites) / 20))
  const milliseconds = Math.max(different.milliseconds, repeated.milliseconds)
  return {
    ratio: Number((milliseconds / BAR).toFixed(2)),
    milliseconds,
    memoryMiB: Math.max(different.memoryMiB, repeated.memoryMiB),
    details: { sites, allDifferent: described(different), differentKinds: { kinds: Math.ceil((3 * sites) / 20), ...described(repeated) } },
  }
}

function described({ milliseconds, memoryMiB, answer }: Variant): Readonly<Record<string, unknown>> {
  const levels = answer.levels.map(({ name, value, bound, gap, checkedBy }) => ({
    name,
    value,
    bound,
    gap,
    relative: gap === 0 ? 0 : gap / Math.abs(value),
    checkedBy,
  }))
  return { milliseconds, memoryMiB, optimal: answer.optimal, levels, statistics: answer.statistics }
}

async function measured(commandLine: readonly string[], { runs, seed }: BenchmarkOptions, sites: number, kinds?: number): Promise<Variant> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-sites-'))
  try {
    const { text, devices } = sitesModel({ sites, devices: 50, rooms: 5, seed, ...(kinds === undefined ? {} : { kinds }) })
    writeFileSync(join(folder, 'model.yaml'), text)
    writeFileSync(join(folder, 'devices.ndjson'), devices)
    const times: number[] = []
    const memory: number[] = []
    let answer: Answer | undefined
    for (let run = 0; run < runs; run++) {
      const out = join(folder, 'result')
      rmSync(out, { recursive: true, force: true })
      const one = await measure([...commandLine, 'assign', join(folder, 'model.yaml'), '--json', '--out', out])
      if (one.code > 1) throw new EngineError('benchmark/sites', `assign ended with ${one.code}: ${one.output.slice(0, 2000)}`)
      times.push(one.milliseconds)
      memory.push(one.memoryMiB)
      answer = JSON.parse(one.output) as Answer
    }
    return { milliseconds: Math.round(median(times)), memoryMiB: median(memory), answer: answer! }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
