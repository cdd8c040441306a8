/**
 * Reads the condition of an IoT Hub query ("IoT Hub query language for device and module twins", Expressions and conditions; `IN`, `NIN`, `IS_DEFINED`,
 * `STARTSWITH`, `ENDSWITH` as its sections on twins show them). Refused: what that text does not define well enough to reason on, or what needs arithmetic.
 */
import { maybe } from '../../diagnostics/suggest.ts'
import { type DeviceQuery, type QueryComparison, queryPathName, type QueryPath, type QueryScalar } from '../../model/device-query.ts'
import { type QueryFault, type QueryToken, queryTokens } from './condition-tokens.ts'

export type { QueryFault } from './condition-tokens.ts'

const DEEPEST = 100
const LONGEST = 20_000
/** What a device's document begins with. */
const ROOTS = [
  'deviceId',
  'moduleId',
  'etag',
  'deviceEtag',
  'version',
  'status',
  'statusReason',
  'statusUpdateTime',
  'connectionState',
  'lastActivityTime',
  'cloudToDeviceMessageCount',
  'authenticationType',
  'x509Thumbprint',
  'modelId',
  'deviceScope',
  'parentScopes',
  'capabilities',
  'configurations',
  'tags',
  'properties',
]
/** Those of them that hold properties. */
const NESTED = ['capabilities', 'configurations', 'tags', 'properties']
const COMPARISONS: Readonly<Record<string, QueryComparison>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}
const FLIPPED: Readonly<Record<QueryComparison, QueryComparison>> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
const FUNCTIONS = ['is_defined', 'startswith', 'endswith', 'starts_with', 'ends_with', 'contains'] as const
const KEYWORDS = ['and', 'or', 'not', 'in', 'nin', 'null', 'undefined', 'true', 'false']

/** Thrown inside this file only, and caught in `readCondition`. */
class Refused extends Error {
  readonly fault: QueryFault
  constructor(fault: QueryFault) {
    super(fault.message)
    this.fault = fault
  }
}

/** The condition, or the first fault in it with its offsets. `*` and nothing else stands for every device. */
export function readCondition(text: string): DeviceQuery | QueryFault {
  if (text.length > LONGEST)
    return { code: 'too-long', message: `the condition has more than ${LONGEST} characters`, start: 0, end: text.length }
  const tokens = queryTokens(text)
  if ('code' in tokens) return tokens
  try {
    return parse(tokens)
  } catch (error) {
    if (error instanceof Refused) return error.fault
    throw error
  }
}

type Operand =
  | { readonly is: 'path'; readonly path: QueryPath; readonly start: number; readonly end: number }
  | { readonly is: 'constant'; readonly value: QueryScalar; readonly start: number; readonly end: number }
  | { readonly is: 'condition'; readonly query: DeviceQuery; readonly start: number; readonly end: number }

