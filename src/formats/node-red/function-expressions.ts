/** The value of an expression in a function's code, and what it changes on its path. */
import type { Expression, Pattern } from 'acorn'
import type { AutomationExpression } from '../../model/automation.ts'
import { and, choose, not, or, same, value } from './expressions.ts'
import { call } from './function-calls.ts'
import { assignMember, bind, copyMessage, member, setProperty } from './function-members.ts'
import { binary, logical, parsed } from './function-operators.ts'
import { bounded, plain, type Run, settled, skipBig, truthyOf } from './function-paths.ts'
import { give, type JsPath, type JsValue, primitive, UNDEFINED } from './function-values.ts'
import { numberOf, truthy } from './javascript-values.ts'

const GLOBALS = new Set([
  'flow',
  'global',
  'context',
  'node',
  'env',
  'RED',
  'Math',
  'JSON',
  'console',
  'Object',
  'Date',
  'Number',
  'String',
  'Boolean',
  'parseFloat',
  'parseInt',
  'isNaN',
  'Array',
  'clearTimeout',
  'clearInterval',
])

export function evaluate(run: Run, path: JsPath, node: Expression): JsValue {
  switch (node.type) {
    case 'Literal':
      if (node.value === null || typeof node.value === 'string' || typeof node.value === 'boolean') return primitive(value(node.value))
      if (typeof node.value === 'number' && Number.isFinite(node.value)) return primitive(value(node.value))
      return { is: 'unknown', why: 'a regular expression' }
    case 'TemplateLiteral': {
      const parts = node.expressions.map((part) => plain(run, path, evaluate(run, path, part)))
      if (parts.every((part) => part.is === 'value'))
        return primitive(
          value(
            node.quasis
              .map(
                (text, index) =>
                  (text.value.cooked ?? '') + (index < parts.length ? String((parts[index] as { readonly value: unknown }).value) : ''),
              )
              .join(''),
          ),
        )
      return primitive(run.world.open({ is: 'text' }, 'joins texts'))
    }
    case 'Identifier':
      return variable(path, node.name)
    case 'ParenthesizedExpression':
      return evaluate(run, path, node.expression)
    case 'ChainExpression':
      return give('optional chaining')
    case 'SequenceExpression':
      return node.expressions.map((one) => evaluate(run, path, one)).at(-1) ?? UNDEFINED
    case 'MemberExpression':
      return member(run, path, node)
    case 'UnaryExpression':
      return unary(run, path, node)
    case 'UpdateExpression': {
      const before = primitive(numberOf(plain(run, path, evaluate(run, path, node.argument))))
      const after = binary(node.operator === '++' ? '+' : '-', before, primitive(value(1)), run.world.open)
      bind(run, path, node.argument as Pattern, after)
      return node.prefix ? after : before
    }
    case 'BinaryExpression':
      if (node.left.type === 'PrivateIdentifier') return give('a private name')
      return bounded(
        binary(
          node.operator,
          settled(run, path, evaluate(run, path, node.left)),
          settled(run, path, evaluate(run, path, node.right)),
          run.world.open,
        ),
      )
    case 'LogicalExpression':
      return shortCircuit(run, path, node)
    case 'ConditionalExpression': {
      const condition = truthyOf(run, path, evaluate(run, path, node.test))
      if (condition.is === 'value') return evaluate(run, path, condition.value === true ? node.consequent : node.alternate)
      const then = guarded(run, path, condition, node.consequent)
      const otherwise = guarded(run, path, not(condition), node.alternate)
      return joined(run, path, condition, then, otherwise)
    }
    case 'AssignmentExpression': {
      const right = evaluate(run, path, node.right)
      if (node.operator === '=') {
        bind(run, path, node.left, right)
        return right
      }
      const before = evaluate(run, path, node.left as Expression)
      const operator = node.operator.slice(0, -1)
      if (['&&', '||', '??'].includes(operator)) return give(`the operator \`${node.operator}\``)
      const after = bounded(binary(operator, settled(run, path, before), settled(run, path, right), run.world.open))
      bind(run, path, node.left, after)
      return after
    }
    case 'ObjectExpression':
      return objectLiteral(run, path, node)
    case 'ArrayExpression':
      return {
        is: 'list',
        items: node.elements.map((item) => {
          if (item === null) return UNDEFINED
          return item.type === 'SpreadElement' ? give('spreads a list') : evaluate(run, path, item)
        }),
      }
    case 'CallExpression':
      return call(run, path, node)
    case 'NewExpression':
      return node.callee.type === 'Identifier' && node.callee.name === 'Date'
        ? node.arguments.length === 0
          ? { is: 'named', name: 'Date()' }
          : { is: 'unknown', why: 'the time of day' }
        : give('makes an object of a class')
    case 'AwaitExpression':
    case 'YieldExpression':
      return give('waits for something outside')
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return give('a function of its own')
    default:
      return give(`the expression \`${node.type}\``)
  }
}

