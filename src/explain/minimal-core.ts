/** The smallest thing that cannot hold: deletion from all that takes part, until taking away any one member leaves something that can. Source: deletion-based minimal unsatisfiable subsets. */
import type { ConstraintKind } from '../../constraints/kind.ts'
import type { ProblemLevel } from '../../constraints/problem.ts'
import { compileAssignment, type CompiledAssignment } from '../compile/assignment.ts'
import type { Fleet } from '../model/fleet.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import { modelOf, participantsOf, type Participant } from './participants.ts'

type Impossible = Extract<AssignmentVerdict, { readonly is: 'impossible' }>

/** A model compiled and asked whether it can hold at all. */
export interface Feasibility {
  readonly compiled: CompiledAssignment
  readonly verdict: AssignmentVerdict
}

export type AskFeasible = (model: FleetModel) => Promise<Feasibility | undefined>

export interface MinimalCore {
  readonly members: readonly Participant[]
  /** The model of the members alone, and what solving it says. */
  readonly model: FleetModel
  readonly compiled: CompiledAssignment
  readonly verdict: Impossible
}

const NOTHING: ProblemLevel = { name: 'feasible', sense: 'minimise', offset: 0, terms: [] }

/** What may hold does not ask what is preferred, and devices that prefer differently need not be told apart. */
function indifferent(model: FleetModel): FleetModel {
  const variants = model.variants.map(({ prefers, ...variant }) => (prefers === undefined ? { ...variant } : variant))
  return { ...model, variants, objectives: [] }
}

/** Undefined where a model cannot be compiled. */
export function feasibilityOf(fleet: Fleet, kinds: readonly ConstraintKind[], solvers: Solvers, limits: SolveLimits): AskFeasible {
  return async (model) => {
    const compiling = compileAssignment(indifferent(model), fleet, kinds)
    if (!compiling.ok) return undefined
    const { problem } = compiling.value
    // Solvers minimise something; a level that nothing costs anything at is met by whatever holds.
    const compiled = problem.levels.length > 0 ? compiling.value : { ...compiling.value, problem: { ...problem, levels: [NOTHING] } }
    return { compiled, verdict: await solvers.solveAssignment(compiled.problem, limits) }
  }
}

/** `suspects`: uses that are known to clash, as a solver found them. Undefined where the model turns out to hold, or nobody can tell. */
export async function minimalCore(model: FleetModel, suspects: readonly number[], ask: AskFeasible): Promise<MinimalCore | undefined> {
  const all = participantsOf(model)
  let last: MinimalCore | undefined
  const clash = async (members: readonly Participant[]): Promise<boolean> => {
    const made = modelOf(model, members)
    const answer = await ask(made)
    if (answer?.verdict.is !== 'impossible') return false
    last = { members, model: made, compiled: answer.compiled, verdict: answer.verdict }
    return true
  }
  const suspected = all.filter((one) => one.is !== 'use' || suspects.includes(one.use))
  let members: readonly Participant[] = all
  if (suspects.length > 0 && (await clash(suspected))) members = suspected
  else if (!(await clash(all))) return undefined
  // Whole lots first: most requirements have nothing to do with it.
  const lots = [
    members.filter(({ is }) => is !== 'use'),
    ...model.variants.map(({ id }) => members.filter((one) => (one.is === 'part' || one.is === 'rule') && one.variant === id)),
    ...[...members].reverse().map((one) => [one]),
  ]
  for (const lot of lots) {
    const without = members.filter((one) => !lot.includes(one))
    if (lot.length === 0 || without.length === members.length || lot.some((one) => !members.includes(one))) continue
    if (await clash(without)) members = without
  }
  return last
}
