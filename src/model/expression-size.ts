/** How much an expression says: parts that stand in several places count in each of them, as whoever walks it part by part would see them. Known once per part. */
import type { AutomationExpression } from './automation.ts'

export interface ExpressionSize {
  readonly parts: number
  /** Some part of it may be any value, anew each time. */
  readonly open: boolean
}

const LEAF: ExpressionSize = { parts: 1, open: false }
const OPEN: ExpressionSize = { parts: 1, open: true }

const known = new WeakMap<AutomationExpression, ExpressionSize>()

export const sizeOfExpression = (expression: AutomationExpression): ExpressionSize => {
  if (expression.is !== 'apply') return expression.is === 'any' ? OPEN : LEAF
  const before = known.get(expression)
  if (before !== undefined) return before
  let parts = 1
  let open = false
  for (const argument of expression.arguments) {
    const size = sizeOfExpression(argument)
    parts += size.parts
    open ||= size.open
  }
  const made = { parts, open }
  known.set(expression, made)
  return made
}

/** Calls `visit` for the expression and every part of it, each once however often it stands there. */
export const visitParts = (expression: AutomationExpression, visit: (part: AutomationExpression) => void): void => {
  const seen = new Set<AutomationExpression>()
  const walk = (part: AutomationExpression): void => {
    if (part.is === 'apply') {
      if (seen.has(part)) return
      seen.add(part)
    }
    visit(part)
    if (part.is === 'apply') part.arguments.forEach(walk)
  }
  walk(expression)
}
