/** Assigning again after something changed: what did not change is not read, evaluated or solved again, and everything is checked again. */
import { placementConstraints } from '../constraints/placement.ts'
import { carried, changeFleet, type FleetChange } from './compile/changed-fleet.ts'
import { compileChanged } from './compile/compile-changed.ts'
import { checkModel } from './compile/checked-model.ts'
import { withToday } from './compile/today.ts'
import { EngineError } from './diagnostics/engine-error.ts'
import type { Diagnostic, Read } from './diagnostics/diagnostic.ts'
import { assignFleet, runAssignment, stopwatch, type AssignInputs, type AssignmentRun, type AssignOptions } from './engine.ts'
import type { Open } from './formats/fleet-source.ts'
import { readModelledFleet } from './formats/fleet-source.ts'
import type { Fleet } from './model/fleet.ts'
import type { FleetModel } from './model/fleet-model.ts'
import type { Solvers } from './solve/solvers.ts'

/** A finished assignment with everything that the next one can start from. */
export interface WarmAssignment {
  /** What devices report, and what the model says of it. */
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly run: AssignmentRun
}

export interface Changes extends FleetChange {
  /** The model from now on; absent: as before. Its attributes are those of before. */
  readonly model?: FleetModel
  /** What runs now: `assigned` (unless told otherwise), what the assignment before gave; `reported`, what devices report. */
  readonly today?: 'assigned' | 'reported'
}

export interface Reassignment extends AssignmentRun {
  /** Absent where nothing was assigned (then the assignment before is still the one to start from), and where conflict analysis takes part. */
  readonly warm?: WarmAssignment
  /** How much had to be solved, and what came of it, against the assignment before; devices that are new or gone are not among them. */
  readonly again?: Again
}

export interface Again {
  readonly components: number
  /** Components that were solved again. The others were taken over, being best still. */
  readonly solved: number
  /** Devices that end otherwise than before. */
  readonly moved: number
}

/** As `runAssignment`, with what `reassign` starts from. */
export async function warmAssignment(inputs: AssignInputs, solvers: Solvers, options: AssignOptions = {}): Promise<Reassignment> {
  const run = await runAssignment(inputs, solvers, options)
  return withWarm(run, run.model, run.fleet)
}

/** Assigns after the changes. As good as an assignment from scratch at every level, and checked as one. */
export async function reassign(
  warm: WarmAssignment,
  changes: Changes,
  solvers: Solvers,
  options: AssignOptions = {},
): Promise<Reassignment> {
  const watch = stopwatch(options.clock)
  const { run } = warm
  const { compiled, verdict, result } = run
  if (result.status !== 'assigned' || compiled === undefined || verdict === undefined || run.model === undefined)
    throw new EngineError('engine/warm', 'an assignment to start from is needed')
  const { chosen } = result.assignment
  const kinds = options.constraints ?? placementConstraints
  const change = changeFleet(warm.fleet, compiled.classes.order, changes)
  const model = changes.model ?? warm.model
  const assigned = changes.today !== 'reported'
  const checked = checkModel(model, kinds)
  if (!checked.ok) return { result: { status: 'invalid', diagnostics: checked.diagnostics } }
  const now = assigned
    ? withToday(model, checked.value.current, change.fleet, {
        choices: result.assignment.choices,
        chosen: carried(change.before, chosen, new Int32Array(change.before.length).fill(-1)),
      })
    : { model, fleet: change.fleet }
  watch.lap('change')
  const known = { model: run.model, compiled, ...(assigned && { given: chosen }) }
  const again = await assignFleet(now.model, now.fleet, kinds, solvers, {
    ...options,
    limits: {
      ...options.limits,
      earlier: {
        problem: compiled.problem,
        components: verdict.components,
        counts: verdict.counts,
        chosen,
        before: change.before,
        changed: change.changed,
        today: assigned,
      },
    },
    diagnostics: [],
    watch,
    compile: () => compileChanged(now.model, now.fleet, kinds, known, change),
  })
  return withWarm(again, model, change.fleet, { before: change.before, run })
}

interface Before {
  readonly before: Int32Array
  readonly run: AssignmentRun
}

function withWarm(run: AssignmentRun, model: FleetModel | undefined, fleet: Fleet | undefined, earlier?: Before): Reassignment {
  const { result, verdict } = run
  // Where conflict analysis takes part, what stands together must be proved of the new assignment: that is a walk of its own.
  if (result.status !== 'assigned' || result.separation !== undefined || !verdict || !model || !fleet) return run
  const again = earlier && {
    components: verdict.components.length,
    solved: verdict.components.filter(({ taken }) => taken !== true).length,
    moved: movedDevices(run, earlier),
  }
  return { ...run, warm: { model, fleet, run }, ...(again && { again }) }
}

/** Choices are compared by id, as the model may have changed. */
function movedDevices({ result }: AssignmentRun, { before, run }: Before): number {
  if (result.status !== 'assigned' || run.result.status !== 'assigned') return 0
  const then = run.result.assignment
  const now = new Map(result.assignment.choices.map(({ id }, choice) => [id, choice]))
  const choiceNow = Int32Array.from(then.choices, ({ id }) => now.get(id) ?? -1)
  let moved = 0
  const { chosen } = result.assignment
  for (let at = 0; at < before.length; at++) if (before[at]! >= 0 && choiceNow[then.chosen[before[at]!]!] !== chosen[at]) moved++
  return moved
}

/** Reads devices that changed or came, in the form in which the model reads its devices; attributes that a device does not tell are missing, as they are in a first reading. */
export async function readChanges(warm: WarmAssignment, name: string, open: Open): Promise<Read<Fleet>> {
  const { devices } = warm.model
  const model: FleetModel = {
    ...warm.model,
    devices: devices.is === 'source' ? { ...devices, name } : { is: 'source', name, id: 'id', columns: {} },
  }
  const read = await readModelledFleet(model, open)
  if (!read.ok) return read
  // Links between devices of the change and others are looked for in the whole fleet, where they are found.
  const diagnostics: readonly Diagnostic[] = read.diagnostics.filter(
    ({ code }) => code !== 'formats/unknown-device' && code !== 'formats/unused-attribute',
  )
  return { ok: true, value: read.value.fleet, diagnostics }
}
