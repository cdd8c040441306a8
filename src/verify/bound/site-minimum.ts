/**
 * The least of a scalar over all assignments of a site, by eliminating its rows one after the other: a table has an entry for everything that the rows so far
 * may have done to the site's units, and a unit leaves the table with its last row. Units that it cannot count are not counted: the least is then of more
 * assignments than there are, which a bound may be.
 */

/** What one unit knows of the rows before: a digit. */
export interface Digit {
  readonly size: number
  /** Places (in the order of elimination) of its first and last row. */
  readonly first: number
  readonly last: number
  /** What ending with the digit costs; Infinity: not allowed. */
  readonly ending: (digit: number) => number
}

/** How an option moves a digit: to `next[digit]` (-1: not allowed), for `cost[digit]`. */
export interface Move {
  readonly digit: number
  readonly next: Int32Array
  readonly cost?: Float64Array
}

/** By place: the row's options with what each costs. */
export interface SiteOption {
  readonly cost: number
  readonly moves: readonly Move[]
}

export interface SiteTables {
  readonly digits: readonly Digit[]
  readonly places: readonly (readonly SiteOption[])[]
}

const LARGEST = 400_000

/** Infinity where no assignment is allowed; 'too large' where the table would be. */
export function siteMinimum({ digits, places }: SiteTables): number | 'too large' {
  const opening = new Map<number, number[]>()
  for (const [digit, { first }] of digits.entries()) opening.set(first, [...(opening.get(first) ?? []), digit])
  let open: number[] = []
  let table: Float64Array = Float64Array.of(0)
  for (const [place, options] of places.entries()) {
    // The widest digit counts in ones, so that the innermost walk is the longest.
    const sorted = [...open, ...(opening.get(place) ?? [])].sort((a, b) => digits[a]!.size - digits[b]!.size || a - b)
    const sizes = sorted.map((digit) => digits[digit]!.size)
    const total = sizes.reduce((product, size) => product * size, 1)
    if (total > LARGEST) return 'too large'
    const before = arranged(table, open, sorted, digits, total)
    const after = new Float64Array(total).fill(Infinity)
    for (const { cost, moves } of options) {
      const byDigit = sorted.map((digit) => moves.find((move) => move.digit === digit))
      walk(sizes, byDigit, 0, 0, 0, cost, before, after)
    }
    open = sorted
    table = after
    for (const digit of sorted) {
      if (digits[digit]!.last !== place) continue
      table = closed(table, open, digit, digits)
      open = open.filter((other) => other !== digit)
    }
  }
  return table.reduce((least, value) => Math.min(least, value), Infinity)
}

/** The table over more digits, each new one at 0, and in another order. */
function arranged(
  table: Float64Array,
  open: readonly number[],
  sorted: readonly number[],
  digits: readonly Digit[],
  total: number,
): Float64Array {
  if (open.length === sorted.length && open.every((digit, at) => digit === sorted[at])) return table
  const strides = new Map<number, number>()
  let stride = 1
  for (const digit of [...sorted].reverse()) {
    strides.set(digit, stride)
    stride *= digits[digit]!.size
  }
  const result = new Float64Array(total).fill(Infinity)
  for (let from = 0; from < table.length; from++) {
    let rest = from
    let to = 0
    for (let at = open.length - 1; at >= 0; at--) {
      const { size } = digits[open[at]!]!
      to += (rest % size) * strides.get(open[at]!)!
      rest = Math.floor(rest / size)
    }
    result[to] = table[from]!
  }
  return result
}

function walk(
  sizes: readonly number[],
  moves: readonly (Move | undefined)[],
  at: number,
  from: number,
  to: number,
  cost: number,
  before: Float64Array,
  after: Float64Array,
): void {
  if (at === sizes.length) {
    const value = before[from]! + cost
    if (value < after[to]!) after[to] = value
    return
  }
  const size = sizes[at]!
  const move = moves[at]
  if (at === sizes.length - 1) {
    const [a, b] = [from * size, to * size]
    if (move === undefined) {
      for (let digit = 0; digit < size; digit++) {
        const value = before[a + digit]! + cost
        if (value < after[b + digit]!) after[b + digit] = value
      }
      return
    }
    const { next, cost: paid } = move
    for (let digit = 0; digit < size; digit++) {
      const reached = next[digit]!
      if (reached < 0) continue
      const value = before[a + digit]! + cost + (paid === undefined ? 0 : paid[digit]!)
      if (value < after[b + reached]!) after[b + reached] = value
    }
    return
  }
  for (let digit = 0; digit < size; digit++) {
    const reached = move === undefined ? digit : move.next[digit]!
    if (reached < 0) continue
    walk(sizes, moves, at + 1, from * size + digit, to * size + reached, cost + (move?.cost?.[digit] ?? 0), before, after)
  }
}

/** The table without the digit: what it ends with is paid, the least is kept. */
function closed(table: Float64Array, open: readonly number[], gone: number, digits: readonly Digit[]): Float64Array {
  const at = open.indexOf(gone)
  const { size, ending } = digits[gone]!
  const inner = open.slice(at + 1).reduce((product, digit) => product * digits[digit]!.size, 1)
  const result = new Float64Array(table.length / size).fill(Infinity)
  for (let digit = 0; digit < size; digit++) {
    const paid = ending(digit)
    if (paid === Infinity) continue
    for (let outer = 0; outer * inner * size < table.length; outer++)
      for (let i = 0; i < inner; i++) {
        const value = table[(outer * size + digit) * inner + i]! + paid
        const to = outer * inner + i
        if (value < result[to]!) result[to] = value
      }
  }
  return result
}
