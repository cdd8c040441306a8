/** The uses that sites count once the priced groups are out, and how a group is counted: digits, and what options do to them. */
import { membersAt, type Demand, type Links } from '../demand.ts'
import type { HeldUse, Trial } from '../judge.ts'
import { isHardIn } from './leaf.ts'
import type { Digit, Move } from './site-program.ts'

export interface KeptUse {
  readonly held: HeldUse
  /** No unit of violation is allowed. */
  readonly hard: boolean
  readonly links: LinkLists | undefined
  /** Of amounts: the greatest number that divides all of them, and whether none is negative. */
  readonly step: number
  readonly growing: boolean
  readonly members: Members | undefined
}

/** The links of every row, either end. */
export interface LinkLists {
  readonly start: Int32Array
  readonly link: Int32Array
}

/** Of sets that must not be together: every member with how often it is needed at most, and the sets by the members' numbers here. */
interface Members {
  readonly members: readonly { readonly variant: number; readonly times: number }[]
  readonly sets: readonly (readonly { readonly member: number; readonly times: number; readonly absent: boolean }[])[]
  /** Whether a set that is there stays there, whatever comes. */
  readonly growing: boolean
}

/** Uses that a table can count, without the groups that `priced` names. Others are left out: that can only lower the least. */
export function keptUses(trial: Trial, priced: (held: number) => ReadonlySet<number>): readonly KeptUse[] {
  return trial.held.flatMap((held, at): readonly KeptUse[] => {
    const { demand, use } = held
    if (!isCountable(demand) || (use.policy.is === 'soft' && use.policy.per === 'whole')) return []
    const gone = priced(at)
    const out = (group: number): boolean => gone.has(group) || (use.policy.is === 'do-not-worsen' && !isHardIn(held, group))
    if (demand.groups.every((_, group) => out(group))) return []
    const groupOf =
      gone.size === 0 && use.policy.is !== 'do-not-worsen'
        ? demand.groupOf
        : demand.groupOf.map((group) => (group >= 0 && out(group) ? -1 : group))
    return [
      {
        held: { ...held, demand: { ...demand, groupOf } },
        hard: use.policy.is !== 'soft',
        links: demand.is === 'links' ? linkLists(demand, trial.world.size) : undefined,
        step: demand.is === 'amounts' ? stepOf(demand.amount) : 1,
        growing: demand.is === 'amounts' && demand.amount.every((value) => value >= 0),
        members: demand.is === 'together' ? membersOf(demand) : undefined,
      },
    ]
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

function stepOf(amount: Float64Array): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  return Math.max(
    1,
    amount.reduce((found, value) => divisor(Math.abs(value), found), 0),
  )
}

function membersOf({ sets }: Extract<Demand, { is: 'together' }>): Members {
  const times = new Map<number, number>()
  for (const { variant, times: needed } of sets.flat()) times.set(variant, Math.max(needed, times.get(variant) ?? 0))
  const members = [...times].sort(([a], [b]) => a - b).map(([variant, most]) => ({ variant, times: most }))
  const number = new Map(members.map(({ variant }, at) => [variant, at]))
  return {
    members,
    sets: sets.map((set) =>
      set.map(({ variant, times: needed, absent }) => ({ member: number.get(variant)!, times: needed, absent: absent === true })),
    ),
    growing: !sets.flat().some(({ absent }) => absent === true),
  }
}

/** The digits of a group with so many rows in the site, without their places. */
export function groupDigits(
  { held: { demand }, hard, step, growing, members }: KeptUse,
  kept: number,
  group: number,
  rows: number,
): Digit[] {
  const place = { first: 0, last: 0, kept }
  switch (demand.is) {
    case 'counts':
      return demand.parts.map((_, part): Digit => {
        const [lower, upper] = [demand.lower[group * demand.parts.length + part]!, demand.upper[group * demand.parts.length + part]!]
        if (lower <= 0 && upper >= rows) return { ...place, size: 1 }
        const size = hard ? Math.min(rows, Math.max(0, upper)) + 1 : rows + 1
        const ending = Int32Array.from({ length: size }, (_entry, count) => Math.max(0, lower - count) + Math.max(0, count - upper))
        return { ...place, size, ...(ending.some((units) => units > 0) ? { ending } : {}) }
      })
    case 'amounts': {
      // What may not be exceeded is counted up to the limit; what may is left out.
      const upper = demand.upper[group]!
      const counted = hard && Number.isSafeInteger(upper) && upper >= 0 && growing
      return [{ ...place, size: counted ? Math.floor(upper / step) + 1 : 1 }]
    }
    case 'together': {
      // How many of the members are there, as one digit over all variants.
      const { size, broken } = setsOf(members!)
      return [{ ...place, size, ending: broken }]
    }
    case 'forbidden':
    case 'links':
      return []
  }
}

interface Sets {
  readonly size: number
  /** Sets that are there, by digit. */
  readonly broken: Int32Array
}
const setsKnown = new WeakMap<Members, Sets>()

function setsOf(known: Members): Sets {
  const found = setsKnown.get(known)
  if (found !== undefined) return found
  const size = known.members.reduce((product, { times }) => product * (times + 1), 1)
  const broken = Int32Array.from({ length: size }, (_, digit) => {
    let rest = digit
    const counts = known.members.map(({ times }) => {
      const count = rest % (times + 1)
      rest = Math.floor(rest / (times + 1))
      return count
    })
    return known.sets.filter((set) => set.every(({ member, times, absent }) => counts[member]! >= times !== absent)).length
  })
  const sets = { size, broken }
  setsKnown.set(known, sets)
  return sets
}

/** What an option does to the digits of its group, of which `first` is the first. */
export function groupMoves(
  { held: { demand }, hard, step, members }: KeptUse,
  kept: number,
  digits: readonly Digit[],
  first: number,
  group: number,
  row: number,
  option: number,
  width: number,
): Move | undefined {
  switch (demand.is) {
    case 'counts': {
      const part = demand.partOf[option]!
      if (part < 0) return undefined
      // A digit of one state is not counted, unless none may be there at all: then any step leaves it.
      if (digits[first + part]!.size === 1 && !(hard && demand.upper[group * demand.parts.length + part]! < 1)) return undefined
      return shiftMove(first + part, 1, kept)
    }
    case 'amounts': {
      const amount = demand.amount[demand.kindOf[row]! * width + option]! / step
      return amount === 0 || digits[first]!.size === 1 ? undefined : shiftMove(first, amount, kept)
    }
    case 'together':
      return togetherMove(members!, first, membersAt(demand, row, option), kept, hard)
    case 'forbidden':
    case 'links':
      return undefined
  }
}

// Equal moves are one object, as very many options do the same.
const shifts = new Map<number, Move>()
const MOST_SHIFTS = 100_000

function shiftMove(digit: number, shift: number, kept: number): Move {
  if (digit >= 1024 || kept >= 64 || shift >= 2 ** 30) return { digit, shift, kept }
  const key = (shift * 1024 + digit) * 64 + kept
  const known = shifts.get(key)
  if (known !== undefined) return known
  if (shifts.size > MOST_SHIFTS) shifts.clear()
  const move = { digit, shift, kept }
  shifts.set(key, move)
  return move
}

const movesKnown = new WeakMap<Members, Map<string, Move | undefined>>()

function togetherMove(known: Members, digit: number, own: readonly number[], kept: number, hard: boolean): Move | undefined {
  const found = movesKnown.get(known) ?? new Map<string, Move | undefined>()
  movesKnown.set(known, found)
  const key = `${digit} ${own.join(',')} ${kept} ${hard}`
  if (found.has(key)) return found.get(key)
  const { members, growing } = known
  const { size, broken } = setsOf(known)
  const counted = members.flatMap(({ variant, times }, member) =>
    own.includes(variant) ? [{ times, stride: members.slice(0, member).reduce((product, one) => product * (one.times + 1), 1) }] : [],
  )
  let move: Move | undefined
  if (counted.length > 0) {
    const next = Int32Array.from({ length: size }, (_, state) => {
      const after = counted.reduce((at, { times, stride }) => (Math.floor(at / stride) % (times + 1) < times ? at + stride : at), state)
      // A set that is there stays there.
      return hard && growing && broken[after]! > 0 ? -1 : after
    })
    move = { digit, shift: 0, next, kept }
  }
  found.set(key, move)
  return move
}
