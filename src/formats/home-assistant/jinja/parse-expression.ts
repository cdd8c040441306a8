/** Expressions of templates, by the grammar of Jinja 3.1 (jinja2/parser.py). */
import type { Arguments, ArithmeticOperator, CompareOperator, Node, Target } from './syntax.ts'
import { syntaxError } from './syntax.ts'
import { type Cursor, expectName, expectOperator, isName, isOperator, nested, nextToken, peek, takeName, takeOperator } from './cursor.ts'

const NOTHING: Node = { is: 'constant', value: null, float: false }
const noArguments: Arguments = { plain: [], named: new Map() }

/** One expression; `filters`: only filters, as in a filter block, applied to a placeholder. */
export function expression(cursor: Cursor, filters = false): Node {
  if (!filters) return nested(cursor, () => choice(cursor))
  takeOperator(cursor, '|')
  let node: Node = NOTHING
  do node = filter(cursor, node)
  while (takeOperator(cursor, '|'))
  return node
}

/** One expression, or several with commas between: a tuple. Without `choices`, an `if` behind belongs to the statement. */
export function sequence(cursor: Cursor, choices = true): Node {
  const one = (): Node => nested(cursor, () => (choices ? choice(cursor) : disjunction(cursor)))
  const first = one()
  if (!isOperator(cursor, ',')) return first
  const items = [first]
  while (takeOperator(cursor, ',')) {
    if (endsSequence(cursor)) break
    items.push(one())
  }
  return { is: 'list', items }
}

function endsSequence(cursor: Cursor): boolean {
  const token = peek(cursor)
  return token.is === 'close' || token.is === 'end' || (token.is === 'operator' && (token.text === ')' || token.text === '='))
}

/** The names before `=` of `set` and before `in` of `for`. */
export function targetOf(cursor: Cursor): Target {
  const targets: Target[] = []
  do {
    if (targets.length > 0 && peek(cursor).is !== 'name' && !isOperator(cursor, '(')) break
    if (takeOperator(cursor, '(')) {
      targets.push(nested(cursor, () => targetOf(cursor)))
      expectOperator(cursor, ')')
      continue
    }
    const name = expectName(cursor)
    targets.push(takeOperator(cursor, '.') ? { is: 'member', namespace: name, name: expectName(cursor) } : { is: 'name', name })
  } while (takeOperator(cursor, ','))
  return targets.length === 1 ? targets[0]! : { is: 'several', targets }
}

function choice(cursor: Cursor): Node {
  let node = disjunction(cursor)
  while (takeName(cursor, 'if')) {
    const condition = disjunction(cursor)
    const otherwise = takeName(cursor, 'else') ? nested(cursor, () => choice(cursor)) : undefined
    node = { is: 'choose', condition, then: node, otherwise }
  }
  return node
}

function disjunction(cursor: Cursor): Node {
  let left = conjunction(cursor)
  while (takeName(cursor, 'or')) left = { is: 'or', left, right: conjunction(cursor) }
  return left
}

function conjunction(cursor: Cursor): Node {
  let left = negation(cursor)
  while (takeName(cursor, 'and')) left = { is: 'and', left, right: negation(cursor) }
  return left
}

function negation(cursor: Cursor): Node {
  if (takeName(cursor, 'not')) return { is: 'not', of: nested(cursor, () => negation(cursor)) }
  return comparison(cursor)
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])

function comparison(cursor: Cursor): Node {
  const first = sum(cursor)
  const rest: { operator: CompareOperator; right: Node }[] = []
  for (;;) {
    const token = peek(cursor)
    const next = peek(cursor, 1)
    if (token.is === 'operator' && COMPARISONS.has(token.text)) {
      cursor.at += 1
      rest.push({ operator: token.text as CompareOperator, right: sum(cursor) })
    } else if (takeName(cursor, 'in')) rest.push({ operator: 'in', right: sum(cursor) })
    else if (isName(cursor, 'not') && next.is === 'name' && next.text === 'in') {
      cursor.at += 2
      rest.push({ operator: 'not in', right: sum(cursor) })
    } else return rest.length === 0 ? first : { is: 'compare', first, rest }
  }
}

function binary(cursor: Cursor, operators: readonly ArithmeticOperator[], operand: () => Node): Node {
  let left = operand()
  for (;;) {
    const operator = operators.find((text) => isOperator(cursor, text))
    if (operator === undefined) return left
    cursor.at += 1
    left = { is: 'arithmetic', operator, left, right: operand() }
  }
}

const sum = (cursor: Cursor): Node => binary(cursor, ['+', '-'], () => joined(cursor))

function joined(cursor: Cursor): Node {
  const parts = [product(cursor)]
  while (takeOperator(cursor, '~')) parts.push(product(cursor))
  return parts.length === 1 ? parts[0]! : { is: 'join', parts }
}

const product = (cursor: Cursor): Node =>
  binary(cursor, ['*', '/', '//', '%'], () => binary(cursor, ['**'], () => nested(cursor, () => unary(cursor, true))))

function unary(cursor: Cursor, filters: boolean): Node {
  if (takeOperator(cursor, '-')) {
    const of: Node = { is: 'negative', of: nested(cursor, () => unary(cursor, false)) }
    return filters ? filtered(cursor, of) : of
  }
  if (takeOperator(cursor, '+')) {
    const of = nested(cursor, () => unary(cursor, false))
    return filters ? filtered(cursor, of) : of
  }
  const node = postfix(cursor, primary(cursor))
  return filters ? filtered(cursor, node) : node
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, True: true, false: false, False: false, none: null, None: null }
const RESERVED: ReadonlySet<string> = new Set(['and', 'or', 'if', 'else', 'elif', 'is', 'in', 'not'])

