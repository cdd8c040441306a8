/** A place in the tokens of a template. */
import { syntaxError, type Token } from './syntax.ts'

export interface Cursor {
  readonly tokens: readonly Token[]
  at: number
  depth: number
}

const MAXIMAL_DEPTH = 100

export const peek = (cursor: Cursor, ahead = 0): Token => cursor.tokens[Math.min(cursor.at + ahead, cursor.tokens.length - 1)]!

export function nextToken(cursor: Cursor): Token {
  const token = peek(cursor)
  cursor.at += 1
  return token
}

/** Goes one level deeper; refuses what would exhaust the stack. */
export function nested<T>(cursor: Cursor, read: () => T): T {
  cursor.depth += 1
  if (cursor.depth > MAXIMAL_DEPTH) syntaxError(`the template is nested deeper than ${MAXIMAL_DEPTH} levels`, peek(cursor).at)
  const result = read()
  cursor.depth -= 1
  return result
}

export function isOperator(cursor: Cursor, text: string): boolean {
  const token = peek(cursor)
  return token.is === 'operator' && token.text === text
}

export function isName(cursor: Cursor, text: string): boolean {
  const token = peek(cursor)
  return token.is === 'name' && token.text === text
}

export function takeOperator(cursor: Cursor, text: string): boolean {
  const found = isOperator(cursor, text)
  if (found) cursor.at += 1
  return found
}

export function takeName(cursor: Cursor, text: string): boolean {
  const found = isName(cursor, text)
  if (found) cursor.at += 1
  return found
}

export function expectOperator(cursor: Cursor, text: string): void {
  if (!takeOperator(cursor, text)) syntaxError(`\`${text}\` is expected`, peek(cursor).at)
}

export function expectName(cursor: Cursor): string {
  const token = nextToken(cursor)
  if (token.is !== 'name') syntaxError('a name is expected', token.at)
  return token.text
}
