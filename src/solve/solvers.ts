/** What the engine may ask of solvers, whatever they are and wherever they run. */
import type { MessagePort } from 'node:worker_threads'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import type { Constant } from '../smt/build.ts'
import type { EarlierAnswer } from './earlier.ts'
import type { AssignmentVerdict, ComponentOutcome } from './verdict.ts'

export interface AskOptions {
  /** Z3's resource units per script: the same script answers the same on every machine. */
  readonly rlimit?: number
  /** Wall-clock per script; what runs longer is `unknown` and its worker replaced. */
  readonly milliseconds?: number
  readonly signal?: AbortSignal
}

/** `values`: by the text of the asked term (a variable: its name). `core`: labels, empty where the script asks for none. */
export type SolverAnswer =
  | { readonly is: 'sat'; readonly values: ReadonlyMap<string, Constant> }
  | { readonly is: 'unsat'; readonly core: readonly string[] }
  | { readonly is: 'unknown'; readonly why: string }

export type Method = 'flow' | 'sites' | 'z3' | 'highs'

/** What was found of one component, in its own rows, classes and columns. */
export interface SolvedElsewhere {
  readonly method: ComponentOutcome['method']
  readonly solution: AssignmentSolution
}

export interface SolveLimits {
  /** Z3's resource units per component, all its levels together. */
  readonly rlimit?: number
  /** Wall-clock per component, whatever is tried in turn; waiting for a thread, and what is short enough to need none, do not count. */
  readonly milliseconds?: number
  readonly signal?: AbortSignal
  /** Use this method for every component that has rows; for tests of agreement. */
  readonly force?: Method
  /** Asked for every component before it is solved here: its answer, where somebody else finds it. */
  readonly elsewhere?: (component: AssignmentProblem) => Promise<SolvedElsewhere> | undefined
  /** Components that it still answers are taken over from it, others start from it. */
  readonly earlier?: EarlierAnswer
}

/** Threads that do other work of ours than asking a solver. */
export interface Aside {
  readonly threads: number
  /** Runs the function of that name of `conflict-worker` in one of them; undefined where the thread died of it. */
  readonly run: <T>(name: string, task: unknown, transfer?: readonly MessagePort[]) => Promise<T | undefined>
}

export interface Solvers {
  /** One SMT-LIB 2 script with one `(check-sat)`; `get-value` and `get-unsat-core` after it are run where they apply. Throws `solve/refused` where Z3 reports any error. */
  readonly ask: (script: string, options?: AskOptions) => Promise<SolverAnswer>
  /** Many scripts, spread over all threads; answers in the order of the scripts and independent of the number of threads. */
  readonly askAll: (scripts: readonly string[], options?: AskOptions) => Promise<readonly SolverAnswer[]>
  /** Absent: all other work is done where it is asked for. */
  readonly aside?: Aside
  readonly solveAssignment: (problem: AssignmentProblem, limits?: SolveLimits) => Promise<AssignmentVerdict>
  /** Package and engine versions, for manifests. */
  readonly versions: () => Promise<Readonly<Record<string, string>>>
  /** Ends every worker. */
  readonly close: () => Promise<void>
}
