/** From the text of a guard or value, in CEL, to an expression of the neutral model; names and types are checked on the way. */
import type { ASTNode } from '@marcbachmann/cel-js'
import { maybe } from '../../diagnostics/suggest.ts'
import { locate } from '../../expression/locate.ts'
import { parseExpression } from '../../expression/parse.ts'
import type { AutomationExpression, AutomationOperator, Value, ValueType } from '../../model/automation.ts'
import { operatorWords } from '../../model/operator-words.ts'
import type { ExpressionText } from '../../model/fleet-model.ts'
import type { Reading } from '../../model/reading.ts'
import { literalProblem, typeWords } from './types.ts'

/** Names that an expression may read: ids of attributes by the path that is written, and locals. */
export interface Names {
  readonly attributes: ReadonlyMap<string, { readonly id: string; readonly type: ValueType }>
  readonly locals: ReadonlySet<string>
  /** Registers an unmodelled part with this reason and names it. */
  readonly unmodelled: (why: string) => string
}

/** `open`: not known before it runs. */
type Kind = 'bool' | 'number' | 'text' | 'null' | 'open'

interface Typed {
  readonly expression: AutomationExpression
  readonly kind: Kind
  /** Where it reads an attribute: what a literal compared with it must fit. */
  readonly type?: ValueType
}

interface Translating {
  readonly text: ExpressionText
  readonly names: Names
  readonly reading: Reading
}

/** The expression, or nothing after saying what is wrong. `wanted`: the type that it must yield, where that is fixed. */
export function translate(reading: Reading, text: ExpressionText, names: Names, wanted?: ValueType): AutomationExpression | undefined {
  const parsed = parseExpression(text)
  if ('code' in parsed) {
    reading.diagnostics.push(parsed)
    return undefined
  }
  const t: Translating = { text, names, reading }
  const typed = node(t, parsed)
  if (typed === undefined) return undefined
  if (wanted !== undefined && !yields(typed, wanted)) {
    refuse(t, parsed, 'type', `${typeWords(wanted)} is needed here, \`${shown(t, parsed)}\` is ${kindWords(typed.kind)}`)
    return undefined
  }
  return typed.expression
}

function yields({ kind, expression }: Typed, wanted: ValueType): boolean {
  if (expression.is === 'value') return literalProblem(expression.value, wanted) === undefined
  if (kind === 'open' || wanted.is === 'any') return true
  return kind === (wanted.is === 'enum' ? 'text' : wanted.is)
}

function kindWords(kind: Kind): string {
  return kind === 'bool'
    ? 'true or false'
    : kind === 'number'
      ? 'a number'
      : kind === 'null'
        ? 'no value'
        : kind === 'open'
          ? 'of any type'
          : 'a text'
}

function shown({ text }: Translating, { start, end }: ASTNode): string {
  const written = text.text.slice(start, end)
  return written.length > 60 ? `${written.slice(0, 59)}…` : written
}

function refuse(t: Translating, at: ASTNode, code: string, message: string, hint?: { readonly hint?: string }): Typed | undefined {
  t.reading.diagnostics.push({ code: `expression/${code}`, severity: 'error', message, ...hint, at: locate(t.text, at.start, at.end) })
  return undefined
}

const value = (constant: Value, kind: Kind): Typed => ({ expression: { is: 'value', value: constant }, kind })
const apply = (operator: AutomationOperator, given: readonly AutomationExpression[], kind: Kind): Typed => ({
  expression: { is: 'apply', operator, arguments: given },
  kind,
})

