/** What checking a model shares: the model, and what was wrong so far. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { checkExpression, type Yields } from '../expression/check.ts'
import type { Scope } from '../expression/scope.ts'
import type { TypedExpression } from '../expression/typed.ts'
import type { ExpressionText, FleetModel } from '../model/fleet-model.ts'

export interface Checking {
  readonly model: FleetModel
  readonly diagnostics: Diagnostic[]
}

/** The typed expression, or nothing after saying what is wrong with it. */
export function checked(checking: Checking, text: ExpressionText, scope: Scope, yields: Yields): TypedExpression | undefined {
  const read = checkExpression(text, scope, yields)
  checking.diagnostics.push(...read.diagnostics)
  return read.ok ? read.value : undefined
}
