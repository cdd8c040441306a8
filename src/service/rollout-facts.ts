/** What is known of the devices of rollouts that somebody asks about, kept between requests: of the journal only what is new is read. */
import { beginFacts, foldFacts, type RolloutFacts } from '../deploy/rollout/facts.ts'
import { journalLines } from '../deploy/rollout/stored-journal.ts'
import { planFromStore } from '../deploy/rollout/stored-plan.ts'
import type { Plan } from '../model/plan.ts'
import type { RolloutRow } from '../store/rollouts.ts'
import type { Store } from '../store/store.ts'
import { verifies } from './rollout-deployers.ts'

export interface KnownRollout {
  readonly plan: Plan
  readonly facts: RolloutFacts
}

interface Kept extends KnownRollout {
  seen: number
}

export interface RolloutsKnown {
  /** As it is now. INVARIANT: what is answered grows with the next request: read it before anything else is waited for, or copy what is needed. */
  readonly of: (tenant: string, row: RolloutRow) => Promise<KnownRollout>
}

/** Keeps those asked for last: a plan of a million devices takes some hundred megabytes. */
const MOST = 4

export function rolloutsKnown(store: Store): RolloutsKnown {
  const all = new Map<string, Promise<Kept>>()
  const open = async (tenant: string, row: RolloutRow): Promise<Kept> => {
    const plan = await planFromStore(row.head, await store.rollouts.parts(tenant, row.id))
    return { plan, facts: beginFacts(plan, verifies(row.deployer)), seen: 0 }
  }
  const catchUp = async (kept: Kept, tenant: string, rollout: string): Promise<Kept> => {
    for await (const { seq, events } of journalLines(store, tenant, rollout, kept.seen)) {
      for (const event of events) foldFacts(kept.facts, event)
      kept.seen = seq
    }
    return kept
  }
  return {
    of: (tenant, row) => {
      const key = JSON.stringify([tenant, row.id])
      // One after the other: two that fold at once would fold twice.
      const next = (all.get(key) ?? open(tenant, row)).then((kept) => catchUp(kept, tenant, row.id))
      all.delete(key)
      all.set(key, next)
      next.catch(() => all.delete(key))
      for (const oldest of all.keys()) {
        if (all.size <= MOST) break
        all.delete(oldest)
      }
      return next
    },
  }
}
