/** How a plan is to be cut into waves, as its author wrote it: expressions as text with their place, durations in milliseconds, shares exact. */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { ExpressionText } from './fleet-model.ts'
import type { Fraction, Wave } from './wave.ts'

/** How a wave is executed; the planner hands it on. */
export type WaveSettings = Omit<Wave, 'name' | 'devices' | 'steps'>

/** At most so many, or the share of those that could be: rounded down, but one where there is one at all. */
export type WaveLimit = { readonly is: 'count'; readonly count: number } | { readonly is: 'share'; readonly share: Fraction }

export interface WaveRule {
  readonly name: string
  /** Which changed devices may be in it; absent: all. Unknown is no. */
  readonly select?: ExpressionText
  /** Of the changed devices that it selects. */
  readonly limit?: WaveLimit
  readonly settings: WaveSettings
  readonly at: Location
}

/** Of each group, at most so many devices are under way or failed at any moment: `unavailable` at most, or the rest of the group's devices beyond `available`. */
export interface DisruptionBudget {
  readonly name: string
  readonly over: ExpressionText
  readonly limit: { readonly is: 'unavailable' | 'available'; readonly of: WaveLimit }
  readonly at: Location
}

/** In one wave, the amounts of a group's changed devices add up to at most `limit`, an integer or an expression that may read `group.*`. */
export interface ScopeCapacity {
  readonly name: string
  readonly over: ExpressionText
  readonly limit: number | ExpressionText
  /** Over `device.*`; absent: 1 each. */
  readonly amount?: ExpressionText
  readonly at: Location
}

/** The linked device is changed before (`first`) or after (`last`) the devices that link to it. */
export interface Dependency {
  readonly device: ExpressionText
  readonly goes: 'first' | 'last'
  readonly at: Location
}

/** Devices of an earlier layer are changed before those of a later one, in each group of `over` (absent: in the whole fleet). */
export interface Layers {
  readonly by: ExpressionText
  readonly order: readonly string[]
  readonly over?: ExpressionText
  readonly at: Location
}

export interface WavePolicy {
  readonly source: string
  /** `safe`: a device may go later than the first wave that selects it, where safety asks for it. `declared`: it goes there or the plan is refused. */
  readonly order: 'safe' | 'declared'
  readonly waves: readonly WaveRule[]
  /** Where the devices go that no wave took: nowhere (0: every device must be taken), into so many waves of equal size, or into as many as capacities need. */
  readonly rest: { readonly count: number | 'as-needed'; readonly name: string; readonly settings: WaveSettings; readonly at: Location }
  readonly budgets: readonly DisruptionBudget[]
  readonly capacities: readonly ScopeCapacity[]
  readonly dependencies: readonly Dependency[]
  readonly layers?: Layers
  /** `replace`: a device stops the old variant before it starts the new one. `overlap`: both may run for a while. */
  readonly switching: 'replace' | 'overlap'
  /** How long a device takes as a rule, for estimates. */
  readonly deviceTime: number
}
