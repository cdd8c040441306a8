/** From a model and its fleet to an integer program over classes of devices, or every reason why there is none. */
import type { ConstraintKind } from '../../constraints/kind.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { isChange } from '../../constraints/problem-reading.ts'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { checkModel, type CheckedModel } from './checked-model.ts'
import { enumerateChoices, type Choices } from './choices.ts'
import { classesOf, currentByClass, type DeviceClasses, type Lift } from './classes.ts'
import { columnsOf, type Columns, type ModeView, type Taker } from './columns.ts'
import { currentRuns, devicesLeft, eligibleOptions, preferences, type Options, type Preference, type Runs } from './eligibility.ts'
import { levelsOf } from './levels.ts'
import { judge } from './judged.ts'
import { relationsOf } from './links.ts'
import { movesOf } from './moves.ts'
import { resourcesOf, type Resources } from './resources.ts'
import { rowsOf } from './rows.ts'
import { evaluateSeen } from './seen.ts'
import { pathsOf } from '../expression/typed.ts'
import { setMembers, useOf, type Judgements, type UseContext } from './uses.ts'

/** The problem, and the facts by device that explaining needs. */
export interface CompiledAssignment {
  readonly problem: AssignmentProblem
  readonly checked: CheckedModel
  readonly choices: Choices
  readonly classes: DeviceClasses
  readonly options: Options
  readonly preferences: readonly Preference[]
  readonly runs: Runs
  readonly left: Uint8Array
  /** What hard uses allow single devices, by use index; only uses that take choices away. */
  readonly takers: readonly { readonly use: number; readonly allows: Taker }[]
}

/** With a lift, `fleet` holds the rows that stand for the devices: what is by row in the answer is by these rows, classes and members are of all devices. */
export function compileAssignment(
  model: FleetModel,
  fleet: Fleet,
  kinds: readonly ConstraintKind[],
  lift?: Lift,
): Read<CompiledAssignment> {
  const read = checkModel(model, kinds)
  if (!read.ok) return read
  const checked = read.value
  const choices = enumerateChoices(model)
  const left = devicesLeft(checked, fleet)
  const options = eligibleOptions(checked, fleet, choices, left)
  const worth = preferences(checked, fleet, choices)
  const resources = resourcesOf(checked, choices, fleet)
  const devices = lift?.of.length ?? fleet.size
  const overflow = [...tooLarge(model, devices, choices, worth), ...tooMuch(model, devices, resources)]
  if (overflow.length > 0) return { ok: false, diagnostics: overflow }
  const runs = currentRuns(checked, fleet, choices)
  const moves = movesOf(checked, fleet, choices)
  const seen = evaluateSeen(checked.uses, fleet)
  const judgements: Judgements = new Map(
    checked.uses.map((use) => [use, use.judges.map(({ judged, typed }) => judge(model, choices.list, typed, judged.yields, fleet))]),
  )
  const relations = relationsOf(model, checked.uses, choices.list, fleet)
  const numbers = [...new Set([...[...judgements.values()].flat(2), ...[...resources.values()].flat()])]
  const distinctions = { options, preferences: worth, runs, moves, left, seen, numbers, relations: [...relations.values()].flat() }
  const classes = classesOf(fleet, distinctions, lift)

  const current = currentByClass(classes, runs, left)
  const changes = changeOf(classes, runs, current)
  const worthOf = (c: number, choice: number): number => {
    const preference = worth[choice]!
    return typeof preference === 'number' ? preference : preference[classes.first[c]!]!
  }
  const none: Pick<Columns, 'columnStart' | 'columnChoice'> = {
    columnStart: new Int32Array(classes.count + 1),
    columnChoice: new Int32Array(),
  }
  const context: UseContext = {
    model,
    choices: choices.list,
    classes,
    columns: none,
    current,
    changes,
    seen,
    judgements,
    resources,
    relations,
    ids: lift === undefined ? fleet.ids : firstIds(classes, lift, fleet.size),
  }
  const takers = checked.uses.flatMap((use) => {
    const allows = use.use.policy.is === 'hard' ? use.kind.allows?.(useOf(use, context)) : undefined
    return allows === undefined ? [] : [{ use: use.use.index, allows }]
  })
  const modes: ModeView = {
    telling: telling(model, checked, choices),
    worth: worthOf,
    changes,
    moves: moves && ((c, choice) => moves.table[moves.of[classes.first[c]!]! * choices.list.length + choice] === 1),
  }
  const columns = columnsOf(
    classes,
    options,
    takers.map(({ allows }) => allows),
    modes,
  )

  const { levels, paysAt } = levelsOf(model, { choices: choices.list, ...columnWorth(columns, modes, runs) })
  const { rows, bundles, auxiliaries, meanings } = rowsOf(checked.uses, { ...context, columns }, paysAt)
  const warnings = checked.uses.flatMap((use) =>
    (use.kind.warns?.(useOf(use, { ...context, columns })) ?? []).map((one): Diagnostic => ({
      ...one,
      severity: 'warning',
      at: use.use.at,
    })),
  )
  const problem: AssignmentProblem = {
    choices: choices.list,
    classes: { size: classes.count, memberStart: classes.memberStart, members: classes.members, columnStart: columns.columnStart, current },
    columnChoice: columns.columnChoice,
    levels,
    rows,
    bundles,
    auxiliaries,
    meanings,
  }
  return {
    ok: true,
    value: { problem, checked, choices, classes, options, preferences: worth, runs, left, takers },
    diagnostics: [...read.diagnostics, ...warnings],
  }
}

