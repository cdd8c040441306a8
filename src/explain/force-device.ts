/** A device forced to end as wanted: the whole problem solved again with one more hard constraint, proved and checked like any answer, moving as few other devices as can be. */
import type { ConstraintKind } from '../../constraints/kind.ts'
import type { AssignmentProblem, SolutionProof } from '../../constraints/problem.ts'
import { compileAssignment, type CompiledAssignment } from '../compile/assignment.ts'
import { expandCounts } from '../compile/expand.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Level, Reason } from '../model/assignment.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import { withWanted, type Wanted } from './change-model.ts'
import { checkAssignment } from './check-assignment.ts'
import { confirmImpossible } from './confirm-impossible.ts'
import type { ExplainContext } from './context.ts'
import { rowReasons } from './row-reasons.ts'
import { checkedLevels } from './levels.ts'
import { splitProblem, type Part } from './split-problem.ts'

type Solved = Extract<AssignmentVerdict, { readonly is: 'solved' }>

export type ForcedAnswer =
  | {
      readonly is: 'forced'
      /** Minimised sense, without offsets. */
      readonly value: readonly number[]
      readonly levels: readonly Level[]
      readonly chosen: Int32Array
    }
  | { readonly is: 'impossible'; readonly reasons: readonly Reason[] }
  | { readonly is: 'undecided'; readonly why: string }

/** What every forced answer starts from. */
export interface Forcing {
  readonly context: ExplainContext
  readonly chosen: Int32Array
  readonly kinds: readonly ConstraintKind[]
  readonly solvers: Solvers
  readonly limits: SolveLimits
}

export async function forceDevice(forcing: Forcing, row: number, wanted: Wanted): Promise<ForcedAnswer> {
  const { fleet } = forcing.context
  const model = withWanted(forcing.context.model, fleet.ids[row]!, wanted)
  const compiling = compileAssignment(model, fleet, forcing.kinds)
  if (!compiling.ok)
    throw new EngineError('explain/force', `the model cannot be read with the device forced: ${compiling.diagnostics[0]?.message ?? ''}`)
  const compiled = compiling.value
  const { problem, moves } = near(compiled, forcing.chosen)
  const verdict = await forcing.solvers.solveAssignment({ ...problem, levels: [...problem.levels, moves] }, forcing.limits)
  switch (verdict.is) {
    case 'impossible': {
      const { core } = await confirmImpossible(problem, verdict, forcing.solvers, forcing.limits)
      const forced = model.constraints.length - 1
      const rows = core.rows.filter((r) => problem.rows[r]!.name.use !== forced)
      return { is: 'impossible', reasons: rowReasons({ model, fleet, compiled: { ...compiled, problem } }, rows) }
    }
    case 'undecided':
      return { is: 'undecided', why: verdict.why }
    case 'solved': {
      const context: ExplainContext = { model, fleet, compiled: { ...compiled, problem } }
      const answer = withoutLast(verdict, problem.levels.length)
      const chosen = expandCounts(problem, verdict.counts)
      const { check } = checkAssignment(context, answer, { choices: problem.choices, chosen })
      return { is: 'forced', value: answer.value, levels: checkedLevels(problem, answer, check), chosen }
    }
  }
}

/** The problem with devices told apart by what they have now, and a level that counts those that would have something else. */
function near(
  { problem }: CompiledAssignment,
  chosen: Int32Array,
): { readonly problem: AssignmentProblem; readonly moves: AssignmentProblem['levels'][number] } {
  const { size, memberStart, members } = problem.classes
  const parts: Part[] = []
  const had: number[] = []
  for (let c = 0; c < size; c++) {
    const byChoice = new Map<number, number[]>()
    for (const row of members.subarray(memberStart[c], memberStart[c + 1])) {
      const list = byChoice.get(chosen[row]!) ?? []
      if (list.length === 0) byChoice.set(chosen[row]!, list)
      list.push(row)
    }
    for (const [choice, rows] of byChoice) {
      parts.push({ of: c, members: rows })
      had.push(choice)
    }
  }
  const split = splitProblem(problem, parts).problem
  const { columnStart } = split.classes
  const cost = new Float64Array(split.columnChoice.length)
  had.forEach((choice, p) => {
    for (let j = columnStart[p]!; j < columnStart[p + 1]!; j++) cost[j] = split.columnChoice[j] === choice ? 0 : 1
  })
  return { problem: split, moves: { name: 'moves', sense: 'minimise', offset: 0, terms: [{ is: 'column', cost }] } }
}

/** What the verdict says of the first `levels` levels. */
function withoutLast(verdict: Solved, levels: number): Solved {
  const cut = <T>(list: readonly T[]): readonly T[] => list.slice(0, levels)
  return {
    ...verdict,
    value: cut(verdict.value),
    bound: cut(verdict.bound),
    components: verdict.components.map((one) => ({
      ...one,
      value: cut(one.value),
      bound: cut(one.bound),
      proof: proofOf(one.proof, levels),
    })),
  }
}

function proofOf(proof: SolutionProof, levels: number): SolutionProof {
  if (proof.is === 'none') return proof
  if (proof.is === 'refutation') return { ...proof, scripts: proof.scripts.slice(0, levels) }
  if (proof.is === 'prices') return { ...proof, leaves: proof.leaves.map((leaf) => ({ ...leaf, prices: leaf.prices.slice(0, levels) })) }
  // What is left is told level by level.
  return { ...proof, levels: proof.levels.filter(({ level }) => level < levels) } as SolutionProof
}
