/** Builders of terms: they check sorts, fold constants, flatten, and lift Int to Real where the two meet. A folded term means what the unfolded one means, in every model. */
import { TermError } from './term-error.ts'
import { compare, euclidean, floor, minus, over, plus, rational, times, type Rational } from './rational.ts'
import type { Operator, Sort, Term } from './term.ts'

export type Constant = Exclude<Term, { readonly is: 'variable' } | { readonly is: 'apply' }>

// A nested sum, conjunction or disjunction is opened only up to this width, so that adding one at a time stays linear.
const OPENED = 16

export const TRUE: Term = { is: 'bool', value: true }
export const FALSE: Term = { is: 'bool', value: false }

export const bool = (value: boolean): Term => (value ? TRUE : FALSE)

/** A number must be a safe integer. */
export const int = (value: bigint | number): Term => {
  if (typeof value === 'bigint') return { is: 'int', value }
  if (!Number.isSafeInteger(value)) throw new TermError('smt/not-an-integer', `not an exact integer: ${value}`)
  return { is: 'int', value: BigInt(value) }
}

/** numerator / denominator, kept in lowest terms. */
export const real = (numerator: bigint | number, denominator: bigint | number = 1): Term => {
  const [n, d] = [int(numerator), int(denominator)]
  if (n.is !== 'int' || d.is !== 'int' || d.value === 0n) throw new TermError('smt/division-by-zero', 'a real constant with denominator 0')
  return { is: 'real', ...rational(n.value, d.value) }
}

export const variable = (name: string, sort: Sort): Term => ({ is: 'variable', name, sort })

export const sortOf = (term: Term): Sort => {
  switch (term.is) {
    case 'bool':
      return 'Bool'
    case 'int':
      return 'Int'
    case 'real':
      return 'Real'
    case 'variable':
    case 'apply':
      return term.sort
  }
}

/** The number that a constant stands for, or undefined. */
export const numberOf = (term: Term): Rational | undefined =>
  term.is === 'int' ? { numerator: term.value, denominator: 1n } : term.is === 'real' ? term : undefined

/** The node as given, nothing folded: for readers that must keep what they read. */
export const raw = (operator: Operator, sort: Sort, ...terms: readonly Term[]): Term => ({ is: 'apply', operator, sort, arguments: terms })

const make = (operator: Operator, sort: Sort, terms: readonly Term[]): Term => ({ is: 'apply', operator, sort, arguments: terms })

const number = (value: Rational, sort: Sort): Term => (sort === 'Int' ? { is: 'int', value: value.numerator } : { is: 'real', ...value })

const same = (a: Term, b: Term): boolean =>
  a === b || (a.is === 'variable' && b.is === 'variable' && a.name === b.name && a.sort === b.sort)

const sortError = (operator: string, terms: readonly Term[]): TermError =>
  new TermError('smt/sort', `\`${operator}\` applied to ${terms.slice(0, 4).map(sortOf).join(', ')}`)

const needBool = (operator: Operator, terms: readonly Term[]): void => {
  for (const term of terms) if (sortOf(term) !== 'Bool') throw sortError(operator, terms)
}

const needInt = (operator: Operator, terms: readonly Term[]): void => {
  for (const term of terms) if (sortOf(term) !== 'Int') throw sortError(operator, terms)
}

/** Numbers of one sort: Int lifted to Real where any is Real. */
const numbers = (operator: Operator, terms: readonly Term[]): readonly Term[] => {
  let reals = 0
  for (const term of terms) {
    const sort = sortOf(term)
    if (sort === 'Bool') throw sortError(operator, terms)
    if (sort === 'Real') reals++
  }
  return reals === 0 || reals === terms.length ? terms : terms.map(toReal)
}

const alike = (operator: Operator, terms: readonly Term[]): readonly Term[] => {
  if (!terms.some((term) => sortOf(term) === 'Bool')) return numbers(operator, terms)
  needBool(operator, terms)
  return terms
}

export const not = (a: Term): Term => {
  needBool('not', [a])
  if (a.is === 'bool') return bool(!a.value)
  if (a.is === 'apply' && a.operator === 'not') return a.arguments[0]!
  return make('not', 'Bool', [a])
}

