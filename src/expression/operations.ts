/** The operations of the language on single values that are all known; `undefined` where they have no result. */
import semver from 'semver'
import { LARGEST } from './literal.ts'
import { matchesPattern, readPattern, type Pattern } from './pattern.ts'
import type { ComparedBy, Comparison, ExpressionConstant, TypedExpression } from './typed.ts'

type Arithmetic = Extract<TypedExpression, { readonly is: 'arithmetic' }>['operator']

/** Refuses what left the integers within 2^53; a product that rounds is beyond them. */
export function within(value: number): number | undefined {
  return value >= -LARGEST && value <= LARGEST ? value + 0 : undefined
}

export function calculate(operator: Arithmetic, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return within(a + b)
    case '-':
      return within(a - b)
    case '*':
      return within(a * b)
    case '/':
      return b === 0 ? undefined : divide(a, b)
    case '%':
      return b === 0 ? undefined : (a % b) + 0
  }
}

/** Quotient cut toward zero. a / b may round up to the next integer; a - a % b is exact, and divides exactly. */
export function divide(a: number, b: number): number {
  return (a - (a % b)) / b + 0
}

export function compare(operator: Comparison, by: ComparedBy, a: ExpressionConstant, b: ExpressionConstant): boolean | undefined {
  if (by === 'semver') {
    const order = versionOrder(a as string, b as string)
    return order === undefined ? undefined : holds(operator, order)
  }
  if (by === 'set') return (operator === '==') === sameSet(a as readonly string[], b as readonly string[])
  return holds(operator, a === b ? 0 : a < b ? -1 : 1)
}

export function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** Precedence of Semantic Versioning 2.0.0; undefined where one is no version. */
export function versionOrder(a: string, b: string): number | undefined {
  const left = semver.parse(a)
  return left === null || semver.parse(b) === null ? undefined : left.compare(b)
}

export function versionTest(test: 'atLeast' | 'below' | 'satisfies', version: string, other: string): boolean | undefined {
  if (test === 'satisfies') return semver.parse(version) === null ? undefined : semver.satisfies(version, other)
  const order = versionOrder(version, other)
  return order === undefined ? undefined : test === 'atLeast' ? order >= 0 : order < 0
}

export function versionPart(part: 'major' | 'minor' | 'patch', version: string): number | undefined {
  return semver.parse(version)?.[part]
}

export function textTest(test: 'startsWith' | 'endsWith' | 'contains', text: string, other: string): boolean {
  switch (test) {
    case 'startsWith':
      return text.startsWith(other)
    case 'endsWith':
      return text.endsWith(other)
    case 'contains':
      return text.includes(other)
  }
}

const patterns = new Map<string, Pattern>()

export function matches(pattern: string, text: string): boolean {
  let known = patterns.get(pattern)
  if (known === undefined) {
    const read = readPattern(pattern)
    // The checker has refused such patterns.
    if ('wrong' in read) return false
    if (patterns.size >= 1000) patterns.clear()
    patterns.set(pattern, (known = read))
  }
  return matchesPattern(known, text)
}

export function setTest(test: 'intersects' | 'subsetOf', set: readonly string[], other: readonly string[]): boolean {
  return test === 'intersects' ? set.some((member) => other.includes(member)) : set.every((member) => other.includes(member))
}

/** Characters (code points) of a text, members of a set. */
export function sizeOf(value: string | readonly string[]): number {
  return typeof value === 'string' ? Array.from(value).length : value.length
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member))
}
