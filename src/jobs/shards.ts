/** Parts of one large assignment, solved wherever a process is free: what is given and answered crosses as bytes, and who takes the job up finds what is done. */
import { deserialize, serialize } from 'node:v8'
import { setTimeout as delay } from 'node:timers/promises'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Term } from '../smt/term.ts'
import { flowApplies } from '../solve/flow/solve-flow.ts'
import type { SolvedElsewhere, Solvers, SolveLimits } from '../solve/solvers.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import type { ThreadStore } from '../store/store.ts'
import type { DurableWorkflow } from './durable.ts'

/** What `solveAssignment` asks for every part; answers come when their shards are done. */
export interface ShardedSolve {
  readonly elsewhere: NonNullable<SolveLimits['elsewhere']>
  /** Waits for nothing more, and forgets what is kept of the shards; answers how many each executor did. */
  readonly close: () => Promise<Readonly<Record<string, number>>>
}

export interface ShardInput {
  readonly job: string
  readonly number: number
}

interface ShardingOptions {
  readonly store: ThreadStore
  readonly tenant: string
  readonly job: string
  readonly signal: AbortSignal
  readonly enqueue: (id: string, input: ShardInput) => Promise<void>
}

// A shard is some seconds of search: so many parts, or fewer with so many columns.
const SHARD_PARTS = 4
const SHARD_COLUMNS = 2000
// Smaller parts, and flows up to this size, are solved sooner than they are sent.
const WORTH_SENDING = 12
const LARGE_FLOW = 50_000
const LOOK = 100

/** INVARIANT: the same problem is cut into the same shards, so that what is done before the process died counts. */
export function shardedSolve({ store, tenant, job, signal, enqueue }: ShardingOptions): ShardedSolve {
  interface Waiting {
    readonly resolve: (answer: SolvedElsewhere) => void
    readonly reject: (error: unknown) => void
  }
  let open: { problems: AssignmentProblem[]; waiting: Waiting[]; columns: number } = { problems: [], waiting: [], columns: 0 }
  let next = 0
  let sending: Promise<void> = Promise.resolve()
  const pending = new Map<number, readonly Waiting[]>()
  const known: number[] = []
  let closed = false
  let looking: Promise<void> | undefined
  let flushing = false

  const fail = (error: unknown): void => {
    for (const waiting of pending.values()) for (const { reject } of waiting) reject(error)
    pending.clear()
  }

  const flush = (): void => {
    if (open.problems.length === 0) return
    const { problems, waiting } = open
    open = { problems: [], waiting: [], columns: 0 }
    const number = next++
    pending.set(number, waiting)
    const input = serialize(problems.map(portable))
    sending = sending
      .then(async () => {
        await store.shards.add(tenant, job, [{ number, input }])
        await enqueue(`${job}/shard-${number}`, { job, number })
      })
      .catch(fail)
    looking ??= look().catch(fail)
  }

  const look = async (): Promise<void> => {
    while (!closed && pending.size > 0) {
      if (signal.aborted) {
        fail(signal.reason)
        return
      }
      for (const number of await store.shards.done(job, known)) {
        known.push(number)
        const waiting = pending.get(number)
        const output = waiting && (await store.shards.output(job, number))
        if (waiting === undefined || output === undefined) continue
        const answers = deserialize(output) as readonly SolvedElsewhere[]
        pending.delete(number)
        waiting.forEach(({ resolve }, at) => resolve(answers[at]!))
      }
      await delay(LOOK)
    }
    looking = undefined
  }

  return {
    elsewhere: (problem) => {
      const columns = problem.columnChoice.length
      if (problem.rows.length === 0 || columns < WORTH_SENDING) return undefined
      if (columns < LARGE_FLOW && !('no' in flowApplies(problem))) return undefined
      return new Promise<SolvedElsewhere>((resolve, reject) => {
        open.problems.push(problem)
        open.waiting.push({ resolve, reject })
        open.columns += columns
        if (open.columns >= SHARD_COLUMNS || open.problems.length === SHARD_PARTS) flush()
        // The last shard is as full as it gets when nobody asks any more for a moment.
        if (flushing) return
        flushing = true
        setTimeout(() => {
          flushing = false
          flush()
        }, LOOK)
      })
    },
    close: async () => {
      closed = true
      await looking?.catch(() => undefined)
      await sending
      // Whoever takes the job up finds what is done.
      if (signal.aborted || next === 0) return {}
      const tally = await store.shards.tally(job)
      await store.shards.remove(job)
      return tally
    },
  }
}

/** A problem whose meanings are terms already; `read` gives them back their shape. */
interface PortableProblem extends Omit<AssignmentProblem, 'meanings'> {
  readonly meanings: readonly (Omit<AssignmentProblem['meanings'][number], 'violation'> & { readonly term: Term })[]
}

// Larger problems are never given to a solver that asks what rows mean.
const MOST_SEARCHED = 2000

function portable(problem: AssignmentProblem): PortableProblem {
  const meanings = problem.columnChoice.length > MOST_SEARCHED ? [] : problem.meanings
  return { ...problem, meanings: meanings.map(({ violation, ...meaning }) => ({ ...meaning, term: violation() })) }
}

function problemOf({ meanings, ...problem }: PortableProblem): AssignmentProblem {
  return { ...problem, meanings: meanings.map(({ term, ...meaning }) => ({ ...meaning, violation: () => term })) }
}

/** Solves the parts of one shard, here. Done twice, the first answer counts. */
export const shardWorkflow = (
  store: ThreadStore,
  solvers: Solvers,
  executor: string,
  gate: <T>(run: () => Promise<T>) => Promise<T>,
): DurableWorkflow<ShardInput, null> => ({
  name: 'shard',
  run: ({ step }, { job, number }) =>
    step(
      'solve',
      () =>
        gate(async () => {
          const input = await store.shards.take(job, number, executor, new Date().toISOString())
          if (input === undefined) return null
          const answers: SolvedElsewhere[] = []
          for (const problem of deserialize(input) as readonly PortableProblem[])
            answers.push(solutionOf(await solvers.solveAssignment(problemOf(problem))))
          await store.shards.finish(job, number, serialize(answers), new Date().toISOString())
          return null
        }),
      { attempts: 20 },
    ),
})

/** What was found of a part that is one component by itself. */
function solutionOf(verdict: AssignmentVerdict): SolvedElsewhere {
  switch (verdict.is) {
    case 'solved': {
      const [only] = verdict.components
      if (only === undefined || verdict.components.length !== 1)
        throw new EngineError('jobs/shard', 'a part of an assignment is more than one')
      const solution: AssignmentSolution = { is: 'solved', counts: verdict.counts, value: only.value, bound: only.bound, proof: only.proof }
      return { method: only.method, solution }
    }
    case 'impossible': {
      const { method, rows, classes, proof } = verdict
      return { method, solution: { is: 'impossible', rows, classes, proof } }
    }
    case 'undecided': {
      const method = verdict.open[0]?.method ?? 'z3'
      return { method, solution: { is: 'undecided', why: verdict.why, ...(verdict.counts && { counts: verdict.counts }) } }
    }
  }
}
