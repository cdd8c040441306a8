/** What every option costs every row of a part of the fleet, as one number: levels counted by factors, excluded options at infinity. */
import { penaltyOf, plainCosts, preferenceFactor, turnsOf } from '../levels.ts'
import type { HeldUse, Trial } from '../judge.ts'
import { allows } from '../world.ts'
import { isHardIn } from './leaf.ts'

export interface RowCosts {
  readonly rows: Int32Array
  /** By row of the fleet: its place among `rows`. */
  readonly placeOf: Int32Array
  readonly options: number
  readonly factor: readonly number[]
  /** At [place x options + option]; Infinity: excluded. */
  readonly values: Float64Array
  /** At least as large as any value that is no infinity, and as any sum on the way to it: what is at most 2^53 was added exactly. */
  readonly largest: number
}

/** `factor`: what a unit of each level counts, at least 0. */
export function rowCosts(trial: Trial, rows: Int32Array, factor: readonly number[]): RowCosts {
  const { world, levels } = trial
  const options = world.options.length
  const placeOf = new Int32Array(world.size).fill(-1)
  rows.forEach((row, place) => (placeOf[row] = place))
  const turns = turnsOf(world)
  const plain = Array.from({ length: 4 }, () => new Float64Array(options))
  // Without signs: what cancels out in the end may have been rounded before.
  const plainSize = plain.map((costs) => costs.slice())
  let worth = 0
  let worthSize = 0
  for (const [level, meaning] of levels.entries()) {
    worth += factor[level]! * preferenceFactor(meaning)
    worthSize += factor[level]! * Math.abs(preferenceFactor(meaning))
    for (const [turn, costs] of plainCosts(world, meaning).entries())
      for (const [option, cost] of costs.entries()) {
        plain[turn]![option]! += factor[level]! * cost
        plainSize[turn]![option]! += factor[level]! * Math.abs(cost)
      }
  }
  const alone = trial.held.flatMap((held) => aloneOf(trial, held, factor))
  const values = new Float64Array(rows.length * options).fill(Infinity)
  let largest = 0
  rows.forEach((row, place) => {
    const kind = world.kindOf[row]!
    for (let option = 0; option < options; option++) {
      if (!allows(world, row, option)) continue
      const preference = world.preference[option]!
      const own = typeof preference === 'number' ? preference : preference[kind]!
      const turn = turns.table[turns.of[row]! * options + option]!
      const paid = alone.reduce((sum, one) => sum + one(row, option), 0)
      values[place * options + option] = plain[turn]![option]! + worth * own + paid
      if (paid !== Infinity) largest = Math.max(largest, plainSize[turn]![option]! + worthSize * Math.abs(own) + paid)
    }
  })
  return { rows, placeOf, options, factor, values, largest }
}

const opens = new WeakMap<Trial, (row: number, option: number) => boolean>()

/** Whether a row may have an option at all: requirements allow it, and no hard use excludes it on that row alone. */
export function openOptions(trial: Trial): (row: number, option: number) => boolean {
  const known = opens.get(trial)
  if (known !== undefined) return known
  const none = trial.levels.map(() => 0)
  const alone = trial.held.flatMap((held) => aloneOf(trial, held, none))
  const open = (row: number, option: number): boolean =>
    allows(trial.world, row, option) && alone.every((paid) => paid(row, option) !== Infinity)
  opens.set(trial, open)
  return open
}

/** What a use says of an option of a single row, whatever the others do: excluded, or paid for by itself. */
function aloneOf(trial: Trial, held: HeldUse, factor: readonly number[]): readonly ((row: number, option: number) => number)[] {
  const { demand, use } = held
  const options = trial.world.options.length
  if (demand.is === 'forbidden') {
    const weight =
      use.policy.is === 'hard' || (use.policy.is === 'soft' && use.policy.per === 'whole')
        ? 0
        : penaltyOf(trial.levels, use.policy)!.reduce((sum, entry, level) => sum + entry * factor[level]!, 0)
    const paid = demand.groups.map((_, group) => (isHardIn(held, group) ? Infinity : weight))
    return [
      (row, option) => {
        const group = demand.groupOf[row]!
        return group < 0 || demand.forbidden[demand.kindOf[row]! * options + option] !== 1 ? 0 : paid[group]!
      },
    ]
  }
  if (demand.is === 'amounts' && demand.largest !== undefined) {
    const { largest } = demand
    const hard = demand.groups.map((_, group) => isHardIn(held, group))
    return [
      (row, option) => {
        const group = demand.groupOf[row]!
        return group >= 0 && hard[group] === true && demand.amount[demand.kindOf[row]! * options + option]! > largest ? Infinity : 0
      },
    ]
  }
  return []
}
