/** An expression with some of its names known: what no longer depends on anything else is computed, what can no longer matter is dropped. */
import type { ExpressionValue } from '../model/expression-type.ts'
import { evaluate } from './evaluate.ts'
import { operands, type TypedExpression } from './typed.ts'

/** A known value, `{value: undefined}` for one known to be missing; `undefined` keeps the name. */
export type Known = (path: string) => { readonly value: ExpressionValue } | undefined

const nothing = (): undefined => undefined

/** Returns an expression with the same value wherever the known names have these values. */
export function specialise(node: TypedExpression, known: Known): TypedExpression {
  const again = (n: TypedExpression): TypedExpression => specialise(n, known)
  switch (node.is) {
    case 'literal':
    case 'missing':
      return node
    case 'path': {
      const found = known(node.path)
      return found === undefined ? node : constant(node, found.value)
    }
    case 'and':
      return junction(node, node.all.map(again), false)
    case 'or':
      return junction(node, node.any.map(again), true)
    case 'if': {
      const condition = again(node.condition)
      if (condition.is === 'missing') return constant(node, undefined)
      if (condition.is === 'literal') return again(condition.value === true ? node.then : node.otherwise)
      return { ...node, condition, then: again(node.then), otherwise: again(node.otherwise) }
    }
    case 'or-value': {
      const of = again(node.of)
      if (of.is === 'literal') return { ...of, type: node.type }
      if (of.is === 'missing') return again(node.otherwise)
      return { ...node, of, otherwise: again(node.otherwise) }
    }
    case 'has':
      return folded({ ...node, of: again(node.of) })
    case 'compare':
    case 'arithmetic':
      return folded({ ...node, left: again(node.left), right: again(node.right) })
    case 'text-test':
    case 'set-test':
      return folded({ ...node, of: again(node.of), with: again(node.with) })
    case 'member':
      return folded({ ...node, member: again(node.member), of: again(node.of) })
    case 'not':
    case 'negative':
    case 'scale':
    case 'one-of':
    case 'matches':
    case 'version-test':
    case 'version-part':
    case 'size':
      return folded({ ...node, of: again(node.of) })
  }
}

/** Names of `fixed` are known; their own value `undefined` is missing. */
export function withFixed(node: TypedExpression, fixed: Readonly<Record<string, ExpressionValue>>): TypedExpression {
  return specialise(node, (path) => (Object.hasOwn(fixed, path) ? { value: fixed[path] } : undefined))
}

function constant({ type, at }: TypedExpression, value: ExpressionValue): TypedExpression {
  return value === undefined ? { is: 'missing', type, at } : { is: 'literal', type, at, value }
}

/** A node whose operands are all constants is one; an operand that is missing makes it so, but for `has`. */
function folded(node: TypedExpression): TypedExpression {
  const of = operands(node)
  const missing = of.some((n) => n.is === 'missing')
  if (missing && node.is !== 'has') return constant(node, undefined)
  return of.every((n) => n.is === 'literal' || n.is === 'missing') ? constant(node, evaluate(node, nothing)) : node
}

function junction(node: TypedExpression, of: readonly TypedExpression[], deciding: boolean): TypedExpression {
  if (of.some((n) => n.is === 'literal' && n.value === deciding)) return constant(node, deciding)
  const left = of.filter((n) => n.is !== 'literal')
  const open = left.filter((n) => n.is !== 'missing')
  if (open.length === 0) return constant(node, left.length === 0 ? !deciding : undefined)
  if (left.length === 1) return left[0]!
  // One missing operand says as much as many.
  const kept = [...open, ...left.filter((n) => n.is === 'missing').slice(0, 1)]
  return deciding ? { is: 'or', type: node.type, at: node.at, any: kept } : { is: 'and', type: node.type, at: node.at, all: kept }
}
