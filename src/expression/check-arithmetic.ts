/** Sums, products and quotients: the scale of the result, and what overflows as written. */
import type { ASTNode } from '@marcbachmann/cel-js'
import type { ExpressionType } from '../model/expression-type.ts'
import { type Side, sameUnit } from './check-compare.ts'
import { type Checking, exactLiteral, literal, place, refuse, rescaled, tooLarge, written } from './checking.ts'
import { MOST_PLACES } from './literal.ts'
import { calculate } from './operations.ts'
import type { TypedExpression } from './typed.ts'
import { isNumber, numberType, placesOf, typeName, unitOf } from './types.ts'

type Operator = '+' | '-' | '*' | '/' | '%'

export function checkArithmetic(
  c: Checking,
  node: ASTNode,
  operator: Operator,
  leftAst: ASTNode,
  rightAst: ASTNode,
): TypedExpression | undefined {
  const left = c.check(leftAst)
  const right = c.check(rightAst)
  if (left === undefined || right === undefined) return undefined
  const a = { ast: leftAst, typed: left }
  const b = { ast: rightAst, typed: right }
  const dated = timeType(operator, left.type, right.type)
  if (dated !== undefined) return result(c, node, operator, left, right, dated)
  for (const side of [a, b]) if (!isNumber(side.typed.type)) return notNumber(c, operator, side, a, b)
  switch (operator) {
    case '+':
    case '-': {
      if (!sameUnit(c, a, b, operator === '+' ? 'added to' : 'less')) return undefined
      const both = onOneScale(c, a, b)
      if (both === undefined) return undefined
      return result(c, node, operator, both[0], both[1], numberType(placesOf(both[0].type), unitOf(left.type) ?? unitOf(right.type)))
    }
    case '*': {
      const places = placesOf(left.type) + placesOf(right.type)
      if (places > MOST_PLACES)
        return refuse(c, 'number-too-large', `the product has ${places} decimal places, ${MOST_PLACES} are computed exactly`, node)
      return result(
        c,
        node,
        operator,
        left,
        right,
        numberType(places, right.is === 'literal' ? unitOf(left.type) : left.is === 'literal' ? unitOf(right.type) : undefined),
      )
    }
    case '/': {
      const both = onOneScale(c, a, b)
      if (both === undefined) return undefined
      return result(c, node, operator, both[0], both[1], numberType(0, right.is === 'literal' ? unitOf(left.type) : undefined))
    }
    case '%': {
      for (const side of [a, b]) {
        if (side.typed.type.is !== 'int')
          return refuse(c, 'type', `\`%\` needs integers, \`${written(side.ast)}\` is ${typeName(side.typed.type)}`, side.ast)
      }
      return result(c, node, operator, left, right, left.type)
    }
  }
}

export function checkNegative(c: Checking, node: ASTNode, of: ASTNode): TypedExpression | undefined {
  const exact = exactLiteral(node)
  if (exact !== undefined) return numberLiteral(c, node, exact.digits, exact.places)
  const typed = c.check(of)
  if (typed === undefined) return undefined
  if (!isNumber(typed.type) && typed.type.is !== 'duration') {
    return refuse(c, 'type', `\`-\` needs a number, \`${written(of)}\` is ${typeName(typed.type)}`, of)
  }
  const at = place(c, node)
  return typed.is === 'literal' ? literal(typed.type, 0 - (typed.value as number), at) : { is: 'negative', type: typed.type, at, of: typed }
}

/** A number standing for itself, which must be exact within 2^53. */
export function numberLiteral(c: Checking, node: ASTNode, digits: bigint, places: number): TypedExpression | undefined {
  const value = Number(digits)
  if (!Number.isSafeInteger(value) || places > MOST_PLACES) return tooLarge(c, node)
  return literal(numberType(places), value + 0, place(c, node))
}

function onOneScale(c: Checking, a: Side, b: Side): readonly [TypedExpression, TypedExpression] | undefined {
  const places = Math.max(placesOf(a.typed.type), placesOf(b.typed.type))
  const left = rescaled(c, a.typed, places, a.ast)
  const right = rescaled(c, b.typed, places, b.ast)
  return left && right && [left, right]
}

function result(
  c: Checking,
  node: ASTNode,
  operator: Operator,
  left: TypedExpression,
  right: TypedExpression,
  type: ExpressionType,
): TypedExpression | undefined {
  const at = place(c, node)
  if ((operator === '/' || operator === '%') && right.is === 'literal' && right.value === 0) {
    return refuse(c, 'division-by-zero', `\`${written(node)}\` divides by zero`, node)
  }
  if (left.is !== 'literal' || right.is !== 'literal') return { is: 'arithmetic', type, at, operator, left, right }
  const value = calculate(operator, left.value as number, right.value as number)
  return value === undefined ? tooLarge(c, node) : literal(type, value, at)
}

function timeType(operator: Operator, left: ExpressionType, right: ExpressionType): ExpressionType | undefined {
  if (operator !== '+' && operator !== '-') return undefined
  if (left.is === 'time' && right.is === 'time') return operator === '-' ? { is: 'duration' } : undefined
  if (left.is === 'time' && right.is === 'duration') return left
  if (left.is === 'duration' && right.is === 'duration') return left
  return left.is === 'duration' && right.is === 'time' && operator === '+' ? right : undefined
}

function notNumber(c: Checking, operator: Operator, side: Side, a: Side, b: Side): TypedExpression | undefined {
  const { type } = side.typed
  if (operator === '+' && a.typed.type.is === 'text' && b.typed.type.is === 'text') {
    return refuse(
      c,
      'unsupported',
      'texts cannot be put together',
      side.ast,
      'maybe `startsWith`, `endsWith` and `contains` say what you need',
    )
  }
  return refuse(c, 'type', `\`${operator}\` needs numbers, \`${written(side.ast)}\` is ${typeName(type)}`, side.ast)
}
