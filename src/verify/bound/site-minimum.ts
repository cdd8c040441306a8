/**
 * The least of a scalar over all assignments of a site. Every choice of the hubs is tried, those first whose rows come cheapest alone: where the cheapest rows
 * break nothing they are the least. Otherwise rows are eliminated one after the other: a table has an entry for everything that the rows so far may have done
 * to the site's units, and a unit leaves the table with its last row. Units that cannot be counted are not counted: the least is then of more assignments than
 * there are, which a bound may be.
 */
import type { Move, SiteProgram } from './site-program.ts'

const LARGEST = 400_000

// Kept between calls; every call fills what it reads.
let own = new Float64Array(256)
let [now, then] = [new Float64Array(1 << 12), new Float64Array(1 << 12)]
// By line of the table (a value of every digit but the innermost): the largest state that is reached, -1 where none is.
let [reached, reaching] = [new Int32Array(1 << 8), new Int32Array(1 << 8)]

/** `cost` by option; `unit` by kept use: what a unit of violation costs. Infinity where no assignment is allowed; 'too large' where the table would be. */
export function siteMinimum(program: SiteProgram, cost: Float64Array, unit: Float64Array): number | 'too large' {
  const { optionStart, hubs } = program
  const total = optionStart[optionStart.length - 1]!
  const widths = hubs.map((place) => optionStart[place + 1]! - optionStart[place]!)
  const ways = widths.reduce((product, width) => product * width, 1)
  if (own.length < total * ways) own = new Float64Array(2 * total * ways)
  const bounds: { readonly way: number; readonly value: number }[] = []
  for (let way = 0; way < ways; way++) {
    costsOf(program, cost, unit, widths, way, own.subarray(way * total, (way + 1) * total))
    const value = cheapestRows(optionStart, own, way * total)
    if (value < Infinity) bounds.push({ way, value })
  }
  bounds.sort((a, b) => a.value - b.value || a.way - b.way)
  let best = Infinity
  for (const { way, value } of bounds) {
    if (value >= best) break
    const costs = own.subarray(way * total, (way + 1) * total)
    const found = breaksNothing(program, costs) ? value : byTable(program, costs, unit)
    if (found === 'too large') return found
    if (found < best) best = found
  }
  return best
}

/** Costs of options where the hubs choose as `way` says; Infinity where an option is not allowed then. */
function costsOf(
  { optionStart, hubs, conditions }: SiteProgram,
  cost: Float64Array,
  unit: Float64Array,
  widths: readonly number[],
  way: number,
  to: Float64Array,
): void {
  to.set(cost.subarray(0, to.length))
  if (hubs.length === 0) return
  const chosen: number[] = []
  let rest = way
  for (const [at, place] of hubs.entries()) {
    const choice = rest % widths[at]!
    rest = Math.floor(rest / widths[at]!)
    chosen.push(choice)
    for (let option = optionStart[place]!; option < optionStart[place + 1]!; option++)
      if (option !== optionStart[place]! + choice) to[option] = Infinity
  }
  for (const { option, hub, fits, kept } of conditions) if (((fits >>> chosen[hub]!) & 1) === 0) to[option]! += unit[kept]!
}

function cheapestRows(optionStart: readonly number[], costs: Float64Array, from: number): number {
  let sum = 0
  for (let place = 0; place + 1 < optionStart.length; place++) {
    let least = Infinity
    for (let at = from + optionStart[place]!; at < from + optionStart[place + 1]!; at++) if (costs[at]! < least) least = costs[at]!
    sum += least
  }
  return sum
}

/** True where the cheapest option of every row together violates nothing. */
function breaksNothing({ optionStart, moves, digits }: SiteProgram, costs: Float64Array): boolean {
  const states = new Int32Array(digits.length)
  for (let place = 0; place + 1 < optionStart.length; place++) {
    let chosen = optionStart[place]!
    for (let option = chosen + 1; option < optionStart[place + 1]!; option++) if (costs[option]! < costs[chosen]!) chosen = option
    for (const { digit, shift, next, breaks } of moves[chosen]!) {
      const before = states[digit]!
      const after = next === undefined ? before + shift : next[before]!
      if (after < 0 || after >= digits[digit]!.size || (breaks !== undefined && breaks[before] !== 0)) return false
      states[digit] = after
    }
  }
  return digits.every(({ ending }, digit) => ending === undefined || ending[states[digit]!] === 0)
}

