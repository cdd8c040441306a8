/** Splits rows into classes, column by column: two rows stay together iff they agree in every column. All on typed arrays, nothing per row but a code. */

/** `of[row]` is the row's class, 0 .. count - 1, numbered by first appearance. */
export interface Partition {
  readonly of: Int32Array
  readonly count: number
}

/** Everything in one class. */
export function wholePartition(rows: number): Partition {
  return { of: new Int32Array(rows), count: rows === 0 ? 0 : 1 }
}

// A table this many times larger than the rows is still cheaper than hashing.
const DIRECT = 1 << 20

/** Splits classes by `codes[row * stride + offset]`, any Int32 values. Overwrites the partition's array. */
export function refine({ of, count }: Partition, codes: Int32Array, stride = 1, offset = 0): Partition {
  const rows = of.length
  if (rows === 0 || count === rows) return { of, count }
  let [low, high] = [codes[offset]!, codes[offset]!]
  for (let row = 1, at = offset + stride; row < rows; row++, at += stride) {
    const code = codes[at]!
    if (code < low) low = code
    else if (code > high) high = code
  }
  if (low === high || agreeAlready(of, count, codes, stride, offset)) return { of, count }
  const range = high - low + 1
  return { of, count: count * range <= DIRECT ? byTable(of, count, codes, stride, offset, low, range) : byHash(of, codes, stride, offset) }
}

/** Whether no class holds two codes: the common case once a column that implies this one has been seen. */
function agreeAlready(of: Int32Array, count: number, codes: Int32Array, stride: number, offset: number): boolean {
  const known = new Int32Array(count)
  let next = 0
  for (let row = 0, at = offset; row < of.length; row++, at += stride) {
    const c = of[row]!
    if (c === next) {
      known[c] = codes[at]!
      next++
    } else if (known[c] !== codes[at]) return false
  }
  return true
}

function byTable(of: Int32Array, count: number, codes: Int32Array, stride: number, offset: number, low: number, range: number): number {
  const table = new Int32Array(count * range).fill(-1)
  let next = 0
  for (let row = 0, at = offset; row < of.length; row++, at += stride) {
    const slot = of[row]! * range + (codes[at]! - low)
    let found = table[slot]!
    if (found === -1) {
      found = next++
      table[slot] = found
    }
    of[row] = found
  }
  return next
}

const hash = (a: number, b: number): number => {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

/** Open addressing over pairs (class, code); classes found so far hold the keys, so that the table holds class numbers only. */
function byHash(of: Int32Array, codes: Int32Array, stride: number, offset: number): number {
  let capacity = 1 << 12
  let slots = new Int32Array(capacity).fill(-1)
  let first = new Int32Array(capacity)
  let second = new Int32Array(capacity)
  let next = 0
  for (let row = 0, at = offset; row < of.length; row++, at += stride) {
    const [a, b] = [of[row]!, codes[at]!]
    let slot = hash(a, b) & (capacity - 1)
    let found = slots[slot]!
    while (found !== -1 && (first[found] !== a || second[found] !== b)) {
      slot = (slot + 1) & (capacity - 1)
      found = slots[slot]!
    }
    if (found === -1) {
      found = next++
      slots[slot] = found
      first[found] = a
      second[found] = b
      if (next * 2 > capacity) {
        capacity *= 4
        const [wider, widerFirst, widerSecond] = [new Int32Array(capacity).fill(-1), new Int32Array(capacity), new Int32Array(capacity)]
        widerFirst.set(first)
        widerSecond.set(second)
        for (let c = 0; c < next; c++) {
          let free = hash(first[c]!, second[c]!) & (capacity - 1)
          while (wider[free] !== -1) free = (free + 1) & (capacity - 1)
          wider[free] = c
        }
        slots = wider
        first = widerFirst
        second = widerSecond
      }
    }
    of[row] = found
  }
  return next
}

/** Splits classes by numbers; every NaN is the same, and so are both zeros. */
export function refineNumbers(partition: Partition, numbers: Float64Array): Partition {
  const whole = new Int32Array(numbers.length)
  let fits = true
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row]! | 0
    whole[row] = value
    if (value !== numbers[row]) fits = false
  }
  if (fits) return refine(partition, whole)
  const bits = new Float64Array(numbers.length)
  for (let row = 0; row < numbers.length; row++) bits[row] = Number.isNaN(numbers[row]) ? NaN : numbers[row]! + 0
  const words = new Int32Array(bits.buffer)
  return refine(refine(partition, words, 2, 0), words, 2, 1)
}

/** Splits classes by small values such as truth. */
export function refineBytes(partition: Partition, bytes: Uint8Array): Partition {
  const codes = new Int32Array(bytes.length)
  codes.set(bytes)
  return refine(partition, codes)
}
