/** The statements of a template; the grammar of expressions is in `parse-expression.ts`. */
import { expression, sequence, targetOf } from './parse-expression.ts'
import type { Node, Parameter, Statement, Target, Token } from './syntax.ts'
import { syntaxError } from './syntax.ts'
import { type Cursor, expectName, expectOperator, isName, isOperator, nested, nextToken, peek, takeName, takeOperator } from './cursor.ts'
import { tokensOf } from './tokens.ts'

const MAXIMAL_LENGTH = 100_000

/** Throws a syntax error where the text is no template. */
export function parseTemplate(text: string): readonly Statement[] {
  if (text.length > MAXIMAL_LENGTH) syntaxError(`the template is longer than ${MAXIMAL_LENGTH} characters`, MAXIMAL_LENGTH)
  const cursor: Cursor = { tokens: tokensOf(text), at: 0, depth: 0 }
  const { body } = bodyUntil(cursor, [])
  return body
}

/** Statements up to `{% word`, whose words are consumed; at the end of the text where no words are asked. */
function bodyUntil(cursor: Cursor, words: readonly string[]): { readonly body: readonly Statement[]; readonly word: string } {
  const body: Statement[] = []
  for (;;) {
    const token = nextToken(cursor)
    switch (token.is) {
      case 'text':
        body.push({ do: 'text', text: token.text })
        break
      case 'open':
        if (token.kind === 'print') {
          body.push({ do: 'print', value: sequence(cursor) })
          close(cursor, 'print')
          break
        }
        {
          const word = expectName(cursor)
          if (words.includes(word)) return { body, word }
          body.push(...nested(cursor, () => statement(cursor, word, token.at)))
        }
        break
      case 'end':
        if (words.length > 0) syntaxError(`\`${words.at(-1)!}\` is missing`, token.at)
        return { body, word: '' }
      case 'close':
      case 'name':
      case 'string':
      case 'number':
      case 'operator':
        syntaxError('a block is expected', token.at)
    }
  }
}

function close(cursor: Cursor, kind: 'print' | 'statement'): void {
  const token = nextToken(cursor)
  if (token.is !== 'close' || token.kind !== kind) syntaxError(`${described(token)} is not expected here`, token.at)
}

function described(token: Token): string {
  switch (token.is) {
    case 'name':
    case 'operator':
    case 'string':
      return `\`${token.text}\``
    case 'number':
      return `\`${token.value}\``
    case 'text':
    case 'open':
    case 'close':
    case 'end':
      return 'the end of the block'
  }
}

/** The rest of a block: its end, what stands inside, and the block that ends it. */
function bodyOf(cursor: Cursor, end: string): readonly Statement[] {
  close(cursor, 'statement')
  const { body } = bodyUntil(cursor, [end])
  if (peek(cursor).is === 'name') nextToken(cursor)
  close(cursor, 'statement')
  return body
}

function statement(cursor: Cursor, word: string, at: number): readonly Statement[] {
  switch (word) {
    case 'if':
      return [ifStatement(cursor)]
    case 'for':
      return [forStatement(cursor)]
    case 'set':
      return [setStatement(cursor)]
    case 'macro': {
      const name = expectName(cursor)
      expectOperator(cursor, '(')
      return [{ do: 'macro', name, parameters: parameters(cursor), body: bodyOf(cursor, 'endmacro') }]
    }
    case 'with': {
      const sets: { target: Target; value: Node }[] = []
      while (peek(cursor).is === 'name') {
        const target = targetOf(cursor)
        expectOperator(cursor, '=')
        sets.push({ target, value: expression(cursor) })
        takeOperator(cursor, ',')
      }
      return [{ do: 'with', sets, body: bodyOf(cursor, 'endwith') }]
    }
    case 'filter': {
      const value = expression(cursor, true)
      const body = bodyOf(cursor, 'endfilter')
      return [{ do: 'print', value: fill(value, { is: 'body', body }) }]
    }
    case 'do': {
      const value = sequence(cursor)
      close(cursor, 'statement')
      return [{ do: 'evaluate', value }]
    }
    case 'from':
      return [importNames(cursor)]
    case 'import': {
      const file = expression(cursor)
      if (expectName(cursor) !== 'as') syntaxError('`as` is expected', at)
      const as = expectName(cursor)
      context(cursor)
      close(cursor, 'statement')
      return [{ do: 'import-all', file, as }]
    }
    case 'break':
    case 'continue':
      close(cursor, 'statement')
      return [{ do: word }]
    case 'autoescape':
    case 'block':
    case 'call':
    case 'extends':
    case 'include': {
      while (peek(cursor).is !== 'close' && peek(cursor).is !== 'end') nextToken(cursor)
      if (word === 'extends' || word === 'include') close(cursor, 'statement')
      else bodyOf(cursor, `end${word}`)
      return [{ do: 'other', word }]
    }
    default:
      return syntaxError(`no statement is called \`${word}\``, at)
  }
}

