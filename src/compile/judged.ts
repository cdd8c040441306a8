/** What choices are on devices, as uses judge it: evaluated by row, once per different values of what the expression reads of a choice. */
import { evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import { evaluate } from '../expression/evaluate.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { ExpressionValue } from '../model/expression-type.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { Choice } from '../model/outcome.ts'

/** One value for all devices, or by row. Truth is 1 or 0; what is unknown is NaN. */
export type ByRow = number | Float64Array

/** By choice; choices of which the expression reads the same share an array. */
export type Judgement = readonly ByRow[]

/** `variant.*` and `settings.*` of a choice. */
export function choiceLookup(model: FleetModel, choice: Choice): (path: string) => ExpressionValue {
  const variant = model.variants.find(({ id }) => id === choice.variant)
  return (path) => {
    if (path === 'variant.id') return choice.variant
    if (path === 'variant.version') return variant?.version
    return path.startsWith('settings.') ? choice.settings[path.slice('settings.'.length)] : undefined
  }
}

export const isOfDevice = (path: string): boolean => path.startsWith('device.')

export function judge(
  model: FleetModel,
  choices: readonly Choice[],
  typed: TypedExpression,
  yields: 'bool' | 'number',
  fleet: Fleet,
): Judgement {
  const named = pathsOf(typed).filter((path) => !isOfDevice(path))
  const constant = named.length === pathsOf(typed).length
  const known = new Map<string, ByRow>()
  return choices.map((choice) => {
    const lookup = choiceLookup(model, choice)
    const fixed = Object.fromEntries(named.map((path) => [path, lookup(path)]))
    const key = JSON.stringify(named.map((path) => lookup(path) ?? null))
    const found = known.get(key) ?? (constant ? plain(evaluate(typed, lookup), yields) : byRow(typed, yields, fleet, fixed))
    known.set(key, found)
    return found
  })
}

function plain(value: ExpressionValue, yields: 'bool' | 'number'): number {
  if (value === undefined) return NaN
  return yields === 'bool' ? Number(value === true) : (value as number)
}

function byRow(typed: TypedExpression, yields: 'bool' | 'number', fleet: Fleet, fixed: Readonly<Record<string, ExpressionValue>>): ByRow {
  const values =
    yields === 'number'
      ? evaluateNumbers(typed, fleet, fixed)
      : Float64Array.from(evaluateTruth(typed, fleet, fixed), (truth) => (truth === 2 ? NaN : truth))
  const [first] = values
  return values.every((value) => Object.is(value, first)) ? (first ?? 0) : values
}