/** By standing row, the id of the first device of its class. */
function firstIds({ count, first, members, memberStart }: DeviceClasses, { ids }: Lift, size: number): readonly string[] {
  const named = new Array<string>(size).fill('')
  for (let c = 0; c < count; c++) named[first[c]!] = ids[members[memberStart[c]!]!]!
  return named
}

function changeOf(classes: DeviceClasses, runs: Runs, current: Int32Array): (c: number, choice: number) => boolean {
  const several = runs.same.map((same) => (same.length > 1 ? new Set(same) : undefined))
  return (c, choice) => isChange(current[c]!, choice) && several[runs.of[classes.first[c]!]!]?.has(choice) !== true
}

/** Preference by column; change where one current choice by class cannot tell it, and move where an earlier answer is known. */
function columnWorth(
  { columnStart, columnChoice }: Columns,
  { worth, changes, moves }: ModeView,
  runs: Runs,
): { readonly preference: Float64Array; readonly changed?: Uint8Array; readonly moved?: Uint8Array } {
  const preference = new Float64Array(columnChoice.length)
  const changed = runs.same.some((same) => same.length > 1) ? new Uint8Array(columnChoice.length) : undefined
  const moved = moves && new Uint8Array(columnChoice.length)
  for (let c = 0; c + 1 < columnStart.length; c++) {
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      preference[j] = worth(c, columnChoice[j]!)
      if (changed !== undefined) changed[j] = changes(c, columnChoice[j]!) ? 1 : 0
      if (moved !== undefined) moved[j] = moves!(c, columnChoice[j]!) ? 1 : 0
    }
  }
  return { preference, ...(changed && { changed }), ...(moved && { moved }) }
}

/** See `ModeView`: modes of one variant get the same number iff no described set and no amount of a resource tells them apart, and no weight turns a preference or a change around. */
function telling(model: FleetModel, checked: CheckedModel, choices: Choices): Int32Array {
  const sets = checked.uses.flatMap(({ sets: all }) =>
    all.filter(({ where }) => where !== undefined).map((set) => setMembers(model, choices.list, set)),
  )
  // Settings that uses see otherwise: where choices are judged, and along links.
  const read = new Set(
    checked.uses
      .flatMap(({ judges, links }) => [
        ...judges.map(({ typed }) => typed),
        ...links.flatMap(({ asks, holds }) => (asks === undefined ? [holds] : [asks, holds])),
      ])
      .flatMap((typed) => pathsOf(typed).flatMap((path) => /^(?:there\.)?settings\.(.*)$/.exec(path)?.[1] ?? [])),
  )
  const turned = model.objectives.some((objective) => objective.is === 'score' && (objective.preference < 0 || objective.changes < 0))
  const numbers = new Map<string, number>()
  return Int32Array.from(choices.list, (_, choice) => {
    const v = choices.variant[choice]!
    const apart =
      v === -1 ||
      turned ||
      Object.values(model.variants[v]!.uses).some((amount) => typeof amount !== 'number' && amount.text.includes('settings'))
    const { settings } = choices.list[choice]!
    const values = JSON.stringify([...read].map((name) => settings[name] ?? null))
    const key = apart ? `choice ${choice}` : `${v} ${sets.map((members) => members[choice]).join('')} ${values}`
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}

/** Sums of what the fleet uses must stay exact too. */
function tooMuch(model: FleetModel, devices: number, resources: Resources): readonly Diagnostic[] {
  const limit = Number.MAX_SAFE_INTEGER / Math.max(1, devices)
  return [...resources].flatMap(([resource, amounts]): readonly Diagnostic[] => {
    let largest = 0
    for (const amount of new Set(amounts)) {
      if (typeof amount === 'number') largest = Math.max(largest, Math.abs(amount))
      else for (const value of amount) largest = Math.max(largest, Math.abs(value))
    }
    if (largest <= limit) return []
    const message = `a device uses up to ${largest} of \`${resource}\`, whose sum over ${devices} devices is not exact`
    return [{ code: 'compile/too-large', severity: 'error', message, hint: 'maybe a larger unit', at: { source: model.source } }]
  })
}

/** Sums over the fleet must stay exact. */
function tooLarge(model: FleetModel, devices: number, choices: Choices, worth: readonly Preference[]): readonly Diagnostic[] {
  const weight = Math.max(1, ...model.objectives.map((objective) => (objective.is === 'score' ? Math.abs(objective.preference) : 1)))
  const limit = Number.MAX_SAFE_INTEGER / Math.max(1, devices) / weight
  return model.variants.flatMap((variant, v): readonly Diagnostic[] => {
    const largest = Math.max(0, ...worth.slice(choices.first[v], choices.first[v + 1]).map(largestOf))
    if (largest <= limit) return []
    const message = `\`${variant.id}\` prefers values up to ${largest}, whose sum over ${devices} devices is not exact`
    return [
      {
        code: 'compile/too-large',
        severity: 'error',
        message,
        hint: 'maybe prefer smaller numbers',
        at: variant.prefers?.at ?? variant.at,
      },
    ]
  })
}

function largestOf(preference: Preference): number {
  if (typeof preference === 'number') return Math.abs(preference)
  let largest = 0
  // A plain loop: a million devices times twenty variants pass here.
  for (let row = 0; row < preference.length; row++) {
    const value = Math.abs(preference[row]!)
    if (value > largest) largest = value
  }
  return largest
}
