/** Reads one site after the other as a program, in an order of rows that depends on what they look like first: so that equal sites mostly read the same. */
import type { Trial } from '../judge.ts'
import type { OptionCosts } from './site-costs.ts'
import { linkWalk } from './site-links.ts'
import type { Condition, Digit, Move, SiteProgram } from './site-program.ts'
import { groupDigits, groupMoves, type KeptUse } from './site-uses.ts'
import type { Component } from './units.ts'

export interface SiteRead {
  readonly program: SiteProgram
  /** By level: the scalar of every option. */
  readonly options: readonly Float64Array[]
  /** Every number that the leasts depend on, in the first `keyLength` entries; overwritten by the next site. */
  readonly key: Float64Array
  readonly keyLength: number
}

export interface SiteReader {
  /** The rows of component `number`; -1: a row that nothing ties. */
  readonly read: (rows: Int32Array, number: number, costs: OptionCosts) => SiteRead
}

export function siteReader(trial: Trial, kept: readonly KeptUse[], components: readonly Component[]): SiteReader {
  const { size } = trial.world
  const componentOf = componentOfGroups(kept, components)
  // By use and group: the group's first digit in the site at hand, and what its rows look like together.
  const digitOf = kept.map(({ held }) => new Int32Array(held.demand.groups.length).fill(-1))
  const lookOf = kept.map(({ held }) => new Int32Array(held.demand.groups.length))
  const placeOf = new Int32Array(size)
  const primary = new Int32Array(size)
  const links = linkWalk(trial, kept, placeOf)
  const counted = kept.flatMap(({ held: { demand } }, at) => (demand.is === 'forbidden' || demand.is === 'links' ? [] : [at]))
  let key = new Float64Array(1 << 12)
  let raw = new Float64Array(1 << 10)

  const read = (rows: Int32Array, number: number, costs: OptionCosts): SiteRead => {
    const width = trial.world.options.length
    const { levels } = costs
    // What each row may have, with its scalars, in the order of `rows`.
    const lists: number[][] = []
    const starts: number[] = [0]
    const looks: number[] = []
    for (const row of rows) {
      const list: number[] = []
      let at = starts[starts.length - 1]! * levels
      let look = links.ends(row)
      for (let option = 0; option < width; option++) {
        if (!costs.allows(row, option)) continue
        if (raw.length < at + levels) raw = grown(raw)
        costs.write(row, option, raw, at)
        look = stir(look, option)
        for (let level = 0; level < levels; level++) look = stir(look, raw[at + level]!)
        list.push(option)
        at += levels
      }
      lists.push(list)
      starts.push(starts[starts.length - 1]! + list.length)
      looks.push(look)
    }
    const order = ordered(rows, looks)
    for (const [place, i] of order.entries()) placeOf[rows[i]!] = place
    const optionsAt = (place: number): readonly number[] => lists[order[place]!]!
    const sequence = order.map((i) => rows[i]!)
    const digits: Digit[] = []
    for (const at of counted) addDigits(at, sequence, number, digits)
    const site = links.site(sequence, optionsAt, digits)
    const optionStart = [0]
    const moves: (readonly Move[])[] = []
    const conditions: Condition[] = []
    const options = Array.from({ length: levels }, () => new Float64Array(starts[starts.length - 1]!))
    for (const [place, i] of order.entries()) {
      const row = rows[i]!
      for (const [index, option] of lists[i]!.entries()) {
        const flat = moves.length
        for (let level = 0; level < levels; level++) options[level]![flat] = raw[(starts[i]! + index) * levels + level]!
        const own: Move[] = []
        for (const at of counted) {
          const group = kept[at]!.held.demand.groupOf[row]!
          const first = group < 0 ? -1 : digitOf[at]![group]!
          const move = first < 0 ? undefined : groupMoves(kept[at]!, at, digits, first, group, row, option, width)
          if (move !== undefined) own.push(move)
        }
        site.add(place, row, option, index, flat, own, conditions)
        moves.push(own)
      }
      optionStart.push(moves.length)
    }
    for (const at of counted)
      for (const row of rows) {
        const group = kept[at]!.held.demand.groupOf[row]!
        if (group >= 0) digitOf[at]![group] = -1
      }
    const program: SiteProgram = { optionStart, moves, digits, hubs: site.hubs, conditions }
    return { program, options, key, keyLength: writeKey(program, options) }
  }

  /** Hubs first, as their choices are tried; then the smallest groups, each as a whole, those that look alike beside each other. */
  const ordered = (rows: Int32Array, looks: readonly number[]): number[] => {
    for (const row of rows) primary[row] = -1
    for (const at of counted) {
      const { groupOf, sizes } = kept[at]!.held.demand
      for (const row of rows) {
        const group = groupOf[row]!
        if (group < 0) continue
        const best = primary[row]!
        if (best === -1 || sizes[group]! < kept[best]!.held.demand.sizes[kept[best]!.held.demand.groupOf[row]!]!) primary[row] = at
      }
    }
    const groupAt = (row: number): number => kept[primary[row]!]!.held.demand.groupOf[row]!
    for (const [i, row] of rows.entries()) if (primary[row]! >= 0) lookOf[primary[row]!]![groupAt(row)]! += stir(17, looks[i]!)
    const sort = Array.from(rows, (row, i) => {
      const at = primary[row]!
      const group = at < 0 ? -1 : groupAt(row)
      const ends = links.ends(row)
      return {
        i,
        row,
        look: looks[i]!,
        ends: ends > 1 ? ends : 0,
        at,
        group,
        groupSize: at < 0 ? 0 : kept[at]!.held.demand.sizes[group]!,
        groupLook: at < 0 ? 0 : lookOf[at]![group]!,
      }
    })
    for (const { at, group } of sort) if (at >= 0) lookOf[at]![group] = 0
    sort.sort(
      (a, b) =>
        b.ends - a.ends ||
        a.groupSize - b.groupSize ||
        a.at - b.at ||
        a.groupLook - b.groupLook ||
        a.group - b.group ||
        a.look - b.look ||
        a.row - b.row,
    )
    return sort.map(({ i }) => i)
  }

  const addDigits = (at: number, sequence: readonly number[], number: number, digits: Digit[]): void => {
    const { groupOf } = kept[at]!.held.demand
    const own = digitOf[at]!
    const found = new Map<number, { first: number; last: number; rows: number }>()
    for (const [place, row] of sequence.entries()) {
      const group = groupOf[row]!
      // INVARIANT: a group is counted in one site only; rows elsewhere cannot do anything to it.
      if (group < 0 || number < 0 || componentOf[at]![group] !== number) continue
      const seen = found.get(group)
      if (seen === undefined) found.set(group, { first: place, last: place, rows: 1 })
      else {
        seen.last = place
        seen.rows++
      }
    }
    for (const [group, { first, last, rows }] of found) {
      own[group] = digits.length
      for (const digit of groupDigits(kept[at]!, at, group, rows)) digits.push({ ...digit, first, last })
    }
  }

  const writeKey = (program: SiteProgram, options: readonly Float64Array[]): number => {
    let length = 0
    const put = (value: number): void => {
      if (length === key.length) key = grown(key)
      key[length++] = value
    }
    const putAll = (values: ArrayLike<number> | undefined): void => {
      put(values === undefined ? -1 : values.length)
      if (values !== undefined) for (let i = 0; i < values.length; i++) put(values[i]!)
    }
    putAll(program.optionStart)
    putAll(program.hubs)
    for (const costs of options) putAll(costs)
    for (const list of program.moves) {
      put(list.length)
      for (const { digit, shift, next, breaks, kept: use } of list) {
        put(digit)
        put(use)
        put(shift)
        putAll(next)
        putAll(breaks)
      }
    }
    put(program.digits.length)
    for (const { size: states, first, last, ending, kept: use } of program.digits) {
      put(states)
      put(first)
      put(last)
      put(use)
      putAll(ending)
    }
    for (const { option, hub, fits, kept: use } of program.conditions) {
      put(option)
      put(hub)
      put(fits)
      put(use)
    }
    return length
  }

  // The key may have moved to a larger array while it was written.
  return {
    read: (rows, number, costs) => {
      const found = read(rows, number, costs)
      return { ...found, key }
    },
  }
}

/** By use and group: the component that counts it. */
function componentOfGroups(kept: readonly KeptUse[], components: readonly Component[]): readonly Int32Array[] {
  const of = kept.map(({ held }) => new Int32Array(held.demand.groups.length).fill(-1))
  for (const [number, { units }] of components.entries())
    for (const { held, groups } of units) if (kept[held]!.links === undefined) for (const group of groups) of[held]![group] = number
  return of
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * array.length)
  larger.set(array)
  return larger
}

/** Stirs a whole number into a hash of 32 bits. */
function stir(hash: number, value: number): number {
  const one = Math.imul(hash ^ (value | 0), 0x9e3779b1)
  return one ^ (one >>> 15)
}
