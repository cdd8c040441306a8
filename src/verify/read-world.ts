/** Reads the world of an assignment from the model and the fleet: options, who may have them, what they are worth, what runs today. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { NONE, UNMANAGED } from '../model/outcome.ts'
import type { TypedExpression } from '../expression/typed.ts'
import { classesOf } from './bound/classes.ts'
import { keysByRow, numbersWith, TRUE, truthByRow, variantExpression } from './expressions.ts'
import { readMoves } from './moves.ts'
import { listOptions } from './options.ts'
import { eligibility } from './placement/requirement.ts'
import { mergedKinds, rowKinds } from './row-kinds.ts'
import { RUN_NOTHING, RUN_UNKNOWN, type Option, type Preference, type Runs, type World } from './world.ts'

export function readWorld(model: FleetModel, fleet: Fleet): World {
  const options = listOptions(model)
  const runs = readRuns(model, fleet, options)
  const moves = readMoves(model, fleet, options)
  // Everything about options is decided for one row of each kind; kinds that it does not tell apart are then put together.
  const read = rowKinds(fleet, expressionsOf(model))
  const leftKind = new Uint8Array(read.fleet.size)
  if (model.leave !== undefined) {
    const leave = truthByRow(model, read.fleet, model.leave)
    for (let kind = 0; kind < leftKind.length; kind++) leftKind[kind] = leave[kind] === TRUE ? 1 : 0
  }
  const ofRead = preferences(model, read.fleet, options)
  const allowedRead = eligibility(model, read.fleet, options, leftKind)
  const varying = [...new Set(ofRead)].filter((one) => typeof one !== 'number')
  const { representative, classOf } = classesOf(read.fleet.size, [...allowedRead, ...varying])
  const byKind = new Map(varying.map((one) => [one, valuesAt(one, representative)]))
  const preference = ofRead.map((one) => (typeof one === 'number' ? one : byKind.get(one)!))
  const left = new Uint8Array(fleet.size)
  for (let row = 0; row < fleet.size; row++) left[row] = leftKind[read.of[row]!]!
  let largestPreference = 0
  for (const one of new Set(preference)) largestPreference = Math.max(largestPreference, largestOf(one))
  return {
    model,
    fleet,
    size: fleet.size,
    options,
    left,
    kindOf: mergedKinds(read, classOf),
    allowed: allowedRead.map((word) => representative.map((kind) => word[kind]!)),
    preference,
    largestPreference,
    runs,
    ...(moves && { moves }),
  }
}

/** The values at these places, in their order; the same table where that is all of them. */
function valuesAt(values: Float64Array, places: Int32Array): Float64Array {
  let same = places.length === values.length
  for (let at = 0; same && at < places.length; at++) same = places[at] === at
  if (same) return values
  const found = new Float64Array(places.length)
  for (let at = 0; at < found.length; at++) found[at] = values[places[at]!]!
  return found
}

/** What decides which options a row may have and what they are worth. */
function expressionsOf(model: FleetModel): readonly TypedExpression[] {
  const ofDevices = { settings: [] }
  return [
    ...(model.leave === undefined ? [] : [variantExpression(model, ofDevices, model.leave, 'bool')]),
    ...model.variants.flatMap((variant) => [
      ...(variant.requires === undefined ? [] : [variantExpression(model, variant, variant.requires, 'bool')]),
      ...variant.rules.flatMap((rule) => [rule.if, rule.then].map((text) => variantExpression(model, variant, text, 'bool'))),
      ...(variant.prefers === undefined || !asksPreference(model) ? [] : [variantExpression(model, variant, variant.prefers, 'number')]),
    ]),
  ].map(({ typed }) => typed)
}

function asksPreference(model: FleetModel): boolean {
  return model.objectives.some(({ is }) => is === 'preference' || is === 'score')
}

/** What runs today as a state: an option by row; `unmanaged` for devices left alone and for what the model does not know. */
export function todayOf({ size, left, runs }: World): Int32Array {
  const today = new Int32Array(size)
  for (let row = 0; row < size; row++) today[row] = left[row] === 1 ? UNMANAGED : runs.option[runs.of[row]!]!
  return today
}

