/** Operators and methods of JavaScript on values that are expressions. */
import type { AutomationExpression } from '../../model/automation.ts'
import { apply, choose, compare, is, not, number, same, typesOf, value } from './expressions.ts'
import { give, type JsValue, type OpenValue, primitive } from './function-values.ts'
import { looselyEqual, numberOf, ordered, truthy } from './javascript-values.ts'

const TYPE_NAMES: Readonly<Record<string, 'text' | 'number' | 'bool' | 'null'>> = {
  string: 'text',
  number: 'number',
  boolean: 'bool',
  undefined: 'null',
}

export function binary(operator: string, left: JsValue, right: JsValue, open: OpenValue): JsValue {
  if (left.is === 'typeof' || right.is === 'typeof') return typeTest(operator, left, right, open)
  const [a, b] = [plain(left, open), plain(right, open)]
  switch (operator) {
    case '==':
      return primitive(looselyEqual(a, b))
    case '!=':
      return primitive(not(looselyEqual(a, b)))
    case '===':
      return primitive(same(a, b))
    case '!==':
      return primitive(not(same(a, b)))
    case '<':
    case '<=':
    case '>':
    case '>=':
      return primitive(ordered(operator, a, b, open))
    case '+':
      return primitive(sum(a, b, open))
    case '-':
    case '*':
    case '/':
      return primitive(arithmetic(operator, a, b))
    case '%':
      return primitive(arithmetic('mod', a, b))
    default:
      return give(`the operator \`${operator}\``)
  }
}

function typeTest(operator: string, left: JsValue, right: JsValue, open: OpenValue): JsValue {
  const [test, other] = left.is === 'typeof' ? [left, right] : [right, left]
  const name = other.is === 'primitive' && other.value.is === 'value' ? other.value.value : undefined
  const type = typeof name === 'string' ? TYPE_NAMES[name] : undefined
  const negated = operator.startsWith('!')
  if (test.is !== 'typeof' || type === undefined || !['==', '===', '!=', '!=='].includes(operator))
    return primitive(open({ is: 'bool' }, 'asks for the type of a value'))
  return primitive(negated ? not(is(test.of, type)) : is(test.of, type))
}

/** A value as a primitive; lists and mappings have none here. */
export function plain(part: JsValue, open: OpenValue): AutomationExpression {
  switch (part.is) {
    case 'primitive':
      return part.value
    case 'pointed':
      return open({ is: 'text' }, 'replaces a part of a text')
    case 'typeof':
      return open({ is: 'text' }, 'the name of a type')
    case 'unknown':
      return open({ is: 'any' }, part.why)
    case 'list':
    case 'mapping':
    case 'message':
    case 'input':
      return open({ is: 'any' }, 'a list or mapping where a plain value is expected')
    case 'named':
      if (part.name === 'Date()') return open({ is: 'any' }, 'the time of day')
      return give(`uses \`${part.name}\` as a value`)
  }
}

function sum(a: AutomationExpression, b: AutomationExpression, open: OpenValue): AutomationExpression {
  if (a.is === 'value' && b.is === 'value' && (typeof a.value === 'string' || typeof b.value === 'string'))
    return value(String(a.value) + String(b.value))
  const [left, right] = [typesOf(a), typesOf(b)]
  if (!left.has('text') && !right.has('text')) return arithmetic('+', a, b)
  // With the empty text a text stays what it is.
  if (a.is === 'value' && a.value === '' && right.size === 1) return b
  if (b.is === 'value' && b.value === '' && left.size === 1) return a
  const joined = open({ is: 'text' }, 'joins texts')
  if ((left.size === 1 && left.has('text')) || (right.size === 1 && right.has('text'))) return joined
  const eitherText = apply('or', is(a, 'text'), is(b, 'text'))
  return choose(eitherText, joined, arithmetic('+', a, b))
}

export function arithmetic(
  operator: '+' | '-' | '*' | '/' | 'mod',
  a: AutomationExpression,
  b: AutomationExpression,
): AutomationExpression {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left.is === 'value' && right.is === 'value' && typeof left.value === 'number' && typeof right.value === 'number') {
    const [x, y] = [left.value, right.value]
    const result = operator === '+' ? x + y : operator === '-' ? x - y : operator === '*' ? x * y : operator === '/' ? x / y : x % y
    return value(Number.isFinite(result) ? result : null)
  }
  return apply(operator, left, right)
}

