/** What every device runs today and what it is to run, as options by row, and which devices change: what plans are made of. */
import type { Assignment } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { UNMANAGED, type Choice } from '../model/outcome.ts'
import { readTrial, type HeldUse, type Trial } from '../verify/judge.ts'
import { optionsOfChoices } from '../verify/options.ts'
import { todayOf } from '../verify/read-world.ts'
import { violations } from '../verify/violations.ts'

export interface Mixture {
  readonly trial: Trial
  readonly fleet: Fleet
  /** Options by row; -1: none that the model has. */
  readonly today: Int32Array
  readonly next: Int32Array
  /** Rows that change, in order of their ids. */
  readonly changed: Int32Array
  /** By row, its index in `changed`, -1 where it stays. */
  readonly entryOf: Int32Array
}

/** Devices that already run what they should, or that are left alone, do not change. */
export function readMixture(model: FleetModel, fleet: Fleet, assignment: Assignment): Mixture {
  const trial = readTrial(model, fleet)
  const { world } = trial
  const { runs } = world
  const width = world.options.length
  const optionOf = optionsOfChoices(model, world.options, assignment.choices)
  const today = todayOf(world)
  const next = new Int32Array(fleet.size)
  const rows: number[] = []
  for (let row = 0; row < fleet.size; row++) {
    const option = optionOf[assignment.chosen[row]!] ?? -1
    const stays = option === UNMANAGED || world.left[row] === 1 || (option >= 0 && runs.same[runs.of[row]! * width + option] === 1)
    // Where `current` leaves settings open, those that were chosen are what runs.
    if (stays && option !== UNMANAGED) today[row] = option
    next[row] = stays ? today[row]! : option
    if (!stays) rows.push(row)
  }
  const { ids } = fleet
  if (rows.some((row, i) => i > 0 && ids[row]! < ids[rows[i - 1]!]!)) rows.sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1))
  const changed = Int32Array.from(rows)
  const entryOf = new Int32Array(fleet.size).fill(-1)
  changed.forEach((row, entry) => (entryOf[row] = entry))
  return { trial, fleet, today, next, changed, entryOf }
}

/** What devices run today as choices, behind those of the assignment: option o is entry `assignment.choices.length + o`. */
export function planChoices(mixture: Mixture, assignment: Assignment): readonly Choice[] {
  const { options, model } = mixture.trial.world
  const before = options.map(({ id, variant, settings }, option): Choice => {
    if (variant < 0) return { id, outcome: option === UNMANAGED ? 'unmanaged' : 'none', settings: {} }
    const name = model.variants[variant]!.id
    return { id: choiceId(name, settings), outcome: 'variant', variant: name, settings }
  })
  return [...assignment.choices, ...before]
}

function choiceId(variant: string, settings: Choice['settings']): string {
  const names = Object.keys(settings).sort()
  return names.length === 0 ? variant : `${variant}{${names.map((name) => `${name}=${settings[name]!}`).join(',')}}`
}

/** A use that must hold in every mixed state, with what may be violated of it by group: what already is today. */
export interface DuringUse extends HeldUse {
  readonly bound: Float64Array
}

/** Hard uses marked `during`, amounts and things that must not stand together unless marked otherwise, and everything that must not worsen. */
export function duringUses({ trial, today }: Mixture): readonly DuringUse[] {
  return trial.held
    .filter(({ use, demand }) => {
      if (use.policy.is === 'soft') return false
      return use.during ?? (use.policy.is === 'do-not-worsen' || demand.is === 'amounts' || demand.is === 'together')
    })
    .map((held) => ({ ...held, bound: violations(held.demand, today, trial.world.options.length) }))
}
