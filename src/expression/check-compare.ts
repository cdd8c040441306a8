/** Comparisons, membership and the joining of two values into one type: both sides are brought to one scale, and texts are held against what they are compared with. */
import type { ASTNode } from '@marcbachmann/cel-js'
import semver from 'semver'
import { maybe } from '../diagnostics/suggest.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import { type Checking, exactLiteral, literal, place, refuse, rescaled, textLiteral, tooLarge, written } from './checking.ts'
import { LARGEST, type Exact } from './literal.ts'
import type { ComparedBy, Comparison, TypedExpression } from './typed.ts'
import { isNumber, isNumeric, isTextual, placesOf, typeName, unitOf } from './types.ts'

const BOOL: ExpressionType = { is: 'bool' }
const FLIPPED: Readonly<Record<Comparison, Comparison>> = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** A typed part with the syntax it came from. */
export interface Side {
  readonly ast: ASTNode
  readonly typed: TypedExpression
}

export function checkComparison(
  c: Checking,
  node: ASTNode,
  operator: Comparison,
  leftAst: ASTNode,
  rightAst: ASTNode,
): TypedExpression | undefined {
  const leftExact = exactLiteral(leftAst)
  const rightExact = exactLiteral(rightAst)
  if (leftExact !== undefined && rightExact === undefined) {
    const right = c.check(rightAst)
    return right && withExact(c, node, FLIPPED[operator], { ast: rightAst, typed: right }, leftAst, leftExact)
  }
  const left = c.check(leftAst)
  if (leftExact === undefined && rightExact !== undefined)
    return left && withExact(c, node, operator, { ast: leftAst, typed: left }, rightAst, rightExact)
  const right = c.check(rightAst)
  if (left === undefined || right === undefined) return undefined
  return compareSides(c, node, operator, { ast: leftAst, typed: left }, { ast: rightAst, typed: right })
}

/** `left in right`: a list of values after `in` is a chain of equalities, a set holds texts. */
export function checkMembership(c: Checking, node: ASTNode, leftAst: ASTNode, rightAst: ASTNode): TypedExpression | undefined {
  const left = c.check(leftAst)
  if (rightAst.op !== 'list') {
    const right = c.check(rightAst)
    if (left === undefined || right === undefined) return undefined
    if (right.type.is !== 'set') {
      const hint = isTextual(right.type) && isTextual(left.type) ? `maybe \`${written(leftAst)} == ${written(rightAst)}\`` : undefined
      return refuse(c, 'type', `\`in\` needs a list or a set, \`${written(rightAst)}\` is ${typeName(right.type)}`, rightAst, hint)
    }
    return membership(c, node, { ast: leftAst, typed: left }, { ast: rightAst, typed: right })
  }
  if (left === undefined) return undefined
  const side = { ast: leftAst, typed: left }
  const equalities = rightAst.args.map((element) => {
    const exact = exactLiteral(element)
    if (exact !== undefined && isNumber(left.type)) return withExact(c, element, '==', side, element, exact)
    const typed = c.check(element)
    return typed && compareSides(c, element, '==', side, { ast: element, typed })
  })
  const known: TypedExpression[] = []
  const values: (boolean | number | string)[] = []
  let by: ComparedBy = byOf(left.type) ?? 'text'
  let plain = true
  for (const equality of equalities) {
    if (equality === undefined) return undefined
    known.push(equality)
    if (equality.is === 'one-of') values.push(...equality.values)
    else if (
      equality.is === 'compare' &&
      equality.left === left &&
      equality.right.is === 'literal' &&
      !Array.isArray(equality.right.value)
    ) {
      values.push(equality.right.value as boolean | number | string)
      by = equality.by
    } else plain = false
  }
  const at = place(c, node)
  if (plain && by !== 'set') return { is: 'one-of', type: BOOL, at, by, of: left, values: [...new Set(values)] }
  return { is: 'or', type: BOOL, at, any: known }
}

/** `member` is in the set `set`. */
export function membership(c: Checking, node: ASTNode, member: Side, set: Side): TypedExpression | undefined {
  if (!isTextual(member.typed.type)) {
    return refuse(
      c,
      'type',
      `\`${written(set.ast)}\` is ${typeName(set.typed.type)}, \`${written(member.ast)}\` is ${typeName(member.typed.type)}`,
      member.ast,
    )
  }
  return { is: 'member', type: BOOL, at: place(c, node), member: member.typed, of: set.typed }
}

