/** What every part of the checker shares: the scope, the place of a node, how a fault is said. */
import { type ASTNode, serialize } from '@marcbachmann/cel-js'
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import { exactNumber, LARGEST, type Exact } from './literal.ts'
import { locate } from './locate.ts'
import type { Scope } from './scope.ts'
import { placesOf, unitOf } from './types.ts'
import type { ExpressionConstant, TypedExpression } from './typed.ts'

/** `check` types a part; it and everything built on it return undefined where a fault was already said. */
export interface Checking {
  readonly expression: ExpressionText
  readonly scope: Scope
  readonly diagnostics: Diagnostic[]
  readonly check: (node: ASTNode) => TypedExpression | undefined
}

export interface Span {
  readonly start: number
  readonly end: number
}

export function place(c: Checking, { start, end }: Span): Location {
  return locate(c.expression, start, end)
}

/** Says a fault; returns undefined so that callers can pass it on. */
export function refuse(c: Checking, code: string, message: string, at: Span, hint?: string): TypedExpression | undefined {
  c.diagnostics.push({
    code: `expression/${code}`,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    at: place(c, at),
  })
  return undefined
}

/** The node as text, short enough for a message. */
export function written(node: ASTNode): string {
  const text = serialize(node)
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}

/** The exact value of a number written here, with its sign; undefined for everything else. */
export function exactLiteral(node: ASTNode): Exact | undefined {
  if (node.op === '-_') {
    const inner = exactLiteral(node.args)
    return inner === undefined ? undefined : { digits: -inner.digits, places: inner.places }
  }
  if (node.op !== 'value' || (typeof node.args !== 'bigint' && typeof node.args !== 'number')) return undefined
  return exactNumber(node.input.slice(node.start, node.end))
}

export function textLiteral(node: ASTNode): string | undefined {
  return node.op === 'value' && typeof node.args === 'string' ? node.args : undefined
}

export function literal(type: ExpressionType, value: ExpressionConstant, at: Location): TypedExpression {
  return { is: 'literal', type, value, at }
}

/** The same value with `places` places; a literal is rescaled here and refused beyond 2^53. */
export function rescaled(c: Checking, node: TypedExpression, places: number, span: Span): TypedExpression | undefined {
  const factor = 10 ** (places - placesOf(node.type))
  if (factor === 1) return node
  const unit = unitOf(node.type)
  const type: ExpressionType = { is: 'decimal', places, ...(unit === undefined ? {} : { unit }) }
  if (node.is !== 'literal') return { is: 'scale', type, at: node.at, factor, of: node }
  const value = (node.value as number) * factor
  return Math.abs(value) <= LARGEST ? literal(type, value, node.at) : tooLarge(c, span)
}

export function tooLarge(c: Checking, span: Span): TypedExpression | undefined {
  const text = c.expression.text.slice(span.start, Math.min(span.end, span.start + 40))
  return refuse(
    c,
    'number-too-large',
    `\`${text}\` is beyond the numbers that are exact here: integers, or decimals without their point, below 2^53`,
    span,
  )
}
