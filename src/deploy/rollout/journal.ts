/**
 * What happens to a rollout, in the order in which it is kept. The state of a rollout is what these events make of its plan (`state.ts`), so that whoever takes it
 * up after a crash knows what the one before knew. INVARIANT: `told` is kept before anything is sent.
 *
 * Events are arrays, because there are several per device: a letter, the instant (milliseconds since 1970), and what belongs to it. Entries are positions in the plan.
 */
import { z } from 'zod'
import { failureClass, rolloutState } from '../../model/rollout.ts'

const at = z.int()
const entry = z.int().min(0)
const entries = z.array(entry)

export const operation = z.strictObject({
  /** Counts the operations of one rollout from 1. */
  seq: z.int().min(1),
  do: z.enum(['pause', 'resume', 'abort', 'next', 'retry', 'roll-back']),
  actor: z.string(),
  reason: z.string(),
})
export type Operation = z.infer<typeof operation>

export const rolloutEvent = z.union([
  /** These are told the revision (release, execution), as their n-th attempt each. */
  z.tuple([z.literal('told'), at, z.int().min(1), entries]),
  /** The backend holds it for them. */
  z.tuple([z.literal('held'), at, entries]),
  z.tuple([z.literal('accepted'), at, entries]),
  /** They say that they run what they should. */
  z.tuple([z.literal('reported'), at, entries]),
  z.tuple([z.literal('verified'), at, entries]),
  /** `retryAt`: when it is tried again by itself; null: it is not. */
  z.tuple([z.literal('failed'), at, entry, failureClass, z.string(), z.int().nullable()]),
  z.tuple([z.literal('timed-out'), at, entries]),
  /** They will not be told any more, or the backend took it back. */
  z.tuple([z.literal('withdrawn'), at, entries]),
  z.tuple([z.literal('wave'), at, z.int().min(0), z.enum(['begun', 'passed', 'over'])]),
  z.tuple([z.literal('operation'), at, operation]),
  z.tuple([z.literal('state'), at, rolloutState, z.string()]),
])
export type RolloutEvent = z.infer<typeof rolloutEvent>

export interface Journal {
  /** Everything kept so far, in order. */
  readonly read: () => AsyncIterable<RolloutEvent>
  /** Resolves when all of them are kept. Throws `rollout/taken-over` where another executor has written meanwhile: then this one must end. */
  readonly append: (events: readonly RolloutEvent[]) => Promise<void>
}
