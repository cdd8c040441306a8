/** Lexicographic minimisation on one Z3: find, demand better, until better is refuted; keep; next level. */
import { EngineError } from '../diagnostics/engine-error.ts'
import { errorLine, readCheckSat, readValues } from '../smt/answer.ts'
import type { Z3 } from './z3-instance.ts'
import { reasonUnknown } from './z3-script.ts'

/** A program as text; crosses the thread. */
export interface LevelsTask {
  /** Options, declarations and assertions; no check-sat. */
  readonly program: string
  /** The terms to minimise, most important first, as text over the program's names. */
  readonly objectives: readonly string[]
  /** What each objective can surely not go below, whatever the others are. */
  readonly floors: readonly bigint[]
  /** Values that a known solution reaches: tried first, never trusted. */
  readonly hints?: readonly bigint[]
  /** Names (as symbols) of the variables whose values are wanted; at most 2^53 each. */
  readonly variables: readonly string[]
  /** For all checks together; 0: no limit. */
  readonly rlimit: number
  /** Gets the best values so far, for a caller that ends this thread: slot 0 counts solutions and is odd while one is written. */
  readonly incumbent: SharedArrayBuffer
}

export type LevelsAnswer =
  /** Every level's value was reached, and one less refuted with the earlier levels kept. */
  | { readonly is: 'optimal'; readonly counts: Float64Array; readonly values: readonly bigint[] }
  | { readonly is: 'unsat' }
  /** `proven` levels are finished; the counts, where there are any, are the best found. */
  | { readonly is: 'unknown'; readonly why: string; readonly proven: number; readonly counts?: Float64Array }

interface Solution {
  readonly counts: Float64Array
  readonly values: readonly bigint[]
}

const atMost = (objective: string, limit: bigint): string => `(assert (<= ${objective} ${limit < 0n ? `(- ${-limit})` : `${limit}`}))`

const run = (z3: Z3, commands: string): string => {
  const answer = z3.run(commands)
  const refused = errorLine(answer)
  if (refused !== undefined) throw new EngineError('solve/refused', `Z3 refused a program: ${refused}`)
  return answer
}

const unitsUsed = (z3: Z3): number => Number(/:rlimit (\d+)/.exec(run(z3, '(get-info :rlimit)'))?.[1] ?? 0)

/** The empty list of objectives asks for any solution. */
export const solveLevels = (z3: Z3, task: LevelsTask): LevelsAnswer => {
  const { objectives, variables } = task
  const shared = new Float64Array(task.incumbent)
  z3.fresh()
  run(z3, `(set-option :rlimit 0)${task.program}`)
  const start = unitsUsed(z3)

  const keep = ({ counts }: Solution): void => {
    shared[0]!++
    shared.set(counts, 1)
    shared[0]!++
  }
  const readSolution = (): Solution => {
    const texts = [...objectives, ...variables]
    const values = texts.length === 0 ? [] : readValues(run(z3, `(get-value (${texts.join(' ')}))`))
    const numbers = values.map((value) => {
      if (value.is !== 'int') throw new EngineError('solve/answer', 'Z3 gave a value that is not an integer')
      return value.value
    })
    return { values: numbers.slice(0, objectives.length), counts: Float64Array.from(numbers.slice(objectives.length), Number) }
  }
  /** A solution with the extra assertion, none, or undefined where the budget ends. */
  const check = (extra: string): Solution | 'unsat' | 'unknown' => {
    if (task.rlimit > 0) {
      const left = task.rlimit - (unitsUsed(z3) - start)
      if (left <= 0) return 'unknown'
      run(z3, `(set-option :rlimit ${left})`)
    }
    const word = readCheckSat(run(z3, `(push)${extra}(check-sat)`))
    return word === 'sat' ? readSolution() : word
  }
  const exhausted = (proven: number, best?: Solution): LevelsAnswer => ({
    is: 'unknown',
    why: task.rlimit > 0 && unitsUsed(z3) - start >= task.rlimit ? 'the budget of the solver is used up' : reasonUnknown(z3),
    proven,
    ...(best === undefined ? {} : { counts: best.counts }),
  })

  const first = check('')
  if (first === 'unsat') return { is: 'unsat' }
  if (first === 'unknown') return exhausted(0)
  run(z3, '(pop)')
  let best: Solution = first
  keep(best)
  for (let level = 0; level < objectives.length; level++) {
    const objective = objectives[level]!
    // INVARIANT: every solution that keeps the earlier levels has floor <= objective; `floor - 1` was refuted by Z3 once `refuted` says so.
    let floor = task.floors[level]!
    let refuted = false
    const kept = best.values
    const hint = task.hints?.slice(0, level).every((value, index) => value === kept[index]) === true ? task.hints[level] : undefined
    let target: bigint | undefined = hint ?? floor
    while (floor < best.values[level]! || !refuted) {
      const reached: bigint = best.values[level]!
      if (floor === reached) target = reached - 1n
      else if (target === undefined || target < floor || target >= reached) target = (floor + reached - 1n) >> 1n
      const found = check(atMost(objective, target))
      if (found === 'unknown') return exhausted(level, best)
      run(z3, '(pop)')
      if (found === 'unsat') {
        floor = target + 1n
        refuted = true
        target = undefined
      } else {
        if (target < floor) throw new EngineError('solve/answer', 'an objective went below its floor')
        best = found
        keep(best)
        // A known solution is mostly the best one: ask at once whether anything beats it.
        target = target === hint ? best.values[level]! - 1n : undefined
      }
    }
    run(z3, atMost(objective, best.values[level]!))
  }
  return { is: 'optimal', counts: best.counts, values: best.values }
}
