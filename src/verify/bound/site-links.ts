/** Links within a site: the choices of a few rows with many links are tried one by one, and say what the others may have; other linked rows remember theirs in a digit. */
import type { Links } from '../demand.ts'
import type { Trial } from '../judge.ts'
import type { Condition, Digit, Move } from './site-program.ts'
import type { KeptUse } from './site-uses.ts'

export interface LinkWalk {
  /** Links that the row is an end of. */
  readonly ends: (row: number) => number
  /** The links among the rows of a site in their order; pushes the digits that remember choices. */
  readonly site: (sequence: readonly number[], optionsAt: (place: number) => readonly number[], digits: Digit[]) => SiteLinks
}

export interface SiteLinks {
  readonly hubs: readonly number[]
  /** Adds what the row's option does along its links: to the moves of the option, or to the conditions. */
  readonly add: (place: number, row: number, option: number, index: number, flat: number, moves: Move[], conditions: Condition[]) => void
}

// Choices of all hubs together.
const MOST_WAYS = 64
const MOST_CHOICES = 31

export function linkWalk(trial: Trial, kept: readonly KeptUse[], placeOf: Int32Array): LinkWalk {
  const linking = kept.flatMap(({ held: { demand }, links, hard }, at) =>
    demand.is === 'links' && links !== undefined
      ? [{ demand, links, hard, at, holds: remembered(demand, trial.world.options.length) }]
      : [],
  )
  const hubOf = new Int32Array(trial.world.size).fill(-1)
  const digitOf = new Int32Array(trial.world.size).fill(-1)
  const ends = (row: number): number => linking.reduce((sum, { links }) => sum + links.start[row + 1]! - links.start[row]!, 0)

  const site: LinkWalk['site'] = (sequence, optionsAt, digits) => {
    if (linking.length === 0) return { hubs: [], add: () => undefined }
    const hubs: number[] = []
    let ways = 1
    for (const [place, row] of sequence.entries()) {
      hubOf[row] = -1
      digitOf[row] = -1
      const choices = optionsAt(place).length
      if (ends(row) < 2 || choices > MOST_CHOICES || choices === 0 || ways * choices > MOST_WAYS) continue
      ways *= choices
      hubOf[row] = hubs.push(place) - 1
    }
    // A row remembers its choice from its place to the last row that it is linked to, where neither is a hub.
    for (const [place, row] of sequence.entries()) {
      if (hubOf[row]! >= 0) continue
      let last = place
      for (const { links, demand } of linking)
        for (let i = links.start[row]!; i < links.start[row + 1]!; i++) {
          const other = otherEnd(demand, links.link[i]!, row)
          if (hubOf[other] === -1) last = Math.max(last, placeOf[other]!)
        }
      if (last > place)
        digitOf[row] = digits.push({ size: Math.max(1, optionsAt(place).length), first: place, last, kept: linking[0]!.at }) - 1
    }
    const add: SiteLinks['add'] = (place, row, option, index, flat, moves, conditions) => {
      const own = digitOf[row]!
      // The row's own digit is opened by 0.
      if (own >= 0)
        put(moves, {
          digit: own,
          shift: 0,
          next: Int32Array.from({ length: digits[own]!.size }, (_, from) => (from === 0 ? index : -1)),
          kept: digits[own]!.kept,
        })
      for (const { demand, links, hard, at, holds } of linking)
        for (let i = links.start[row]!; i < links.start[row + 1]!; i++) {
          const link = links.link[i]!
          const other = otherEnd(demand, link, row)
          const there = placeOf[other]!
          const hub = hubOf[other]!
          // A link is read once: from the end that is no hub, else from the later one. A device linked to itself is not read.
          if (other === row || (hub === -1 && hubOf[row]! >= 0) || ((hub === -1 || hubOf[row]! >= 0) && there > place)) continue
          const isFrom = demand.from[link] === row
          const fits = optionsAt(there).map((choice) => holds(demand.kindOf[link]!, isFrom ? option : choice, isFrom ? choice : option))
          if (fits.every(Boolean)) continue
          if (hub >= 0)
            conditions.push({ option: flat, hub, fits: fits.reduce((bits, fit, c) => (fit ? bits | (1 << c) : bits), 0), kept: at })
          else
            put(moves, {
              digit: digitOf[other]!,
              shift: 0,
              next: Int32Array.from(fits, (fit, state) => (fit || !hard ? state : -1)),
              ...(hard ? {} : { breaks: Int32Array.from(fits, (fit) => (fit ? 0 : 1)) }),
              kept: at,
            })
        }
    }
    return { hubs, add }
  }
  return { ends, site }
}

function otherEnd({ from, to }: Links, link: number, row: number): number {
  return from[link] === row ? to[link]! : from[link]!
}

/** Adds a move, made one with that of the same digit. Of two uses that are both paid only one is counted, which can only lower the least. */
function put(moves: Move[], move: Move): void {
  const at = moves.findIndex(({ digit }) => digit === move.digit)
  if (at < 0) {
    moves.push(move)
    return
  }
  const before = moves[at]!
  if (before.next === undefined || move.next === undefined) return
  const second = move.next
  const next = before.next.map((state, digit) => (state < 0 || second[digit]! < 0 ? -1 : state === digit ? second[digit]! : state))
  const [paying, other] = before.breaks === undefined ? [move, before] : [before, move]
  const breaks =
    paying.breaks !== undefined && other.breaks !== undefined && paying.kept === other.kept
      ? paying.breaks.map((units, digit) => units + other.breaks![digit]!)
      : paying.breaks
  moves[at] = { digit: move.digit, shift: 0, next, kept: paying.kept, ...(breaks === undefined ? {} : { breaks }) }
}

// Kinds of links times pairs of options up to which what was asked is kept in one table.
const MOST_ASKED = 1 << 22

function remembered({ holds, kindOf }: Links, width: number): Links['holds'] {
  let kinds = 0
  for (const kind of kindOf) if (kind >= kinds) kinds = kind + 1
  if (kinds * width * width > MOST_ASKED) return holds
  const known = new Int8Array(kinds * width * width)
  return (kind, own, there) => {
    const at = (kind * width + own) * width + there
    if (known[at] === 0) known[at] = holds(kind, own, there) ? 1 : -1
    return known[at] === 1
  }
}
