/** What a plan is made from, what was read of it, and what comes out: a plan, or why there is none. */
import type { Assignment, Reason, Repair } from '../model/assignment.ts'
import type { Choice } from '../model/outcome.ts'
import type { Plan, SafetyProof } from '../model/plan.ts'
import type { WavePolicy } from '../model/wave-policy.ts'
import type { WaveSlot } from './choose-waves.ts'
import type { DeployerQuota } from './estimate.ts'
import type { ApartAt, FoundTroubles } from './find-troubles.ts'
import type { Mixture } from './mixture.ts'
import type { NamedBudget, NamedScope } from './scopes.ts'
import type { Trouble } from './trouble.ts'

export interface PlanQuestion {
  readonly mixture: Mixture
  readonly assignment: Assignment
  readonly policy: WavePolicy
  /** Sets of variants that conflict analysis says fight, and where they meet; with the trace of each. */
  readonly apart?: readonly (ApartAt & { readonly trace: (set: number) => readonly string[] })[]
  readonly quota?: DeployerQuota
  readonly release?: string
  /** What conflict analysis proved besides. */
  readonly proof?: Partial<Pick<SafetyProof, 'compositions' | 'keptApart' | 'standing' | 'assumptions'>>
}

/** A reason with what it is about; `trace` leads to the state that must not be. */
export interface PlanReason extends Reason {
  readonly devices: readonly string[]
  readonly trace: readonly string[]
}

export type PlanOutcome =
  /** `declared`: why the waves as they were declared would not do, where a device goes later than declared. */
  | { readonly is: 'planned'; readonly plan: Plan; readonly declared?: Refusal; readonly later: number }
  | ({ readonly is: 'impossible' } & Refusal)
  | { readonly is: 'undecided'; readonly reasons: readonly PlanReason[] }

export interface Refusal {
  readonly reasons: readonly PlanReason[]
  readonly repairs: readonly Repair[]
}

/** Everything that the search needs, read once. */
export interface Prepared {
  readonly question: PlanQuestion
  readonly troubles: readonly Trouble[]
  readonly forced: readonly { readonly first: number; readonly then: number; readonly why: string }[]
  readonly ranks?: { readonly group: Int32Array; readonly rank: Int32Array }
  readonly slots: readonly WaveSlot[]
  readonly scopes: readonly NamedScope[]
  readonly budgets: readonly NamedBudget[]
  readonly open: FoundTroubles['open']
  readonly words: Words
}

export interface Words {
  readonly mixture: Mixture
  readonly choices: readonly Choice[]
  readonly policy: WavePolicy
  readonly apart: readonly (ApartAt & { readonly trace: (set: number) => readonly string[] })[]
  readonly says: (use: number) => string
}
