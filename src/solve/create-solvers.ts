/** Starts the solvers: nothing runs before the first question, nothing after `close`. */
import { createRequire } from 'node:module'
import type { MessagePort } from 'node:worker_threads'
import { EngineError } from '../diagnostics/engine-error.ts'
import { createPool, type Pool, type WorkerFile } from './pool.ts'
import { solveAssignment } from './solve-assignment.ts'
import type { Solvers } from './solvers.ts'
import { askZ3, endedWhy } from './z3.ts'

export interface SolversOptions {
  /** Threads that solve at once, each with a Z3 of about 90 MB; default 2. */
  readonly threads?: number
  /** Memory for values of each thread, beyond its solver's own; a thread that needs more ends, and its question is unknown. Absent: what the runtime gives. */
  readonly megabytes?: number
}

export const createSolvers = (options: SolversOptions = {}): Solvers => {
  const pool = createPool(options.threads ?? 2, options.megabytes)
  return {
    ask: async (script, limits = {}) => (await askZ3(pool, [script], limits))[0]!,
    askAll: (scripts, limits = {}) => askZ3(pool, scripts, limits),
    aside: {
      threads: pool.threads,
      run: async <T>(name: string, task: unknown, transfer: readonly MessagePort[] = []) => {
        const outcome = await pool.run<T>('conflict-worker', name, task, { transfer })
        return outcome.is === 'done' ? outcome.value : undefined
      },
    },
    solveAssignment: (problem, limits) => solveAssignment(pool, problem, limits),
    versions: () => versions(pool),
    close: pool.close,
  }
}

const versions = async (pool: Pool): Promise<Readonly<Record<string, string>>> => {
  const engine = async (file: WorkerFile, name: string): Promise<string> => {
    const outcome = await pool.run<string>(file, name, undefined)
    if (outcome.is !== 'done') throw new EngineError('solve/versions', `a solver does not start: ${endedWhy(outcome)}`)
    return outcome.value
  }
  const load = createRequire(import.meta.url)
  return {
    'z3-solver': (load('z3-solver/package.json') as { readonly version: string }).version,
    z3: await engine('z3-worker', 'z3Version'),
    highs: await engine('highs-worker', 'highsVersion'),
  }
}
