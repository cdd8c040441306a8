/** Expressions of the model, evaluated for the checker: over columns, and over choices. The reader has refused what does not type-check, so failure here is ours. */
import { EngineError } from '../diagnostics/engine-error.ts'
import { checkExpression } from '../expression/check.ts'
import { evaluateKeys, evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import { fleetScope, variantScope, type Scope } from '../expression/scope.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { ExpressionText, FleetModel, Variant } from '../model/fleet-model.ts'
import type { Column, Fleet } from '../model/fleet.ts'
import type { SettingValue } from '../model/outcome.ts'

export const TRUE = 1
export const FALSE = 0

export type Settings = Readonly<Record<string, SettingValue>>

/** Keys by row: index into `values`, -1 where the key is missing. */
export interface Keys {
  readonly codes: Int32Array
  readonly values: readonly string[]
}

/** Truth by row of an expression over devices: 0 false, 1 true, anything else unknown. */
export function truthByRow(model: FleetModel, fleet: Fleet, text: ExpressionText): Uint8Array {
  return evaluateTruth(typed(text, fleetScope(model), 'bool'), fleet)
}

/** Keys by row of an expression over devices. */
export function keysByRow(model: FleetModel, fleet: Fleet, text: ExpressionText): Keys {
  const { codes, names } = evaluateKeys(typed(text, fleetScope(model), 'key'), fleet)
  return { codes, values: names }
}

/** An expression of a variant that may read its settings, prepared to be evaluated for many settings. */
export interface VariantExpression {
  readonly typed: TypedExpression
  /** Names of the settings that it reads. */
  readonly settings: readonly string[]
  /** True where it reads nothing of the device. */
  readonly sameForAll: boolean
}

export function variantExpression(
  model: FleetModel,
  variant: Pick<Variant, 'settings'>,
  text: ExpressionText,
  yields: 'bool' | 'number',
): VariantExpression {
  const expression = typed(text, variantScope(model, variant), yields)
  const paths = pathsOf(expression)
  const settings = paths.filter((path) => path.startsWith('settings.')).map((path) => path.slice('settings.'.length))
  return { typed: expression, settings, sameForAll: settings.length === paths.length }
}

/** Truth by row with these settings; one entry only where the expression is the same for all devices. */
export function truthWith(expression: VariantExpression, fleet: Fleet, settings: Settings): Uint8Array {
  return evaluateTruth(expression.typed, expression.sameForAll ? firstRow(fleet) : fleet, fixedBy(settings))
}

/** Numbers by row with these settings, NaN where unknown; one entry only where the expression is the same for all devices. */
export function numbersWith(expression: VariantExpression, fleet: Fleet, settings: Settings): Float64Array {
  return evaluateNumbers(expression.typed, expression.sameForAll ? firstRow(fleet) : fleet, fixedBy(settings))
}

function fixedBy(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`settings.${name}`, value]))
}

/** The checked expression; throws where it does not type-check. */
export function typed(text: ExpressionText, scope: Scope, yields: 'bool' | 'number' | 'key'): TypedExpression {
  const read = checkExpression(text, scope, yields)
  if (read.ok) return read.value
  throw new EngineError(
    'verify/expression',
    `${text.at.source}: ${JSON.stringify(text.text)}: ${read.diagnostics.map(({ message }) => message).join('; ')}`,
  )
}

/** The fleet's first device alone; a fleet without devices stays as it is. */
export function firstRow(fleet: Fleet): Fleet {
  if (fleet.size < 2) return fleet
  const columns: Record<string, Column> = {}
  for (const [name, column] of Object.entries(fleet.columns))
    columns[name] =
      column.is === 'numbers' ? { ...column, numbers: column.numbers.subarray(0, 1) } : { ...column, codes: column.codes.subarray(0, 1) }
  return { size: 1, ids: fleet.ids.slice(0, 1), columns }
}
