/**
 * What a constraint use demands of an assignment, as tables: which group every device belongs to, and what is counted there.
 * A kind's file in `placement/` says it in this form; violations (violations.ts) and price bounds (bound/) are computed from it.
 */
import type { World } from './world.ts'

export interface Grouped {
  /** Names of groups, the key's text; '' where the use has no key. Only groups that select a device. */
  readonly groups: readonly string[]
  /** Group by row; -1: not selected. */
  readonly groupOf: Int32Array
  /** How many devices each group selects. */
  readonly sizes: Float64Array
}

/**
 * Per group and part, how many devices have an option of the part: at least `lower`, at most `upper`, and, where given, a multiple of `multiple`.
 * Violation: the missing plus the surplus of every part, plus the distance to the nearest multiple, plus what the three numbers below say.
 * An option belongs to at most one part.
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
  /** What the fullest part may have more than the emptiest; the excess is violation. */
  readonly skew?: number
  /** By group: how many parts must have a device; the missing ones are violation. */
  readonly leastParts?: Float64Array
  /** How many parts may have a device; the surplus ones are violation. */
  readonly mostParts?: number
}

/** Selected devices must not have an option that is forbidden for their kind: violation counts those that do. Its part is ''. */
export type Forbidden = Grouped & {
  readonly is: 'forbidden'
  /** Kind by row: rows of one kind may not have the same options. */
  readonly kindOf: Int32Array
  /** 1 at [kind x options + option]. */
  readonly forbidden: Uint8Array
}

/** Per group, the amounts of its devices' options add up to at most `upper` (Infinity: no limit), and none is above `largest`. Violation: the excess of the sum plus that of the largest amount. Its part is '': the sum. */
export type Amounts = Grouped & {
  readonly is: 'amounts'
  /** Kind by row: the same options of rows of one kind amount to the same. */
  readonly kindOf: Int32Array
  /** Safe integers at [kind x options + option]. */
  readonly amount: Float64Array
  readonly upper: Float64Array
  readonly largest?: number
}

/** Members of a set with how many devices of each are needed; where `absent`, so many must not be there. INVARIANT: no option of a row is two members of one set. */
export type TogetherSet = readonly { readonly variant: number; readonly times: number; readonly absent?: true }[]

/** In a group never all members of a set, each as often as it is listed, while those that are to be absent are: violation counts the sets that are there. Not linear. */
export type Together = Grouped & {
  readonly is: 'together'
  readonly sets: readonly TogetherSet[]
  /** Kind by row: the same options of rows of one kind are the same members. */
  readonly kindOf: Int32Array
  /** How many options there are. */
  readonly width: number
  /** Which of `memberships` at [kind x options + option]. */
  readonly memberOf: Int32Array
  /** Lists of members; the first is empty. */
  readonly memberships: readonly (readonly number[])[]
}

/** The members that an option of a row counts as. */
export function membersAt({ kindOf, width, memberOf, memberships }: Together, row: number, option: number): readonly number[] {
  return option < 0 ? [] : memberships[memberOf[kindOf[row]! * width + option]!]!
}

/** Tables of members that are variants, whatever device runs them. */
export function byVariant(world: World): Pick<Together, 'kindOf' | 'width' | 'memberOf' | 'memberships'> {
  return {
    kindOf: new Int32Array(world.size),
    width: world.options.length,
    memberOf: Int32Array.from(world.options, ({ variant }) => variant + 1),
    memberships: [[], ...world.model.variants.map((_, variant) => [variant])],
  }
}

/** Pairs of devices whose options must fit: violation counts the pairs that do not, in the group of `from`. Not linear. */
export type Links = Grouped & {
  readonly is: 'links'
  readonly from: Int32Array
  readonly to: Int32Array
  /** Kind by link. */
  readonly kindOf: Int32Array
  /** Whether two options fit on the ends of a link of the kind. */
  readonly holds: (kind: number, from: number, to: number) => boolean
}

export type Demand = Counts | Forbidden | Amounts | Together | Links

/** The part of every option by its variant; -1 for `none` and `unmanaged`. */
export function partByVariant(world: World, partOfVariant: (variant: number) => number): Int32Array {
  return Int32Array.from(world.options, (option) => (option.variant < 0 ? -1 : partOfVariant(option.variant)))
}
