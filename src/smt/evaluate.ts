/** The value of a term under given values of its variables, exact; each shared subterm is evaluated once. Independent of any solver. */
import { TermError } from './term-error.ts'
import { numberOf, type Constant } from './build.ts'
import { compare, euclidean, floor, minus, over, plus, times, type Rational } from './rational.ts'
import type { Sort, Term } from './term.ts'

type Apply = Extract<Term, { readonly is: 'apply' }>
interface Frame {
  readonly term: Apply
  next: number
}

const ONE: Rational = { numerator: 1n, denominator: 1n }

const truth = (term: Constant): boolean => {
  if (term.is !== 'bool') throw new TermError('smt/sort', 'a number stands where a truth value is needed')
  return term.value
}

const amount = (term: Constant): Rational => {
  const value = numberOf(term)
  if (value === undefined) throw new TermError('smt/sort', 'a truth value stands where a number is needed')
  return value
}

const yields = (value: boolean): Constant => ({ is: 'bool', value })
const counts = (value: Rational, sort: Sort): Constant =>
  sort === 'Int' ? { is: 'int', value: value.numerator } : { is: 'real', ...value }

/**
 * A constant. `lookup` gives a constant for every variable that is reached: `ite`, `and`, `or` and `=>` stop as soon as they are decided.
 * Throws `smt/division-by-zero` where a reached division is by 0, `smt/no-value` where a reached variable has none.
 */
export const evaluateTerm = (term: Term, lookup: (name: string) => Term | undefined): Constant => {
  const memory = new Map<Apply, Constant>()
  const known = (part: Term): Constant | undefined => {
    if (part.is === 'apply') return memory.get(part)
    if (part.is !== 'variable') return part
    const value = lookup(part.name)
    if (value === undefined || value.is === 'variable' || value.is === 'apply')
      throw new TermError('smt/no-value', `\`${part.name}\` has no value`)
    if (part.sort === 'Real' && value.is === 'int') return { is: 'real', numerator: value.value, denominator: 1n }
    return value
  }
  const direct = known(term)
  if (direct !== undefined || term.is !== 'apply') return direct!
  const stack: Frame[] = [{ term, next: 0 }]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const result = step(frame, known)
    if (result.is === 'apply') stack.push({ term: result, next: 0 })
    else {
      memory.set(frame.term, result)
      stack.pop()
    }
  }
  return memory.get(term)!
}

/** The frame's value, or the argument that must be evaluated before. */
const step = (frame: Frame, known: (part: Term) => Constant | undefined): Constant | Apply => {
  const { operator, arguments: parts } = frame.term
  switch (operator) {
    case 'ite': {
      const condition = known(parts[0]!)
      if (condition === undefined) return parts[0] as Apply
      const branch = parts[truth(condition) ? 1 : 2]!
      return known(branch) ?? (branch as Apply)
    }
    case 'and':
    case 'or':
    case '=>': {
      // An implication is a disjunction of its negated premises and its conclusion.
      for (; frame.next < parts.length; frame.next++) {
        const part = known(parts[frame.next]!)
        if (part === undefined) return parts[frame.next] as Apply
        const last = frame.next === parts.length - 1
        const value = operator === '=>' && !last ? !truth(part) : truth(part)
        if (value === (operator !== 'and')) return yields(value)
      }
      return yields(operator === 'and')
    }
    default: {
      for (; frame.next < parts.length; frame.next++) if (known(parts[frame.next]!) === undefined) return parts[frame.next] as Apply
      return strict(
        frame.term,
        parts.map((part) => known(part)!),
      )
    }
  }
}

const chain = (values: readonly Constant[], holds: (order: number) => boolean): Constant => {
  for (let i = 1; i < values.length; i++) if (!holds(compare(amount(values[i - 1]!), amount(values[i]!)))) return yields(false)
  return yields(true)
}

const equal = (a: Constant, b: Constant): boolean => (a.is === 'bool' ? a.value === truth(b) : compare(amount(a), amount(b)) === 0)

const nonZero = (value: Rational): Rational => {
  if (value.numerator === 0n) throw new TermError('smt/division-by-zero', 'a division by 0 was reached')
  return value
}

const fold = (values: readonly Constant[], sort: Sort, join: (a: Rational, b: Rational) => Rational): Constant =>
  counts(
    values.slice(1).reduce((total, value) => join(total, amount(value)), amount(values[0]!)),
    sort,
  )

const strict = (term: Apply, values: readonly Constant[]): Constant => {
  const { operator, sort } = term
  switch (operator) {
    case 'not':
      return yields(!truth(values[0]!))
    case '=':
      return yields(values.every((value, index) => index === 0 || equal(values[index - 1]!, value)))
    case 'distinct':
      return yields(values.every((value, index) => values.every((other, at) => at <= index || !equal(value, other))))
    case '+':
      return fold(values, sort, plus)
    case '-':
      if (values.length === 1) return counts(minus(amount(values[0]!)), sort)
      return fold(values, sort, (a, b) => plus(a, minus(b)))
    case '*':
      return fold(values, sort, times)
    case '/':
      return fold(values, sort, (a, b) => over(a, nonZero(b)))
    case 'div':
      return fold(values, sort, (a, b) => ({ ...ONE, numerator: euclidean(a.numerator, nonZero(b).numerator).quotient }))
    case 'mod':
      return fold(values, sort, (a, b) => ({ ...ONE, numerator: euclidean(a.numerator, nonZero(b).numerator).remainder }))
    case '<=':
      return chain(values, (order) => order <= 0)
    case '<':
      return chain(values, (order) => order < 0)
    case '>=':
      return chain(values, (order) => order >= 0)
    case '>':
      return chain(values, (order) => order > 0)
    case 'to_real':
      return counts(amount(values[0]!), 'Real')
    case 'to_int':
      return counts({ ...ONE, numerator: floor(amount(values[0]!)) }, 'Int')
    case 'ite':
    case 'and':
    case 'or':
    case '=>':
      throw new TermError('smt/evaluate', `\`${operator}\` is evaluated lazily`)
  }
}
