/** Calls of functions and methods, against the list in `additions.ts`. */
import type { ASTNode } from '@marcbachmann/cel-js'
import semver from 'semver'
import { maybe } from '../diagnostics/suggest.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import { additions, type Addition } from './additions.ts'
import { isVersion, membership, type Side, unify } from './check-compare.ts'
import { pathNode, readsPath } from './check-path.ts'
import { type Checking, literal, place, refuse, textLiteral, written } from './checking.ts'
import { readDuration, readTime } from './literal.ts'
import { readPattern } from './pattern.ts'
import type { TypedExpression } from './typed.ts'
import { isTextual, typeName } from './types.ts'

const BOOL: ExpressionType = { is: 'bool' }
const INT: ExpressionType = { is: 'int' }
const ITERATING = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter', 'bind', 'transformList', 'transformMap'])
const CONVERTING = new Set(['int', 'uint', 'double', 'string', 'bool', 'bytes', 'dyn', 'type'])

export function checkFunction(c: Checking, node: ASTNode, name: string, given: readonly ASTNode[]): TypedExpression | undefined {
  const known = additions.find((a) => a.on === undefined && a.name === name)
  if (known === undefined) {
    if (CONVERTING.has(name))
      return refuse(
        c,
        'unsupported',
        `there is no conversion \`${name}\``,
        node,
        'maybe it is not needed: numbers of every kind mix, and `x / 1` cuts a fraction',
      )
    return unknown(c, node, name, undefined)
  }
  if (!countFits(c, node, known, given)) return undefined
  const [first] = given as readonly [ASTNode]
  const at = place(c, node)
  switch (known.name) {
    case 'has': {
      if (!readsPath(first))
        return refuse(
          c,
          'unsupported',
          `\`has\` needs an attribute, \`${written(first)}\` is none`,
          first,
          `maybe \`(${written(first)}).hasValue()\``,
        )
      const of = pathNode(c, first, { optional: true })
      return of && { is: 'has', type: BOOL, at, of }
    }
    case 'size': {
      const of = c.check(first)
      return of && sizeNode(c, node, { ast: first, typed: of })
    }
    case 'timestamp':
    case 'duration': {
      const text = textLiteral(first)
      const read = known.name === 'timestamp' ? readTime : readDuration
      const example = known.name === 'timestamp' ? '2026-01-31T12:00:00Z' : '1h30m'
      if (text === undefined)
        return refuse(c, 'unsupported', `\`${name}\` needs a text written out, as in \`${name}("${example}")\``, first)
      const value = read(text)
      const type: ExpressionType = { is: known.name === 'timestamp' ? 'time' : 'duration' }
      if (value === undefined)
        return refuse(c, 'time', `\`${text.slice(0, 50)}\` is not a ${type.is}`, first, `maybe as in \`${example}\`?`)
      return literal(type, value, at)
    }
    default:
      return unknown(c, node, name, undefined)
  }
}

export function checkMethod(c: Checking, node: ASTNode, name: string, on: ASTNode, given: readonly ASTNode[]): TypedExpression | undefined {
  if (ITERATING.has(name) || (on.op === 'id' && (on.args === 'optional' || on.args === 'cel'))) {
    return refuse(
      c,
      'unsupported',
      `\`${name}\` is not known here: expressions do not iterate`,
      node,
      'maybe `in`, `contains`, `intersects` or `subsetOf` say what you need',
    )
  }
  const optional = name === 'orValue' || name === 'hasValue'
  const of = readsPath(on) ? pathNode(c, on, { optional }) : c.check(on)
  if (of === undefined) return undefined
  const side = { ast: on, typed: of }
  const named = additions.filter((a) => a.on !== undefined && a.name === name)
  if (named.length === 0) return unknown(c, node, name, of.type)
  const known = named.find((a) => a.on === 'any' || a.on?.includes(of.type.is))
  if (known === undefined) {
    const types = named
      .flatMap((a) => (a.on === 'any' ? [] : (a.on ?? [])))
      .filter((type) => type !== 'enum' && type !== 'device' && type !== 'list')
    return refuse(c, 'type', `\`${name}\` is for ${types.map(plainType).join(' and ')}, \`${written(on)}\` is ${typeName(of.type)}`, on)
  }
  return countFits(c, node, known, given) ? method(c, node, known, side, given) : undefined
}

