/** Questions about a solved assignment: why this, why not that and what it would cost, why nothing and what would help. Nothing here opens a file or prints. */
import type { ConstraintKind } from '../constraints/kind.ts'
import { placementConstraints } from '../constraints/placement.ts'
import { columnTotal } from '../constraints/problem-reading.ts'
import { compileAssignment } from './compile/assignment.ts'
import { expandCounts } from './compile/expand.ts'
import type { Read } from './diagnostics/diagnostic.ts'
import { settleConflicts } from './engine-separation.ts'
import { runAssignment, type AssignInputs, type AssignmentRun, type AssignOptions } from './engine.ts'
import type { Wanted } from './explain/change-model.ts'
import { differenceOf, type Difference, type Outcomes } from './explain/difference.ts'
import { explainDevice, type Explanation } from './explain/explain-device.ts'
import { placingRepairs } from './explain/placing-repairs.ts'
import { whyMoved } from './explain/why-moved.ts'
import { readFleetSource } from './formats/read-fleet-source.ts'
import { askedOf, whyNot, type Asked, type WhyNot } from './explain/why-not.ts'
import type { AssignmentResult } from './model/assignment.ts'
import type { FleetModel } from './model/fleet-model.ts'
import { NONE } from './model/outcome.ts'
import type { SolveLimits, Solvers } from './solve/solvers.ts'

export interface QuestionOptions {
  readonly limits?: SolveLimits
  /** Solve again in full, too, where a shorter way gives the answer: a second, checked answer. */
  readonly confirm?: boolean
}

/** Why one device runs what it runs; `undefined` where no device has the id. */
export async function explain(
  inputs: AssignInputs,
  device: string,
  solvers: Solvers,
  options: AssignOptions = {},
): Promise<{ readonly result: AssignmentResult; readonly explanation: Explanation | undefined; readonly ids: readonly string[] }> {
  const run = await runAssignment(inputs, solvers, options)
  const asked = ask(run, options.constraints)
  if (asked === undefined) return { result: run.result, explanation: undefined, ids: [] }
  const { ids } = asked.context.fleet
  const row = asked.rowOf(device)
  const explanation =
    row === undefined ? undefined : await explainRow(asked, row, solvers, options.limits === undefined ? {} : { limits: options.limits })
  return { result: run.result, explanation, ids }
}

/** A run that can be asked; undefined where nothing was assigned. What answers need is worked out once and kept. */
export function ask(run: AssignmentRun, kinds: readonly ConstraintKind[] = placementConstraints): Asked | undefined {
  const { result, model, fleet, compiled, verdict } = run
  if (result.status !== 'assigned' || !model || !fleet || !compiled || !verdict) return undefined
  return askedOf({ model, fleet, compiled }, verdict, result.assignment.chosen, kinds)
}

/** What breaks, or what it costs, if the device ended as wanted. */
export async function whyNotFor(
  asked: Asked,
  row: number,
  wanted: Wanted,
  solvers: Solvers,
  options: QuestionOptions = {},
): Promise<WhyNot> {
  return whyNot(asked, row, wanted, { solvers, limits: options.limits ?? {}, confirm: options.confirm === true })
}

/** What a model's devices run today, and, where something is given for them, why they do not stay. */
export interface Today {
  readonly outcomes: Outcomes
  /** Settings that `current` leaves open are those of `given`. `undefined` where the model tells nothing. */
  readonly whyNotStay: (given: Outcomes) => (row: number) => string | undefined
}

