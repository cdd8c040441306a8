/** SMT-LIB 2 text back to terms: the language that `print.ts` writes and the values that solvers answer. Without recursion, so depth costs no stack. */
import { neg, numberOf, quotient, sortOf } from './build.ts'
import { rational } from './rational.ts'
import { readSymbol } from './symbol.ts'
import type { Operator, Sort, Term } from './term.ts'
import { readError, tokens, type Token } from './tokens.ts'

type Frame =
  | { readonly is: 'apply'; readonly start: number; operator?: Operator; readonly terms: Term[] }
  | { readonly is: 'let'; readonly start: number; names?: readonly string[]; body?: Term }
  | { readonly is: 'bindings'; readonly start: number; readonly bound: [string, Term][] }
  | { readonly is: 'binding'; readonly start: number; name?: string; value?: Term }

const NESTING = 1_000_000
const BOOLEAN = new Set(['not', 'and', 'or', '=>', '=', 'distinct', '<=', '<', '>=', '>'])
const ARITIES: Readonly<Record<Operator, readonly [number, number]>> = {
  not: [1, 1],
  and: [1, Infinity],
  or: [1, Infinity],
  '=>': [2, Infinity],
  '=': [2, Infinity],
  distinct: [2, Infinity],
  ite: [3, 3],
  '+': [1, Infinity],
  '-': [1, Infinity],
  '*': [2, Infinity],
  '/': [2, Infinity],
  div: [2, Infinity],
  mod: [2, 2],
  '<=': [2, Infinity],
  '<': [2, Infinity],
  '>=': [2, Infinity],
  '>': [2, Infinity],
  to_real: [1, 1],
  to_int: [1, 1],
}

const isOperator = (text: string): text is Operator => Object.hasOwn(ARITIES, text)

const sortOfResult = (operator: Operator, terms: readonly Term[]): Sort => {
  if (BOOLEAN.has(operator)) return 'Bool'
  if (operator === 'ite') return sortOf(terms[1]!)
  if (operator === 'div' || operator === 'mod' || operator === 'to_int') return 'Int'
  if (operator === '/' || operator === 'to_real') return 'Real'
  return sortOf(terms[0]!)
}

// INVARIANT: folded only where the constant is printed exactly as it was written, so that nothing else changes between print and read.
const finish = (operator: Operator, terms: readonly Term[]): Term => {
  const [a, b] = terms.slice(0, 2).map(numberOf)
  if (operator === '-' && terms.length === 1 && a !== undefined && a.numerator > 0n) return neg(terms[0]!)
  if (operator === '/' && terms.length === 2 && a?.denominator === 1n && b?.denominator === 1n && a.numerator > 0n && b.numerator > 1n) {
    const folded = rational(a.numerator, b.numerator)
    if (folded.denominator === b.numerator) return { is: 'real', ...folded }
  }
  return { is: 'apply', operator, sort: sortOfResult(operator, terms), arguments: terms }
}

/** A term as written, its values folded only where a constant is meant (`(- 5)`, `(/ 1.0 3.0)`). `sortOfName`: the sort of each free variable. Throws `smt/read` with line and column. */
export const readTerm = (source: string, sortOfName: (name: string) => Sort | undefined): Term => {
  const frames: Frame[] = []
  const scope = new Map<string, Term[]>()
  let result: Term | undefined

  const deliver = (term: Term, at: number): void => {
    const frame = frames.at(-1)
    if (frame === undefined) {
      if (result !== undefined) throw readError(source, at, 'more than one term')
      result = term
    } else if (frame.is === 'apply' && frame.operator !== undefined) frame.terms.push(term)
    else if (frame.is === 'let' && frame.names !== undefined && frame.body === undefined) frame.body = term
    else if (frame.is === 'binding' && frame.name !== undefined && frame.value === undefined) frame.value = term
    else throw readError(source, at, 'a term where none belongs')
  }

  const atom = (token: Token): void => {
    const frame = frames.at(-1)
    if (frame?.is === 'apply' && frame.operator === undefined) {
      if (token.text === 'let') frames[frames.length - 1] = { is: 'let', start: frame.start }
      else if (isOperator(token.text)) frame.operator = token.text
      else throw readError(source, token.start, `no operator is called \`${token.text}\``)
    } else if (frame?.is === 'binding' && frame.name === undefined) frame.name = readSymbol(token.text)
    else deliver(readAtom(token), token.start)
  }

  const readAtom = (token: Token): Term => {
    const { text } = token
    if (text === 'true' || text === 'false') return { is: 'bool', value: text === 'true' }
    if (/^\d+$/.test(text)) return { is: 'int', value: BigInt(text) }
    const decimal = /^(\d+)\.(\d+)$/.exec(text)
    if (decimal !== null)
      return quotient({ is: 'int', value: BigInt(decimal[1]! + decimal[2]!) }, { is: 'int', value: 10n ** BigInt(decimal[2]!.length) })
    const name = readSymbol(text)
    const bound = scope.get(name)?.at(-1)
    if (bound !== undefined) return bound
    const sort = sortOfName(name)
    if (sort === undefined) throw readError(source, token.start, `\`${name}\` is not declared`)
    return { is: 'variable', name, sort }
  }

  const open = (token: Token): void => {
    if (frames.length >= NESTING) throw readError(source, token.start, `nested deeper than ${NESTING}`)
    const frame = frames.at(-1)
    if (frame?.is === 'let' && frame.names === undefined) frames.push({ is: 'bindings', start: token.start, bound: [] })
    else if (frame?.is === 'bindings') frames.push({ is: 'binding', start: token.start })
    else frames.push({ is: 'apply', start: token.start, terms: [] })
  }

  const close = (token: Token): void => {
    const frame = frames.pop()
    if (frame === undefined) throw readError(source, token.start, 'a `)` without its `(`')
    const outer = frames.at(-1)
    switch (frame.is) {
      case 'apply': {
        const [least, most] = frame.operator === undefined ? [Infinity, 0] : ARITIES[frame.operator]
        if (frame.operator === undefined || frame.terms.length < least || frame.terms.length > most)
          throw readError(source, frame.start, `\`${frame.operator ?? '()'}\` with ${frame.terms.length} arguments`)
        deliver(finish(frame.operator, frame.terms), frame.start)
        return
      }
      case 'binding':
        if (frame.name === undefined || frame.value === undefined || outer?.is !== 'bindings')
          throw readError(source, frame.start, 'an incomplete binding')
        outer.bound.push([frame.name, frame.value])
        return
      case 'bindings':
        if (outer?.is !== 'let') throw readError(source, frame.start, 'bindings without `let`')
        outer.names = frame.bound.map(([name]) => name)
        for (const [name, value] of frame.bound) {
          const values = scope.get(name)
          if (values === undefined) scope.set(name, [value])
          else values.push(value)
        }
        return
      case 'let':
        if (frame.names === undefined || frame.body === undefined) throw readError(source, frame.start, 'an incomplete `let`')
        for (const name of frame.names) scope.get(name)?.pop()
        deliver(frame.body, frame.start)
    }
  }

  for (const token of tokens(source)) {
    if (token.is === 'open') open(token)
    else if (token.is === 'close') close(token)
    else atom(token)
  }
  const unclosed = frames.at(-1)
  if (unclosed !== undefined) throw readError(source, unclosed.start, 'a `(` without its `)`')
  if (result === undefined) throw readError(source, source.length, 'no term')
  return result
}