/** `parseFloat`, `Number` and `parseInt` of a value. */
export function parsed(how: 'parseFloat' | 'Number' | 'parseInt', part: JsValue, open: OpenValue): AutomationExpression {
  const of = part.is === 'pointed' ? part.text : plain(part, open)
  if (of.is === 'value') {
    const { value: constant } = of
    const result =
      how === 'Number'
        ? Number(constant ?? Number.NaN)
        : how === 'parseInt'
          ? Number.parseInt(String(constant))
          : Number.parseFloat(String(constant))
    return value(Number.isFinite(result) ? result : null)
  }
  if (how === 'Number') return numberOf(of)
  const types = typesOf(of)
  // Of null and booleans `parseFloat` reads the words: no number.
  const read = types.has('text') ? number(of) : types.has('bool') ? choose(is(of, 'number'), of, value(null)) : of
  return how === 'parseFloat' ? read : truncated(read)
}

/** Towards zero. */
export function truncated(part: AutomationExpression): AutomationExpression {
  if (part.is === 'value') return value(typeof part.value === 'number' ? Math.trunc(part.value) : null)
  return apply('-', part, apply('mod', part, value(1)))
}

export function floored(part: AutomationExpression): AutomationExpression {
  if (part.is === 'value') return value(typeof part.value === 'number' ? Math.floor(part.value) : null)
  const rest = apply('mod', part, value(1))
  return choose(compare('<', rest, value(0)), apply('-', apply('-', part, rest), value(1)), apply('-', part, rest))
}

export function rounded(part: AutomationExpression): AutomationExpression {
  return floored(apply('+', part, value(0.5)))
}

export function mathOf(name: string, parts: readonly AutomationExpression[], open: OpenValue): AutomationExpression {
  const numbers = parts.map(numberOf)
  const [first = value(null)] = numbers
  if ((name === 'min' || name === 'max') && numbers.length > 1) return apply(name, ...numbers)
  if (first.is === 'value' && numbers.length === 1 && typeof first.value === 'number') {
    if (name === 'floor' || name === 'ceil' || name === 'round' || name === 'abs' || name === 'trunc') return value(Math[name](first.value))
  }
  switch (name) {
    case 'floor':
      return floored(first)
    case 'round':
      return rounded(first)
    case 'trunc':
      return truncated(first)
    case 'ceil':
      return apply('-', value(0), floored(apply('-', value(0), first)))
    case 'abs':
      return choose(compare('<', first, value(0)), apply('-', value(0), first), first)
    default:
      return open({ is: 'number', integer: false }, `\`Math.${name}\``)
  }
}

/** `a && b`, `a || b`, `a ?? b` once both are values. */
export function logical(operator: string, a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  if (operator === '&&') return choose(truthy(a), b, a)
  return operator === '||' ? choose(truthy(a), a, b) : choose(same(a, value(null)), b, a)
}

const TEXT_METHODS = new Set([
  'toUpperCase',
  'toLowerCase',
  'trim',
  'trimStart',
  'trimEnd',
  'replace',
  'replaceAll',
  'slice',
  'substring',
  'substr',
  'concat',
  'padStart',
  'padEnd',
  'charAt',
  'repeat',
  'normalize',
])
const TRUTH_METHODS = new Set(['includes', 'startsWith', 'endsWith'])
const NUMBER_METHODS = new Set(['indexOf', 'lastIndexOf', 'search', 'charCodeAt', 'localeCompare'])

export const isTextMethod = (name: string): boolean =>
  TEXT_METHODS.has(name) || TRUTH_METHODS.has(name) || NUMBER_METHODS.has(name) || name === 'split' || name === 'match'

/** A method of a text; its subject is known to be one. */
export function textMethod(name: string, text: AutomationExpression, parts: readonly JsValue[], open: OpenValue): JsValue {
  const constants = parts.map((part) => (part.is === 'primitive' && part.value.is === 'value' ? part.value.value : undefined))
  if (text.is === 'value' && typeof text.value === 'string' && !constants.includes(undefined)) {
    const method: unknown = (String.prototype as unknown as Readonly<Record<string, unknown>>)[name]
    if (typeof method === 'function' && name !== 'match' && name !== 'repeat') {
      const result: unknown = (method as (...all: unknown[]) => unknown).apply(text.value, constants as unknown[])
      if (Array.isArray(result)) return { is: 'list', items: result.map((item) => primitive(value(String(item)))) }
      if (typeof result === 'string' || typeof result === 'number' || typeof result === 'boolean')
        return primitive(value(typeof result === 'number' && !Number.isFinite(result) ? null : result))
    }
  }
  if ((name === 'replace' || name === 'replaceAll') && constants[0] === ',' && constants[1] === '.') return { is: 'pointed', text }
  if (TRUTH_METHODS.has(name)) return primitive(open({ is: 'bool' }, `\`${name}\` of a text`))
  if (NUMBER_METHODS.has(name)) return primitive(open({ is: 'number', integer: true }, `\`${name}\` of a text`))
  if (name === 'split' || name === 'match') return { is: 'unknown', why: `\`${name}\` of a text` }
  return primitive(open({ is: 'text' }, `\`${name}\` of a text`))
}