/** Preference by option; an unknown value counts 0. Throws where a value is no safe integer. */
function preferences(model: FleetModel, fleet: Fleet, options: readonly Option[]): readonly Preference[] {
  const needed = asksPreference(model)
  const shared = new Map<string, Preference>()
  return options.map(({ variant, settings }) => {
    const prefers = variant < 0 ? undefined : model.variants[variant]!.prefers
    if (!needed || prefers === undefined) return 0
    const expression = variantExpression(model, model.variants[variant]!, prefers, 'number')
    const key = JSON.stringify([
      prefers.text,
      expression.settings.map((name) => settings[name]),
      expression.settings.length === 0 ? 0 : variant,
    ])
    const known = shared.get(key)
    if (known !== undefined) return known
    const numbers = numbersWith(expression, fleet, settings)
    onlyIntegers(numbers)
    const preference = expression.sameForAll ? (numbers[0] ?? 0) : numbers
    shared.set(key, preference)
    return preference
  })
}

/** Puts 0 for what is unknown; throws where a value is no integer within 2^53. */
function onlyIntegers(numbers: Float64Array): void {
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row]!
    if (Math.trunc(value) === value && Math.abs(value) <= Number.MAX_SAFE_INTEGER) continue
    if (!Number.isNaN(value)) throw new EngineError('verify/number', `preference ${value} is not an integer within 2^53`)
    numbers[row] = 0
  }
}

function largestOf(preference: Preference): number {
  if (typeof preference === 'number') return Math.abs(preference)
  let least = 0
  let most = 0
  for (let row = 0; row < preference.length; row++) {
    const value = preference[row]!
    if (value > most) most = value
    else if (value < least) least = value
  }
  return Math.max(most, -least)
}

/** What runs today. Without `current` nothing runs. A text that is no variant's id, or a missing or impossible value of a setting that `current` names, makes it unknown. */
function readRuns(model: FleetModel, fleet: Fleet, options: readonly Option[]): Runs {
  const of = new Int32Array(fleet.size).fill(RUN_NOTHING)
  /** By run, the options that would be no change; the first stands for the run. */
  const known: (readonly number[])[] = [[UNMANAGED], [NONE]]
  const current = model.current
  if (current !== undefined) {
    const variants = keysByRow(model, fleet, current.variant)
    const variantOf = variants.values.map((id) => model.variants.findIndex((variant) => variant.id === id))
    const settings = Object.entries(current.settings).map(([name, text]) => ({ name, keys: keysByRow(model, fleet, text) }))
    const ownSettings = model.variants.map((variant) =>
      settings.filter(({ name }) => variant.settings.some((setting) => setting.name === name)),
    )
    const numbers = new Map<string, number>()
    // Where no setting is looked at, the code of the variant says all.
    const plain = new Int32Array(variants.values.length).fill(-1)
    const { codes } = variants
    for (let row = 0; row < of.length; row++) {
      const code = codes[row]!
      if (code < 0) continue
      const run = plain[code]!
      if (run >= 0) {
        of[row] = run
        continue
      }
      const variant = variantOf[code]!
      const own = variant < 0 ? [] : ownSettings[variant]!
      const signature = own.length === 0 ? String(variant) : `${variant} ${own.map(({ keys }) => keys.codes[row]).join(' ')}`
      let number = numbers.get(signature)
      if (number === undefined) {
        const values = own.map(({ name, keys }) => [name, keys.codes[row]! < 0 ? undefined : keys.values[keys.codes[row]!]!] as const)
        const fitting = variant < 0 ? [] : optionsWith(options, variant, values)
        number = fitting.length === 0 ? RUN_UNKNOWN : known.push(fitting) - 1
        numbers.set(signature, number)
      }
      of[row] = number
      if (own.length === 0) plain[code] = number
    }
  }
  const same = new Uint8Array(known.length * options.length)
  for (const [run, fitting] of known.entries())
    if (run !== RUN_UNKNOWN) for (const option of fitting) same[run * options.length + option] = 1
  // Of what the model does not know, only a variant is a change: stopping it is not ours to count.
  same[RUN_UNKNOWN * options.length + NONE] = 1
  return { count: known.length, of, same, option: Int32Array.from(known, (fitting) => fitting[0]!) }
}

function optionsWith(
  options: readonly Option[],
  variant: number,
  settings: readonly (readonly [string, string | undefined])[],
): readonly number[] {
  const fitting: number[] = []
  for (const [at, option] of options.entries())
    if (option.variant === variant && settings.every(([name, value]) => String(option.settings[name]) === value)) fitting.push(at)
  return fitting
}
