/** The world of an assignment as the checker sees it, read by itself from the model and the fleet: nothing here comes from a compiler or a solver. */
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { SettingValue } from '../model/outcome.ts'

/** One outcome that a device may have; 0 is `none`, 1 `unmanaged`. `settings` holds only those that something can see. */
export interface Option {
  readonly id: string
  /** Index into the model's variants; -1 for `none` and `unmanaged`. */
  readonly variant: number
  readonly settings: Readonly<Record<string, SettingValue>>
}

/** What runs today, as far as the model says: 0 unknown to the model, 1 nothing, from 2 on a variant with the settings that `current` names. */
export interface Runs {
  readonly count: number
  /** Run by row. */
  readonly of: Int32Array
  /** 1 at [run x options + option] where having the option changes nothing. */
  readonly same: Uint8Array
  /** By run: the option that stands for it (unknown: `unmanaged`). */
  readonly option: Int32Array
}

/** What an earlier answer gave: kinds of rows that were given the same, and 1 at [kind x options + option] where having the option is a move away from it. */
export interface Moves {
  readonly of: Int32Array
  readonly table: Uint8Array
}

export const RUN_UNKNOWN = 0
export const RUN_NOTHING = 1

/** Preference of an option: one number for every device, or one by kind of row. */
export type Preference = number | Float64Array

export interface World {
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly size: number
  readonly options: readonly Option[]
  /** 1 by row where the device says "leave me alone". */
  readonly left: Uint8Array
  /** Kind by row: rows of one kind may have the same options and prefer the same. */
  readonly kindOf: Int32Array
  /** Bit o % 32 of word o / 32 at [word][kind]: requirement, rules and `leave` allow option o. */
  readonly allowed: readonly Int32Array[]
  readonly preference: readonly Preference[]
  /** Largest absolute value among them. */
  readonly largestPreference: number
  readonly runs: Runs
  /** Present where the model knows an earlier answer. */
  readonly moves?: Moves
}

/** True where the row may have the option. */
export function allows(world: World, row: number, option: number): boolean {
  return ((world.allowed[option >>> 5]![world.kindOf[row]!]! >>> (option & 31)) & 1) === 1
}