function byTable({ optionStart, moves, digits }: SiteProgram, costs: Float64Array, unit: Float64Array): number | 'too large' {
  let open: number[] = []
  let size = 1
  now[0] = 0
  reached[0] = 0
  const opening = digits.map((_, digit) => digit).sort((a, b) => digits[a]!.first - digits[b]!.first || a - b)
  let opened = 0
  for (let place = 0; place + 1 < optionStart.length; place++) {
    const wanted = open.slice()
    for (; opened < opening.length && digits[opening[opened]!]!.first === place; opened++) wanted.push(opening[opened]!)
    if (wanted.length > open.length) {
      // The widest digit counts in ones, so that the innermost walk is the longest.
      wanted.sort((a, b) => digits[a]!.size - digits[b]!.size || a - b)
      const total = wanted.reduce((product, digit) => product * digits[digit]!.size, 1)
      if (total > LARGEST) return 'too large'
      arrange(open, size, wanted, total, digits)
      open = wanted
      size = total
    }
    const sizes = open.length === 0 ? [1] : open.map((digit) => digits[digit]!.size)
    const lines = size / sizes[sizes.length - 1]!
    reserve(size)
    then.fill(Infinity, 0, size)
    reaching.fill(-1, 0, lines)
    for (let option = optionStart[place]!; option < optionStart[place + 1]!; option++) {
      if (costs[option] === Infinity) continue
      const list = moves[option]!
      const byDigit = open.map((digit) => list.find((move) => move.digit === digit))
      walk(sizes, byDigit, unit, 0, 0, 0, costs[option]!)
    }
    ;[now, then] = [then, now]
    ;[reached, reaching] = [reaching, reached]
    for (const digit of open.slice()) {
      if (digits[digit]!.last !== place) continue
      const { ending, kept, size: width } = digits[digit]!
      const inner = open.slice(open.indexOf(digit) + 1).reduce((product, other) => product * digits[other]!.size, 1)
      close(size, inner, width, ending, unit[kept]!)
      open = open.filter((other) => other !== digit)
      size /= width
      measure(size, open.length === 0 ? 1 : digits[open[open.length - 1]!]!.size)
    }
  }
  let least = Infinity
  for (let state = 0; state < size; state++) if (now[state]! < least) least = now[state]!
  return least
}

/** Room for so many states in every table. */
function reserve(size: number): void {
  if (then.length < size) then = new Float64Array(2 * size)
  if (now.length < size) {
    const larger = new Float64Array(2 * size)
    larger.set(now)
    now = larger
  }
  if (reaching.length < size) reaching = new Int32Array(2 * size)
  if (reached.length < size) {
    const larger = new Int32Array(2 * size)
    larger.set(reached)
    reached = larger
  }
}

/** The largest reached state of every line. */
function measure(size: number, width: number): void {
  for (let line = 0; line * width < size; line++) {
    let last = width - 1
    while (last >= 0 && now[line * width + last] === Infinity) last--
    reached[line] = last
  }
}

/** The table over more digits, each new one at 0, and in another order. */
function arrange(open: readonly number[], size: number, wanted: readonly number[], total: number, digits: SiteProgram['digits']): void {
  reserve(Math.max(size, total))
  const strides = open.map((digit) => wanted.slice(wanted.indexOf(digit) + 1).reduce((product, other) => product * digits[other]!.size, 1))
  then.fill(Infinity, 0, total)
  for (let from = 0; from < size; from++) {
    let rest = from
    let to = 0
    for (let at = open.length - 1; at >= 0; at--) {
      const width = digits[open[at]!]!.size
      to += (rest % width) * strides[at]!
      rest = Math.floor(rest / width)
    }
    then[to] = now[from]!
  }
  ;[now, then] = [then, now]
  measure(total, digits[wanted[wanted.length - 1]!]!.size)
}

/** Takes an option in every state of the digits from `at` on; `from` and `to` number the digits before. */
function walk(
  sizes: readonly number[],
  moves: readonly (Move | undefined)[],
  unit: Float64Array,
  at: number,
  from: number,
  to: number,
  cost: number,
): void {
  const size = sizes[at]!
  const move = moves[at]
  if (at < sizes.length - 1) {
    for (let digit = 0; digit < size; digit++) {
      const next = move === undefined ? digit : move.next === undefined ? digit + move.shift : move.next[digit]!
      if (next < 0 || next >= size) continue
      const paid = move?.breaks === undefined || move.breaks[digit] === 0 ? 0 : move.breaks[digit]! * unit[move.kept]!
      if (paid < Infinity) walk(sizes, moves, unit, at + 1, from * size + digit, to * size + next, cost + paid)
    }
    return
  }
  const last = reached[from]!
  if (last < 0) return
  const [a, b] = [from * size, to * size]
  if (move?.next === undefined) {
    const shift = move?.shift ?? 0
    const end = Math.min(last, size - 1 - shift)
    relax(now, then, a, b + shift, end, cost)
    if (end >= 0 && end + shift > reaching[to]!) reaching[to] = end + shift
    return
  }
  const { next, breaks, kept } = move
  for (let digit = 0; digit <= last; digit++) {
    const state = next[digit]!
    if (state < 0) continue
    const paid = breaks === undefined || breaks[digit] === 0 ? 0 : breaks[digit]! * unit[kept]!
    const value = now[a + digit]! + cost + paid
    if (value < then[b + state]!) then[b + state] = value
  }
  reaching[to] = size - 1
}

function relax(before: Float64Array, after: Float64Array, a: number, b: number, end: number, cost: number): void {
  for (let state = 0; state <= end; state++) {
    const value = before[a + state]! + cost
    if (value < after[b + state]!) after[b + state] = value
  }
}

/** The table without the digit that has `inner` states within it: what it ends with is paid, the least is kept. */
function close(size: number, inner: number, width: number, ending: Int32Array | undefined, unit: number): void {
  const left = size / width
  reserve(size)
  then.fill(Infinity, 0, left)
  for (let digit = 0; digit < width; digit++) {
    const broken = ending === undefined ? 0 : ending[digit]!
    const paid = broken === 0 ? 0 : broken * unit
    if (paid === Infinity) continue
    for (let outer = 0; outer * inner * width < size; outer++)
      for (let i = 0; i < inner; i++) {
        const value = now[(outer * width + digit) * inner + i]! + paid
        const to = outer * inner + i
        if (value < then[to]!) then[to] = value
      }
  }
  ;[now, then] = [then, now]
}
