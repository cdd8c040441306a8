/** Exact rational numbers: what the interpreter computes with, so that 0.1 + 0.2 is 0.3. Always in lowest terms, denominator positive. */
import { EngineError } from '../diagnostics/engine-error.ts'

export interface Exact {
  readonly num: bigint
  readonly den: bigint
}

const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/
const longestText = 400
const largestExponent = 400
/** Numbers that need more bits than this come from a run that multiplies without end. */
const largest = 1n << 8192n

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** The fraction num / den in lowest terms; den must not be 0. */
function fraction(num: bigint, den: bigint): Exact {
  if (num > largest || num < -largest || den > largest || den < -largest) {
    throw new EngineError('verify/number-too-large', 'a number of this run needs more than 8192 bits')
  }
  if (den === 1n) return { num, den }
  const sign = den < 0n ? -1n : 1n
  const shared = gcd(num, den < 0n ? -den : den)
  return { num: (sign * num) / shared, den: (sign * den) / shared }
}

/** The number that a decimal literal denotes (blanks around it allowed), undefined for any other text. */
export function exactFromText(text: string): Exact | undefined {
  const trimmed = text.trim()
  if (trimmed.length > longestText) return undefined
  const match = decimal.exec(trimmed)
  if (match === null) return undefined
  const [, sign, whole = '', part = '', power = '0'] = match
  const exponent = Number(power) - part.length
  if (whole.length + part.length === 0 || Math.abs(Number(power)) > largestExponent) return undefined
  const digits = BigInt(whole + part) * (sign === '-' ? -1n : 1n)
  return exponent >= 0 ? fraction(digits * 10n ** BigInt(exponent), 1n) : fraction(digits, 10n ** BigInt(-exponent))
}

/** The decimal number that a double prints as: 0.1 means one tenth. */
export function exactFromNumber(number: number): Exact {
  if (Number.isSafeInteger(number)) return { num: BigInt(number), den: 1n }
  const exact = exactFromText(String(number))
  if (exact === undefined) throw new EngineError('verify/not-finite', `${number} is not a finite number`)
  return exact
}

/** The double nearest to the number; equal to the original for every number that came from a double. */
export function exactToNumber({ num, den }: Exact): number {
  if (den === 1n) return Number(num)
  const [n, d] = [Number(num), Number(den)]
  if (Number.isSafeInteger(n) && Number.isSafeInteger(d)) return n / d
  // 30 significant digits and a power of ten, rounded once by the reading of the text.
  const size = num < 0n ? -num : num
  const shift = 30 - (String(size).length - String(den).length)
  const scaled = shift >= 0 ? (size * 10n ** BigInt(shift)) / den : size / (den * 10n ** BigInt(-shift))
  return Number(`${num < 0n ? '-' : ''}${String(scaled)}e${-shift}`)
}

export const plus = (a: Exact, b: Exact): Exact => fraction(a.num * b.den + b.num * a.den, a.den * b.den)
export const minus = (a: Exact, b: Exact): Exact => fraction(a.num * b.den - b.num * a.den, a.den * b.den)
export const times = (a: Exact, b: Exact): Exact => fraction(a.num * b.num, a.den * b.den)
/** a / b; b must not be 0. */
export const over = (a: Exact, b: Exact): Exact => fraction(a.num * b.den, a.den * b.num)
/** What remains of a after division by b toward zero, with the sign of a; b must not be 0. */
export const remainder = (a: Exact, b: Exact): Exact => {
  const quotient = (a.num * b.den) / (a.den * b.num)
  return minus(a, times({ num: quotient, den: 1n }, b))
}
/** Negative, zero or positive as a is less than, equal to or greater than b. */
export const compare = (a: Exact, b: Exact): number => {
  const difference = a.num * b.den - b.num * a.den
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
