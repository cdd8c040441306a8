/** A checked expression as text again, in the scale its author wrote in; read back, it means the same. */
import { numberName } from './number-name.ts'
import type { ExpressionConstant, TypedExpression } from './typed.ts'
import type { ExpressionType } from '../model/expression-type.ts'

/** How tightly an operator binds: `? :` 0, `||` 1, `&&` 2, comparisons 3, sums 4, products 5, signs 6, names and calls 7. */
type Binding = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

export function printExpression(node: TypedExpression): string {
  return shown(node, 0)
}

function shown(node: TypedExpression, least: Binding): string {
  const [text, binding] = parts(node)
  return binding < least ? `(${text})` : text
}

function parts(node: TypedExpression): readonly [string, Binding] {
  switch (node.is) {
    case 'literal':
      return [constant(node.value, node.type), typeof node.value === 'number' && node.value < 0 ? 6 : 7]
    case 'missing':
      return ['(missing)', 7]
    case 'path':
      return [node.path, 7]
    case 'has':
      return node.of.is === 'path' ? [`has(${node.of.path})`, 7] : [`${shown(node.of, 7)}.hasValue()`, 7]
    case 'or-value':
      return [`${shown(node.of, 7)}.orValue(${shown(node.otherwise, 0)})`, 7]
    case 'not':
      return [`!${shown(node.of, 6)}`, 6]
    case 'and':
      return [node.all.map((n) => shown(n, 3)).join(' && '), 2]
    case 'or':
      return [node.any.map((n) => shown(n, 2)).join(' || '), 1]
    case 'if':
      return [`${shown(node.condition, 1)} ? ${shown(node.then, 1)} : ${shown(node.otherwise, 0)}`, 0]
    case 'compare':
      return [`${shown(node.left, 4)} ${node.operator} ${shown(node.right, 4)}`, 3]
    case 'one-of':
      return [`${shown(node.of, 4)} in [${node.values.map((value) => constant(value, node.of.type)).join(', ')}]`, 3]
    case 'arithmetic': {
      const binding = node.operator === '+' || node.operator === '-' ? 4 : 5
      return [`${shown(node.left, binding)} ${node.operator} ${shown(node.right, binding === 4 ? 5 : 6)}`, binding]
    }
    case 'negative':
      return [`-${shown(node.of, 7)}`, 6]
    case 'scale':
      return parts(node.of)
    case 'text-test':
      return [`${shown(node.of, 7)}.${node.test}(${shown(node.with, 0)})`, 7]
    case 'matches':
      return [`${shown(node.of, 7)}.matches(${quoted(node.pattern)})`, 7]
    case 'version-test':
      return [`${shown(node.of, 7)}.${node.test}(${quoted(node.with)})`, 7]
    case 'version-part':
      return [`${shown(node.of, 7)}.${node.part}()`, 7]
    case 'member':
      return [`${shown(node.member, 4)} in ${shown(node.of, 4)}`, 3]
    case 'set-test':
      return [`${shown(node.of, 7)}.${node.test}(${shown(node.with, 0)})`, 7]
    case 'size':
      return [`size(${shown(node.of, 0)})`, 7]
  }
}

/** A value as its author would write it: `512`, `1.5`, `"arm64"`, `timestamp("2026-01-31T00:00:00.000Z")`. */
export function constant(value: ExpressionConstant, type: ExpressionType): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'number') return `[${value.map(quoted).join(', ')}]`
  if (type.is === 'time') return `timestamp(${quoted(new Date(value).toISOString())})`
  if (type.is === 'duration') return `duration("${value}ms")`
  return type.is === 'decimal' && type.places > 0 ? numberName(value, type).replace(/\.?0+$/, '') : String(value)
}

/** JSON's escapes are CEL's, but for `/`. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
