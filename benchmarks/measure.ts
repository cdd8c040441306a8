// Whole processes, measured from outside: wall time, largest memory, what they print.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchmarkResult, MeasuredRun } from './benchmark.ts'

export interface Measured {
  readonly milliseconds: number
  /** Of all threads, user and system together. */
  readonly processorMilliseconds: number
  readonly memoryMiB: number
  readonly output: string
  readonly code: number
}

/** Runs `node ...words` once; rejects where it cannot be started. */
export async function measure(words: readonly string[]): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-bench-'))
  const usageFile = join(folder, 'usage.json')
  try {
    const preload = new URL('./report-usage.mjs', import.meta.url).href
    const started = performance.now()
    const child = spawn(process.execPath, ['--import', preload, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FLEETPROOF_USAGE: usageFile },
    })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status) => resolve(status ?? -1))
    })
    const milliseconds = performance.now() - started
    const { memoryMiB, processorMilliseconds } = JSON.parse(readFileSync(usageFile, 'utf8')) as {
      memoryMiB: number
      processorMilliseconds: number
    }
    return { milliseconds, processorMilliseconds, memoryMiB, output: Buffer.concat(parts).toString('utf8'), code }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface Timed {
  readonly milliseconds: number
  readonly processorMilliseconds: number
}

/** Wall time and processor time of this process, all threads, since `before`; absent: since it started. */
export function timed(before: Timed = { milliseconds: 0, processorMilliseconds: 0 }): Timed {
  const { user, system } = process.cpuUsage()
  return {
    milliseconds: performance.now() - before.milliseconds,
    processorMilliseconds: (user + system) / 1000 - before.processorMilliseconds,
  }
}

/** The figures of runs each of which has its baseline beside it: medians of what is told of each. */
export function figuresOf(
  ours: readonly (Timed & { readonly memoryMiB: number })[],
  baseline: readonly Timed[],
): Omit<BenchmarkResult, 'details'> & { readonly each: readonly MeasuredRun[] } {
  const each = ours.map((run, i): MeasuredRun => ({
    ratio: Number((run.milliseconds / baseline[i]!.milliseconds).toFixed(3)),
    milliseconds: Math.round(run.milliseconds),
    memoryMiB: run.memoryMiB,
    processorRatio: Number((run.processorMilliseconds / baseline[i]!.processorMilliseconds).toFixed(3)),
  }))
  return {
    ratio: median(each.map(({ ratio }) => ratio)),
    milliseconds: median(each.map(({ milliseconds }) => milliseconds)),
    memoryMiB: median(each.map(({ memoryMiB }) => memoryMiB)),
    each,
  }
}

/** Resident memory at its largest so far, whole MiB. */
export const peakMiB = (): number => Math.round(process.resourceUsage().maxRSS / 1024)

/** The middle of the values; of an even number the lower one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)]!
}

let built: Promise<readonly string[]> | undefined

/** Builds the package, once in a process, and answers the words that start its command line, as who installs it does. */
export const builtCommandLine = (): Promise<readonly string[]> => (built ??= build())

async function build(): Promise<readonly string[]> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
  const { code, output } = await measure([compiler, '-p', join(root, 'tsconfig.build.json')])
  if (code !== 0) throw new Error(`the build ends with ${code}: ${output}`)
  return [join(root, 'dist/src/cli/main.js')]
}
