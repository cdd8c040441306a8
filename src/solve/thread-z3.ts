/** The one Z3 of this thread, started with the first question that is put to it. */
import process from 'node:process'
import { EngineError } from '../diagnostics/engine-error.ts'
import { startZ3, type Z3 } from './z3-instance.ts'

/** The thread's exit code where Z3 died in it. */
const LOST = 71

let instance: Promise<Z3> | undefined

/** Loads it where it is not there yet. */
export const threadZ3 = (): Promise<Z3> => (instance ??= startZ3())

/** What the question gives; where Z3 dies of it the thread ends, and the pool starts another one: a dead instance poisons its thread. */
export const orEnd = <A>(answer: () => A): A => {
  try {
    return answer()
  } catch (failure) {
    if (failure instanceof EngineError && failure.code === 'solve/instance-lost') process.exit(LOST)
    throw failure
  }
}
