/** The smallest SMT-LIB logic that terms belong to. Naming it makes Z3 10 to 20 times faster on linear integer search (measured). */
import { numberOf } from './build.ts'
import type { Sort, Term } from './term.ts'

const isConstant = (term: Term): boolean => {
  if (term.is !== 'apply') return numberOf(term) !== undefined
  return (term.operator === '-' || term.operator === '/') && term.arguments.every(isConstant)
}

const nonlinear = (term: Extract<Term, { readonly is: 'apply' }>): boolean => {
  switch (term.operator) {
    case '*':
      return term.arguments.filter((part) => !isConstant(part)).length > 1
    case '/':
    case 'div':
    case 'mod':
      return !term.arguments.slice(1).every((part) => isConstant(part) && numberOf(part)?.numerator !== 0n)
    case 'not':
    case 'and':
    case 'or':
    case '=>':
    case '=':
    case 'distinct':
    case 'ite':
    case '+':
    case '-':
    case '<=':
    case '<':
    case '>=':
    case '>':
    case 'to_real':
    case 'to_int':
      return false
  }
}

/** QF_UF (propositional), QF_LIA, QF_LRA, QF_LIRA, or QF_NIA, QF_NRA, QF_NIRA. */
export const logicOf = (terms: readonly Term[]): string => {
  const seen = new Set<Term>()
  const sorts = new Set<Sort>()
  let product = false
  const stack = [...terms]
  for (let term = stack.pop(); term !== undefined; term = stack.pop()) {
    if (term.is === 'int') sorts.add('Int')
    else if (term.is === 'real') sorts.add('Real')
    else if (term.is === 'variable') sorts.add(term.sort)
    else if (term.is === 'apply' && !seen.has(term)) {
      seen.add(term)
      sorts.add(term.sort)
      product ||= nonlinear(term)
      for (const part of term.arguments) stack.push(part)
    }
  }
  const numbers = `${sorts.has('Int') ? 'I' : ''}${sorts.has('Real') ? 'R' : ''}`
  return numbers === '' ? 'QF_UF' : `QF_${product ? 'N' : 'L'}${numbers}A`
}