function primary(cursor: Cursor): Node {
  const token = nextToken(cursor)
  switch (token.is) {
    case 'name': {
      if (RESERVED.has(token.text)) return syntaxError(`\`${token.text}\` is not expected here`, token.at)
      const constant = Object.hasOwn(CONSTANTS, token.text) ? CONSTANTS[token.text] : undefined
      return constant === undefined ? { is: 'name', name: token.text } : { is: 'constant', value: constant, float: false }
    }
    case 'string': {
      let { text } = token
      for (let next = peek(cursor); next.is === 'string'; next = peek(cursor)) {
        text += next.text
        cursor.at += 1
      }
      return { is: 'constant', value: text, float: false }
    }
    case 'number':
      return { is: 'constant', value: token.value, float: token.float }
    case 'operator':
      if (token.text === '(') return parenthesised(cursor)
      if (token.text === '[') return { is: 'list', items: items(cursor, ']') }
      if (token.text === '{') return dict(cursor)
      return syntaxError(`\`${token.text}\` is not expected here`, token.at)
    case 'text':
    case 'open':
    case 'close':
    case 'end':
      return syntaxError('an expression is expected', token.at)
  }
}

function parenthesised(cursor: Cursor): Node {
  if (takeOperator(cursor, ')')) return { is: 'list', items: [] }
  const node = sequence(cursor)
  expectOperator(cursor, ')')
  return node
}

function items(cursor: Cursor, end: string): readonly Node[] {
  const list: Node[] = []
  while (!takeOperator(cursor, end)) {
    list.push(expression(cursor))
    if (!isOperator(cursor, end)) expectOperator(cursor, ',')
  }
  return list
}

function dict(cursor: Cursor): Node {
  const entries: (readonly [Node, Node])[] = []
  while (!takeOperator(cursor, '}')) {
    const key = expression(cursor)
    expectOperator(cursor, ':')
    entries.push([key, expression(cursor)])
    if (!isOperator(cursor, '}')) expectOperator(cursor, ',')
  }
  return { is: 'dict', entries }
}

function postfix(cursor: Cursor, start: Node): Node {
  let node = start
  for (;;) {
    if (takeOperator(cursor, '.')) {
      const token = nextToken(cursor)
      if (token.is === 'name') node = { is: 'member', of: node, name: token.text }
      else if (token.is === 'number') node = { is: 'item', of: node, index: { is: 'constant', value: token.value, float: false } }
      else syntaxError('a name is expected', token.at)
    } else if (takeOperator(cursor, '[')) node = subscript(cursor, node)
    else if (takeOperator(cursor, '(')) node = { is: 'call', of: node, given: given(cursor) }
    else return node
  }
}

function subscript(cursor: Cursor, of: Node): Node {
  const parts: (Node | undefined)[] = [undefined]
  let colons = 0
  while (!takeOperator(cursor, ']')) {
    if (takeOperator(cursor, ':')) {
      colons += 1
      parts.push(undefined)
    } else if (parts.at(-1) !== undefined) return syntaxError('`]` is expected', peek(cursor).at)
    else parts[parts.length - 1] = expression(cursor)
  }
  const [start, stop, step] = parts
  if (colons > 0) return { is: 'slice', of, start, stop, step }
  return start === undefined ? syntaxError('an index is expected', peek(cursor).at) : { is: 'item', of, index: start }
}

function given(cursor: Cursor): Arguments {
  const plain: Node[] = []
  const named = new Map<string, Node>()
  while (!takeOperator(cursor, ')')) {
    const [token, next] = [peek(cursor), peek(cursor, 1)]
    if (takeOperator(cursor, '**')) named.set('**', expression(cursor))
    else if (takeOperator(cursor, '*')) named.set('*', expression(cursor))
    else if (token.is === 'name' && next.is === 'operator' && next.text === '=') {
      cursor.at += 2
      named.set(token.text, expression(cursor))
    } else plain.push(expression(cursor))
    if (!isOperator(cursor, ')')) expectOperator(cursor, ',')
  }
  return { plain, named }
}

function filtered(cursor: Cursor, start: Node): Node {
  let node = start
  for (;;) {
    if (takeOperator(cursor, '|')) node = filter(cursor, node)
    else if (takeName(cursor, 'is')) node = test(cursor, node)
    else if (takeOperator(cursor, '(')) node = { is: 'call', of: node, given: given(cursor) }
    else return node
  }
}

function dotted(cursor: Cursor): string {
  let name = expectName(cursor)
  while (takeOperator(cursor, '.')) name += `.${expectName(cursor)}`
  return name
}

function filter(cursor: Cursor, of: Node): Node {
  const name = dotted(cursor)
  return { is: 'filter', of, name, given: takeOperator(cursor, '(') ? given(cursor) : noArguments }
}

function test(cursor: Cursor, of: Node): Node {
  const negated = takeName(cursor, 'not')
  const name = dotted(cursor)
  let parts = noArguments
  const token = peek(cursor)
  if (takeOperator(cursor, '(')) parts = given(cursor)
  else if (
    token.is === 'string' ||
    token.is === 'number' ||
    (token.is === 'operator' && (token.text === '[' || token.text === '{')) ||
    (token.is === 'name' && !RESERVED.has(token.text))
  )
    parts = { plain: [postfix(cursor, primary(cursor))], named: new Map() }
  const node: Node = { is: 'test', of, name, given: parts }
  return negated ? { is: 'not', of: node } : node
}