function node(t: Translating, at: ASTNode): Typed | undefined {
  switch (at.op) {
    case 'value':
      return literal(t, at)
    case 'id':
    case '.':
      return name(t, at)
    case '&&':
    case '||':
      return operands(t, at, at.args, 'bool', 'bool')
    case '!_': {
      const of = need(t, at.args, 'bool', '!')
      return of && apply('not', [of.expression], 'bool')
    }
    case '-_': {
      const of = need(t, at.args, 'number', '-')
      if (of?.expression.is === 'value') return value(-(of.expression.value as number), 'number')
      return of && apply('-', [of.expression], 'number')
    }
    case '==':
    case '!=':
      return equality(t, at)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return operands(t, at, at.args, 'number', 'bool')
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return operands(t, at, at.args, 'number', 'number')
    case '?:':
      return choice(t, at.args)
    case 'in':
      return membership(t, at)
    case 'call':
      return call(t, at, at.args[0], at.args[1])
    case '.?':
    case '[]':
    case '[?]':
    case 'rcall':
    case 'list':
    case 'map':
      return refuse(t, at, 'unsupported', `\`${shown(t, at)}\` is not understood in automations`)
  }
}

function literal(t: Translating, at: Extract<ASTNode, { readonly op: 'value' }>): Typed | undefined {
  const constant = at.args
  if (typeof constant === 'boolean') return value(constant, 'bool')
  if (typeof constant === 'string') return value(constant, 'text')
  if (constant === null) return value(null, 'null')
  if (typeof constant !== 'number' && typeof constant !== 'bigint')
    return refuse(t, at, 'unsupported', `\`${shown(t, at)}\` is no value here`)
  const number = Number(constant)
  if (Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))) return value(number, 'number')
  return refuse(t, at, 'number-too-large', `\`${shown(t, at)}\` is beyond 2^53 - 1, the largest number that is kept exactly`)
}

/** `away`, `co2.level`, `trigger`, a local. */
function name(t: Translating, at: ASTNode): Typed | undefined {
  const path = pathOf(at)
  if (path === undefined) return refuse(t, at, 'unsupported', `\`${shown(t, at)}\` is not understood in automations`)
  const { attributes, locals } = t.names
  const found = attributes.get(path)
  if (locals.has(path) && found === undefined) return { expression: { is: 'local', name: path }, kind: 'open' }
  if (found === undefined)
    return refuse(t, at, 'unknown-name', `nothing is called \`${path}\``, maybe(path, [...attributes.keys(), ...locals]))
  return { expression: { is: 'read', attribute: found.id }, kind: kindOf(found.type), type: found.type }
}

function pathOf(at: ASTNode): string | undefined {
  if (at.op === 'id') return at.args
  if (at.op !== '.') return undefined
  const before = pathOf(at.args[0])
  return before === undefined ? undefined : `${before}.${at.args[1]}`
}

function kindOf(type: ValueType): Kind {
  return type.is === 'enum' ? 'text' : type.is === 'any' ? 'open' : type.is
}

/** The operand, if it may be of the kind. */
function need(t: Translating, at: ASTNode, kind: Kind, of: string): Typed | undefined {
  const typed = node(t, at)
  if (typed === undefined || typed.kind === 'open' || typed.kind === kind) return typed
  return refuse(t, at, 'type', `\`${of}\` needs ${kindWords(kind)}, \`${shown(t, at)}\` is ${kindWords(typed.kind)}`)
}

function operands(
  t: Translating,
  at: ASTNode,
  [left, right]: readonly [ASTNode, ASTNode],
  kind: Kind,
  yieldsKind: Kind,
): Typed | undefined {
  const [a, b] = [need(t, left, kind, at.op), need(t, right, kind, at.op)]
  return a && b && apply(operatorWords[at.op]!, [a.expression, b.expression], yieldsKind)
}

function equality(t: Translating, at: Extract<ASTNode, { readonly op: '==' | '!=' }>): Typed | undefined {
  const [a, b] = [node(t, at.args[0]), node(t, at.args[1])]
  if (a === undefined || b === undefined) return undefined
  return comparable(t, at.args[1], a, b) && comparable(t, at.args[0], b, a) ? apply(at.op, [a.expression, b.expression], 'bool') : undefined
}

