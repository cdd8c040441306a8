/**
 * Three-valued truth of many rows as bytes: false 0, unknown 1, true 3, so that `and` is `&` and `or` is `|`, four rows at a time.
 * INVARIANT: the length of every array here is a multiple of 4; bytes past the last row are false.
 */

export const FALSE = 0
export const UNKNOWN = 1
export const TRUE = 3

export function allOf(size: number, value: number): Uint8Array {
  const out = new Uint8Array((size + 3) & ~3)
  return value === FALSE ? out : out.fill(value, 0, size)
}

export function encoded(value: boolean | undefined): number {
  return value === undefined ? UNKNOWN : value ? TRUE : FALSE
}

const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)

/** target &= other. Returns whether any row is still not false. */
export function andInto(target: Uint8Array, other: Uint8Array): boolean {
  const a = words(target)
  const b = words(other)
  let left = 0
  for (let i = 0; i < a.length; i++) left |= a[i] = a[i]! & b[i]!
  return left !== 0
}

/** target |= other. */
export function orInto(target: Uint8Array, other: Uint8Array): void {
  const a = words(target)
  const b = words(other)
  for (let i = 0; i < a.length; i++) a[i] = a[i]! | b[i]!
}

/** target = not target, for the first `size` rows. */
export function notInto(target: Uint8Array, size: number): void {
  for (let i = 0; i < size; i++) target[i] = NOT[target[i]!]!
}
const NOT = new Uint8Array([TRUE, UNKNOWN, FALSE, FALSE])

/** To the outside's bytes, in place: false 0, true 1, unknown 2. */
export function published(target: Uint8Array, size: number): Uint8Array {
  const all = words(target)
  for (let i = 0; i < all.length; i++) {
    const certain = (all[i]! >>> 1) & 0x01010101
    all[i] = certain | ((all[i]! & 0x01010101 & ~certain) << 1)
  }
  return target.subarray(0, size)
}
