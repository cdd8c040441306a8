/** Arithmetic of Python on expressions of numbers; constants are folded. */
import { isTextOperator } from '../../../model/automation.ts'
import type { AutomationExpression, AutomationOperator } from '../../../model/automation.ts'
import { apply, choose, compare, or, same, value } from '../../node-red/expressions.ts'

const constantOf = (of: AutomationExpression): number | undefined =>
  of.is === 'value' && typeof of.value === 'number' ? of.value : undefined

/** `+ - * /` of two numbers; without effect where one is neutral. */
export function times(operator: '+' | '-' | '*' | '/', a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) {
    const result = operator === '+' ? x + y : operator === '-' ? x - y : operator === '*' ? x * y : x / y
    return value(Number.isFinite(result) ? tidy(result) : null)
  }
  if ((operator === '+' || operator === '-') && y === 0) return a
  if (operator === '+' && x === 0) return b
  if ((operator === '*' || operator === '/') && y === 1) return a
  if (operator === '*' && x === 1) return b
  return apply(operator, a, b)
}

/** Decimals are exact in analysis: 0.1 + 0.2 is 0.3. */
const tidy = (of: number): number => (Number.isInteger(of) ? of : Number(of.toPrecision(15)))

export function least(operator: Extract<AutomationOperator, 'min' | 'max'>, parts: readonly AutomationExpression[]): AutomationExpression {
  const known = parts.map(constantOf)
  if (known.every((one) => one !== undefined)) return value(operator === 'min' ? Math.min(...known) : Math.max(...known))
  return parts.length === 1 ? parts[0]! : apply(operator, ...parts)
}

/** Towards zero. */
export function whole(of: AutomationExpression): AutomationExpression {
  const known = constantOf(of)
  if (known !== undefined) return value(Math.trunc(known))
  if (isWhole(of)) return of
  return apply('-', of, apply('mod', of, value(1)))
}

export function floored(of: AutomationExpression): AutomationExpression {
  const known = constantOf(of)
  if (known !== undefined) return value(Math.floor(known))
  if (isWhole(of)) return of
  const rest = apply('mod', of, value(1))
  const down = apply('-', of, rest)
  return choose(compare('<', rest, value(0)), apply('-', down, value(1)), down)
}

export const raised = (of: AutomationExpression): AutomationExpression => negated(floored(negated(of)))
export const negated = (of: AutomationExpression): AutomationExpression => {
  const known = constantOf(of)
  return known === undefined ? apply('-', of) : value(known === 0 ? 0 : -known)
}

/** The remainder with the sign of the divisor, as in Python. */
export function remainder(a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) return value(y === 0 ? null : tidy(((x % y) + y) % y))
  const rest = apply('mod', a, b)
  if (y !== undefined && y > 0) return choose(compare('<', rest, value(0)), apply('+', rest, b), rest)
  const wrong = apply('<', apply('*', rest, b), value(0))
  return choose(wrong, apply('+', rest, b), rest)
}

/** To `digits` places; `common`: halves to the even neighbour, as Python's `round`. */
export function rounded(of: AutomationExpression, digits: number, how: 'common' | 'floor' | 'ceil' | 'half'): AutomationExpression {
  const scale = value(10 ** digits)
  const scaled = (part: AutomationExpression): AutomationExpression => (digits === 0 ? part : times('*', part, scale))
  const back = (part: AutomationExpression): AutomationExpression => (digits === 0 ? part : times('/', part, scale))
  switch (how) {
    case 'floor':
      return back(floored(scaled(of)))
    case 'ceil':
      return back(raised(scaled(of)))
    case 'half':
      return times('/', rounded(times('*', of, value(2)), 0, 'common'), value(2))
    case 'common': {
      if (digits <= 0 && isWhole(of) && digits === 0) return of
      const known = constantOf(of)
      if (known !== undefined) return value(roundedNumber(known, digits))
      // The floor of half more, or one less where that is odd and whole. What is rounded stands in it often: the fewer times, the smaller.
      const more = apply('+', scaled(of), value(0.5))
      const part = apply('mod', more, value(2))
      const odd = or(same(part, value(1)), same(part, value(-1)))
      return back(choose(odd, apply('-', whole(more), value(1)), floored(more)))
    }
  }
}

function roundedNumber(of: number, digits: number): number {
  const scaled = tidy(of * 10 ** digits)
  const down = Math.floor(scaled)
  const rest = tidy(scaled - down)
  const result = rest < 0.5 ? down : rest > 0.5 ? down + 1 : down % 2 === 0 ? down : down + 1
  return tidy(result / 10 ** digits)
}

/** Whether the expression surely is a whole number: a sum of truncated parts, a count. */
function isWhole(of: AutomationExpression): boolean {
  if (of.is === 'value') return typeof of.value === 'number' && Number.isInteger(of.value)
  if (of.is === 'any') return of.type.is === 'number' && of.type.integer
  if (of.is !== 'apply') return false
  if (isTextOperator(of.operator)) return false
  switch (of.operator) {
    case 'if':
      return isWhole(of.arguments[1]!) && isWhole(of.arguments[2]!)
    case '+':
    case '*':
    case 'min':
    case 'max':
      return of.arguments.every(isWhole)
    case '-': {
      const [a, b] = of.arguments
      // x - (x mod 1)
      if (b?.is === 'apply' && b.operator === 'mod' && b.arguments[0] === a && b.arguments[1]?.is === 'value' && b.arguments[1].value === 1)
        return true
      return of.arguments.every(isWhole)
    }
    case 'mod':
      return of.arguments.every(isWhole)
    case '/':
    case 'number':
    case 'and':
    case 'or':
    case 'not':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'is':
      return false
  }
}
