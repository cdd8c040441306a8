/** The meaning of a checked expression for one device: the reference that columns and terms agree with. */
import type { ExpressionValue } from '../model/expression-type.ts'
import { calculate, compare, matches, setTest, sizeOf, textTest, versionPart, versionTest, within } from './operations.ts'
import { operands, type TypedExpression } from './typed.ts'

/** The value of a path; `undefined` where it is missing. Numbers are integers as `ExpressionValue` says. */
export type Lookup = (path: string) => ExpressionValue

/** Returns the value; `undefined` is unknown. */
export function evaluate(node: TypedExpression, lookup: Lookup): ExpressionValue {
  switch (node.is) {
    case 'literal':
      return node.value
    case 'missing':
      return undefined
    case 'path':
      return lookup(node.path)
    case 'has':
      return evaluate(node.of, lookup) !== undefined
    case 'or-value':
      return evaluate(node.of, lookup) ?? evaluate(node.otherwise, lookup)
    case 'not': {
      const value = evaluate(node.of, lookup)
      return value === undefined ? undefined : value !== true
    }
    case 'and':
      return junction(node.all, false, lookup)
    case 'or':
      return junction(node.any, true, lookup)
    case 'if': {
      const condition = evaluate(node.condition, lookup)
      return condition === undefined ? undefined : evaluate(condition === true ? node.then : node.otherwise, lookup)
    }
    case 'member': {
      const member = evaluate(node.member, lookup)
      const set = evaluate(node.of, lookup)
      return member === undefined || set === undefined ? undefined : (set as readonly string[]).includes(member as string)
    }
    case 'compare': {
      const left = evaluate(node.left, lookup)
      const right = evaluate(node.right, lookup)
      return left === undefined || right === undefined ? undefined : compare(node.operator, node.by, left, right)
    }
    case 'arithmetic': {
      const left = evaluate(node.left, lookup)
      const right = evaluate(node.right, lookup)
      return left === undefined || right === undefined ? undefined : calculate(node.operator, left as number, right as number)
    }
    case 'text-test': {
      const text = evaluate(node.of, lookup)
      const other = evaluate(node.with, lookup)
      return text === undefined || other === undefined ? undefined : textTest(node.test, text as string, other as string)
    }
    case 'set-test': {
      const set = evaluate(node.of, lookup)
      const other = evaluate(node.with, lookup)
      return set === undefined || other === undefined ? undefined : setTest(node.test, set as readonly string[], other as readonly string[])
    }
    case 'one-of':
    case 'negative':
    case 'scale':
    case 'matches':
    case 'version-test':
    case 'version-part':
    case 'size': {
      const value = evaluate(node.of, lookup)
      return value === undefined ? undefined : ofOne(node, value)
    }
  }
}

type OfOne = Extract<
  TypedExpression,
  { readonly is: 'one-of' | 'negative' | 'scale' | 'matches' | 'version-test' | 'version-part' | 'size' }
>

function ofOne(node: OfOne, value: Exclude<ExpressionValue, undefined>): ExpressionValue {
  switch (node.is) {
    case 'one-of':
      return node.by === 'semver' ? oneOfVersions(node.values, value) : node.values.includes(value as string)
    case 'negative':
      return 0 - (value as number)
    case 'scale':
      return within((value as number) * node.factor)
    case 'matches':
      return matches(node.pattern, value as string)
    case 'version-test':
      return versionTest(node.test, value as string, node.with)
    case 'version-part':
      return versionPart(node.part, value as string)
    case 'size':
      return sizeOf(value as string | readonly string[])
  }
}

function oneOfVersions(values: readonly (boolean | number | string)[], value: ExpressionValue): boolean | undefined {
  const equal = values.map((v) => compare('==', 'semver', value as string, v))
  return equal.includes(true) ? true : equal.includes(undefined) ? undefined : false
}

/** `deciding` wins (false for `&&`, true for `||`), then unknown. */
function junction(of: readonly TypedExpression[], deciding: boolean, lookup: Lookup): boolean | undefined {
  let known = true
  for (const operand of of) {
    const value = evaluate(operand, lookup)
    if (value === deciding) return deciding
    if (value === undefined) known = false
  }
  return known ? !deciding : undefined
}

/** Names of missing attributes that made the expression unknown, in order of appearance; empty where it is known, or unknown for another reason (a division by zero, a number beyond 2^53). */
export function missingIn(node: TypedExpression, lookup: Lookup): readonly string[] {
  const found = new Set<string>()
  const walk = (n: TypedExpression): void => {
    if (evaluate(n, lookup) !== undefined) return
    if (n.is === 'path') found.add(n.path)
    else if (n.is === 'if') {
      const condition = evaluate(n.condition, lookup)
      walk(condition === undefined ? n.condition : condition === true ? n.then : n.otherwise)
    } else for (const operand of operands(n)) walk(operand)
  }
  walk(node)
  return [...found]
}
