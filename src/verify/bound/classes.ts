/** Rows that no column tells apart, counted: exact, by one number for all columns where it is small, else found by hashing and then compared with every column. */

export type ClassColumn = Int32Array | Float64Array

export interface RowClasses {
  /** A row of each class, ascending. */
  readonly representative: Int32Array
  /** How many rows each class has. */
  readonly count: Int32Array
  /** Class by row. */
  readonly classOf: Int32Array
}

/** Groups the rows 0 to size - 1. Numbers in the columns are integers. */
export function classesOf(size: number, columns: readonly ClassColumn[]): RowClasses {
  const telling = columns.filter((column) => !isConstant(column, size))
  const coded = codesTogether(size, telling)
  if (coded !== undefined) return classesByCode(size, coded)
  const found = classesByHash(size, telling)
  // Two rows of equal hashes may differ all the same: then, and only then, rows are put apart one by one.
  return telling.every((column) => agrees(column, found.classOf, found.representative)) ? found : classesByText(size, telling)
}

function isConstant(column: ClassColumn, size: number): boolean {
  const first = column[0]
  for (let row = 1; row < size; row++) if (column[row] !== first) return false
  return true
}

// A table of so many numbers is cheaper than hashing.
const MOST_CODES = 1 << 22
const CODES_PER_ROW = 8

interface Codes {
  readonly codes: Int32Array
  /** All codes are below it. */
  readonly range: number
}

/** All columns of a row as one number, mixed radix: equal iff the columns are. Undefined where a column is not of integers, or the numbers would be too large. */
function codesTogether(size: number, columns: readonly ClassColumn[]): Codes | undefined {
  const spans: { readonly column: ClassColumn; readonly low: number; readonly span: number }[] = []
  let range = 1
  for (const column of columns) {
    let [low, high] = [column[0]!, column[0]!]
    for (let row = 0; row < size; row++) {
      const value = column[row]!
      if ((value | 0) !== value) return undefined
      if (value < low) low = value
      else if (value > high) high = value
    }
    const span = high - low + 1
    range *= span
    if (range > MOST_CODES || range > CODES_PER_ROW * size) return undefined
    spans.push({ column, low, span })
  }
  const codes = new Int32Array(size)
  for (const { column, low, span } of spans) for (let row = 0; row < size; row++) codes[row] = codes[row]! * span + (column[row]! - low)
  return { codes, range }
}

/** Classes numbered by their first rows. */
function classesByCode(size: number, { codes, range }: Codes): RowClasses {
  const classAt = new Int32Array(range).fill(-1)
  const representative: number[] = []
  const classOf = new Int32Array(size)
  for (let row = 0; row < size; row++) {
    const code = codes[row]!
    let known = classAt[code]!
    if (known < 0) classAt[code] = known = representative.push(row) - 1
    classOf[row] = known
  }
  const count = new Int32Array(representative.length)
  for (let row = 0; row < size; row++) count[classOf[row]!]!++
  return { representative: Int32Array.from(representative), count, classOf }
}

/** True where every row has the value of its class's representative. */
function agrees(column: ClassColumn, classOf: Int32Array, representative: Int32Array): boolean {
  const values = new Float64Array(representative.length)
  for (let at = 0; at < values.length; at++) values[at] = column[representative[at]!]!
  for (let row = 0; row < classOf.length; row++) if (values[classOf[row]!] !== column[row]) return false
  return true
}

/** Classes of rows whose two hashes of 32 bits are equal. */
function classesByHash(size: number, columns: readonly ClassColumn[]): RowClasses {
  const { first, second } = hashRows(size, columns)
  const classOf = new Int32Array(size)
  let capacity = 1 << 12
  let slots = new Int32Array(capacity).fill(-1)
  let representative = new Int32Array(1 << 10)
  let count = new Int32Array(1 << 10)
  let found = 0
  for (let row = 0; row < size; row++) {
    const hash = first[row]!
    let slot = hash & (capacity - 1)
    let known = slots[slot]!
    while (known >= 0 && (first[representative[known]!] !== hash || second[representative[known]!] !== second[row])) {
      slot = (slot + 1) & (capacity - 1)
      known = slots[slot]!
    }
    if (known >= 0) {
      count[known]!++
      classOf[row] = known
      continue
    }
    if (found === representative.length) {
      representative = grown(representative)
      count = grown(count)
    }
    representative[found] = row
    count[found] = 1
    classOf[row] = found
    slots[slot] = found++
    if (found * 2 > capacity) {
      capacity *= 4
      slots = new Int32Array(capacity).fill(-1)
      for (let at = 0; at < found; at++) {
        let free = first[representative[at]!]! & (capacity - 1)
        while (slots[free]! >= 0) free = (free + 1) & (capacity - 1)
        slots[free] = at
      }
    }
  }
  return { representative: representative.slice(0, found), count: count.slice(0, found), classOf }
}

function classesByText(size: number, columns: readonly ClassColumn[]): RowClasses {
  const classes = new Map<string, number>()
  const representative: number[] = []
  const count: number[] = []
  const classOf = new Int32Array(size)
  for (let row = 0; row < size; row++) {
    const text = columns.map((column) => column[row]).join(' ')
    let known = classes.get(text)
    if (known === undefined) {
      classes.set(text, (known = representative.push(row) - 1))
      count.push(0)
    }
    count[known]!++
    classOf[row] = known
  }
  return { representative: Int32Array.from(representative), count: Int32Array.from(count), classOf }
}

function hashRows(size: number, columns: readonly ClassColumn[]): { readonly first: Int32Array; readonly second: Int32Array } {
  const first = new Int32Array(size)
  const second = new Int32Array(size)
  for (const column of columns)
    for (let row = 0; row < size; row++) {
      const value = column[row]! | 0
      const one = Math.imul(first[row]! ^ value, 0x9e3779b1)
      first[row] = one ^ (one >>> 15)
      const two = Math.imul(second[row]! ^ value, 0x85ebca77)
      second[row] = two ^ (two >>> 13)
    }
  return { first, second }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 4)
  larger.set(array)
  return larger
}
