/** A site as the checker minimises it: rows with options, digits that count what rows do together, and what the choices of a few hubs allow the others. */

/** What one unit knows of the rows before: a digit. */
export interface Digit {
  readonly size: number
  /** Places (in the order of elimination) of its first and last row. */
  first: number
  last: number
  /** Units of violation that ending with the digit brings, by digit; absent: none. */
  readonly ending?: Int32Array
  /** The kept use that it counts for. */
  readonly kept: number
}

/** How an option moves a digit: by `shift`, or to `next[digit]` (-1: not allowed), which brings `breaks[digit]` units of violation. A digit that leaves its size is not allowed. */
export interface Move {
  readonly digit: number
  readonly shift: number
  readonly next?: Int32Array
  readonly breaks?: Int32Array
  readonly kept: number
}

/** An option that one of a hub's choices does not fit: bit i of `fits` says that it fits choice i. */
export interface Condition {
  readonly option: number
  readonly hub: number
  readonly fits: number
  readonly kept: number
}

/** Options are numbered place by place; kept uses whose units cost Infinity must not be violated. */
export interface SiteProgram {
  readonly optionStart: readonly number[]
  /** Moves by option; at most one for each digit. */
  readonly moves: readonly (readonly Move[])[]
  readonly digits: readonly Digit[]
  /** Places of rows whose choice is tried first, each choice alone. */
  readonly hubs: readonly number[]
  readonly conditions: readonly Condition[]
}
