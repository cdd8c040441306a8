/** Rows that no column tells apart, counted: exact, by hashing and comparing every column. */

export type ClassColumn = Int32Array | Float64Array

export interface RowClasses {
  /** A row of each class, ascending. */
  readonly representative: Int32Array
  /** How many rows each class has. */
  readonly count: Int32Array
}

/** Groups the rows 0 to size - 1. Numbers in the columns are integers. */
export function classesOf(size: number, columns: readonly ClassColumn[]): RowClasses {
  const hashes = hashRows(size, columns)
  let capacity = 1 << 12
  let slots = new Int32Array(capacity).fill(-1)
  let representative = new Int32Array(1 << 10)
  let count = new Int32Array(1 << 10)
  let found = 0
  for (let row = 0; row < size; row++) {
    let slot = hashes[row]! & (capacity - 1)
    let known = slots[slot]!
    while (known >= 0 && !equalRows(columns, representative[known]!, row)) {
      slot = (slot + 1) & (capacity - 1)
      known = slots[slot]!
    }
    if (known >= 0) {
      count[known]!++
      continue
    }
    if (found === representative.length) {
      representative = grown(representative)
      count = grown(count)
    }
    representative[found] = row
    count[found] = 1
    slots[slot] = found++
    if (found * 2 > capacity) {
      capacity *= 4
      slots = new Int32Array(capacity).fill(-1)
      for (let at = 0; at < found; at++) {
        let free = hashes[representative[at]!]! & (capacity - 1)
        while (slots[free]! >= 0) free = (free + 1) & (capacity - 1)
        slots[free] = at
      }
    }
  }
  return { representative: representative.slice(0, found), count: count.slice(0, found) }
}

function hashRows(size: number, columns: readonly ClassColumn[]): Int32Array {
  const hashes = new Int32Array(size)
  for (const column of columns)
    for (let row = 0; row < size; row++) {
      const mixed = Math.imul(hashes[row]! ^ (column[row]! | 0), 0x9e3779b1)
      hashes[row] = mixed ^ (mixed >>> 15)
    }
  return hashes
}

function equalRows(columns: readonly ClassColumn[], left: number, right: number): boolean {
  for (const column of columns) if (column[left] !== column[right]) return false
  return true
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 4)
  larger.set(array)
  return larger
}
