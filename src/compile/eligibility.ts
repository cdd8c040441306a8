/**
 * Which choices each device may end with, what each is worth, and what it runs today: everything by row, on typed columns.
 *
 * Settings are finite, so "for some settings all rules hold" is decided natively, one mode after the other; no solver is needed.
 */
import { evaluateKeys, evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { ExpressionValue } from '../model/expression-type.ts'
import type { Fleet } from '../model/fleet.ts'
import { NONE, UNMANAGED, type SettingValue } from '../model/outcome.ts'
import type { CheckedModel } from './checked-model.ts'
import type { Choices } from './choices.ts'

/** Bit `choice % 32` of words[choice / 32][row]: the device may end with the choice. */
export type Options = readonly Int32Array[]

export const mayEnd = (options: Options, row: number, choice: number): boolean =>
  ((options[choice >>> 5]![row]! >>> (choice & 31)) & 1) === 1

/** Values of settings as expressions read them, only of those that the expression names. */
export function fixedFor(
  typed: TypedExpression,
  settings: Readonly<Record<string, SettingValue>>,
): Readonly<Record<string, ExpressionValue>> {
  const named = pathsOf(typed).filter((path) => path.startsWith('settings.'))
  return Object.fromEntries(named.map((path) => [path, settings[path.slice('settings.'.length)]]))
}

/** 1 by row for devices that want to be left alone; a missing fact counts as no. */
export function devicesLeft(model: CheckedModel, fleet: Fleet): Uint8Array {
  const left = new Uint8Array(fleet.size)
  if (model.leave === undefined) return left
  const truth = evaluateTruth(model.leave, fleet)
  for (let row = 0; row < left.length; row++) left[row] = truth[row] === 1 ? 1 : 0
  return left
}

/** A device left alone is `unmanaged`; any other ends with nothing or with a mode whose requirement and rules are true, unknown being not true. */
export function eligibleOptions(model: CheckedModel, fleet: Fleet, choices: Choices, left: Uint8Array): Options {
  const words = Array.from({ length: Math.ceil(choices.list.length / 32) }, () => new Int32Array(fleet.size))
  const first = words[0]!
  for (let row = 0; row < fleet.size; row++) first[row] = left[row] === 1 ? 1 << UNMANAGED : 1 << NONE
  model.variants.forEach(({ requires, rules }, v) => {
    const qualifies = requires === undefined ? undefined : evaluateTruth(requires, fleet)
    const known = new Map<string, Uint8Array>()
    const truthOf = (typed: TypedExpression, name: string, settings: Readonly<Record<string, SettingValue>>): Uint8Array => {
      const fixed = fixedFor(typed, settings)
      const key = `${name} ${JSON.stringify(fixed)}`
      const found = known.get(key) ?? evaluateTruth(typed, fleet, fixed)
      known.set(key, found)
      return found
    }
    for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) {
      const { settings } = choices.list[choice]!
      const conditions = rules.map((rule, r) => truthOf(rule.if, `if ${r}`, settings))
      const thens = rules.map((rule, r) => truthOf(rule.then, `then ${r}`, settings))
      const word = words[choice >>> 5]!
      const bit = 1 << (choice & 31)
      for (let row = 0; row < word.length; row++) {
        if (left[row] === 1 || (qualifies !== undefined && qualifies[row] !== 1)) continue
        if (rules.length === 0 || rulesHold(conditions, thens, row)) word[row]! |= bit
      }
    }
  })
  return words
}

/** A rule whose `if` is false asks for nothing; one whose `if` is unknown excludes the mode. */
function rulesHold(conditions: readonly Uint8Array[], thens: readonly Uint8Array[], row: number): boolean {
  for (let r = 0; r < conditions.length; r++) {
    const condition = conditions[r]![row]
    if (condition !== 0 && (condition !== 1 || thens[r]![row] !== 1)) return false
  }
  return true
}

