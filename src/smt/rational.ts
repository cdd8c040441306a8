/** Exact rationals on bigint: lowest terms, denominator > 0. */

export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** Throws a RangeError where the denominator is 0. */
export const rational = (numerator: bigint, denominator = 1n): Rational => {
  if (denominator === 1n) return { numerator, denominator }
  if (denominator === 0n) throw new RangeError('a rational with denominator 0')
  const divisor = gcd(numerator, denominator) * (denominator < 0n ? -1n : 1n)
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}

export const plus = (a: Rational, b: Rational): Rational =>
  a.denominator === 1n && b.denominator === 1n
    ? { numerator: a.numerator + b.numerator, denominator: 1n }
    : rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

export const minus = (a: Rational): Rational => ({ numerator: -a.numerator, denominator: a.denominator })

export const times = (a: Rational, b: Rational): Rational => rational(a.numerator * b.numerator, a.denominator * b.denominator)

/** Throws a RangeError where b is 0. */
export const over = (a: Rational, b: Rational): Rational => rational(a.numerator * b.denominator, a.denominator * b.numerator)

/** Below 0, 0 or above 0 as a < b, a = b, a > b. */
export const compare = (a: Rational, b: Rational): number => {
  const left = a.numerator * b.denominator
  const right = b.numerator * a.denominator
  return left < right ? -1 : left > right ? 1 : 0
}

/** SMT-LIB integer division: a = b * q + r with 0 <= r < |b|. b is not 0. */
export const euclidean = (a: bigint, b: bigint): { readonly quotient: bigint; readonly remainder: bigint } => {
  const size = b < 0n ? -b : b
  const remainder = ((a % size) + size) % size
  return { quotient: (a - remainder) / b, remainder }
}

export const floor = (a: Rational): bigint => euclidean(a.numerator, a.denominator).quotient