const junction = (operator: 'and' | 'or', terms: readonly Term[]): Term => {
  needBool(operator, terms)
  const absorbing = operator === 'or'
  const kept = new Set<Term>()
  const keep = (term: Term): boolean => {
    if (term.is === 'bool') return term.value === absorbing
    kept.add(term)
    return false
  }
  for (const term of terms) {
    const opened = term.is === 'apply' && term.operator === operator && term.arguments.length <= OPENED ? term.arguments : [term]
    for (const part of opened) if (keep(part)) return bool(absorbing)
  }
  for (const term of kept) if (term.is === 'apply' && term.operator === 'not' && kept.has(term.arguments[0]!)) return bool(absorbing)
  const [first] = kept
  if (first === undefined) return bool(!absorbing)
  return kept.size === 1 ? first : make(operator, 'Bool', [...kept])
}

/** Conjunction of a list of any length; of none: true. */
export const all = (terms: readonly Term[]): Term => junction('and', terms)

/** Disjunction of a list of any length; of none: false. */
export const any = (terms: readonly Term[]): Term => junction('or', terms)

export const and = (...terms: readonly Term[]): Term => junction('and', terms)

export const or = (...terms: readonly Term[]): Term => junction('or', terms)

export const implies = (a: Term, b: Term): Term => {
  needBool('=>', [a, b])
  if (a.is === 'bool') return a.value ? b : TRUE
  if (b.is === 'bool') return b.value ? TRUE : not(a)
  return same(a, b) ? TRUE : make('=>', 'Bool', [a, b])
}

export const eq = (a: Term, b: Term): Term => {
  const [x, y] = alike('=', [a, b]) as [Term, Term]
  if (same(x, y)) return TRUE
  if (x.is === 'bool') return x.value ? y : not(y)
  if (y.is === 'bool') return y.value ? x : not(x)
  const [n, m] = [numberOf(x), numberOf(y)]
  if (n !== undefined && m !== undefined) return bool(compare(n, m) === 0)
  return make('=', 'Bool', [x, y])
}

export const neq = (a: Term, b: Term): Term => not(eq(a, b))

/** True iff no two of the terms are equal. */
export const distinct = (...terms: readonly Term[]): Term => {
  if (terms.length < 2) return TRUE
  if (terms.length === 2) return neq(terms[0]!, terms[1]!)
  const parts = alike('distinct', terms)
  const seen = new Set<string | Term>()
  let open = 0
  for (const part of parts) {
    const value = numberOf(part)
    let key: string | Term = part
    if (value !== undefined) key = `${value.numerator}/${value.denominator}`
    else if (part.is === 'bool') key = `${part.value}`
    else if (part.is === 'variable') key = `v${part.name}`
    if (seen.has(key)) return FALSE
    seen.add(key)
    if (part.is === 'variable' || part.is === 'apply') open++
  }
  return open === 0 ? TRUE : make('distinct', 'Bool', parts)
}

export const ite = (condition: Term, a: Term, b: Term): Term => {
  needBool('ite', [condition])
  const [x, y] = alike('ite', [a, b]) as [Term, Term]
  if (condition.is === 'bool') return condition.value ? x : y
  if (same(x, y)) return x
  if (condition.is === 'apply' && condition.operator === 'not') return ite(condition.arguments[0]!, y, x)
  if (x.is === 'bool') return x.value ? or(condition, y) : and(not(condition), y)
  if (y.is === 'bool') return y.value ? or(not(condition), x) : and(condition, x)
  const [n, m] = [numberOf(x), numberOf(y)]
  if (n !== undefined && m !== undefined && compare(n, m) === 0) return x
  return make('ite', sortOf(x), [condition, x, y])
}

/** Sum of a list of any length; of none: the Int 0. Constants are gathered at the end. */
export const sum = (terms: readonly Term[]): Term => {
  if (terms.length === 1) return numbers('+', terms)[0]!
  const parts = numbers('+', terms)
  const sort = parts.length === 0 ? 'Int' : sortOf(parts[0]!)
  let constant: Rational = { numerator: 0n, denominator: 1n }
  const kept: Term[] = []
  for (const part of parts) {
    const opened = part.is === 'apply' && part.operator === '+' && part.arguments.length <= OPENED ? part.arguments : [part]
    for (const term of opened) {
      const value = numberOf(term)
      if (value === undefined) kept.push(term)
      else constant = plus(constant, value)
    }
  }
  if (constant.numerator !== 0n || kept.length === 0) kept.push(number(constant, sort))
  return kept.length === 1 ? kept[0]! : make('+', sort, kept)
}

export const add = (...terms: readonly Term[]): Term => sum(terms)

export const neg = (a: Term): Term => {
  const value = numberOf(a)
  if (value !== undefined) return number(minus(value), sortOf(a))
  if (sortOf(a) === 'Bool') throw sortError('-', [a])
  if (a.is === 'apply' && a.operator === '-' && a.arguments.length === 1) return a.arguments[0]!
  return make('-', sortOf(a), [a])
}

