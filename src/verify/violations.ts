/** How much of a demand a state leaves unmet, by group: 0 where it holds. */
import { membersAt, type Amounts, type Counts, type Demand, type Forbidden, type Links, type Together } from './demand.ts'

/** How many devices of each group have each option, at [group x options + option], by the groups' `groupOf`: uses with the same groups share a table. */
export type Tallies = Map<Int32Array, Float64Array>

const LARGEST_TALLY = 1 << 22

/** Violation by group. `state` is an option by row, -1 for none of them, out of `options`; `tallies` are of this state. */
export function violations(demand: Demand, state: Int32Array, options: number, tallies: Tallies = new Map()): Float64Array {
  switch (demand.is) {
    case 'counts':
      return countViolations(demand, countParts(demand, state, options, tallies))
    case 'forbidden':
      return forbiddenViolations(demand, state, options)
    case 'amounts':
      return amountViolations(demand, state, options)
    case 'together':
      return togetherViolations(demand, state)
    case 'links':
      return linkViolations(demand, state)
  }
}

/** How many devices have an option of each part, at [group x parts + part]. */
function countParts({ groups, groupOf, parts, partOf }: Counts, state: Int32Array, options: number, tallies: Tallies): Float64Array {
  const width = parts.length
  const counts = new Float64Array(groups.length * width)
  if (groups.length * options > LARGEST_TALLY) {
    for (let row = 0; row < state.length; row++) {
      const group = groupOf[row]!
      const part = group < 0 || state[row]! < 0 ? -1 : partOf[state[row]!]!
      if (part >= 0) counts[group * width + part]!++
    }
    return counts
  }
  let tally = tallies.get(groupOf)
  if (tally === undefined) tallies.set(groupOf, (tally = tallyOf(groupOf, state, groups.length, options)))
  for (let group = 0; group < groups.length; group++)
    for (let option = 0; option < options; option++)
      if (partOf[option]! >= 0) counts[group * width + partOf[option]!]! += tally[group * options + option]!
  return counts
}

function tallyOf(groupOf: Int32Array, state: Int32Array, groups: number, options: number): Float64Array {
  const tally = new Float64Array(groups * options)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    const option = state[row]!
    if (group >= 0 && option >= 0) tally[group * options + option]!++
  }
  return tally
}

function countViolations(demand: Counts, counts: Float64Array): Float64Array {
  const { parts, lower, upper, multiple } = demand
  const width = parts.length
  const result = new Float64Array(demand.groups.length)
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at]!
    let violation = Math.max(0, lower[at]! - count) + Math.max(0, count - upper[at]!)
    if (multiple !== undefined) violation += Math.min(count % multiple, multiple - (count % multiple))
    result[Math.floor(at / width)]! += violation
  }
  if (demand.skew !== undefined || demand.leastParts !== undefined || demand.mostParts !== undefined)
    for (let group = 0; group < result.length; group++)
      result[group]! += imbalance(demand, group, counts.subarray(group * width, (group + 1) * width))
  return result
}

function imbalance({ skew, leastParts, mostParts }: Counts, group: number, counts: Float64Array): number {
  let used = 0
  let most = 0
  let least = Infinity
  for (const count of counts) {
    if (count > 0) used++
    most = Math.max(most, count)
    least = Math.min(least, count)
  }
  return (
    (skew === undefined || counts.length === 0 ? 0 : Math.max(0, most - least - skew)) +
    (leastParts === undefined ? 0 : Math.max(0, leastParts[group]! - used)) +
    (mostParts === undefined ? 0 : Math.max(0, used - mostParts))
  )
}

function forbiddenViolations(demand: Forbidden, state: Int32Array, options: number): Float64Array {
  const { groupOf, kindOf, forbidden } = demand
  const result = new Float64Array(demand.groups.length)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    const option = state[row]!
    // A choice that the model does not know cannot be shown to be permitted.
    if (group >= 0 && (option < 0 || forbidden[kindOf[row]! * options + option] === 1)) result[group]!++
  }
  return result
}

function amountViolations(demand: Amounts, state: Int32Array, options: number): Float64Array {
  const { groupOf, kindOf, amount, upper, largest } = demand
  // INVARIANT: the sums are safe integers, amounts.ts has seen to that.
  const sums = new Float64Array(demand.groups.length)
  const tops = new Float64Array(demand.groups.length)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    const option = state[row]!
    if (group < 0 || option < 0) continue
    const one = amount[kindOf[row]! * options + option]!
    sums[group]! += one
    if (one > tops[group]!) tops[group] = one
  }
  return sums.map((sum, group) => Math.max(0, sum - upper[group]!) + (largest === undefined ? 0 : Math.max(0, tops[group]! - largest)))
}

function togetherViolations(demand: Together, state: Int32Array): Float64Array {
  const { groupOf, memberships, sets } = demand
  const members = [...new Set(sets.flat().map((member) => member.variant))].sort((a, b) => a - b)
  const width = members.length
  const column = new Map(members.map((variant, at) => [variant, at]))
  const columnsOf = new Map(memberships.map((own) => [own, own.flatMap((variant) => column.get(variant) ?? [])]))
  const counts = new Float64Array(demand.groups.length * width)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    if (group < 0) continue
    for (const at of columnsOf.get(membersAt(demand, row, state[row]!)) ?? []) counts[group * width + at]!++
  }
  const result = new Float64Array(demand.groups.length)
  for (let group = 0; group < result.length; group++)
    for (const set of sets)
      if (set.every(({ variant, times, absent }) => counts[group * width + column.get(variant)!]! >= times !== (absent === true)))
        result[group]!++
  return result
}

function linkViolations(demand: Links, state: Int32Array): Float64Array {
  const { groupOf, from, to, kindOf, holds } = demand
  const result = new Float64Array(demand.groups.length)
  for (let link = 0; link < from.length; link++) {
    const own = state[from[link]!]!
    const there = state[to[link]!]!
    if (own < 0 || there < 0 || !holds(kindOf[link]!, own, there)) result[groupOf[from[link]!]!]!++
  }
  return result
}
