// Whole processes, measured from outside: wall time, largest memory, what they print.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Measured {
  readonly milliseconds: number
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
    const { memoryMiB } = JSON.parse(readFileSync(usageFile, 'utf8')) as { memoryMiB: number }
    return { milliseconds, memoryMiB, output: Buffer.concat(parts).toString('utf8'), code }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The middle of the values; of an even number the lower one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)]!
}

/** Builds the package and answers the words that start its command line, as who installs it does. */
export async function builtCommandLine(): Promise<readonly string[]> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
  const { code, output } = await measure([compiler, '-p', join(root, 'tsconfig.build.json')])
  if (code !== 0) throw new Error(`the build ends with ${code}: ${output}`)
  return [join(root, 'dist/src/cli/main.js')]
}
