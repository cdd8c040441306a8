/** Assigning again after something changed: what did not change is not read, evaluated or solved again, and everything is checked again. */
import { placementConstraints } from '../constraints/placement.ts'
import { carried, changeFleet, type ChangedFleet, type FleetChange } from './compile/changed-fleet.ts'
import { compileChanged } from './compile/compile-changed.ts'
import { checkModel } from './compile/checked-model.ts'
import { withToday } from './compile/today.ts'
import { EngineError } from './diagnostics/engine-error.ts'
import type { Diagnostic, Read } from './diagnostics/diagnostic.ts'
import { assignFleet, runAssignment, stopwatch, type AssignInputs, type AssignmentRun, type AssignOptions } from './engine.ts'
import type { Open } from './formats/fleet-source.ts'
import { readModelledFleet } from './formats/fleet-source.ts'
import type { Assignment, Level } from './model/assignment.ts'
import { withEarlier } from './model/earlier-answer.ts'
import type { Fleet } from './model/fleet.ts'
import type { FleetModel } from './model/fleet-model.ts'
import { UNMANAGED } from './model/outcome.ts'
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
  /** The same as a level: the fewest among all answers that are as good at every level of the model, as far as its bound says. */
  readonly moves: Level
}

/** As `runAssignment`, with what `reassign` starts from. */
export async function warmAssignment(inputs: AssignInputs, solvers: Solvers, options: AssignOptions = {}): Promise<Reassignment> {
  const run = await runAssignment(inputs, solvers, options)
  return withWarm(run, run.model, run.fleet)
}

/**
 * Assigns after the changes. As good as an assignment from scratch at every level of the model, checked as one, and among those with the fewest devices that
 * end otherwise than before: a level of its own, `moves`, unless the model's own `changes` say as much.
 */
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
  // Without new devices and ones that are gone, rows are what they were.
  const then = change.fleet.ids === warm.fleet.ids ? chosen : carried(change.before, chosen, new Int32Array(change.before.length).fill(-1))
  const now = assigned
    ? withToday(model, checked.value.current, change.fleet, {
        choices: result.assignment.choices,
        chosen: then,
      })
    : { model, fleet: change.fleet }
  const told = assigned && changesTellMoves(warm.model, model, result.assignment, change)
  const counting = told ? now : withEarlier(now.model, now.fleet, { choices: result.assignment.choices, chosen: then })
  watch.lap('change')
  const known = { model: run.model, compiled, given: chosen, today: assigned }
  const again = await assignFleet(counting.model, counting.fleet, kinds, solvers, {
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
    compile: () => compileChanged(counting.model, counting.fleet, kinds, known, change),
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
  const moved = earlier === undefined ? 0 : movedDevices(run, earlier)
  const again = earlier && {
    moved,
    components: verdict.components.length,
    solved: verdict.components.filter(({ taken }) => taken !== true).length,
    moves: result.levels.find(({ name }) => name === 'moves') ?? movesByChanges(result.levels, moved),
  }
  return { ...run, warm: { model, fleet, run }, ...(again && { again }) }
}

/** Where changes tell the moves, their number differs from that of the changes by what no answer can alter. */
function movesByChanges(levels: readonly Level[], value: number): Level {
  const changes = levels.find(({ name }) => name === 'changes')!
  return { ...changes, name: 'moves', value, bound: value - changes.gap }
}

/**
 * Whether the level `changes` decides the moves too: what runs today is what was given, for every device that was there, and nothing that was given is compared
 * otherwise than what runs. Then both differ by the same number in every answer.
 */
function changesTellMoves(before: FleetModel, after: FleetModel, given: Assignment, { before: rows, changed }: ChangedFleet): boolean {
  if (!after.objectives.some(({ is }) => is === 'changes') || rows.includes(-1)) return false
  const variants = ({ variants: list }: FleetModel): string => JSON.stringify(list.map(({ id, settings }) => [id, settings]))
  if (after !== before && variants(after) !== variants(before)) return false
  const compared = after.current === undefined ? undefined : new Set(Object.keys(after.current.settings))
  if (after.variants.some(({ settings }) => settings.some(({ name }) => compared?.has(name) === false))) return false
  // A device that was left alone runs what it reports; only where it still is left alone, both count nothing.
  const sameLeave = after.leave?.text === before.leave?.text
  return !rows.some((row, at) => given.chosen[row] === UNMANAGED && (changed[at] === 1 || !sameLeave))
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
