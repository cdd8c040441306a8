/** The thread that Z3 lives in: one instance, started with the first task. */
import { begin } from './begin.ts'
import type { Handed } from './pool.ts'
import { orEnd, threadZ3 } from './thread-z3.ts'
import type { Z3 } from './z3-instance.ts'
import { solveLevels, type LevelsAnswer, type LevelsTask } from './z3-levels.ts'
import { runScripts, type ScriptAnswer } from './z3-script.ts'

export interface ScriptsTask {
  readonly scripts: readonly string[]
  /** Per script; 0: no limit. */
  readonly rlimit: number
}

const withZ3 = async <T, A>({ task, started }: Handed<T>, answer: (z3: Z3, task: T) => A): Promise<A> => {
  const z3 = await threadZ3()
  begin(started)
  return orEnd(() => answer(z3, task))
}

export const answerScripts = (handed: Handed<ScriptsTask>): Promise<readonly ScriptAnswer[]> =>
  withZ3(handed, (z3, { scripts, rlimit }) => runScripts(z3, scripts, rlimit))

export const answerLevels = (handed: Handed<LevelsTask>): Promise<LevelsAnswer> => withZ3(handed, solveLevels)

export const z3Version = (handed: Handed<undefined>): Promise<string> => withZ3(handed, (z3) => z3.version)