export const sub = (a: Term, b: Term): Term => {
  const [x, y] = numbers('-', [a, b]) as [Term, Term]
  if (same(x, y)) return number({ numerator: 0n, denominator: 1n }, sortOf(x))
  if (numberOf(y) !== undefined) return sum([x, neg(y)])
  const value = numberOf(x)
  if (value?.numerator === 0n) return neg(y)
  return make('-', sortOf(x), [x, y])
}

/** A constant factor stands first. */
export const mul = (a: Term, b: Term): Term => {
  const [x, y] = numbers('*', [a, b]) as [Term, Term]
  const [n, m] = [numberOf(x), numberOf(y)]
  const sort = sortOf(x)
  if (n === undefined) return m === undefined ? make('*', sort, [x, y]) : mul(y, x)
  if (m !== undefined) return number(times(n, m), sort)
  if (n.numerator === 0n) return x
  if (n.numerator === n.denominator) return y
  if (y.is === 'apply' && y.operator === '*' && y.arguments.length === 2) {
    const inner = numberOf(y.arguments[0]!)
    if (inner !== undefined) return mul(number(times(n, inner), sort), y.arguments[1]!)
  }
  return make('*', sort, [x, y])
}

/** SMT-LIB integer division (the remainder is never negative); by 0 it is left open. */
export const div = (a: Term, b: Term): Term => {
  needInt('div', [a, b])
  if (b.is === 'int' && b.value !== 0n) {
    if (a.is === 'int') return int(euclidean(a.value, b.value).quotient)
    if (b.value === 1n) return a
  }
  return make('div', 'Int', [a, b])
}

export const mod = (a: Term, b: Term): Term => {
  needInt('mod', [a, b])
  if (b.is === 'int' && b.value !== 0n) {
    if (a.is === 'int') return int(euclidean(a.value, b.value).remainder)
    if (b.value === 1n || b.value === -1n) return int(0)
  }
  return make('mod', 'Int', [a, b])
}

/** Exact quotient, a Real; by 0 it is left open. */
export const quotient = (a: Term, b: Term): Term => {
  needBoolFree('/', [a, b])
  const [x, y] = [toReal(a), toReal(b)]
  const [n, m] = [numberOf(x), numberOf(y)]
  if (m !== undefined && m.numerator !== 0n) {
    if (n !== undefined) return number(over(n, m), 'Real')
    if (m.numerator === m.denominator) return x
  }
  return make('/', 'Real', [x, y])
}

const needBoolFree = (operator: Operator, terms: readonly Term[]): void => {
  for (const term of terms) if (sortOf(term) === 'Bool') throw sortError(operator, terms)
}

const comparison = (operator: '<=' | '<' | '>=' | '>', a: Term, b: Term, holds: (order: number) => boolean): Term => {
  const [x, y] = numbers(operator, [a, b]) as [Term, Term]
  if (same(x, y)) return bool(holds(0))
  const [n, m] = [numberOf(x), numberOf(y)]
  if (n !== undefined && m !== undefined) return bool(holds(compare(n, m)))
  return make(operator, 'Bool', [x, y])
}

export const le = (a: Term, b: Term): Term => comparison('<=', a, b, (order) => order <= 0)
export const lt = (a: Term, b: Term): Term => comparison('<', a, b, (order) => order < 0)
export const ge = (a: Term, b: Term): Term => comparison('>=', a, b, (order) => order >= 0)
export const gt = (a: Term, b: Term): Term => comparison('>', a, b, (order) => order > 0)

/** The Int as a Real; a Real stays as it is. */
export function toReal(a: Term): Term {
  if (sortOf(a) === 'Real') return a
  needInt('to_real', [a])
  return a.is === 'int' ? { is: 'real', numerator: a.value, denominator: 1n } : make('to_real', 'Real', [a])
}

/** The largest Int not above the Real; an Int stays as it is. */
export const toInt = (a: Term): Term => {
  if (sortOf(a) === 'Int') return a
  if (sortOf(a) === 'Bool') throw sortError('to_int', [a])
  if (a.is === 'real') return int(floor(a))
  if (a.is === 'apply' && a.operator === 'to_real') return a.arguments[0]!
  return make('to_int', 'Int', [a])
}

/** The larger of two numbers. */
export const maximum = (a: Term, b: Term): Term => ite(ge(a, b), a, b)
