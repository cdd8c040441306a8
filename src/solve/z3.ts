/** Z3 in the pool's threads: scripts and lexicographic programs. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Ended, Pool, TaskOptions } from './pool.ts'
import type { AskOptions, SolverAnswer } from './solvers.ts'
import type { LevelsAnswer, LevelsTask } from './z3-levels.ts'
import type { ScriptAnswer } from './z3-script.ts'
import type { ScriptsTask } from './z3-worker.ts'

// Scripts of one task share a context. INVARIANT: the cut does not depend on the number of threads, so neither do the answers.
const BATCH = 64

export const endedWhy = (ended: Ended): string => {
  switch (ended.is) {
    case 'stopped':
      return 'it was stopped'
    case 'timeout':
      return 'the time is used up'
    case 'died':
      return 'the solver ran out of memory or stack'
  }
}

interface TaskLimits {
  readonly signal?: AbortSignal | undefined
  readonly milliseconds?: number | undefined
}

/** Only what is there. */
export const limitsOfTask = ({ signal, milliseconds }: TaskLimits): TaskOptions => ({
  ...(signal === undefined ? {} : { signal }),
  ...(milliseconds === undefined ? {} : { milliseconds }),
})

export const accepted = (answer: ScriptAnswer): SolverAnswer => {
  if (answer.is === 'refused') throw new EngineError('solve/refused', `Z3 refused a script: ${answer.message}`)
  return answer
}

const runBatch = async (pool: Pool, scripts: readonly string[], options: AskOptions): Promise<readonly SolverAnswer[]> => {
  const task: ScriptsTask = { scripts, rlimit: options.rlimit ?? 0 }
  const milliseconds = options.milliseconds === undefined ? undefined : options.milliseconds * scripts.length
  const outcome = await pool.run<readonly ScriptAnswer[]>(
    'z3-worker',
    'answerScripts',
    task,
    limitsOfTask({ signal: options.signal, milliseconds }),
  )
  if (outcome.is === 'done') return outcome.value.map(accepted)
  if (scripts.length === 1 || outcome.is === 'stopped') return scripts.map(() => ({ is: 'unknown', why: endedWhy(outcome) }))
  // One script of the batch is stuck or deadly: the others still get their answers.
  const alone: SolverAnswer[] = []
  for (const script of scripts) alone.push(...(await runBatch(pool, [script], options)))
  return alone
}

/** As many at a time as share a context. */
export const batched = (scripts: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(scripts.length / BATCH) }, (_, at) => scripts.slice(at * BATCH, (at + 1) * BATCH))

/** Answers in the order of the scripts; equal scripts are solved once. */
export const askZ3 = async (pool: Pool, scripts: readonly string[], options: AskOptions): Promise<readonly SolverAnswer[]> => {
  const distinct = [...new Set(scripts)]
  const answers = (await Promise.all(batched(distinct).map((batch) => runBatch(pool, batch, options)))).flat()
  const byScript = new Map(distinct.map((script, index) => [script, answers[index]!]))
  return scripts.map((script) => byScript.get(script)!)
}

/** As `solveLevels`, in a thread; a solution that was found before the thread ended is kept. */
export const levelsByZ3 = async (pool: Pool, task: Omit<LevelsTask, 'incumbent'>, options: TaskOptions): Promise<LevelsAnswer> => {
  const incumbent = new SharedArrayBuffer(8 * (task.variables.length + 1))
  const outcome = await pool.run<LevelsAnswer>('z3-worker', 'answerLevels', { ...task, incumbent }, options)
  if (outcome.is === 'done') return outcome.value
  const shared = new Float64Array(incumbent)
  const whole = shared[0]! > 0 && shared[0]! % 2 === 0
  return { is: 'unknown', why: endedWhy(outcome), proven: 0, ...(whole ? { counts: shared.slice(1) } : {}) }
}
