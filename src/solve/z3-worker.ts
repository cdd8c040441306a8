/** The thread that Z3 lives in: one instance, started with the first task. */
import process from 'node:process'
import { EngineError } from '../diagnostics/engine-error.ts'
import { begin } from './begin.ts'
import type { Handed } from './pool.ts'
import { startZ3, type Z3 } from './z3-instance.ts'
import { solveLevels, type LevelsAnswer, type LevelsTask } from './z3-levels.ts'
import { runScripts, type ScriptAnswer } from './z3-script.ts'

export interface ScriptsTask {
  readonly scripts: readonly string[]
  /** Per script; 0: no limit. */
  readonly rlimit: number
}

/** The thread's exit code where Z3 died in it. */
export const LOST = 71

let instance: Promise<Z3> | undefined

const withZ3 = async <T, A>({ task, started }: Handed<T>, answer: (z3: Z3, task: T) => A): Promise<A> => {
  instance ??= startZ3()
  const z3 = await instance
  begin(started)
  try {
    return answer(z3, task)
  } catch (failure) {
    // A dead instance poisons its thread; the pool starts another one.
    if (failure instanceof EngineError && failure.code === 'solve/instance-lost') process.exit(LOST)
    throw failure
  }
}

export const answerScripts = (handed: Handed<ScriptsTask>): Promise<readonly ScriptAnswer[]> =>
  withZ3(handed, (z3, { scripts, rlimit }) => runScripts(z3, scripts, rlimit))

export const answerLevels = (handed: Handed<LevelsTask>): Promise<LevelsAnswer> => withZ3(handed, solveLevels)

export const z3Version = (handed: Handed<undefined>): Promise<string> => withZ3(handed, (z3) => z3.version)
