/** From the text of an expression to a typed tree, or every fault in it with its place. */
import type { ASTNode } from '@marcbachmann/cel-js'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import { checkArithmetic, checkNegative, numberLiteral } from './check-arithmetic.ts'
import { checkFunction, checkMethod } from './check-call.ts'
import { checkComparison, checkMembership, unify } from './check-compare.ts'
import { pathNode } from './check-path.ts'
import { type Checking, exactLiteral, literal, place, refuse, textLiteral, tooLarge, written } from './checking.ts'
import { parseExpression } from './parse.ts'
import type { Scope } from './scope.ts'
import type { TypedExpression } from './typed.ts'
import { isNumber, placesOf, typeName } from './types.ts'

/** `bool`: a condition. `number`: an integer. `key`: what devices can be grouped by (text, enumeration, link, version, truth, number). */
export type Yields = 'bool' | 'number' | 'key' | 'any'

const BOOL: ExpressionType = { is: 'bool' }
const KEYS: readonly ExpressionType['is'][] = ['bool', 'int', 'decimal', 'text', 'enum', 'device', 'semver']

/** Returns the typed tree, or all that is wrong; diagnostics stand in the order of the text. */
export function checkExpression(expression: ExpressionText, scope: Scope, yields: Yields = 'any'): Read<TypedExpression> {
  const parsed = parseExpression(expression)
  if ('code' in parsed) return { ok: false, diagnostics: [parsed] }
  const diagnostics: Diagnostic[] = []
  const c: Checking = { expression, scope, diagnostics, check: (node) => checkNode(c, node) }
  const typed = c.check(parsed)
  if (typed !== undefined && yieldsFits(c, parsed, typed.type, yields)) return { ok: true, value: typed, diagnostics: [] }
  return { ok: false, diagnostics }
}

function checkNode(c: Checking, node: ASTNode): TypedExpression | undefined {
  switch (node.op) {
    case 'value':
      return checkLiteral(c, node)
    case 'id':
    case '.':
    case '.?':
      return pathNode(c, node, { optional: false })
    case '[]':
    case '[?]':
      return node.args[1].op === 'value' && typeof node.args[1].args === 'string'
        ? pathNode(c, node, { optional: false })
        : refuse(c, 'unsupported', 'members are not read by their number', node)
    case 'call':
      return checkFunction(c, node, node.args[0], node.args[1])
    case 'rcall':
      return checkMethod(c, node, node.args[0], node.args[1], node.args[2])
    case 'list':
      return checkSet(c, node, node.args)
    case 'map':
      return refuse(c, 'unsupported', 'maps are not known here', node)
    case '?:':
      return checkChoice(c, node, node.args)
    case '&&':
    case '||': {
      const parts = chain(node, node.op).map((part) => condition(c, part, `\`${node.op}\``))
      const all = parts.filter((part) => part !== undefined)
      if (all.length < parts.length) return undefined
      return node.op === '&&' ? { is: 'and', type: BOOL, at: place(c, node), all } : { is: 'or', type: BOOL, at: place(c, node), any: all }
    }
    case '!_': {
      const of = condition(c, node.args, '`!`')
      return of && { is: 'not', type: BOOL, at: place(c, node), of }
    }
    case '-_':
      return checkNegative(c, node, node.args)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return checkComparison(c, node, node.op, node.args[0], node.args[1])
    case 'in':
      return checkMembership(c, node, node.args[0], node.args[1])
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return checkArithmetic(c, node, node.op, node.args[0], node.args[1])
  }
}

function checkLiteral(c: Checking, node: Extract<ASTNode, { readonly op: 'value' }>): TypedExpression | undefined {
  const value = node.args
  const at = place(c, node)
  if (typeof value === 'boolean') return literal(BOOL, value, at)
  if (typeof value === 'string') return literal({ is: 'text' }, value, at)
  if (typeof value === 'number' || typeof value === 'bigint') {
    const exact = exactLiteral(node)
    return exact === undefined ? tooLarge(c, node) : numberLiteral(c, node, exact.digits, exact.places)
  }
  if (value === null) return refuse(c, 'unsupported', 'there is no `null` here', node, 'maybe `has(...)` asks what you need')
  const shown = written(node)
  return refuse(
    c,
    'unsupported',
    `\`${shown}\` is neither number, text nor truth value`,
    node,
    shown.endsWith('u') ? `maybe \`${shown.slice(0, -1)}\`?` : undefined,
  )
}

/** A list of texts is a set: sorted, each once. Other lists stand only after `in`. */
function checkSet(c: Checking, node: ASTNode, elements: readonly ASTNode[]): TypedExpression | undefined {
  const members: string[] = []
  for (const element of elements) {
    const text = textLiteral(element)
    if (text === undefined)
      return refuse(c, 'unsupported', 'only a list of texts can stand here; a list of other values stands after `in`', element)
    members.push(text)
  }
  return literal({ is: 'set', of: 'text' }, [...new Set(members)].sort(), place(c, node))
}

function checkChoice(
  c: Checking,
  node: ASTNode,
  [test, then, otherwise]: readonly [ASTNode, ASTNode, ASTNode],
): TypedExpression | undefined {
  const tested = condition(c, test, '`?`')
  const a = c.check(then)
  const b = c.check(otherwise)
  if (tested === undefined || a === undefined || b === undefined) return undefined
  const both = unify(c, { ast: then, typed: a }, { ast: otherwise, typed: b })
  return both && { is: 'if', type: both[2], at: place(c, node), condition: tested, then: both[0], otherwise: both[1] }
}

function condition(c: Checking, node: ASTNode, of: string): TypedExpression | undefined {
  const typed = c.check(node)
  if (typed === undefined || typed.type.is === 'bool') return typed
  return refuse(c, 'type', `${of} needs a condition, \`${written(node)}\` is ${typeName(typed.type)}`, node)
}

/** The operands of a chain of one operator, without recursion: the chain may be long. */
function chain(node: ASTNode, op: '&&' | '||'): readonly ASTNode[] {
  const parts: ASTNode[] = []
  const open: ASTNode[] = [node]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.op === op) open.push(at.args[1], at.args[0])
    else parts.push(at)
  }
  return parts
}

function yieldsFits(c: Checking, node: ASTNode, type: ExpressionType, yields: Yields): boolean {
  const is = `\`${written(node)}\` is ${typeName(type)}`
  switch (yields) {
    case 'any':
      return true
    case 'bool':
      if (type.is === 'bool') return true
      refuse(c, 'type', `a condition is needed, ${is}`, node)
      return false
    case 'number':
      if (isNumber(type) && placesOf(type) === 0) return true
      refuse(
        c,
        'type',
        `an integer is needed, ${is}`,
        node,
        type.is === 'decimal' ? `maybe \`(${written(node)}) / 1\`, which cuts the fraction` : undefined,
      )
      return false
    case 'key':
      if (KEYS.includes(type.is)) return true
      refuse(c, 'type', `something to group by is needed, ${is}`, node)
      return false
  }
}
