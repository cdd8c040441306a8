/** The checker's own components: rows that some use ties together, found from what the rows may have and nothing else. */
import type { Demand, Links } from '../demand.ts'
import type { Trial } from '../judge.ts'
import { isHardIn } from './leaf.ts'
import { amountMasks, forbiddenMasks, meets, memberMasks, optionMask } from './touched.ts'

/** What can be violated as one: a group of a use, or, where the use counts as a whole, all its groups. */
export interface Unit {
  readonly held: number
  readonly groups: readonly number[]
}

/** Rows tied together by units, or units that no row can do anything about. */
export interface Component {
  readonly rows: Int32Array
  readonly units: readonly Unit[]
}

/** Components with at least one unit; rows that stand alone are in none. Ordered by first row; units without rows come last, each on its own. */
export function componentsOf(trial: Trial): readonly Component[] {
  const parent = Int32Array.from({ length: trial.world.size }, (_, row) => row)
  const find = (row: number): number => {
    let root = row
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!
    return root
  }
  const tie = (row: number, other: number): void => {
    parent[find(row)] = find(other)
  }
  const anchored: Anchored[] = []
  for (const [held, { use, demand }] of trial.held.entries()) {
    const groups = demand.groups.map((_, group) => group)
    if (demand.is === 'links') {
      const apart = use.policy.is === 'hard' || (use.policy.is === 'soft' && use.policy.per === 'unit')
      for (const one of linkUnits(held, apart, demand, tie)) anchored.push(one)
      continue
    }
    const whole = use.policy.is === 'soft' && use.policy.per === 'whole'
    // Forbidden options that are excluded or paid one by one tie nothing together: they are part of each row's own cost.
    const tying =
      demand.is !== 'forbidden' || whole
        ? groups
        : groups.filter((group) => use.policy.is === 'do-not-worsen' && !isHardIn(trial.held[held]!, group))
    if (tying.length === 0) continue
    const units: readonly Unit[] = whole ? [{ held, groups: tying }] : tying.map((group) => ({ held, groups: [group] }))
    const unitOf = new Int32Array(groups.length).fill(-1)
    for (const [at, unit] of units.entries()) for (const group of unit.groups) unitOf[group] = at
    const first = new Int32Array(units.length).fill(-1)
    const concerns = rowsConcerned(trial, demand)
    for (let row = 0; row < trial.world.size; row++) {
      const group = demand.groupOf[row]!
      const unit = group < 0 ? -1 : unitOf[group]!
      if (unit < 0 || !concerns(row)) continue
      if (first[unit] === -1) first[unit] = row
      else tie(row, first[unit]!)
    }
    for (const [at, unit] of units.entries()) anchored.push({ unit, row: first[at]! })
  }
  const members = new Map<number, { rows: number[]; units: Unit[] }>()
  for (const { unit, row } of anchored) {
    if (row < 0) continue
    const root = find(row)
    const known = members.get(root)
    if (known === undefined) members.set(root, { rows: [], units: [unit] })
    else if (!known.units.includes(unit)) known.units.push(unit)
  }
  for (let row = 0; row < trial.world.size; row++) members.get(find(row))?.rows.push(row)
  const tied = [...members.values()]
    .sort((a, b) => a.rows[0]! - b.rows[0]!)
    .map(({ rows, units }) => ({ rows: Int32Array.from(rows), units }))
  return [...tied, ...anchored.filter(({ row }) => row < 0).map(({ unit }) => ({ rows: new Int32Array(0), units: [unit] }))]
}

interface Anchored {
  readonly unit: Unit
  readonly row: number
}

/** Ties the ends of every link. Where violations add up link by link (`apart`), each component has the unit for its own links; else all ends are one. */
function linkUnits(held: number, apart: boolean, demand: Links, tie: (row: number, other: number) => void): readonly Anchored[] {
  const { from, to } = demand
  for (let link = 0; link < from.length; link++) {
    tie(from[link]!, to[link]!)
    if (!apart) tie(from[link]!, from[0]!)
  }
  const unit = { held, groups: demand.groups.map((_, group) => group) }
  return Array.from(from, (row) => ({ unit, row }))
}

/** True for a row that may have an option which the demand counts. */
function rowsConcerned(trial: Trial, demand: Demand): (row: number) => boolean {
  const { world } = trial
  switch (demand.is) {
    case 'counts': {
      const mask = optionMask(world, (option) => demand.partOf[option]! >= 0)
      return (row) => meets(world, row, mask)
    }
    case 'forbidden': {
      const masks = forbiddenMasks(world, demand)
      return (row) => meets(world, row, masks[demand.kindOf[row]!]!)
    }
    case 'amounts': {
      const masks = amountMasks(world, demand)
      return (row) => meets(world, row, masks[demand.kindOf[row]!]!)
    }
    case 'links':
      // Ends of links are tied link by link.
      return () => false
    case 'together': {
      const masks = memberMasks(world, demand)
      return (row) => meets(world, row, masks[demand.kindOf[row]!]!)
    }
  }
}
