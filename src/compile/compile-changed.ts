/** Compiles a fleet of which most is known: one row stands for every class of before, changed devices stand for themselves, and only these are evaluated. */
import type { ConstraintKind } from '../../constraints/kind.ts'
import type { Read } from '../diagnostics/diagnostic.ts'
import { pathsOf } from '../expression/typed.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { compileAssignment, type CompiledAssignment } from './assignment.ts'
import { takeDevices, type ChangedFleet } from './changed-fleet.ts'
import type { CheckedModel } from './checked-model.ts'
import { currentRuns, devicesLeft, eligibleOptions, preferences } from './eligibility.ts'
import { refine } from './partition.ts'

export interface Known {
  readonly model: FleetModel
  readonly compiled: CompiledAssignment
  /** By row of the fleet then: what the device was given; devices of a class that were given different choices are told apart. */
  readonly given: Int32Array
  /** Whether what was given is what runs now. */
  readonly today: boolean
}

/** `fleet` is that of the change, perhaps with what runs today. */
export function compileChanged(
  model: FleetModel,
  fleet: Fleet,
  kinds: readonly ConstraintKind[],
  known: Known,
  change: ChangedFleet,
): Read<CompiledAssignment> {
  if (!rowByRow(known.compiled.checked) || distinctions(model, known) !== distinctions(known.model, known))
    return compileAssignment(model, fleet, kinds)
  const { standing, of } = standingRows(known, change)
  if (standing.length * 2 > fleet.size) return compileAssignment(model, fleet, kinds)
  const read = compileAssignment(model, takeDevices(fleet, standing), kinds, { of, ids: fleet.ids, order: change.order })
  return read.ok ? { ...read, value: ofAllDevices(read.value, fleet, of) } : read
}

/** Nothing that is known of a device depends on another device. */
function rowByRow({ uses }: CheckedModel): boolean {
  return uses.every(
    ({ links, sees }) => links.length === 0 && sees.every(({ typed }) => !pathsOf(typed).some((path) => path.startsWith('group.'))),
  )
}

/** Everything by which a model tells devices apart. Limits, weights and objectives are not in it. What runs today is left out where it is what was given, and so is what was given. */
function distinctions(model: FleetModel, { today, compiled }: Known): string {
  const { vocabulary, joins, variants, leave, current, unmanagedUses, constraints } = model
  const text = (expression: { readonly text: string } | undefined): string | undefined => expression?.text
  const amount = (of: number | { readonly text: string }): number | string => (typeof of === 'number' ? of : of.text)
  const words = (constraint: (typeof constraints)[number]): unknown => expressionsIn(constraint.parameters)
  return JSON.stringify([
    vocabulary.filter(({ name }) => !name.startsWith('fleetproof.')).map(({ name, type, default: fallback }) => [name, type, fallback]),
    joins.map(({ name, columns }) => [name, columns]),
    variants.map((v) => [
      v.id,
      v.version,
      text(v.requires),
      text(v.prefers),
      v.settings,
      v.rules.map((rule) => [rule.if.text, rule.then.text]),
      Object.entries(v.uses).map(([name, of]) => [name, amount(of)]),
    ]),
    text(leave),
    !today ? [text(current?.variant), Object.entries(current?.settings ?? {}).map(([name, of]) => [name, of.text])] : [],
    Object.entries(unmanagedUses).map(([name, of]) => [name, amount(of)]),
    constraints.map((use) => [use.kind, words(use)]),
    compiled.choices.list.length,
  ])
}

/** The texts of parameters, which may be expressions over devices; their numbers tell no devices apart. */
function expressionsIn(value: unknown): unknown {
  if (typeof value === 'number') return 0
  if (Array.isArray(value)) return value.map(expressionsIn)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expressionsIn(inner)]))
  return typeof value === 'string' && /^[\d.]+ *(%|[A-Za-z]+)?$/.test(value) ? '0' : value
}

/** One unchanged device of every class then (and of every choice that the class was given), and all changed devices. */
function standingRows(
  { compiled, given }: Known,
  { before, changed }: ChangedFleet,
): { readonly standing: Int32Array; readonly of: Int32Array } {
  const { classes } = compiled
  const parts = refine({ of: classes.classOf.slice(), count: classes.count }, given)
  const standsFor = new Int32Array(parts.count).fill(-1)
  const standing: number[] = []
  const of = new Int32Array(before.length)
  for (let row = 0; row < before.length; row++) {
    if (changed[row] === 1) {
      of[row] = standing.push(row) - 1
      continue
    }
    const part = parts.of[before[row]!]!
    let stands = standsFor[part]!
    if (stands < 0) standsFor[part] = stands = standing.push(row) - 1
    of[row] = stands
  }
  return { standing: Int32Array.from(standing), of }
}

/** What is by standing row is worked out for all devices when somebody asks. */
function ofAllDevices(compiled: CompiledAssignment, fleet: Fleet, standing: Int32Array): CompiledAssignment {
  const { checked, choices } = compiled
  const late = <T>(make: () => T): (() => T) => {
    let made: { readonly value: T } | undefined
    return () => (made ??= { value: make() }).value
  }
  const left = late(() => devicesLeft(checked, fleet))
  const options = late(() => eligibleOptions(checked, fleet, choices, left()))
  const worth = late(() => preferences(checked, fleet, choices))
  // What a device runs that is left alone does not part classes, so it is read anew where there is one.
  const leaves = compiled.left.includes(1)
  const runs = late(() =>
    leaves ? currentRuns(checked, fleet, choices) : { ...compiled.runs, of: standingValues(compiled.runs.of, standing) },
  )
  return {
    ...compiled,
    get left() {
      return left()
    },
    get options() {
      return options()
    },
    get preferences() {
      return worth()
    },
    get runs() {
      return runs()
    },
  }
}

function standingValues(values: Int32Array, standing: Int32Array): Int32Array {
  const of = new Int32Array(standing.length)
  for (let row = 0; row < of.length; row++) of[row] = values[standing[row]!]!
  return of
}
