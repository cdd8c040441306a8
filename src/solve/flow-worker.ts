/** A thread in which a large flow is solved, so that it can be stopped, and others run beside it. */
import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import { begin } from './begin.ts'
import type { FlowShape } from './flow/flow-shape.ts'
import { solveFlow, type FlowLimits } from './flow/solve-flow.ts'
import type { Handed } from './pool.ts'

/** `problem` without meanings, which are functions and cross no thread. */
export interface FlowTask {
  readonly problem: AssignmentProblem
  readonly shape: FlowShape
  readonly limits: FlowLimits
}

export const answerFlow = ({ task, started }: Handed<FlowTask>): AssignmentSolution => {
  begin(started)
  const solution = solveFlow(task.problem, task.shape, task.limits)
  if (solution.is !== 'solved') return solution
  // Counts and prices leave the thread without being copied.
  const arrays = [
    solution.counts,
    ...(solution.proof.is === 'prices' ? solution.proof.leaves.flatMap(({ rows, prices }) => [rows, ...prices]) : []),
  ]
  const buffers = [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))]
  return move({ [transferableSymbol]: buffers, [valueSymbol]: solution }) as unknown as AssignmentSolution
}
