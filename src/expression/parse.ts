/** From the text of an expression to CEL's syntax tree, within limits of length and nesting. The grammar is `@marcbachmann/cel-js`'s; nothing is evaluated by it. */
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import { locate } from './locate.ts'

export const LONGEST_EXPRESSION = 10_000
export const DEEPEST_NESTING = 100

const parser = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true, limits: { maxDepth: 2 * DEEPEST_NESTING } })

/** Returns the syntax tree, or the one reason why there is none. */
export function parseExpression(expression: ExpressionText): ASTNode | Diagnostic {
  const { text } = expression
  const problem = (code: string, message: string, start: number, end: number, hint?: string): Diagnostic => ({
    code,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    at: locate(expression, start, end),
  })
  if (text.length > LONGEST_EXPRESSION) {
    return problem('expression/too-long', `the expression has ${text.length} characters, ${LONGEST_EXPRESSION} are allowed`, 0, 0)
  }
  const deep = tooDeepAt(text)
  if (deep !== undefined) return tooDeep(deep)
  try {
    const { ast } = parser.parse(text)
    return depthOf(ast) > DEEPEST_NESTING ? tooDeep(0) : ast
  } catch (error) {
    if (error instanceof RangeError) return tooDeep(0)
    if (!(error instanceof ParseError)) throw error
    if (error.code === 'limit_exceeded') {
      const start = error.range?.start ?? 0
      if (error.summary.includes('maxDepth')) return tooDeep(start)
      return problem('expression/too-long', `the expression has more parts than are allowed: ${lower(error.summary)}`, start, start)
    }
    const { message, hint, start, end } = syntaxError(error, text)
    return problem('expression/syntax', message, start, end, hint)
  }

  function tooDeep(at: number): Diagnostic {
    return problem('expression/too-deep', `the expression is nested more than ${DEEPEST_NESTING} levels deep`, at, at)
  }
}

/** Where brackets or a run of `!` and `-` go deeper than allowed; the parser would recurse there. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0
  let unary = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '"' || c === "'") {
      const quote = text.startsWith(c.repeat(3), i) ? c.repeat(3) : c
      i += quote.length
      while (i < text.length && !text.startsWith(quote, i)) i += text[i] === '\\' ? 2 : 1
      i += quote.length - 1
      unary = 0
    } else if (c === '!' || c === '-') unary += 1
    else if (c === '(' || c === '[' || c === '{') depth += 1
    else {
      if (c === ')' || c === ']' || c === '}') depth -= 1
      if (c.trim() !== '') unary = 0
    }
    if (depth > DEEPEST_NESTING || unary > DEEPEST_NESTING) return i
  }
  return undefined
}

/** Depth of the tree, where a chain of one of `&&` and `||` counts once: the checker flattens it. */
function depthOf(root: ASTNode): number {
  let deepest = 0
  const open: (readonly [ASTNode, number])[] = [[root, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next
    deepest = Math.max(deepest, depth)
    for (const child of children(node))
      open.push([child, (node.op === '&&' || node.op === '||') && child.op === node.op ? depth : depth + 1])
  }
  return deepest
}

function children(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}

const TOKENS: Readonly<Record<string, string>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}', COLON: ':', IDENTIFIER: 'a name' }
const CODES: Readonly<Record<string, string>> = {
  unterminated_string: 'the text is not closed, its second quote is missing',
  unterminated_triple_quoted_string: 'the text is not closed, its second quotes are missing',
  newline_in_string: 'a text must end on the line where it begins',
}
const WORDS: Readonly<Record<string, string>> = { and: '&&', or: '||', '&': '&&', '|': '||', '=': '==', AND: '&&', OR: '||', '<>': '!=' }

function syntaxError(
  error: ParseError,
  text: string,
): { readonly message: string; readonly hint?: string; readonly start: number; readonly end: number } {
  const start = Math.min(error.range?.start ?? 0, text.length)
  const end = Math.min(error.range?.end ?? start, text.length)
  const known = CODES[error.code]
  if (error.summary.includes('Infinity')) return { message: `\`${text.slice(start, end)}\` is too large a number`, start, end }
  if (known !== undefined) return { message: known, start, end: Math.max(end, start) }
  if (!['unexpected_token', 'expected_token', 'unexpected_character'].includes(error.code))
    return { message: lower(error.summary), start, end }
  if (text.trim() === '') return { message: 'the expression is empty', start: 0, end: 0 }
  const expected = /^Expected (\w+)/.exec(error.summary)?.[1]
  const wanted = expected === undefined ? undefined : TOKENS[expected]
  const missing = wanted === undefined ? 'something is missing' : wanted.length === 1 ? `\`${wanted}\` is missing` : `${wanted} is missing`
  if (start >= text.length) return { message: `the expression ends too early, ${missing}`, start, end }
  const found = text.slice(start, Math.max(end, start + 1))
  const instead = WORDS[found]
  return {
    message: `\`${found}\` is not expected here${wanted === undefined ? '' : `, ${missing}`}`,
    ...(instead === undefined ? {} : { hint: `maybe \`${instead}\`?` }),
    start,
    end: Math.max(end, start + 1),
  }
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
