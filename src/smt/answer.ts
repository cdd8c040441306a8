/** What solvers print in answer to check-sat, get-value and get-unsat-core. */
import { TermError } from './term-error.ts'
import type { Constant } from './build.ts'
import { evaluateTerm } from './evaluate.ts'
import { readTerm } from './read.ts'
import { readExpressions, type SExpression } from './s-expression.ts'
import { readSymbol } from './symbol.ts'

const malformed = (what: string, text: string): TermError => new TermError('smt/answer', `${what} expected, not: ${text.slice(0, 200)}`)

/** The first line of the text that reports an error, if any does: a solver goes on after one, and what follows means nothing. */
export const errorLine = (text: string): string | undefined => /^\s*\(error\b.*$/m.exec(text)?.[0].trim()

export const readCheckSat = (text: string): 'sat' | 'unsat' | 'unknown' => {
  const word = text.trim()
  if (word === 'sat' || word === 'unsat' || word === 'unknown') return word
  throw malformed('sat, unsat or unknown', text)
}

const onlyList = (text: string, what: string): readonly SExpression[] => {
  const [list, more] = readExpressions(text)
  if (list?.is !== 'list' || more !== undefined) throw malformed(what, text)
  return list.items
}

/** A value term: a numeral, a decimal, true, false, or negations and quotients of these. */
export const readConstant = (text: string): Constant =>
  evaluateTerm(
    readTerm(text, () => undefined),
    () => undefined,
  )

/** The values in the order of the terms that were asked for. */
export const readValues = (text: string): readonly Constant[] =>
  onlyList(text, 'values').map((pair) => {
    const value = pair.is === 'list' ? pair.items[1] : undefined
    if (pair.is !== 'list' || pair.items.length !== 2 || value === undefined) throw malformed('a pair of term and value', text)
    return readConstant(text.slice(value.start, value.end))
  })

/** Names of the assertions of an unsat core, in the order of the answer. */
export const readCore = (text: string): readonly string[] =>
  onlyList(text, 'a list of names').map((item) => {
    if (item.is !== 'atom') throw malformed('a name', text)
    return readSymbol(item.text)
  })