/** One type for two values of which one will be the result: branches of `? :`, a value and its default. */
export function unify(c: Checking, a: Side, b: Side): readonly [TypedExpression, TypedExpression, ExpressionType] | undefined {
  const both = joined(c, a, b, 'together with')
  if (both === undefined) return undefined
  const [left, right] = both
  return [left, right, commonType(left, right)]
}

function commonType(a: TypedExpression, b: TypedExpression): ExpressionType {
  if (isNumber(a.type)) return unitOf(a.type) === undefined && isNumber(b.type) ? b.type : a.type
  if (!isTextual(a.type) || !isTextual(b.type)) return a.type.is === 'text' ? b.type : a.type
  if (a.type.is === 'enum' && b.type.is === 'enum') return { is: 'enum', values: [...new Set([...a.type.values, ...b.type.values])] }
  if (a.type.is === b.type.is) return a.type
  if (a.is === 'literal' && b.type.is === 'enum') return b.type
  if (b.is === 'literal' && a.type.is === 'enum') return a.type
  return { is: 'text' }
}

function compareSides(c: Checking, node: ASTNode, operator: Comparison, a: Side, b: Side): TypedExpression | undefined {
  const both = joined(c, a, b, 'compared with', node === b.ast ? 'in' : operator)
  if (both === undefined) return undefined
  const [left, right] = both
  const by = left.type.is === 'semver' || right.type.is === 'semver' ? 'semver' : byOf(left.type)
  if (by === undefined) return refuse(c, 'type', `\`${written(a.ast)}\` is ${typeName(left.type)}, which does not compare`, a.ast)
  if (operator !== '==' && operator !== '!=' && by !== 'number' && by !== 'semver') {
    return refuse(c, 'type', `\`${operator}\` needs numbers, times or versions, \`${written(a.ast)}\` is ${typeName(a.typed.type)}`, a.ast)
  }
  return { is: 'compare', type: BOOL, at: place(c, node), operator, by, left, right }
}

function byOf(type: ExpressionType): ComparedBy | undefined {
  if (isNumeric(type)) return 'number'
  if (isTextual(type)) return 'text'
  return type.is === 'bool' || type.is === 'semver' || type.is === 'set' ? type.is : undefined
}

/** Both sides on one scale, or the fault: they have no type in common. */
function joined(
  c: Checking,
  a: Side,
  b: Side,
  how: string,
  operator?: Comparison | 'in',
): readonly [TypedExpression, TypedExpression] | undefined {
  const left = a.typed
  const right = b.typed
  if (isNumber(left.type) && isNumber(right.type)) {
    if (!sameUnit(c, a, b, how)) return undefined
    const places = Math.max(placesOf(left.type), placesOf(right.type))
    const one = rescaled(c, left, places, a.ast)
    const other = rescaled(c, right, places, b.ast)
    return one && other && [one, other]
  }
  if (isTextual(left.type) && isTextual(right.type)) return fitsEnum(c, a, b) && fitsEnum(c, b, a) ? [left, right] : undefined
  if (left.type.is === 'semver' && right.type.is === 'text') return isVersion(c, b) ? [left, right] : undefined
  if (left.type.is === 'text' && right.type.is === 'semver') return isVersion(c, a) ? [left, right] : undefined
  if (left.type.is === right.type.is && left.type.is !== 'list') return [left, right]
  mismatch(c, a, b, how, operator)
  return undefined
}

function mismatch(c: Checking, a: Side, b: Side, how: string, operator?: Comparison | 'in'): TypedExpression | undefined {
  // The side that is written out is the mistake; the other is named.
  const [named, other] = a.typed.is === 'literal' && b.typed.is !== 'literal' ? [b, a] : [a, b]
  const instead = operator === undefined ? undefined : meant(named.typed.type, other)
  const hint = instead === undefined ? undefined : operator === 'in' ? `maybe \`${instead}\`` : `maybe \`${whole(operator!, instead)}\``
  return refuse(
    c,
    'type',
    `\`${written(named.ast)}\` is ${typeName(named.typed.type)}, ${how} ${typeName(other.typed.type)}`,
    other.ast,
    hint,
  )

  function whole(asked: Comparison, right: string): string {
    return `${written(named.ast)} ${named === a ? asked : FLIPPED[asked]} ${right}`
  }
}

