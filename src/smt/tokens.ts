/** The tokens of SMT-LIB 2 text with their offsets; comments and white space fall away. */
import { TermError } from './term-error.ts'

export interface Token {
  readonly is: 'open' | 'close' | 'atom'
  /** As written: `|a b|` keeps its bars, a string its quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A failure that names line and column of the offset, both from 1. */
export const readError = (source: string, offset: number, message: string): TermError => {
  const before = source.slice(0, offset)
  const line = before.split('\n').length
  return new TermError('smt/read', `${line}:${offset - before.lastIndexOf('\n')}: ${message}`)
}

const ATOM = /[^\s()";|]+/y

const closing = (source: string, start: number, quote: string): number => {
  const end = source.indexOf(quote, start + 1)
  if (end < 0) throw readError(source, start, `no closing \`${quote}\``)
  return end + 1
}

const stringEnd = (source: string, start: number): number => {
  let end = closing(source, start, '"')
  while (source[end] === '"') end = closing(source, end, '"')
  return end
}

const atomEnd = (source: string, start: number): number => {
  ATOM.lastIndex = start
  return start + (ATOM.exec(source)?.[0].length ?? 1)
}

export function* tokens(source: string, from = 0): Generator<Token, void> {
  for (let at = from; at < source.length;) {
    const character = source[at]!
    if (character === ';') {
      const end = source.indexOf('\n', at)
      at = end < 0 ? source.length : end
    } else if (character === ' ' || character === '\n' || /\s/.test(character)) at++
    else {
      let end = at + 1
      if (character === '|') end = closing(source, at, '|')
      else if (character === '"') end = stringEnd(source, at)
      else if (character !== '(' && character !== ')') end = atomEnd(source, at)
      yield { is: character === '(' ? 'open' : character === ')' ? 'close' : 'atom', text: source.slice(at, end), start: at, end }
      at = end
    }
  }
}
