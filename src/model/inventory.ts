/** What runs where, since when, from which release: the state at one instant, and what differs between two. */
import { z } from 'zod'
import { revisionShape } from './revision.ts'
import { deviceOutcome } from './rollout.ts'

/** One device at one instant. `since` and `verified` are milliseconds since 1970, UTC. */
export const inventoryEntry = z.strictObject({
  device: z.string(),
  is: deviceOutcome,
  since: z.int(),
  /** Absent: not brought there by a release. */
  revision: revisionShape.optional(),
  stage: z.string().optional(),
  verified: z.int().optional(),
})
export type InventoryEntry = z.infer<typeof inventoryEntry>

/** An entry of a device's history: from `at` on it ran this; `removed` devices left the fleet. */
export const inventoryEvent = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('runs'), at: z.int(), entry: inventoryEntry }),
  z.strictObject({ what: z.literal('removed'), at: z.int(), device: z.string() }),
])
export type InventoryEvent = z.infer<typeof inventoryEvent>

export interface InventoryDifference {
  readonly appeared: readonly InventoryEntry[]
  readonly left: readonly InventoryEntry[]
  /** Another outcome. */
  readonly changed: readonly { readonly before: InventoryEntry; readonly after: InventoryEntry }[]
  /** The same outcome from another release, or verified meanwhile. */
  readonly renewed: readonly { readonly before: InventoryEntry; readonly after: InventoryEntry }[]
  readonly unchanged: number
}
