// Runs a program without a shell, for so long at most, and keeps the end of what it says.
import { spawn } from 'node:child_process'

export interface ProgramRun {
  readonly program: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  readonly folder?: string
  readonly milliseconds: number
  /** Bytes of its output that are kept, from the end; 16,384 where absent. */
  readonly keep?: number
}

export type ProgramEnd =
  | { readonly is: 'ended'; readonly code: number; readonly out: string; readonly error: string }
  | { readonly is: 'timed-out' | 'cannot-start'; readonly error: string }

/** It and all that it started in its group are ended when the time is over or the signal fires: first asked, then killed. Rejects with the signal's reason. */
export function runProgram(run: ProgramRun, signal?: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const keep = run.keep ?? 16_384
    const child = spawn(run.program, run.arguments, {
      shell: false,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(run.folder === undefined ? {} : { cwd: run.folder }),
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C.UTF-8', ...run.environment },
    })
    let out = ''
    let error = ''
    let late = false
    child.stdout.on('data', (part: Buffer) => (out = (out + part.toString('utf8')).slice(-keep)))
    child.stderr.on('data', (part: Buffer) => (error = (error + part.toString('utf8')).slice(-keep)))
    child.stdin.on('error', () => undefined)
    child.stdin.end(run.input ?? '')
    const kill = (how: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, how)
      } catch {
        // It has just ended by itself.
      }
    }
    let killing: NodeJS.Timeout | undefined
    const stop = (): void => {
      kill('SIGTERM')
      killing = setTimeout(() => kill('SIGKILL'), 2000)
    }
    const timer = setTimeout(() => {
      late = true
      stop()
    }, run.milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
    const finish = (act: () => void): void => {
      clearTimeout(timer)
      clearTimeout(killing)
      signal?.removeEventListener('abort', stop)
      act()
    }
    child.on('error', (cause) => finish(() => resolve({ is: 'cannot-start', error: cause.message })))
    child.on('close', (code) =>
      finish(() => {
        if (signal?.aborted === true) reject(signal.reason as Error)
        else resolve(late ? { is: 'timed-out', error } : { is: 'ended', code: code ?? -1, out, error })
      }),
    )
  })
}
