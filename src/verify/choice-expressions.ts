/** Expressions over choices: `variant.*` and `settings.*`, and where a kind allows it `device.*` and the other end of a link, `there.*`. */
import { evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import { evaluate } from '../expression/evaluate.ts'
import { choiceScope, fleetScope, scopeOf } from '../expression/scope.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { ExpressionType, ExpressionValue } from '../model/expression-type.ts'
import type { ExpressionText, FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { NONE } from '../model/outcome.ts'
import { firstRow, typed } from './expressions.ts'
import type { Option } from './world.ts'

export interface ChoiceExpression {
  readonly typed: TypedExpression
  readonly paths: readonly string[]
  /** True where it reads nothing of a device. */
  readonly sameForAll: boolean
}

/** `sees`: what it may read besides the choice itself; `more`: names beyond those. */
export function choiceExpression(
  model: FleetModel,
  text: ExpressionText,
  yields: 'bool' | 'number',
  sees: readonly ('device' | 'there')[],
  more: Readonly<Record<string, ExpressionType>> = {},
): ChoiceExpression {
  const extra: Record<string, ExpressionType> = { ...more }
  if (sees.includes('device')) Object.assign(extra, fleetScope(model).names)
  if (sees.includes('there')) Object.assign(extra, thereNames(model))
  const expression = typed(text, choiceScope(model, extra), yields)
  const paths = pathsOf(expression)
  return { typed: expression, paths, sameForAll: !paths.some((path) => /^(there\.)?device\./.test(path)) }
}

/** What is said of the device at the other end: its choice without `variant.` in front, its attributes under `there.device`. */
function thereNames(model: FleetModel): Record<string, ExpressionType> {
  const names: Record<string, ExpressionType> = { 'there.outcome': { is: 'enum', values: ['none', 'unmanaged', 'variant'] } }
  for (const [name, type] of Object.entries(choiceScope(model).names)) names[`there.${name.replace(/^variant\./, '')}`] = type
  for (const [name, type] of Object.entries(fleetScope(model).names)) names[`there.${name}`] = type
  return names
}

/** Attributes of the device that a group is named after, as `group.*`, beside those of its members. */
export function limitExpression(model: FleetModel, text: ExpressionText): ChoiceExpression {
  const device = fleetScope(model).names
  const group = Object.fromEntries(Object.entries(device).map(([name, type]) => [name.replace(/^device\./, 'group.'), type]))
  const expression = typed(text, scopeOf({ ...device, ...group }, ['device', 'group']), 'number')
  const paths = pathsOf(expression)
  return { typed: expression, paths, sameForAll: paths.length === 0 }
}

/** The value of a path that speaks of the option; missing for what an option without variant lacks. */
export function choiceValue(model: FleetModel, option: Option, at: number, path: string): ExpressionValue {
  const variant = model.variants[option.variant]
  switch (path) {
    case 'outcome':
      return variant !== undefined ? 'variant' : at === NONE ? 'none' : 'unmanaged'
    case 'variant.id':
    case 'id':
      return variant?.id
    case 'variant.version':
    case 'version':
      return variant?.version
    default: {
      const name = path.slice('settings.'.length)
      return Object.hasOwn(option.settings, name) ? option.settings[name] : undefined
    }
  }
}

/** Whether an expression that reads nothing of a device is true of the option. */
export function truthOfChoice(model: FleetModel, expression: ChoiceExpression, option: Option): boolean {
  return evaluate(expression.typed, (path) => choiceValue(model, option, -1, path)) === true
}

/** Truth by row of the expression for the option, as `truthByRow`; one entry where it is the same for all devices. */
export function truthForOption(model: FleetModel, fleet: Fleet, expression: ChoiceExpression, option: Option): Uint8Array {
  return evaluateTruth(expression.typed, expression.sameForAll ? firstRow(fleet) : fleet, fixedBy(model, expression, option))
}

/** Numbers by row for the option, NaN where unknown; one entry where it is the same for all devices. */
export function numbersForOption(model: FleetModel, fleet: Fleet, expression: ChoiceExpression, option: Option): Float64Array {
  return evaluateNumbers(expression.typed, expression.sameForAll ? firstRow(fleet) : fleet, fixedBy(model, expression, option))
}

/** What the expression sees of the option: options that give the same text are the same to it. */
export function seenOf(model: FleetModel, expression: ChoiceExpression, option: Option): string {
  return JSON.stringify(Object.entries(fixedBy(model, expression, option)))
}

function fixedBy(model: FleetModel, { paths }: ChoiceExpression, option: Option): Readonly<Record<string, ExpressionValue>> {
  const own = paths.filter((path) => path.startsWith('variant.') || path.startsWith('settings.'))
  return Object.fromEntries(own.map((path) => [path, choiceValue(model, option, -1, path)]))
}