/** Says so where `b`, written at `at`, can never equal `a`. */
function comparable(t: Translating, at: ASTNode, a: Typed, b: Typed): boolean {
  if (a.type !== undefined && b.expression.is === 'value' && b.kind !== 'null') {
    const problem = literalProblem(b.expression.value, a.type)
    if (problem === undefined) return true
    refuse(t, at, 'type', `\`${shown(t, at)}\` ${problem.message}`, problem.hint === undefined ? undefined : { hint: problem.hint })
    return false
  }
  if (a.kind === b.kind || [a.kind, b.kind].some((kind) => kind === 'open' || kind === 'null')) return true
  refuse(t, at, 'type', `${kindWords(a.kind)} is compared with \`${shown(t, at)}\`, ${kindWords(b.kind)}`)
  return false
}

function choice(t: Translating, [test, then, otherwise]: readonly [ASTNode, ASTNode, ASTNode]): Typed | undefined {
  const [condition, a, b] = [need(t, test, 'bool', '?'), node(t, then), node(t, otherwise)]
  if (condition === undefined || a === undefined || b === undefined) return undefined
  return apply('if', [condition.expression, a.expression, b.expression], a.kind === b.kind ? a.kind : 'open')
}

function membership(t: Translating, at: Extract<ASTNode, { readonly op: 'in' }>): Typed | undefined {
  const [left, right] = at.args
  if (right.op !== 'list') return refuse(t, right, 'unsupported', 'a list of values stands after `in`')
  const of = node(t, left)
  const members = right.args.map((member) => ({ member, typed: node(t, member) }))
  if (of === undefined) return undefined
  const tests: AutomationExpression[] = []
  for (const { member, typed } of members) {
    if (typed === undefined || !comparable(t, member, of, typed)) return undefined
    tests.push({ is: 'apply', operator: '==', arguments: [of.expression, typed.expression] })
  }
  return apply('or', tests, 'bool')
}

const functions = ['any', 'is', 'max', 'min', 'number'] as const

function call(t: Translating, at: ASTNode, called: string, given: readonly ASTNode[]): Typed | undefined {
  const [first, second] = given
  if (called === 'any' && first !== undefined) return open(t, at, given)
  if ((called === 'min' || called === 'max') && given.length >= 2) {
    const parts = given.map((one) => need(t, one, 'number', called))
    return parts.some((part) => part === undefined)
      ? undefined
      : apply(
          called,
          parts.map((part) => part!.expression),
          'number',
        )
  }
  if (called === 'number' && first !== undefined && given.length === 1) {
    const of = node(t, first)
    return of && apply('number', [of.expression], 'number')
  }
  if (called === 'is' && first !== undefined && second !== undefined && given.length === 2) {
    const of = node(t, first)
    const type = second.op === 'value' ? second.args : undefined
    if (typeof type === 'string' && ['bool', 'number', 'text', 'null'].includes(type))
      return of && apply('is', [of.expression, { is: 'value', value: type }], 'bool')
    return refuse(t, second, 'type', 'the second argument of `is` is one of `"bool"`, `"number"`, `"text"`, `"null"`')
  }
  const known = (functions as readonly string[]).includes(called)
  return refuse(
    t,
    at,
    'unknown-function',
    known ? `\`${called}\` is not called like this` : `no function is called \`${called}\``,
    known ? {} : maybe(called, functions),
  )
}

/** `any("why")`, `any("why", "number")`: what the author cannot say. */
function open(t: Translating, at: ASTNode, [why, type]: readonly ASTNode[]): Typed | undefined {
  const named = type === undefined ? 'bool' : type.op === 'value' ? type.args : undefined
  if (why?.op !== 'value' || typeof why.args !== 'string')
    return refuse(t, at, 'type', '`any` needs a text that says why the value is not known')
  const part = t.names.unmodelled(why.args)
  if (named === 'bool' || named === 'text' || named === 'any') {
    return { expression: { is: 'any', type: { is: named }, part }, kind: named === 'any' ? 'open' : named }
  }
  if (named === 'number') return { expression: { is: 'any', type: { is: 'number', integer: false }, part }, kind: 'number' }
  return refuse(t, type ?? at, 'type', 'the second argument of `any` is one of `"bool"`, `"number"`, `"text"`, `"any"`')
}
