/** Expressions of a model, checked once: an oracle asks the same ones thousands of times. */
import { checkExpression } from '../../src/expression/check.ts'
import type { Scope } from '../../src/expression/scope.ts'
import type { TypedExpression } from '../../src/expression/typed.ts'
import type { ExpressionText } from '../../src/model/fleet-model.ts'

const scopes = new WeakMap<object, Map<string, Scope>>()
const expressions = new WeakMap<Scope, Map<string, TypedExpression>>()

/** The scope of this name for this part of a model, made the first time. */
export function scopeOnce(part: object, name: string, make: () => Scope): Scope {
  const known = scopes.get(part) ?? new Map<string, Scope>()
  scopes.set(part, known)
  const scope = known.get(name) ?? make()
  known.set(name, scope)
  return scope
}

export function typedOnce(text: ExpressionText, scope: Scope): TypedExpression {
  const known = expressions.get(scope) ?? new Map<string, TypedExpression>()
  expressions.set(scope, known)
  const before = known.get(text.text)
  if (before !== undefined) return before
  const read = checkExpression(text, scope)
  if (!read.ok) throw new Error(`${text.text}: ${read.diagnostics[0]!.message}`)
  known.set(text.text, read.value)
  return read.value
}
