/** Sums of products of safe integers, exact at any size: small sums stay in a double, larger ones spill into a bigint. */

const SAFE = Number.MAX_SAFE_INTEGER

export interface ExactVector {
  readonly low: Float64Array
  readonly high: bigint[]
}

/** A vector of zeros. */
export function exactZeros(length: number): ExactVector {
  return { low: new Float64Array(length), high: Array.from({ length }, () => 0n) }
}

/** Adds value x times to entry `at`; both must be safe integers. */
export function addProduct(sum: ExactVector, at: number, value: number, times: number): void {
  const product = value * times
  const next = sum.low[at]! + product
  // INVARIANT: |product| and |low| within 2^53, so the double sum `next` is exact or beyond 2^53, where it is not taken.
  if (product >= -SAFE && product <= SAFE && next >= -SAFE && next <= SAFE) sum.low[at] = next
  else {
    sum.high[at] = sum.high[at]! + BigInt(sum.low[at]!) + BigInt(value) * BigInt(times)
    sum.low[at] = 0
  }
}

/** Adds an integer of any size to entry `at`. */
export function addInteger(sum: ExactVector, at: number, value: bigint): void {
  sum.high[at] = sum.high[at]! + value
}

/** The vector's entries. */
export function exactValues(sum: ExactVector): bigint[] {
  return sum.high.map((high, at) => high + BigInt(sum.low[at]!))
}

/** Negative, 0 or positive as `left` is lexicographically less than, equal to or greater than `right`. */
export function compareVectors(left: readonly bigint[], right: readonly bigint[]): number {
  for (const [at, value] of left.entries()) {
    const other = right[at]!
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}

/** Entry by entry. */
export function addVectors(left: readonly bigint[], right: readonly bigint[]): bigint[] {
  return left.map((value, at) => value + right[at]!)
}