function joined(run: Run, path: JsPath, condition: AutomationExpression, then: JsValue, otherwise: JsValue): JsValue {
  if (then.is === 'message' && otherwise.is === 'message' && then.id === otherwise.id) return then
  if ([then, otherwise].some((one) => one.is === 'message' || one.is === 'list' || one.is === 'mapping' || one.is === 'named'))
    return give('chooses between lists or mappings')
  return bounded(primitive(choose(condition, plain(run, path, then), plain(run, path, otherwise))))
}

function variable(path: JsPath, name: string): JsValue {
  const known = path.state.variables.get(name)
  if (known !== undefined) return known
  if (name === 'undefined' || name === 'NaN') return UNDEFINED
  return GLOBALS.has(name) ? { is: 'named', name } : give(`the name \`${name}\``)
}

/** An expression that is evaluated only where the condition holds: it must not change anything. */
function guarded(run: Run, path: JsPath, condition: AutomationExpression, node: Expression): JsValue {
  const text = JSON.stringify(node, skipBig)
  if (/"(AssignmentExpression|UpdateExpression)"|"name":"(set|send)"/.test(text)) give('changes something in the middle of an expression')
  const before = path.when
  path.when = and(before, condition)
  const inside = path.when
  const result = evaluate(run, path, node)
  path.when = path.when === inside ? before : or(and(before, not(condition)), path.when)
  return result
}

function shortCircuit(run: Run, path: JsPath, node: Extract<Expression, { type: 'LogicalExpression' }>): JsValue {
  const left = evaluate(run, path, node.left)
  if (left.is === 'message' || left.is === 'list' || left.is === 'mapping')
    return node.operator === '&&' ? evaluate(run, path, node.right) : left
  const a = plain(run, path, left)
  const goesOn = node.operator === '&&' ? truthy(a) : node.operator === '||' ? not(truthy(a)) : same(a, value(null))
  if (goesOn.is === 'value' && goesOn.value !== true) return primitive(a)
  const right = guarded(run, path, goesOn, node.right)
  if (right.is === 'list' || right.is === 'mapping' || right.is === 'message')
    return { is: 'unknown', why: 'a list or mapping instead of a missing value' }
  return bounded(primitive(logical(node.operator, a, plain(run, path, right))))
}

function unary(run: Run, path: JsPath, node: Extract<Expression, { type: 'UnaryExpression' }>): JsValue {
  if (node.operator === 'delete') {
    if (node.argument.type !== 'MemberExpression') return give('deletes a name')
    assignMember(run, path, node.argument, UNDEFINED)
    return primitive(value(true))
  }
  const argument = evaluate(run, path, node.argument)
  switch (node.operator) {
    case '!':
      return primitive(not(truthyOf(run, path, argument)))
    case '-':
      return binary('-', primitive(value(0)), settled(run, path, argument), run.world.open)
    case '+':
      return primitive(parsed('Number', settled(run, path, argument), run.world.open))
    case 'typeof':
      return argument.is === 'list' || argument.is === 'mapping' || argument.is === 'message'
        ? primitive(value('object'))
        : { is: 'typeof', of: plain(run, path, argument) }
    case 'void':
      return UNDEFINED
    default:
      return give(`the operator \`${node.operator}\``)
  }
}

function objectLiteral(run: Run, path: JsPath, node: Extract<Expression, { type: 'ObjectExpression' }>): JsValue {
  const [first] = node.properties
  if (first?.type === 'SpreadElement') {
    const base = evaluate(run, path, first.argument)
    if (base.is !== 'message') return give('spreads a mapping')
    const copy = copyMessage(run, path, base.id)
    for (const property of node.properties.slice(1)) setProperty(path, copy, ...entryOf(run, path, property))
    return { is: 'message', id: copy }
  }
  return { is: 'mapping', entries: new Map(node.properties.map((property) => entryOf(run, path, property))) }
}

function entryOf(
  run: Run,
  path: JsPath,
  property: Extract<Expression, { type: 'ObjectExpression' }>['properties'][number],
): readonly [string, JsValue] {
  if (property.type !== 'Property' || property.computed || property.kind !== 'init') return give('a mapping with computed keys')
  const { key } = property
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : give('a mapping with computed keys')
  return [name, evaluate(run, path, property.value)]
}
