/** The optimum of a component by listing every assignment of its rows: the plainest proof there is. */
import type { Demand } from '../demand.ts'
import type { Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { violations } from '../violations.ts'
import { isHardIn } from './leaf.ts'
import { costTables } from './reduced.ts'
import type { Component, Unit } from './units.ts'

const MOST_ASSIGNMENTS = 200_000

/** A unit with its demand on the component's rows alone. */
interface LocalUnit {
  readonly demand: Demand
  readonly limit: number
  readonly whole: boolean
  readonly weight: readonly number[]
}

/**
 * Least costs and penalties of the component by level, without the constant; 'none' where no assignment satisfies the hard constraints; 'too many' above
 * MOST_ASSIGNMENTS; 'too large' where a sum leaves the safe integers.
 */
export function enumerateOptimum(trial: Trial, component: Component): readonly bigint[] | 'none' | 'too many' | 'too large' {
  const { world, levels } = trial
  const rows = component.rows
  const choices = [...rows].map((row) => optionsOfRow(trial, row))
  if (choices.reduce((product, list) => product * list.length, 1) > MOST_ASSIGNMENTS) return 'too many'
  const units = component.units.map((unit) => localUnit(trial, unit, rows))
  const state = new Int32Array(rows.length)
  const costs = Array.from({ length: rows.length + 1 }, () => new Float64Array(levels.length))
  let best: Float64Array | undefined
  const seen = { tooLarge: false }

  const visit = (depth: number): void => {
    if (depth === rows.length) {
      const total = penalised(costs[depth]!, units, state, world.options.length)
      if (total === undefined) return
      seen.tooLarge ||= !total.every((value) => Number.isSafeInteger(value))
      if (best === undefined || compareNumbers(total, best) < 0) best = total
      return
    }
    for (const { option, cost } of choices[depth]!) {
      state[depth] = option
      for (let level = 0; level < levels.length; level++) costs[depth + 1]![level] = costs[depth]![level]! + cost[level]!
      visit(depth + 1)
    }
  }
  visit(0)
  if (seen.tooLarge) return 'too large'
  return best === undefined ? 'none' : [...best].map(BigInt)
}

function optionsOfRow(trial: Trial, row: number): readonly { readonly option: number; readonly cost: readonly number[] }[] {
  const { world, levels } = trial
  const tables = costTables(trial)
  const found: { option: number; cost: readonly number[] }[] = []
  const kind = world.kindOf[row]!
  options: for (let option = 0; option < world.options.length; option++) {
    if (((world.allowed[option >>> 5]![kind]! >>> (option & 31)) & 1) === 0) continue
    const turn = tables.turns.table[tables.turns.of[row]! * world.options.length + option]!
    const preference = world.preference[option]!
    const value = typeof preference === 'number' ? preference : preference[kind]!
    const cost = levels.map(
      (_, level) => tables.plain[(turn * world.options.length + option) * levels.length + level]! + tables.factor[level]! * value,
    )
    for (const heldUse of trial.held) {
      const { demand, use } = heldUse
      const group = demand.groupOf[row]!
      if (demand.is !== 'forbidden' || group < 0 || demand.forbidden[demand.kindOf[row]! * world.options.length + option] !== 1) continue
      if (isHardIn(heldUse, group)) continue options
      if (use.policy.is === 'soft' && use.policy.per === 'unit')
        for (const [level, weight] of penaltyOf(levels, use.policy)!.entries()) cost[level]! += weight
    }
    found.push({ option, cost })
  }
  return found
}

function localUnit(trial: Trial, { held, groups }: Unit, rows: Int32Array): LocalUnit {
  const { use, demand, allowance } = trial.held[held]!
  const limit = use.policy.is === 'hard' ? 0 : use.policy.is === 'soft' ? Infinity : allowance![groups[0]!]!
  return {
    demand: localDemand(demand, groups, rows),
    limit,
    whole: use.policy.is === 'soft' && use.policy.per === 'whole',
    weight: penaltyOf(trial.levels, use.policy) ?? trial.levels.map(() => 0),
  }
}

/** The demand on these groups and rows alone, both numbered anew. */
function localDemand(demand: Demand, groups: readonly number[], rows: Int32Array): Demand {
  const numbers = new Map(groups.map((group, at) => [group, at]))
  const ofRows = (column: Int32Array): Int32Array => rows.map((row) => column[row]!)
  const local = {
    groups: groups.map((group) => demand.groups[group]!),
    groupOf: ofRows(demand.groupOf).map((group) => numbers.get(group) ?? -1),
    sizes: demand.sizes,
  }
  switch (demand.is) {
    case 'counts': {
      const lower = limitsOf(demand.lower, groups, demand.parts.length)
      const upper = limitsOf(demand.upper, groups, demand.parts.length)
      const leastParts = demand.leastParts && { leastParts: limitsOf(demand.leastParts, groups, 1) }
      return { ...demand, ...local, lower, upper, ...leastParts }
    }
    case 'forbidden':
      return { ...demand, ...local, kindOf: ofRows(demand.kindOf) }
    case 'amounts':
      return { ...demand, ...local, kindOf: ofRows(demand.kindOf), upper: limitsOf(demand.upper, groups, 1) }
    case 'together':
      return { ...demand, ...local, kindOf: ofRows(demand.kindOf) }
    case 'links': {
      const places = new Map([...rows].map((row, at) => [row, at]))
      // A link with an end elsewhere stands in another component, where both its ends are.
      const links = [...demand.from.keys()].filter((link) => places.has(demand.from[link]!) && places.has(demand.to[link]!))
      return {
        ...demand,
        ...local,
        from: Int32Array.from(links, (link) => places.get(demand.from[link]!)!),
        to: Int32Array.from(links, (link) => places.get(demand.to[link]!)!),
        kindOf: Int32Array.from(links, (link) => demand.kindOf[link]!),
      }
    }
  }
}

function limitsOf(limits: Float64Array, groups: readonly number[], parts: number): Float64Array {
  return Float64Array.from(groups.flatMap((group) => [...limits.subarray(group * parts, (group + 1) * parts)]))
}

/** Costs with the units' penalties; undefined where a unit is violated beyond its limit. */
function penalised(costs: Float64Array, units: readonly LocalUnit[], state: Int32Array, options: number): Float64Array | undefined {
  const total = costs.slice()
  for (const { demand, limit, whole, weight } of units) {
    let violation = 0
    for (const one of violations(demand, state, options)) violation += one
    if (violation > limit) return undefined
    if (violation > 0) for (let level = 0; level < total.length; level++) total[level]! += weight[level]! * (whole ? 1 : violation)
  }
  return total
}

function compareNumbers(left: Float64Array, right: Float64Array): number {
  for (let level = 0; level < left.length; level++) if (left[level] !== right[level]) return left[level]! - right[level]!
  return 0
}
