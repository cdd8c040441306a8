/** How large an expression is when it is written out; parts that are shared are measured once. */
import type { AutomationExpression } from '../../../model/automation.ts'

const sizes = new WeakMap<AutomationExpression, number>()

export function sizeOf(of: AutomationExpression): number {
  if (of.is !== 'apply') return 1
  const known = sizes.get(of)
  if (known !== undefined) return known
  const size = of.arguments.reduce((sum, part) => sum + sizeOf(part), 1)
  sizes.set(of, size)
  return size
}
