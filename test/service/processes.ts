// Processes of the command line as they run in production: a service, its workers; started, killed, asked over HTTP.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { transpiledMain } from '../fixtures/transpiled.ts'

export interface Running {
  readonly child: ChildProcess
  /** Every line that was printed so far. */
  readonly lines: readonly string[]
  readonly kill: () => Promise<void>
}

const started = new Set<ChildProcess>()

/** Resolves when a line matches; rejects with what it said where it ends before. */
export async function run(words: readonly string[], ready: RegExp): Promise<Running> {
  const child = spawn(process.execPath, [transpiledMain(), ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.add(child)
  const lines: string[] = []
  let errors = ''
  child.stderr.on('data', (piece: Buffer) => (errors = (errors + piece.toString()).slice(-4000)))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      if (ready.test(line)) resolve()
    })
    child.once('exit', (code, signal) => {
      started.delete(child)
      reject(new Error(`\`${words[0]!}\` ended with ${code ?? signal}: ${errors}`))
    })
  })
  return {
    child,
    lines,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** Nothing that a test started outlives it. */
export function killAll(): void {
  for (const child of started) child.kill('SIGKILL')
  started.clear()
}

export interface RunningService extends Running {
  readonly url: string
  /** At the first start of its store only. */
  readonly token: string | undefined
}

export async function runServe(place: readonly string[], ...more: readonly string[]): Promise<RunningService> {
  const running = await run(['serve', ...place, '--port', '0', '--log-level', 'error', '--threads', '1', ...more], /^listening on /)
  return {
    ...running,
    url: running.lines[0]!.replace('listening on ', ''),
    get token() {
      return running.lines.map((line) => /^ {2}(fp_\S+)$/.exec(line)?.[1]).find((each) => each !== undefined)
    },
  }
}
