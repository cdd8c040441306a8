/** Sites as tables: rows that uses tie together once the priced groups are out, each with its options' scalar costs and what they do to the site's units. */
import type { Demand, Links } from '../demand.ts'
import type { HeldUse, Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { isHardIn } from './leaf.ts'
import { costTables, type CostTables } from './reduced.ts'
import { siteMinimum, type Digit, type Move, type SiteOption } from './site-minimum.ts'
import type { SitePrice, SitePrices } from './site-prices.ts'
import { componentsOf } from './units.ts'

/** A use that sites count, with what a unit of violation costs (Infinity: not allowed). */
interface Kept {
  readonly held: HeldUse
  readonly unit: number
  readonly links: LinkLists | undefined
}

/** The links of every row, either end. */
interface LinkLists {
  readonly start: Int32Array
  readonly link: Int32Array
}

const NO_UNITS: ReadonlySet<string> = new Set()

/** The sum of all sites' leasts; or why there is none. */
export function siteLeasts(trial: Trial, prices: SitePrices): bigint | string {
  const kept = keptUses(trial, prices)
  const reduced: Trial = { ...trial, held: kept.map(({ held }) => held) }
  const costs = costTables(trial)
  const inSite = new Uint8Array(trial.world.size)
  let total = 0n
  for (const { rows, units } of componentsOf(reduced)) {
    for (const row of rows) inSite[row] = 1
    const least = leastOf(
      trial,
      prices,
      kept,
      costs,
      rows,
      new Set(units.flatMap(({ held, groups }) => groups.map((group) => `${held} ${group}`))),
    )
    if (typeof least === 'string') return least
    total += least
  }
  for (let row = 0; row < trial.world.size; row++) {
    if (inSite[row] === 1) continue
    const least = leastOf(trial, prices, kept, costs, Int32Array.of(row), NO_UNITS)
    if (typeof least === 'string') return least
    total += least
  }
  return total
}

/** Uses that a table can count, without their priced groups. Others are left out: that can only lower the least. */
function keptUses(trial: Trial, { factor, prices }: SitePrices): readonly Kept[] {
  return trial.held.flatMap((held, at): readonly Kept[] => {
    const { demand, use } = held
    if (!isCountable(demand) || (use.policy.is === 'soft' && use.policy.per === 'whole')) return []
    const priced = new Set(prices.filter((price) => price.held === at).map(({ group }) => group))
    const out = (group: number): boolean => priced.has(group) || (use.policy.is === 'do-not-worsen' && !isHardIn(held, group))
    if (demand.groups.every((_, group) => out(group))) return []
    const groupOf =
      priced.size === 0 && use.policy.is !== 'do-not-worsen'
        ? demand.groupOf
        : demand.groupOf.map((group) => (group >= 0 && out(group) ? -1 : group))
    const weight =
      use.policy.is === 'soft'
        ? penaltyOf(trial.levels, use.policy)!.reduce((sum, entry, level) => sum + entry * factor[level]!, 0)
        : Infinity
    const links = demand.is === 'links' ? linkLists(demand, trial.world.size) : undefined
    return [{ held: { ...held, demand: { ...demand, groupOf } }, unit: weight, links }]
  })
}

function isCountable(demand: Demand): boolean {
  switch (demand.is) {
    case 'counts':
      return demand.multiple === undefined && demand.skew === undefined && demand.leastParts === undefined && demand.mostParts === undefined
    case 'amounts':
    case 'forbidden':
    case 'together':
    case 'links':
      return true
  }
}

function linkLists({ from, to }: Links, size: number): LinkLists {
  const start = new Int32Array(size + 1)
  for (const ends of [from, to]) for (const row of ends) start[row + 1]!++
  for (let row = 0; row < size; row++) start[row + 1]! += start[row]!
  const filled = start.slice()
  const link = new Int32Array(2 * from.length)
  for (const ends of [from, to]) for (let at = 0; at < ends.length; at++) link[filled[ends[at]!]!++] = at
  return { start, link }
}

/** Where rows stand in a site, and digits that have been found. */
interface Draft {
  readonly order: readonly number[]
  readonly placeOf: ReadonlyMap<number, number>
  readonly digits: Digit[]
  /** By use and group (or hub's row): the number of the first digit. */
  readonly known: Map<string, number>
  readonly options: readonly (readonly number[])[]
}

function leastOf(
  trial: Trial,
  prices: SitePrices,
  kept: readonly Kept[],
  costs: CostTables,
  rows: Int32Array,
  units: ReadonlySet<string>,
): bigint | string {
  const order = eliminationOrder(kept, rows)
  const placeOf = new Map(order.map((row, place) => [row, place]))
  const options = order.map((row) => optionsOf(trial, kept, row))
  const draft: Draft = { order, placeOf, digits: [], known: new Map(), options }
  for (const [at, one] of kept.entries()) addDigits(draft, at, one, units)
  let largest = 0
  const places = order.map((row, place): readonly SiteOption[] => {
    let most = 0
    const list = options[place]!.map((option, index): SiteOption => {
      const cost = scalarCost(trial, prices, kept, costs, row, option)
      most = Math.max(most, Math.abs(cost))
      const moves = kept.flatMap((one, at) => movesOf(draft, at, one, place, row, option, index, trial.world.options.length))
      return { cost, moves: together(moves) }
    })
    largest += most
    return list
  })
  for (const { unit, held } of kept) if (unit !== Infinity) largest += unit * held.demand.groups.length * rows.length
  if (!(largest < 2 ** 52)) return 'numbers leave the safe integers'
  const least = siteMinimum({ digits: draft.digits, places })
  const where = trial.world.fleet.ids[rows[0] ?? -1] ?? 'no device'
  if (least === 'too large') return `the site of ${where} is too large to be minimised`
  if (least === Infinity) return `the site of ${where} has no assignment`
  return BigInt(least)
}

/** Ends of several links first, as their options stay known; then groups of few rows together, so that they are soon done with. */
function eliminationOrder(kept: readonly Kept[], rows: Int32Array): readonly number[] {
  const hub = (row: number): number =>
    kept.reduce((sum, { links }) => sum + (links === undefined ? 0 : links.start[row + 1]! - links.start[row]!), 0)
  const key = (row: number): readonly number[] =>
    kept
      .flatMap(({ held: { demand } }, at): readonly (readonly [number, number])[] => {
        const group = demand.groupOf[row]!
        return group < 0 || demand.is === 'forbidden' || demand.is === 'links' ? [] : [[demand.sizes[group]!, at * 1e9 + group]]
      })
      .sort(([a, x], [b, y]) => a - b || x - y)
      .map(([, id]) => id)
  const keys = new Map([...rows].map((row) => [row, key(row)]))
  return [...rows].sort((a, b) => {
    const [x, y] = [hub(a) > 1 ? hub(a) : 0, hub(b) > 1 ? hub(b) : 0]
    if (x !== y) return y - x
    const [left, right] = [keys.get(a)!, keys.get(b)!]
    for (let at = 0; at < Math.min(left.length, right.length); at++) if (left[at] !== right[at]) return left[at]! - right[at]!
    return left.length - right.length || a - b
  })
}

function optionsOf({ world }: Trial, kept: readonly Kept[], row: number): readonly number[] {
  const found: number[] = []
  const width = world.options.length
  const kind = world.kindOf[row]!
  options: for (let option = 0; option < width; option++) {
    if (((world.allowed[option >>> 5]![kind]! >>> (option & 31)) & 1) === 0) continue
    for (const { held, unit } of kept) {
      const { demand } = held
      if (demand.groupOf[row]! < 0 || unit !== Infinity) continue
      if (demand.is === 'forbidden' && demand.forbidden[demand.kindOf[row]! * width + option] === 1) continue options
      if (demand.is === 'amounts' && demand.amount[demand.kindOf[row]! * width + option]! > (demand.largest ?? Infinity)) continue options
    }
    found.push(option)
  }
  return found
}

function scalarCost(
  trial: Trial,
  { factor, prices }: SitePrices,
  kept: readonly Kept[],
  costs: CostTables,
  row: number,
  option: number,
): number {
  const { world } = trial
  const width = world.options.length
  const changed = costs.changes[world.runs.of[row]! * width + option]!
  const preference = world.preference[option]!
  const value = typeof preference === 'number' ? preference : preference[world.kindOf[row]!]!
  let sum = 0
  for (let level = 0; level < factor.length; level++)
    if (factor[level] !== 0)
      sum += factor[level]! * (costs.plain[(changed * width + option) * costs.levels + level]! + costs.factor[level]! * value)
  for (const price of prices) if (price.price !== 0) sum -= price.price * coefficientOf(trial.held[price.held]!, price, row, option, width)
  for (const { held, unit } of kept) {
    const { demand } = held
    if (demand.is !== 'forbidden' || unit === Infinity || demand.groupOf[row]! < 0) continue
    if (demand.forbidden[demand.kindOf[row]! * width + option] === 1) sum += unit
  }
  return sum
}

function coefficientOf({ demand }: HeldUse, { group, part }: SitePrice, row: number, option: number, width: number): number {
  if (demand.groupOf[row] !== group) return 0
  if (demand.is === 'amounts') return demand.amount[demand.kindOf[row]! * width + option]!
  return demand.is === 'counts' && demand.partOf[option] === part ? 1 : 0
}

/** Digits of the use's groups that have rows here; of links, the option of each row that a later one links to or from. */
function addDigits(draft: Draft, at: number, { held, unit, links }: Kept, units: ReadonlySet<string>): void {
  const { demand } = held
  const { order, digits, known } = draft
  if (demand.is === 'forbidden') return
  if (demand.is === 'links') {
    for (const [place, row] of order.entries()) {
      let last = place
      for (let i = links!.start[row]!; i < links!.start[row + 1]!; i++) {
        const link = links!.link[i]!
        const other = demand.from[link] === row ? demand.to[link]! : demand.from[link]!
        last = Math.max(last, draft.placeOf.get(other)!)
      }
      if (last === place) continue
      const key = `row ${row}`
      const before = known.get(key)
      if (before !== undefined) digits[before] = { ...digits[before]!, last: Math.max(last, digits[before]!.last) }
      else known.set(key, digits.push({ size: Math.max(1, draft.options[place]!.length), first: place, last, ending: () => 0 }) - 1)
    }
    return
  }
  const places = new Map<number, { first: number; last: number; rows: number[] }>()
  for (const [place, row] of order.entries()) {
    const group = demand.groupOf[row]!
    // INVARIANT: a group is counted in one site only; rows elsewhere cannot do anything to it.
    if (group < 0 || !units.has(`${at} ${group}`)) continue
    const seen = places.get(group)
    if (seen === undefined) places.set(group, { first: place, last: place, rows: [row] })
    else {
      seen.last = place
      seen.rows.push(row)
    }
  }
  for (const [group, { first, last, rows }] of places) {
    known.set(`${at} ${group}`, digits.length)
    for (const digit of groupDigits(demand, group, rows.length, unit)) digits.push({ ...digit, first, last })
  }
}

function groupDigits(demand: Demand, group: number, rows: number, unit: number): readonly Omit<Digit, 'first' | 'last'>[] {
  const pay = (violation: number): number => (violation === 0 ? 0 : violation * unit)
  switch (demand.is) {
    case 'counts':
      return demand.parts.map((_, part) => {
        const [lower, upper] = [demand.lower[group * demand.parts.length + part]!, demand.upper[group * demand.parts.length + part]!]
        if (lower <= 0 && upper >= rows) return { size: 1, ending: () => 0 }
        const size = unit === Infinity ? Math.min(rows, Math.max(0, upper)) + 1 : rows + 1
        return { size, ending: (count) => pay(Math.max(0, lower - count) + Math.max(0, count - upper)) }
      })
    case 'amounts': {
      // What may not be exceeded is counted up to the limit; what may is left out.
      const upper = demand.upper[group]!
      const counted = unit === Infinity && Number.isSafeInteger(upper) && upper >= 0 && isNowhereNegative(demand.amount)
      return [{ size: counted ? Math.floor(upper / stepOf(demand.amount)) + 1 : 1, ending: () => 0 }]
    }
    case 'together': {
      // How many of the members are there, as one digit over all variants.
      const { members, sets } = membersOf(demand)
      const size = members.reduce((product, { times }) => product * (times + 1), 1)
      return [
        {
          size,
          ending: (digit) => {
            const counts = countsOf(members, digit)
            return pay(sets.filter((set) => set.every(([member, times]) => counts[member]! >= times)).length)
          },
        },
      ]
    }
    case 'forbidden':
    case 'links':
      return []
  }
}

function isNowhereNegative(amount: Float64Array): boolean {
  return amount.every((value) => value >= 0)
}

/** The greatest number that divides all amounts. */
function stepOf(amount: Float64Array): number {
  const known = steps.get(amount)
  if (known !== undefined) return known
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  const step = Math.max(
    1,
    amount.reduce((found, value) => divisor(Math.abs(value), found), 0),
  )
  steps.set(amount, step)
  return step
}
const steps = new WeakMap<Float64Array, number>()

interface Members {
  readonly members: readonly { readonly variant: number; readonly times: number }[]
  /** Sets as pairs of a member's number and how often it is needed. */
  readonly sets: readonly (readonly (readonly [number, number])[])[]
}
const membersKnown = new WeakMap<object, Members>()

function membersOf({ sets }: Extract<Demand, { is: 'together' }>): Members {
  const known = membersKnown.get(sets)
  if (known !== undefined) return known
  const times = new Map<number, number>()
  for (const { variant, times: needed } of sets.flat()) times.set(variant, Math.max(needed, times.get(variant) ?? 0))
  const members = [...times].sort(([a], [b]) => a - b).map(([variant, most]) => ({ variant, times: most }))
  const number = new Map(members.map(({ variant }, at) => [variant, at]))
  const found = { members, sets: sets.map((set) => set.map(({ variant, times: needed }) => [number.get(variant)!, needed] as const)) }
  membersKnown.set(sets, found)
  return found
}

function countsOf(members: Members['members'], digit: number): readonly number[] {
  let rest = digit
  return members.map(({ times }) => {
    const count = rest % (times + 1)
    rest = Math.floor(rest / (times + 1))
    return count
  })
}

function movesOf(
  draft: Draft,
  at: number,
  { held, unit, links }: Kept,
  place: number,
  row: number,
  option: number,
  index: number,
  width: number,
): readonly Move[] {
  const { demand } = held
  if (demand.is === 'forbidden') return []
  if (demand.is === 'links') return linkMoves(draft, demand, links!, unit, place, row, option, index)
  const group = demand.groupOf[row]!
  if (group < 0) return []
  const first = draft.known.get(`${at} ${group}`)
  if (first === undefined) return []
  const plus = (digit: number, amount: number): readonly Move[] => {
    const { size } = draft.digits[digit]!
    if (amount === 0 || size === 1) return []
    return [{ digit, next: shifted(size, amount) }]
  }
  switch (demand.is) {
    case 'counts': {
      const part = demand.partOf[option]!
      if (part < 0) return []
      const upper = demand.upper[group * demand.parts.length + part]!
      // A digit of one state is not counted, unless none may be there at all.
      if (draft.digits[first + part]!.size === 1 && upper < 1 && unit === Infinity)
        return [{ digit: first + part, next: Int32Array.of(-1) }]
      return plus(first + part, 1)
    }
    case 'amounts': {
      return plus(first, demand.amount[demand.kindOf[row]! * width + option]! / stepOf(demand.amount))
    }
    case 'together': {
      const { members } = membersOf(demand)
      const member = members.findIndex(({ variant }) => variant === demand.variantOf[option])
      if (member < 0) return []
      const stride = members.slice(0, member).reduce((product, { times }) => product * (times + 1), 1)
      const { times } = members[member]!
      const next = Int32Array.from({ length: draft.digits[first]!.size }, (_, digit) =>
        Math.floor(digit / stride) % (times + 1) < times ? digit + stride : digit,
      )
      return [{ digit: first, next }]
    }
  }
}

/** Moves of one digit made one: each may forbid, one at most leads elsewhere. */
function together(moves: readonly Move[]): readonly Move[] {
  const byDigit = new Map<number, Move>()
  for (const move of moves) {
    const known = byDigit.get(move.digit)
    byDigit.set(move.digit, known === undefined ? move : both(known, move))
  }
  return [...byDigit.values()]
}

function both(one: Move, other: Move): Move {
  const next = one.next.map((reached, digit) =>
    reached < 0 || other.next[digit]! < 0 ? -1 : reached === digit ? other.next[digit]! : reached,
  )
  const cost =
    one.cost === undefined && other.cost === undefined
      ? {}
      : { cost: Float64Array.from(next, (_, digit) => (one.cost?.[digit] ?? 0) + (other.cost?.[digit] ?? 0)) }
  return { digit: one.digit, next, ...cost }
}

/** Every state on by `amount`; shared, as many options do the same. */
function shifted(size: number, amount: number): Int32Array {
  const key = `${size} ${amount}`
  const known = shifts.get(key)
  if (known !== undefined) return known
  if (shifts.size > 10_000) shifts.clear()
  const next = Int32Array.from({ length: size }, (_, from) => (from + amount < size ? from + amount : -1))
  shifts.set(key, next)
  return next
}
const shifts = new Map<string, Int32Array>()

function linkMoves(
  draft: Draft,
  demand: Links,
  { start, link }: LinkLists,
  unit: number,
  place: number,
  row: number,
  option: number,
  index: number,
): readonly Move[] {
  const moves: Move[] = []
  const own = draft.known.get(`row ${row}`)
  // The row's own digit is opened with its first use of links only, by 0.
  if (own !== undefined)
    moves.push({
      digit: own,
      next: Int32Array.from({ length: draft.digits[own]!.size }, (_, from) => (from === 0 || from === index ? index : -1)),
    })
  for (let i = start[row]!; i < start[row + 1]!; i++) {
    const at = link[i]!
    const [from, to] = [demand.from[at]!, demand.to[at]!]
    const other = from === row ? to : from
    const there = draft.placeOf.get(other)!
    if (there >= place) continue
    const digit = draft.known.get(`row ${other}`)!
    const options = draft.options[there]!
    const fits = options.map((choice) => demand.holds(demand.kindOf[at]!, from === row ? option : choice, from === row ? choice : option))
    const next = Int32Array.from(fits, (fit, state) => (fit || unit !== Infinity ? state : -1))
    moves.push({ digit, next, ...(unit === Infinity ? {} : { cost: Float64Array.from(fits, (fit) => (fit ? 0 : unit)) }) })
  }
  return moves
}