/** Reads a model and its fleet, and solves nothing. */
export async function today(inputs: AssignInputs, solvers: Solvers, options: AssignOptions = {}): Promise<Read<Today>> {
  const read = await readFleetSource(inputs.model, inputs.open, {
    ...(inputs.devices !== undefined && { devices: inputs.devices }),
    ...(inputs.advisories && { advisories: inputs.advisories }),
    ...(inputs.edits && { edits: inputs.edits }),
  })
  if (!read.ok) return read
  const kinds = options.constraints ?? placementConstraints
  const settled = await settleConflicts(read.value.model, kinds, solvers, inputs.behaviours ?? {})
  if (!settled.ok) return settled
  const { fleet } = read.value
  const compiling = compileAssignment(settled.value.model, fleet, kinds)
  if (!compiling.ok) return compiling
  const context = { model: settled.value.model, fleet, compiled: compiling.value }
  const { choices, runs } = compiling.value
  const chosen = runs.of.map((run) => runs.same[run]![0] ?? -1)
  return {
    ok: true,
    value: {
      outcomes: { ids: fleet.ids, choices: choices.list, chosen },
      whyNotStay: (given) => whyMoved(askedOfGiven(context, given, kinds)),
    },
    diagnostics: [...read.diagnostics, ...settled.diagnostics, ...compiling.diagnostics],
  }
}

/** An assignment that somebody else made: its counts, with nobody to say that it is optimal. */
function askedOfGiven(context: Asked['context'], given: Outcomes, kinds: readonly ConstraintKind[]): Asked {
  const { problem, choices, classes } = context.compiled
  const index = new Map(choices.list.map(({ id }, choice) => [id, choice]))
  const code = Int32Array.from(given.choices, ({ id }) => index.get(id) ?? -1)
  const rowOf = new Map(context.fleet.ids.map((id, row) => [id, row]))
  const chosen = new Int32Array(context.fleet.size).fill(-1)
  const counts = new Float64Array(columnTotal(problem))
  given.ids.forEach((id, i) => {
    const row = rowOf.get(id)
    if (row === undefined) return
    const choice = (chosen[row] = code[given.chosen[i]!] ?? -1)
    const c = classes.classOf[row]!
    for (let j = problem.classes.columnStart[c]!; j < problem.classes.columnStart[c + 1]!; j++)
      if (problem.columnChoice[j] === choice) counts[j]!++
  })
  return askedOf(context, { is: 'solved', counts, value: [], bound: [], components: [] }, chosen, kinds)
}

/** From what runs today to what a run gives, with why each device does not stay. */
export function sinceToday(asked: Asked, current: Int32Array): Difference {
  const { context, chosen } = asked
  const { ids } = context.fleet
  const choices = context.compiled.choices.list
  const why = whyMoved(asked)
  return differenceOf({ ids, choices, chosen: current }, { ids, choices, chosen }, why)
}

// Columns up to which alternatives are solved again one by one where no flow gives their costs.
const SEARCHED = 3000

/** Why a device has what it has: every variant with what stands against it, what it would cost, and, where the device has nothing, what would help. */
export async function explainRow(asked: Asked, row: number, solvers: Solvers, options: QuestionOptions = {}): Promise<Explanation> {
  const { context, chosen } = asked
  const { compiled } = context
  const plain = explainDevice(asked, row)
  if (plain.left) return plain
  const affordable = compiled.problem.columnChoice.length <= SEARCHED || asked.flowOf(compiled.classes.classOf[row]!) !== undefined
  if (!affordable) return plain
  const forced: WhyNot[] = []
  for (const { id } of context.model.variants)
    forced.push(await whyNotFor(asked, row, { is: 'variant', variant: id, settings: {} }, solvers, options))
  const nothing = chosen[row] === NONE ? undefined : await whyNotFor(asked, row, { is: 'nothing' }, solvers, options)
  const explained: Explanation = {
    ...plain,
    variants: plain.variants.map((variant, v) => ({ ...variant, instead: forced[v]! })),
    ...(nothing === undefined ? {} : { nothing }),
  }
  if (chosen[row] !== NONE) return explained
  const place = async (model: FleetModel, fleet = context.fleet): Promise<boolean> => {
    const compiling = compileAssignment(model, fleet, asked.kinds)
    if (!compiling.ok) return false
    const { problem } = compiling.value
    const verdict = await solvers.solveAssignment(problem, options.limits)
    return verdict.is === 'solved' && problem.choices[expandCounts(problem, verdict.counts)[row]!]!.outcome === 'variant'
  }
  return { ...explained, repairs: await placingRepairs(asked, row, forced, place) }
}