/** What a choice is worth on every device, one number where it does not depend on the device; unknown counts 0. */
export type Preference = number | Float64Array

/** By choice; modes and variants with the same expression share an array. */
export function preferences(model: CheckedModel, fleet: Fleet, choices: Choices): readonly Preference[] {
  const known = new Map<string, Preference>()
  return choices.list.map((choice, index) => {
    const prefers = choices.variant[index] === -1 ? undefined : model.variants[choices.variant[index]!]!.prefers
    if (prefers === undefined) return 0
    const fixed = fixedFor(prefers, choice.settings)
    const settings = Object.keys(fixed)
    // Settings of the same name may differ in type between variants, so only expressions without settings are shared between them.
    const owner = settings.length === 0 ? '' : choice.variant
    const key = JSON.stringify([model.variants[choices.variant[index]!]!.variant.prefers!.text, owner, fixed])
    const found = known.get(key) ?? preferenceOf(prefers, fleet, fixed)
    known.set(key, found)
    return found
  })
}

function preferenceOf(prefers: TypedExpression, fleet: Fleet, fixed: Readonly<Record<string, ExpressionValue>>): Preference {
  const numbers = evaluateNumbers(prefers, fleet, fixed)
  let same = true
  let first = numbers[0] ?? 0
  if (first !== first) first = 0
  for (let row = 0; row < numbers.length; row++) {
    let value = numbers[row]!
    if (value !== value) numbers[row] = value = 0
    if (value !== first) same = false
  }
  return same ? first : numbers
}

/** What runs today, by row: run 0 is unknown to the model, run 1 nothing, each further run a variant with the settings that `current` names. */
export interface Runs {
  readonly of: Int32Array
  /** By run, the choices that would be no change, in declared order; the first stands for the run. None for run 0. */
  readonly same: readonly (readonly number[])[]
}

export const UNKNOWN_RUN = 0
export const NOTHING_RUN = 1

/** Without `current`, nothing runs; so it is where the variant is missing. A setting that `current` does not name is not compared; one that is missing, or that its variant cannot have, makes the run unknown. */
export function currentRuns(model: CheckedModel, fleet: Fleet, choices: Choices): Runs {
  const of = new Int32Array(fleet.size).fill(NOTHING_RUN)
  const same: (readonly number[])[] = [[], [NONE]]
  if (model.current === undefined) return { of, same }
  const variants = evaluateKeys(model.current.variant, fleet)
  const settings = Object.entries(model.current.settings).map(([name, typed]) => ({ name, keys: evaluateKeys(typed, fleet) }))
  const variantOf = variants.names.map((id) => model.variants.findIndex(({ variant }) => variant.id === id))
  const own = model.variants.map(({ variant }) => settings.filter(({ name }) => variant.settings.some((setting) => setting.name === name)))
  const numbers = new Map<string, number>()
  const plain = new Int32Array(variants.names.length).fill(-1)
  const runOf = (v: number, row: number): number => {
    const values = own[v]!.map(({ name, keys }) => [name, keys.codes[row] === -1 ? undefined : keys.names[keys.codes[row]!]] as const)
    const fitting: number[] = []
    for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) {
      if (values.every(([name, value]) => String(choices.list[choice]!.settings[name]) === value)) fitting.push(choice)
    }
    return fitting.length === 0 ? UNKNOWN_RUN : same.push(fitting) - 1
  }
  for (let row = 0; row < fleet.size; row++) {
    const code = variants.codes[row]!
    if (code < 0) continue
    const v = variantOf[code]!
    if (v === -1) of[row] = UNKNOWN_RUN
    else if (own[v]!.length === 0) {
      if (plain[code] === -1) plain[code] = runOf(v, row)
      of[row] = plain[code]!
    } else {
      const key = `${v} ${own[v]!.map(({ keys }) => keys.codes[row]).join(' ')}`
      const found = numbers.get(key) ?? runOf(v, row)
      numbers.set(key, found)
      of[row] = found
    }
  }
  return { of, same }
}
