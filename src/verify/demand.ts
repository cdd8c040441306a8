/**
 * What a constraint use demands of an assignment, as tables: which group every device belongs to, and what is counted there.
 * A kind's file in `placement/` says it in this form; violations and price bounds are computed from it.
 */
import type { World } from './world.ts'

interface Grouped {
  /** Names of groups, the key's text; '' where the use has no key. Only groups that select a device. */
  readonly groups: readonly string[]
  /** Group by row; -1: not selected. */
  readonly groupOf: Int32Array
  /** How many devices each group selects. */
  readonly sizes: Float64Array
}

/**
 * Per group and part, how many devices have an option of the part: at least `lower`, at most `upper`, and, where given, a multiple of `multiple`.
 * Violation: the missing plus the surplus of every part, plus the distance to the nearest multiple. An option belongs to at most one part.
 */
export type Counts = Grouped & {
  readonly is: 'counts'
  readonly parts: readonly string[]
  /** Part by option; -1: none. */
  readonly partOf: Int32Array
  /** At [group x parts + part]. */
  readonly lower: Float64Array
  readonly upper: Float64Array
  readonly multiple?: number
}

/** Selected devices must not have an option that is forbidden for what they run: violation counts those that do. Its part is ''. */
export type Forbidden = Grouped & {
  readonly is: 'forbidden'
  /** 1 at [run x options + option]. */
  readonly forbidden: Uint8Array
}

/** In a group never all members of a set, each as often as it is listed: violation counts the sets that are there. Not linear. */
export type Together = Grouped & {
  readonly is: 'together'
  /** Variants (indices) with how many devices of each are needed. */
  readonly sets: readonly (readonly { readonly variant: number; readonly times: number }[])[]
  /** Variant by option, -1: none. */
  readonly variantOf: Int32Array
}

export type Demand = Counts | Forbidden | Together

/** Violation by group. `state` is an option by row, -1 for none of them; `run` is what runs today by row. */
export function violations(demand: Demand, state: Int32Array, run: Int32Array, options: number): Float64Array {
  switch (demand.is) {
    case 'counts':
      return countViolations(demand, state)
    case 'forbidden':
      return forbiddenViolations(demand, state, run, options)
    case 'together':
      return togetherViolations(demand, state)
  }
}

/** The part of every option by its variant; -1 for `none` and `unmanaged`. */
export function partByVariant(world: World, partOfVariant: (variant: number) => number): Int32Array {
  return Int32Array.from(world.options, (option) => (option.variant < 0 ? -1 : partOfVariant(option.variant)))
}

function countViolations(demand: Counts, state: Int32Array): Float64Array {
  const { groupOf, partOf, parts, lower, upper, multiple } = demand
  const width = parts.length
  const counts = new Float64Array(demand.groups.length * width)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    const option = state[row]!
    if (group < 0 || option < 0) continue
    const part = partOf[option]!
    if (part >= 0) counts[group * width + part]!++
  }
  const result = new Float64Array(demand.groups.length)
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at]!
    let violation = Math.max(0, lower[at]! - count) + Math.max(0, count - upper[at]!)
    if (multiple !== undefined) violation += Math.min(count % multiple, multiple - (count % multiple))
    result[Math.floor(at / width)]! += violation
  }
  return result
}

function forbiddenViolations(demand: Forbidden, state: Int32Array, run: Int32Array, options: number): Float64Array {
  const { groupOf, forbidden } = demand
  const result = new Float64Array(demand.groups.length)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    const option = state[row]!
    // A choice that the model does not know cannot be shown to be permitted.
    if (group >= 0 && (option < 0 || forbidden[run[row]! * options + option] === 1)) result[group]!++
  }
  return result
}

function togetherViolations(demand: Together, state: Int32Array): Float64Array {
  const { groupOf, variantOf, sets } = demand
  const members = [...new Set(sets.flat().map((member) => member.variant))].sort((a, b) => a - b)
  const width = members.length
  const column = new Map(members.map((variant, at) => [variant, at]))
  const columnOf = Int32Array.from(variantOf, (variant) => column.get(variant) ?? -1)
  const counts = new Float64Array(demand.groups.length * width)
  for (let row = 0; row < state.length; row++) {
    const group = groupOf[row]!
    const option = state[row]!
    if (group < 0 || option < 0) continue
    const at = columnOf[option]!
    if (at >= 0) counts[group * width + at]!++
  }
  const result = new Float64Array(demand.groups.length)
  for (let group = 0; group < result.length; group++)
    for (const set of sets) if (set.every(({ variant, times }) => counts[group * width + column.get(variant)!]! >= times)) result[group]!++
  return result
}
