/** Exact shares: "20%", "2.5 %", "2/3" as rationals, and how many devices they mean. */
import { EngineError } from '../diagnostics/engine-error.ts'

export interface Share {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** Reads a share; throws where the text is none. Bare numbers are not shares: nobody can tell 20 from 20 %. */
export function readShare(written: unknown): Share {
  if (typeof written === 'string') {
    const percent = /^\s*(\d+)(?:\.(\d+))?\s*%\s*$/.exec(written)
    if (percent) {
      const digits = percent[2] ?? ''
      return { numerator: BigInt(percent[1]! + digits), denominator: 100n * 10n ** BigInt(digits.length) }
    }
    const fraction = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(written)
    if (fraction && BigInt(fraction[2]!) > 0n) return { numerator: BigInt(fraction[1]!), denominator: BigInt(fraction[2]!) }
  }
  throw new EngineError('verify/parameters', `${JSON.stringify(written)} is not a share such as "20%" or "2/3"`)
}

/** Smallest count that is at least the share of `size`. */
export function atLeast(share: Share, size: number): number {
  return Number((share.numerator * BigInt(size) + share.denominator - 1n) / share.denominator)
}

/** Largest count that is at most the share of `size`. */
export function atMost(share: Share, size: number): number {
  return Number((share.numerator * BigInt(size)) / share.denominator)
}