function method(c: Checking, node: ASTNode, known: Addition, side: Side, given: readonly ASTNode[]): TypedExpression | undefined {
  const of = side.typed
  const at = place(c, node)
  const name = known.name
  if (name === 'hasValue') return { is: 'has', type: BOOL, at, of }
  if (name === 'size') return sizeNode(c, node, side)
  if (name === 'major' || name === 'minor' || name === 'patch') return { is: 'version-part', type: INT, at, part: name, of }
  const ast = given[0]!
  const typed = c.check(ast)
  if (typed === undefined) return undefined
  const argument = { ast, typed }
  switch (name) {
    case 'orValue': {
      const both = unify(c, side, argument)
      return both && { is: 'or-value', type: both[2], at, of: both[0], otherwise: both[1] }
    }
    case 'startsWith':
    case 'endsWith':
    case 'contains':
      if (of.type.is === 'set') return membership(c, node, argument, side)
      if (!isTextual(typed.type)) return refuse(c, 'type', `\`${name}\` needs a text, \`${written(ast)}\` is ${typeName(typed.type)}`, ast)
      return { is: 'text-test', type: BOOL, at, test: name, of, with: typed }
    case 'matches': {
      const pattern = textLiteral(ast)
      if (pattern === undefined) return refuse(c, 'unsupported', '`matches` needs its pattern written out', ast)
      const read = readPattern(pattern)
      if ('wrong' in read) return refuse(c, 'pattern', `the pattern cannot be used: ${read.wrong}`, ast)
      return { is: 'matches', type: BOOL, at, of, pattern }
    }
    case 'atLeast':
    case 'below':
      if (textLiteral(ast) === undefined && typed.type.is === 'semver') {
        return { is: 'compare', type: BOOL, at, operator: name === 'atLeast' ? '>=' : '<', by: 'semver', left: of, right: typed }
      }
      return isVersion(c, argument) ? { is: 'version-test', type: BOOL, at, test: name, of, with: textLiteral(ast)! } : undefined
    case 'satisfies': {
      const range = textLiteral(ast)
      if (range === undefined) return refuse(c, 'unsupported', '`satisfies` needs its range written out', ast)
      if (range.length > 200 || semver.validRange(range) === null)
        return refuse(c, 'version', `\`${range.slice(0, 50)}\` is not a range of versions`, ast, 'maybe as in `^1.2` or `>=2.0.0 <3.0.0`?')
      return { is: 'version-test', type: BOOL, at, test: name, of, with: range }
    }
    case 'intersects':
    case 'subsetOf':
      if (typed.type.is !== 'set')
        return refuse(
          c,
          'type',
          `\`${name}\` needs a set, \`${written(ast)}\` is ${typeName(typed.type)}`,
          ast,
          isTextual(typed.type) ? `maybe \`[${written(ast)}]\`?` : undefined,
        )
      return { is: 'set-test', type: BOOL, at, test: name, of, with: typed }
    default:
      return unknown(c, node, name, of.type)
  }
}

function sizeNode(c: Checking, node: ASTNode, { ast, typed }: Side): TypedExpression | undefined {
  if (!isTextual(typed.type) && typed.type.is !== 'set')
    return refuse(c, 'type', `\`size\` needs a text or a set, \`${written(ast)}\` is ${typeName(typed.type)}`, ast)
  return { is: 'size', type: INT, at: place(c, node), of: typed }
}

function countFits(c: Checking, node: ASTNode, known: Addition, given: readonly ASTNode[]): boolean {
  const wanted = known.arguments.length
  if (given.length === wanted) return true
  refuse(
    c,
    'arguments',
    `\`${known.name}\` takes ${wanted === 0 ? 'nothing' : wanted === 1 ? `one ${known.arguments[0]!}` : `${wanted} values`}, ${given.length} are given`,
    node,
    `maybe as in \`${known.example}\``,
  )
  return false
}

function unknown(c: Checking, node: ASTNode, name: string, on: ExpressionType | undefined): TypedExpression | undefined {
  const fitting = additions.filter((a) => (on === undefined ? a.on === undefined : a.on === 'any' || a.on?.includes(on.is) === true))
  const hint = maybe(
    name,
    fitting.map((a) => a.name),
  ).hint
  return refuse(
    c,
    'unknown-function',
    `there is no ${on === undefined ? 'function' : 'method'} \`${name}\`${on === undefined ? '' : ` of a ${plainType(on.is)}`}`,
    node,
    hint,
  )
}

function plainType(type: ExpressionType['is']): string {
  return type === 'semver' ? 'version' : type === 'bool' ? 'truth value' : type === 'set' ? 'set' : type === 'device' ? 'link' : type
}