/** The filters of a filter block, applied to what stands inside. */
function fill(filters: Node, body: Node): Node {
  return filters.is === 'filter' ? { ...filters, of: filters.of.is === 'constant' ? body : fill(filters.of, body) } : filters
}

function ifStatement(cursor: Cursor): Statement {
  const cases: { when: Node; body: readonly Statement[] }[] = []
  for (;;) {
    const when = expression(cursor)
    close(cursor, 'statement')
    const { body, word } = bodyUntil(cursor, ['elif', 'else', 'endif'])
    cases.push({ when, body })
    if (word === 'elif') continue
    let otherwise: readonly Statement[] = []
    if (word === 'else') {
      close(cursor, 'statement')
      otherwise = bodyUntil(cursor, ['endif']).body
    }
    close(cursor, 'statement')
    return { do: 'if', cases, otherwise }
  }
}

function forStatement(cursor: Cursor): Statement {
  const target = targetOf(cursor)
  if (expectName(cursor) !== 'in') syntaxError('`in` is expected', peek(cursor).at)
  const over = sequence(cursor, false)
  const where = takeName(cursor, 'if') ? expression(cursor) : undefined
  const recursive = takeName(cursor, 'recursive')
  close(cursor, 'statement')
  const { body, word } = bodyUntil(cursor, ['else', 'endfor'])
  let otherwise: readonly Statement[] = []
  if (word === 'else') {
    close(cursor, 'statement')
    otherwise = bodyUntil(cursor, ['endfor']).body
  }
  close(cursor, 'statement')
  return recursive ? { do: 'other', word: 'for ... recursive' } : { do: 'for', target, over, where, body, otherwise }
}

function setStatement(cursor: Cursor): Statement {
  const target = targetOf(cursor)
  if (takeOperator(cursor, '=')) {
    const value = sequence(cursor)
    close(cursor, 'statement')
    return { do: 'set', target, value }
  }
  const filters = isOperator(cursor, '|') ? expression(cursor, true) : undefined
  const body: Node = { is: 'body', body: bodyOf(cursor, 'endset') }
  return { do: 'set', target, value: filters === undefined ? body : fill(filters, body) }
}

function parameters(cursor: Cursor): readonly Parameter[] {
  const list: Parameter[] = []
  while (!takeOperator(cursor, ')')) {
    const name = expectName(cursor)
    list.push({ name, otherwise: takeOperator(cursor, '=') ? expression(cursor) : undefined })
    if (!isOperator(cursor, ')')) expectOperator(cursor, ',')
  }
  return list
}

function importNames(cursor: Cursor): Statement {
  const file = expression(cursor)
  if (expectName(cursor) !== 'import') syntaxError('`import` is expected', peek(cursor).at)
  const names: { name: string; as: string }[] = []
  for (;;) {
    if (isName(cursor, 'with') || isName(cursor, 'without')) break
    const name = expectName(cursor)
    names.push({ name, as: takeName(cursor, 'as') ? expectName(cursor) : name })
    if (!takeOperator(cursor, ',')) break
  }
  context(cursor)
  close(cursor, 'statement')
  return { do: 'import', file, names }
}

/** `with context`, `without context`. */
function context(cursor: Cursor): void {
  if (takeName(cursor, 'with') || takeName(cursor, 'without')) expectName(cursor)
}
