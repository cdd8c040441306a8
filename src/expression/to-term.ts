/**
 * An expression as a term of the solver's language: numbers are Int (decimals scaled, times in milliseconds), texts are Int by the caller's code, truth is Bool.
 *
 * Kleene's third value becomes a second term: `known` says when there is a value, `value` is right where `known` holds. Both agree with `evaluate` for all
 * values of the names, overflow and division by zero included.
 */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ExpressionType, ExpressionValue } from '../model/expression-type.ts'
import { add, all, and, any, bool, div, eq, FALSE, ge, gt, int, ite, le, lt, mul, neg, not, sub, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import { evaluate } from './evaluate.ts'
import { LARGEST } from './literal.ts'
import { operands, pathsOf, type Comparison, type TypedExpression } from './typed.ts'
import { isTextual } from './types.ts'

/** The term of a name, or undefined for one that is missing; both terms for one that may be missing (texts and versions that are tested case by case may not). */
export type Bind = (path: string, type: ExpressionType) => Term | Terms | undefined
/** All texts that a name can have, where they are known; those of an enumeration are. */
export type Texts = (path: string) => readonly string[] | undefined

export interface Terms {
  readonly known: Term
  readonly value: Term
}

/** Throws `EngineError` (`expression/no-term`) for what only values can tell: tests of texts and versions whose possible values are not known, sets. */
export function toTerms(typed: TypedExpression, bind: Bind, codeOf: (text: string) => bigint, texts: Texts = () => undefined): Terms {
  return walk(typed)

  function walk(node: TypedExpression): Terms {
    switch (node.is) {
      case 'literal':
        return certain(constant(node.value))
      case 'missing':
        return { known: FALSE, value: filler(node.type) }
      case 'path': {
        const term = bind(node.path, node.type)
        return term === undefined ? { known: FALSE, value: filler(node.type) } : 'known' in term ? term : certain(term)
      }
      case 'has':
        return certain(walk(node.of).known)
      case 'or-value': {
        const of = walk(node.of)
        const otherwise = walk(node.otherwise)
        return { known: ite(of.known, TRUE, otherwise.known), value: ite(of.known, of.value, otherwise.value) }
      }
      case 'not': {
        const { known, value } = walk(node.of)
        return { known, value: not(value) }
      }
      case 'and':
        return conjunction(node.all.map(walk))
      case 'or': {
        const { known, value } = conjunction(node.any.map(walk).map((t) => ({ known: t.known, value: not(t.value) })))
        return { known, value: not(value) }
      }
      case 'if': {
        const condition = walk(node.condition)
        const then = walk(node.then)
        const otherwise = walk(node.otherwise)
        return {
          known: and(condition.known, ite(condition.value, then.known, otherwise.known)),
          value: ite(condition.value, then.value, otherwise.value),
        }
      }
      case 'compare': {
        if (node.by === 'semver' || node.by === 'set') return byValues(node)
        const left = walk(node.left)
        const right = walk(node.right)
        return { known: and(left.known, right.known), value: comparison(node.operator, left.value, right.value) }
      }
      case 'one-of': {
        if (node.by === 'semver') return byValues(node)
        const { known, value } = walk(node.of)
        return { known, value: any(node.values.map((v) => eq(value, constant(v)))) }
      }
      case 'negative': {
        const { known, value } = walk(node.of)
        return { known, value: neg(value) }
      }
      case 'scale': {
        const { known, value } = walk(node.of)
        return bounded(known, mul(value, int(node.factor)))
      }
      case 'arithmetic':
        return arithmetic(node.operator, walk(node.left), walk(node.right))
      case 'text-test':
      case 'matches':
      case 'version-test':
      case 'version-part':
      case 'member':
      case 'set-test':
      case 'size':
        return byValues(node)
    }
  }

  /** A node over one name with finitely many texts: a case for each. */
  function byValues(node: TypedExpression): Terms {
    const paths = pathsOf(node)
    if (paths.length === 0) {
      const value = evaluate(node, () => undefined)
      return value === undefined ? { known: FALSE, value: filler(node.type) } : certain(constant(value))
    }
    const path = paths[0]!
    const type = typeOfPath(node, path)
    const possible = paths.length > 1 || type === undefined ? undefined : type.is === 'enum' ? type.values : texts(path)
    if (type === undefined || possible === undefined || !(isTextual(type) || type.is === 'semver')) {
      throw new EngineError('expression/no-term', `\`${paths.join('`, `')}\`: what is asked of it has no term`)
    }
    const name = bind(path, type)
    if (name !== undefined && 'known' in name) throw new EngineError('expression/no-term', `\`${path}\` may be missing`)
    const ofMissing = evaluate(node, () => undefined)
    if (name === undefined) return ofMissing === undefined ? { known: FALSE, value: filler(node.type) } : certain(constant(ofMissing))
    let value = filler(node.type)
    const unknown: Term[] = []
    for (const text of [...new Set(possible)].reverse()) {
      const here = eq(name, int(codeOf(text)))
      const result = evaluate(node, () => text)
      if (result === undefined) unknown.push(here)
      else value = ite(here, constant(result), value)
    }
    return { known: not(any(unknown)), value }
  }

  function constant(value: Exclude<ExpressionValue, undefined>): Term {
    if (typeof value === 'boolean') return bool(value)
    if (typeof value === 'number') return int(value)
    if (typeof value === 'string') return int(codeOf(value))
    throw new EngineError('expression/no-term', 'a set has no term')
  }
}

function certain(value: Term): Terms {
  return { known: TRUE, value }
}

function filler(type: ExpressionType): Term {
  return type.is === 'bool' ? FALSE : int(0)
}

/** Known where all are known, or one is known to be false. */
function conjunction(of: readonly Terms[]): Terms {
  const value = all(of.map((t) => and(t.known, t.value)))
  if (of.every((t) => t.known.is === 'bool' && t.known.value)) return { known: TRUE, value }
  return { known: any([all(of.map((t) => t.known)), ...of.map((t) => and(t.known, not(t.value)))]), value }
}

function comparison(operator: Comparison, a: Term, b: Term): Term {
  switch (operator) {
    case '==':
      return eq(a, b)
    case '!=':
      return not(eq(a, b))
    case '<':
      return lt(a, b)
    case '<=':
      return le(a, b)
    case '>':
      return gt(a, b)
    case '>=':
      return ge(a, b)
  }
}

function bounded(known: Term, value: Term): Terms {
  return { known: and(known, le(int(-LARGEST), value), le(value, int(LARGEST))), value }
}

function arithmetic(operator: '+' | '-' | '*' | '/' | '%', left: Terms, right: Terms): Terms {
  const known = and(left.known, right.known)
  const a = left.value
  const b = right.value
  switch (operator) {
    case '+':
      return bounded(known, add(a, b))
    case '-':
      return bounded(known, sub(a, b))
    case '*':
      return bounded(known, mul(a, b))
    case '/':
    case '%': {
      // SMT-LIB's `div` rounds so that the remainder is not negative: for a >= 0 that is toward zero, whatever the sign of b.
      const nonzero = not(eq(b, int(0)))
      const divisor = ite(nonzero, b, int(1))
      const quotient = ite(ge(a, int(0)), div(a, divisor), neg(div(neg(a), divisor)))
      return { known: and(known, nonzero), value: operator === '/' ? quotient : sub(a, mul(divisor, quotient)) }
    }
  }
}

function typeOfPath(node: TypedExpression, path: string): ExpressionType | undefined {
  let type: ExpressionType | undefined
  const open: TypedExpression[] = [node]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.is === 'path' && at.path === path) type = at.type
    else open.push(...operands(at))
  }
  return type
}
