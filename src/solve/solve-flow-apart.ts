/** Where a flow is solved: small ones here and now, large ones in a thread, which can be stopped. */
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import type { FlowTask } from './flow-worker.ts'
import type { FlowShape } from './flow/flow-shape.ts'
import { solveFlow, type FlowLimits } from './flow/solve-flow.ts'
import type { Pool } from './pool.ts'
import type { SolveLimits } from './solvers.ts'
import { endedWhy, limitsOfTask } from './z3.ts'

// Columns from which on a flow may take longer than somebody who wants to stop it should wait; and from which on it is worth a thread where several are to be solved.
const LARGE = 400_000
const WORTH_A_THREAD = 50_000

/** `beside`: columns of the other components, which threads can solve at the same time. */
export const solveFlowApart = async (
  pool: Pool,
  problem: AssignmentProblem,
  shape: FlowShape,
  { beside, ...limits }: FlowLimits & Pick<SolveLimits, 'signal' | 'milliseconds'> & { readonly beside: number },
): Promise<AssignmentSolution> => {
  const columns = problem.columnChoice.length
  const flowLimits: FlowLimits = {
    ...(limits.cases !== undefined && { cases: limits.cases }),
    ...(limits.prices && { prices: limits.prices }),
  }
  if (columns < LARGE && (columns < WORTH_A_THREAD || beside < WORTH_A_THREAD)) return solveFlow(problem, shape, flowLimits)
  const task: FlowTask = { problem: { ...problem, meanings: [] }, shape, limits: flowLimits }
  const outcome = await pool.run<AssignmentSolution>('flow-worker', 'answerFlow', task, limitsOfTask(limits))
  return outcome.is === 'done' ? outcome.value : { is: 'undecided', why: endedWhy(outcome) }
}
