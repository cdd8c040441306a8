/**
 * Why a bound holds, in words that need no solver: prices on constraint parts, or the script whose unsatisfiability was confirmed.
 *
 * A price certificate is a tree of cases over the `whole` soft uses and, where needed, over bounds of a part. Each leaf carries prices, one integer vector
 * (one entry per objective level, most important first, in the minimised sense) per priced part. By weak duality in the lexicographic order
 *   bound(leaf) = sum over devices of lexmin over allowed choices (cost - sum of prices x coefficient) + sum of price x limit
 * where a part is a linear form over (device, choice) with lower and upper limit; a price that is lexicographically positive counts the lower limit, a
 * negative one the upper limit. The bound of the tree is the lexicographic minimum over its leaves, whose cases together cover every assignment.
 * Source: Lagrangian duality; for whole uses, branch and bound.
 */
import type { Choice } from './outcome.ts'

/** A linear form of one constraint use: `use` indexes the model's constraints, `group` names the group ('' where there is one), `part` is the kind's own word for it (a variant's id, or ''). */
export interface PartName {
  readonly use: number
  readonly group: string
  readonly part: string
}

/**
 * `per`: where the part is a sum of amounts under a hard upper limit, the price is for every `per` whole units of it (absent: 1): amounts and limit are divided
 * by it and rounded down, which every assignment within the limit still satisfies. So that integers can say "one point per 64 MB".
 */
export interface Price extends PartName {
  readonly price: readonly number[]
  readonly per?: number | undefined
}

/** What a leaf assumes of a `whole` soft use: it holds (its parts are hard there) or it is given up (its parts are dropped and its weight paid). Uses that a leaf does not mention are dropped without pay. */
export interface Case {
  readonly use: number
  readonly holds: boolean
}

export interface PriceLeaf {
  readonly cases: readonly Case[]
  readonly prices: readonly Price[]
}

/** See the certificate of sites. Prices, factors and scale are whole numbers. */
export interface SiteLevel {
  readonly level: number
  readonly scale: number
  readonly kept: readonly number[]
  readonly factors: readonly number[]
  readonly prices: readonly (PartName & { readonly price: number })[]
}

/** A choice as in the assignment, without its id. */
export interface PricedChoice {
  readonly outcome: Choice['outcome']
  readonly variant?: string | undefined
  readonly settings: Choice['settings']
}

/** Devices with the choices (indices into the certificate's list) that are meant of each. */
export interface DeviceChoices {
  readonly devices: readonly string[]
  readonly choices: readonly number[]
}

/**
 * Choices that a hard use never lets stand side by side: of one device from each member, at most one ends as one of its member's choices. The form counts
 * every way to take one device from each member, once for each of them that does.
 */
export interface Clash {
  readonly use: number
  readonly members: readonly DeviceChoices[]
}

/** How many of the devices end as one of the choices: at most `most`, or more. */
export interface Division extends DeviceChoices {
  readonly most: number
}

/** A case of a division and what its limit is priced at: `within` is at most `most`, else at least one more. */
export interface DivisionCase {
  readonly division: number
  readonly within: boolean
  readonly price: number
}

/** Prices of one case, where `prices` are named by part and `clashes` by number; what stands in neither is priced as the level says. */
export interface LevelLeaf {
  readonly cases: readonly DivisionCase[]
  readonly factors: readonly number[]
  readonly prices: readonly (PartName & { readonly price: number })[]
  readonly clashes: readonly (readonly [clash: number, price: number])[]
}

/** See the certificate of levels. */
export interface LevelProof {
  readonly level: number
  readonly scale: number
  readonly prices: readonly (PartName & { readonly price: number })[]
  readonly clashes: readonly (readonly [clash: number, price: number])[]
  readonly leaves: readonly LevelLeaf[]
}

export type Certificate =
  /** Proves `bound` for every level at once. `devices`: the component's device ids; absent: the whole fleet. */
  | { readonly is: 'prices'; readonly component: string; readonly bound: readonly number[]; readonly leaves: readonly PriceLeaf[] }
  /**
   * Prices on the few parts that join sites, one scalar certificate per level. Sites are what the other parts, all of them kept, leave joined. For level l
   *   scale x bound(l) >= sum over sites of min over the site's assignments of (scale x cost(l) + sum over k < l of factors[k] x cost(k) - sum of price x form)
   *                       + sum of price x limit - sum over k < l of factors[k] x kept[k]
   * rounded up, among assignments whose earlier levels are at most `kept`. A positive price counts the lower limit, a negative one the upper; where a part may
   * be violated at w per unit, no price is larger than what w counts. `bound[l]` is claimed only as far as a level says so. Source: Lagrangian relaxation.
   */
  | { readonly is: 'sites'; readonly component: string; readonly bound: readonly number[]; readonly levels: readonly SiteLevel[] }
  /**
   * As a certificate of sites, but every part is priced or left out, so that every device is alone: for level l and each leaf
   *   scale x bound(l) >= sum over devices of min over allowed choices of (scale x cost(l) + sum over k < l of factors[k] x cost(k) - sum of price x form)
   *                       + sum of price x limit - sum over k < l of factors[k] x bound[k]
   * rounded up; the least over leaves, whose cases cover everything. It speaks of the devices that its parts and clashes touch, and of no others; what is
   * proved of level l holds among assignments that reach the bounds of the earlier levels. Source: Lagrangian relaxation, branch and bound.
   */
  | {
      readonly is: 'levels'
      readonly component: string
      readonly bound: readonly number[]
      readonly choices: readonly PricedChoice[]
      readonly clashes: readonly Clash[]
      readonly divisions: readonly Division[]
      readonly levels: readonly LevelProof[]
    }
  /** All assignments of the component were listed; the checker lists them again. */
  | { readonly is: 'enumeration'; readonly component: string; readonly bound: readonly number[] }
  /** One refutation per level: `script` (SMT-LIB 2) says "better than `bound[level]` with the earlier levels kept" and is unsatisfiable. */
  | { readonly is: 'refutation'; readonly component: string; readonly bound: readonly number[]; readonly scripts: readonly string[] }
  /** No assignment satisfies the hard constraints `uses` (and requirements) on the component. */
  | { readonly is: 'impossible'; readonly component: string; readonly script: string }

export type CheckedBy = 'arithmetic' | 'enumeration' | 'other-solver' | 'same-solver' | 'nobody'
