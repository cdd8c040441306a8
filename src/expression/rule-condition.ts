/** The condition of a rule in whichever language it was written, and its meaning for one device. */
import type { DeviceQuery } from '../model/device-query.ts'
import type { ExpressionType, ExpressionValue } from '../model/expression-type.ts'
import { evaluate } from './evaluate.ts'
import { evaluateQuery, type QueryProperty } from './evaluate-query.ts'
import type { TypedExpression } from './typed.ts'

export type RuleCondition =
  { readonly language: 'cel'; readonly expression: TypedExpression } | { readonly language: 'query'; readonly query: DeviceQuery }

/** What a name of a device stands for: `undefined` where it is missing. */
export type DeviceValue = ExpressionValue | QueryProperty
export type DeviceLookup = (name: string) => DeviceValue

/** Names with a declared type; `always`: no device lacks it. */
export interface RuleName {
  readonly type: ExpressionType
  readonly always: boolean
}

/** Returns whether the device is selected; `undefined` (unknown) selects as little as `false`. */
export function conditionHolds(condition: RuleCondition, lookup: DeviceLookup): boolean | undefined {
  if (condition.language === 'cel')
    return evaluate(condition.expression, lookup as (name: string) => ExpressionValue) as boolean | undefined
  return evaluateQuery(condition.query, lookup as (name: string) => QueryProperty)
}