/** What the literal would be if it were meant to be of `type`. */
function meant(type: ExpressionType, other: Side): string | undefined {
  const text = textLiteral(other.ast)
  if (text !== undefined) {
    if (isNumber(type) && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return text
    if (type.is === 'bool' && (text === 'true' || text === 'false')) return text
    if (type.is === 'time') return `timestamp(${JSON.stringify(text)})`
    if (type.is === 'duration') return `duration(${JSON.stringify(text)})`
  }
  if (other.typed.is !== 'literal') return undefined
  const bare = other.ast.input.slice(other.ast.start, other.ast.end)
  if (isTextual(type) && /^[\w.-]+$/.test(bare) && (type.is !== 'enum' || type.values.includes(bare))) return `"${bare}"`
  return undefined
}

/** Compares a value with a number written out, exactly, whatever its places. */
function withExact(c: Checking, node: ASTNode, operator: Comparison, side: Side, ast: ASTNode, exact: Exact): TypedExpression | undefined {
  const { typed } = side
  if (!isNumber(typed.type)) {
    const written = c.check(ast)
    return written && mismatch(c, side, { ast, typed: written }, 'compared with', node === ast ? 'in' : operator)
  }
  const at = place(c, node)
  const more = exact.places - placesOf(typed.type)
  const unit = BigInt(10) ** BigInt(Math.abs(more))
  const scaled = more <= 0 ? exact.digits * unit : floored(exact.digits, unit)
  if (scaled > BigInt(LARGEST) || scaled < -BigInt(LARGEST)) return tooLarge(c, ast)
  const right = literal(typed.type, Number(scaled), place(c, ast))
  if (more <= 0) return { is: 'compare', type: BOOL, at, operator, by: 'number', left: typed, right }
  // The literal lies strictly between `scaled` and `scaled + 1`.
  switch (operator) {
    case '==':
      return { is: 'one-of', type: BOOL, at, by: 'number', of: typed, values: [] }
    case '!=':
      return { is: 'not', type: BOOL, at, of: { is: 'one-of', type: BOOL, at, by: 'number', of: typed, values: [] } }
    case '>':
    case '>=':
      return { is: 'compare', type: BOOL, at, operator: '>', by: 'number', left: typed, right }
    case '<':
    case '<=':
      return { is: 'compare', type: BOOL, at, operator: '<=', by: 'number', left: typed, right }
  }
}

function floored(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a < 0n && a % b !== 0n ? quotient - 1n : quotient
}

/** A text written out must be one of an enumeration's values; two enumerations must share a value. */
function fitsEnum(c: Checking, a: Side, b: Side): boolean {
  const { type } = a.typed
  if (type.is !== 'enum') return true
  if (b.typed.is === 'literal' && typeof b.typed.value === 'string' && !type.values.includes(b.typed.value)) {
    const { value } = b.typed
    const near =
      maybe(value, type.values).hint ??
      (type.values.length <= 8 ? `maybe one of ${type.values.map((v) => `\`${v}\``).join(', ')}?` : undefined)
    refuse(c, 'unknown-value', `\`${written(a.ast)}\` is never \`${value}\``, b.ast, near)
    return false
  }
  if (b.typed.type.is === 'enum' && !b.typed.type.values.some((v) => type.values.includes(v))) {
    refuse(c, 'unknown-value', `\`${written(a.ast)}\` and \`${written(b.ast)}\` have no value in common`, b.ast)
    return false
  }
  return true
}

export function isVersion(c: Checking, side: Side): boolean {
  const text = textLiteral(side.ast)
  if (text === undefined) {
    refuse(c, 'type', `a version is compared with \`${written(side.ast)}\`, which is ${typeName(side.typed.type)}`, side.ast)
    return false
  }
  if (semver.parse(text) !== null) return true
  const near = text.length > 50 ? null : semver.coerce(text)
  refuse(c, 'version', `\`${text.slice(0, 50)}\` is not a version`, side.ast, near === null ? undefined : `maybe \`"${near.version}"\`?`)
  return false
}

export function sameUnit(c: Checking, a: Side, b: Side, how: string): boolean {
  const left = unitOf(a.typed.type)
  const right = unitOf(b.typed.type)
  if (left === undefined || right === undefined || left === right) return true
  refuse(c, 'unit', `\`${written(a.ast)}\` is in ${left}, ${how} \`${written(b.ast)}\` in ${right}`, b.ast)
  return false
}
