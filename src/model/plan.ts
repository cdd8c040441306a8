/**
 * A plan: the ordered difference between what runs and what is assigned. Devices that already run what they should are not in it. The changes are columns (one
 * entry per changed device), the rest is one JSON-able head; on disk the head is `plan.json` beside `changes.ndjson`, one line per change in order of wave, step
 * and id.
 */
import { z } from 'zod'
import type { Choice } from './outcome.ts'
import { releaseHash } from './revision.ts'
import { deviceOutcome } from './rollout.ts'
import { wave } from './wave.ts'

const count = z.int().min(0)

/** At most `most` devices of a group may be under way (told, not yet verified; failed ones count) at any moment. The executor keeps it at send time. */
export const planBudget = z.strictObject({
  name: z.string(),
  /** Why: a `budget` of the policy, or a constraint of the model that must hold all the time. */
  because: z.string(),
  groups: z.array(z.strictObject({ group: z.string(), most: count, changes: count })),
})
export type PlanBudget = z.infer<typeof planBudget>

/** What was proved of every state that the waves allow, and what the proof relies on. */
export const safetyProof = z.strictObject({
  /** Constraints of the model that hold in every mixed state, with how many groups were looked at and how many need an order. */
  during: z.array(z.strictObject({ use: count, kind: z.string(), says: z.string(), groups: count, ordered: count, by: z.string() })),
  /** Sets of variants that may stand together at a place at some moment, and that were proved free of conflicts whole; `places`: at how many. */
  compositions: z.array(z.strictObject({ variants: z.array(z.string()), places: count, place: z.string(), proved: count })),
  /** Sets of variants that fight and that the order of changes keeps apart: whoever runs `old` is verified to have left before anyone runs `new`. */
  keptApart: z.array(z.strictObject({ variants: z.array(z.string()), places: count, place: z.string(), finding: z.string() })),
  /** Sets that fight, but already stand together today: no plan can take that back, this one only ends it. */
  standing: z.array(z.strictObject({ variants: z.array(z.string()), places: count, place: z.string() })),
  /** Named assumptions that the proof uses. */
  assumptions: z.array(z.string()),
})
export type SafetyProof = z.infer<typeof safetyProof>

export const durationEstimate = z.strictObject({
  /** Milliseconds by wave: sending within rate and quota, the device time of each step, soak; windows are not in it. */
  waves: z.array(z.strictObject({ sending: count, steps: count, soak: count })),
  total: count,
  /** What it was made from, in words. */
  from: z.array(z.string()),
})
export type DurationEstimate = z.infer<typeof durationEstimate>

export const PLAN_FORMAT = 1

export const planHead = z.strictObject({
  formatVersion: z.int().min(1),
  /** Content hash of the release; absent for a plan that is only looked at. */
  release: releaseHash.optional(),
  devices: count,
  changes: count,
  waves: z.array(wave),
  budgets: z.array(planBudget),
  safety: safetyProof,
  estimate: durationEstimate,
  /** sha256 of the lines of changes. */
  changesSha256: releaseHash,
})
export type PlanHead = z.infer<typeof planHead>

/** A line of `changes.ndjson`. */
export const plannedChange = z.strictObject({
  device: z.string(),
  from: deviceOutcome,
  to: deviceOutcome,
  /** Index into the head's waves. */
  wave: count,
  step: count,
  /** Devices that must be `verified` on what this plan gives them when this one is told; the executor re-checks it at send time. `set` names equal lists, so that long ones are written once: where `devices` is absent, an earlier line has it. */
  after: z.strictObject({ set: count, devices: z.array(z.string()).optional() }).optional(),
  /** Indices into the head's budgets, and into the groups of each. */
  budgets: z.array(z.strictObject({ budget: count, group: count })).optional(),
  /** On a way back: told by the rollout that is taken back, and has not succeeded since. It counts in its budgets from the start. */
  disrupted: z.literal(true).optional(),
})

/** The changes as columns: entry i is the i-th changed device in order of wave, step, id. */
export interface PlannedChanges {
  readonly count: number
  readonly ids: readonly string[]
  /** Rows of the fleet. */
  readonly rows: Int32Array
  /** Indices into `choices`. */
  readonly from: Int32Array
  readonly to: Int32Array
  readonly wave: Int32Array
  readonly step: Int32Array
  /** Index into `sets`, -1: waits for nobody. */
  readonly after: Int32Array
  /** Entries that set s holds: `setMembers[setStart[s] .. setStart[s + 1])`. */
  readonly setStart: Int32Array
  readonly setMembers: Int32Array
  /** By budget, the group by entry; -1: none. */
  readonly budgetGroup: readonly Int32Array[]
  /** By entry, 1: counts in its budgets before it is told. */
  readonly disrupted: Uint8Array
}

export interface Plan {
  readonly choices: readonly Choice[]
  readonly changes: PlannedChanges
  readonly head: Omit<PlanHead, 'changesSha256'>
}