function parse(tokens: readonly QueryToken[]): DeviceQuery {
  let at = 0
  let depth = 0
  const peek = (): QueryToken => tokens[at]!
  const word = (token: QueryToken = peek()): string => (token.is === 'word' ? token.text.toLowerCase() : '')
  const sign = (token: QueryToken = peek()): string => (token.is === 'sign' ? token.text : '')
  const shown = (token: QueryToken): string => (token.is === 'end' ? 'the end of the condition' : `\`${token.text.slice(0, 40)}\``)

  if (sign() === '*' && tokens[1]?.is === 'end') return { is: 'always', value: true }
  if (peek().is === 'end') return refuse('empty', 'the condition is empty', peek(), 'maybe `*`, which is every device')
  if (word() === 'select')
    return refuse('select', 'a whole query stands here, a condition is needed', peek(), 'maybe only what follows its `WHERE`')
  if (word() === 'from')
    return refuse(
      'from',
      'conditions on modules are not analysed, only those on devices',
      peek(),
      'maybe leave out what stands before the condition',
    )
  const query = disjunction()
  const rest = peek()
  if (rest.is === 'end') return query
  if (sign(rest) === ')') return refuse('parenthesis', '`)` without `(`', rest)
  if ('+-*/%'.includes(sign(rest)) && sign(rest) !== '') return refuse('arithmetic', 'arithmetic is not analysed', rest)
  return refuse('syntax', `${shown(rest)} cannot follow a condition`, rest, 'maybe `AND` or `OR` is missing')

  function disjunction(): DeviceQuery {
    const parts = [conjunction()]
    while (word() === 'or') {
      at++
      parts.push(conjunction())
    }
    return parts.length === 1 ? parts[0]! : { is: 'any', of: parts }
  }

  function conjunction(): DeviceQuery {
    const parts = [negation()]
    while (word() === 'and') {
      at++
      parts.push(negation())
    }
    return parts.length === 1 ? parts[0]! : { is: 'all', of: parts }
  }

  function negation(): DeviceQuery {
    if (++depth > DEEPEST) refuse('too-deep', `conditions are nested deeper than ${DEEPEST}`, peek())
    let query: DeviceQuery
    if (word() === 'not') {
      at++
      query = { is: 'not', of: negation() }
    } else query = comparison()
    depth--
    return query
  }

  function comparison(): DeviceQuery {
    const left = operand()
    const operator = peek()
    const known = COMPARISONS[sign(operator)]
    if (known !== undefined) {
      at++
      return compared(known, left, operand())
    }
    if (word(operator) === 'in' || word(operator) === 'nin') {
      at++
      if (left.is !== 'path') refuse('syntax', `\`${operator.text}\` needs a property on its left`, left)
      const query: DeviceQuery = { is: 'one-of', path: left.path, values: list() }
      return word(operator) === 'nin' ? { is: 'not', of: query } : query
    }
    if (left.is === 'condition') return left.query
    if (left.is === 'path') return { is: 'true', path: left.path }
    if (typeof left.value === 'boolean') return { is: 'always', value: left.value }
    return refuse('syntax', 'a value alone is no condition', left, 'maybe a comparison with a property is meant')
  }

  function compared(operator: QueryComparison, left: Operand, right: Operand): DeviceQuery {
    for (const side of [left, right]) {
      if (side.is === 'condition') refuse('syntax', 'a condition cannot be compared', side)
    }
    if (left.is === 'path' && right.is === 'constant') return { is: 'compare', operator, path: left.path, value: right.value }
    if (left.is === 'constant' && right.is === 'path')
      return { is: 'compare', operator: FLIPPED[operator], path: right.path, value: left.value }
    if (left.is === 'path' && right.is === 'path') return { is: 'compare-paths', operator, left: left.path, right: right.path }
    return refuse('syntax', 'two values are compared, and no property', left)
  }

  function operand(): Operand {
    const token = peek()
    const { start, end } = token
    if (sign(token) === '(') {
      at++
      const query = disjunction()
      expect(')', `the \`(\` is not closed`, token)
      return { is: 'condition', query, start, end: tokens[at - 1]!.end }
    }
    if (token.is === 'number' || token.is === 'text') {
      at++
      return { is: 'constant', value: token.value, start, end }
    }
    if (sign(token) === '-' && tokens[at + 1]?.is === 'number') {
      const number = tokens[at + 1] as Extract<QueryToken, { readonly is: 'number' }>
      at += 2
      return { is: 'constant', value: 0 - number.value, start, end: number.end }
    }
    const name = word(token)
    if (name === 'true' || name === 'false') {
      at++
      return { is: 'constant', value: name === 'true', start, end }
    }
    if (name === 'null' || name === 'undefined')
      return refuse(
        'null',
        `what IoT Hub makes of a comparison with \`${token.text}\` is not documented`,
        token,
        'maybe `is_defined(...)` asks what you need',
      )
    if (token.is === 'word' && sign(tokens[at + 1]) === '(') return called(token.text)
    if (token.is === 'word' && !KEYWORDS.includes(name)) return property()
    if (sign(token) === '*') return refuse('syntax', '`*` stands alone, for every device', token)
    return refuse('syntax', `a property, a value or a condition is expected, not ${shown(token)}`, token)
  }

  function property(): Extract<Operand, { readonly is: 'path' }> {
    const first = peek()
    const path = [first.text]
    let end = first.end
    at++
    while (sign() === '.') {
      at++
      const key = peek()
      if (key.is !== 'word' && key.is !== 'key') refuse('syntax', `a key is expected behind the point, not ${shown(key)}`, key)
      path.push(key.text)
      end = key.end
      at++
    }
    if (sign() === '[') refuse('syntax', 'members of lists are not read', peek())
    if (!ROOTS.includes(path[0]!)) {
      const hint = maybe(path[0]!, path.length > 1 ? NESTED : ROOTS).hint ?? 'maybe `tags` or `properties.reported` stands before it'
      refuse('unknown-property', `a device has no \`${path[0]!}\``, first, hint)
    }
    if (path[0] === 'properties' && path[1] !== 'reported' && path[1] !== 'desired')
      refuse(
        'unknown-property',
        `\`${queryPathName(path)}\` is neither reported nor desired`,
        { start: first.start, end },
        'maybe `properties.reported`?',
      )
    return { is: 'path', path, start: first.start, end }
  }

  function called(name: string): Operand {
    const token = peek()
    const known = FUNCTIONS.find((candidate) => candidate === name.toLowerCase())
    if (known === undefined)
      return refuse(
        'unknown-function',
        `no function of conditions on devices is called \`${name}\``,
        token,
        maybe(name.toLowerCase(), FUNCTIONS).hint ?? 'maybe one of `IS_DEFINED`, `STARTSWITH`, `ENDSWITH`',
      )
    at += 2
    if (peek().is !== 'word') refuse('syntax', `\`${name}\` needs a property`, peek())
    const { path } = property()
    if (known === 'is_defined') {
      expect(')', `\`${name}\` is not closed`, token)
      return { is: 'condition', query: { is: 'defined', path }, start: token.start, end: tokens[at - 1]!.end }
    }
    expect(',', `\`${name}\` needs a text behind the property`, token)
    const text = peek()
    if (text.is !== 'text') return refuse('syntax', `\`${name}\` needs a text in quotes, not ${shown(text)}`, text)
    at++
    expect(')', `\`${name}\` is not closed`, token)
    const test = known === 'contains' ? 'contains' : known.startsWith('start') ? 'startsWith' : 'endsWith'
    return { is: 'condition', query: { is: 'text-test', test, path, text: text.value }, start: token.start, end: tokens[at - 1]!.end }
  }

  function list(): readonly QueryScalar[] {
    const open = peek()
    if (sign(open) === '(') return refuse('syntax', 'a list stands in square brackets', open, "maybe `['a', 'b']`")
    expect('[', 'a list in square brackets is expected', open)
    const values: QueryScalar[] = []
    if (sign() === ']') return refuse('syntax', 'the list is empty', open)
    for (;;) {
      const value = operand()
      if (value.is !== 'constant') return refuse('syntax', 'lists hold values only', value)
      values.push(value.value)
      if (sign() === ']') break
      expect(',', 'a comma or `]` is expected in the list', peek())
    }
    at++
    return [...new Set(values)]
  }

  function expect(text: string, message: string, otherwise: { readonly start: number; readonly end: number }): void {
    if (sign() !== text) {
      if ('+-*/%'.includes(sign()) && sign() !== '') refuse('arithmetic', 'arithmetic is not analysed', peek())
      refuse('syntax', message, otherwise)
    }
    at++
  }
}

function refuse(code: string, message: string, { start, end }: { readonly start: number; readonly end: number }, hint?: string): never {
  throw new Refused({ code, message, start, end, ...(hint === undefined ? {} : { hint }) })
}
