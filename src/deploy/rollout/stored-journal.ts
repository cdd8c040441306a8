// The journal of a rollout in the store: one line for each time something was kept, with what it says of the rollout's state and of what devices run.
import { z } from 'zod'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Plan } from '../../model/plan.ts'
import type { InventoryRow } from '../../store/rollouts.ts'
import type { Store } from '../../store/store.ts'
import { rolloutEvent, type Journal, type RolloutEvent } from './journal.ts'

export interface StoredJournalOptions {
  readonly tenant: string
  readonly rollout: string
  readonly plan: Plan
  /** Whether a device counts as running its variant once it is `verified`, or when it reports so. */
  readonly verifies: boolean
  readonly now: () => number
}

const LINES_AT_ONCE = 200
const line = z.array(rolloutEvent)

export function createStoredJournal(store: Pick<Store, 'rollouts'>, options: StoredJournalOptions): Journal {
  const { tenant, rollout, plan } = options
  let last: number | undefined
  const success = options.verifies ? 'verified' : 'reported'
  return {
    read: async function* () {
      let seen = 0
      for await (const { seq, events } of journalLines(store, tenant, rollout, 0)) {
        seen = seq
        yield* events
      }
      last = seen
    },
    append: async (events) => {
      if (last === undefined) throw new EngineError('rollout/journal-unread', 'a journal is read before it is written')
      const inventory: InventoryRow[] = []
      let state: { readonly state: string; readonly because: string } | undefined
      for (const event of events) {
        if (event[0] === success) for (const entry of event[2]) inventory.push(found(plan, entry))
        if (event[0] === 'state') state = { state: event[2], because: event[3] }
      }
      const seq = last + 1
      await store.rollouts.append(
        tenant,
        rollout,
        {
          seq,
          events: JSON.stringify(events),
          ...(state === undefined ? {} : { state }),
          ...(inventory.length === 0 ? {} : { inventory }),
        },
        new Date(options.now()).toISOString(),
      )
      last = seq
    },
  }
}

/** The lines behind `after`, in order. Throws `rollout/journal-damaged`. */
export async function* journalLines(
  store: Pick<Store, 'rollouts'>,
  tenant: string,
  rollout: string,
  after: number,
): AsyncGenerator<{ readonly seq: number; readonly events: readonly RolloutEvent[] }> {
  for (let seen = after; ;) {
    const lines = await store.rollouts.journal(tenant, rollout, seen, LINES_AT_ONCE)
    for (const { seq, events } of lines) {
      if (seq !== seen + 1)
        throw new EngineError('rollout/journal-damaged', `line ${seen + 1} of the journal of rollout \`${rollout}\` is missing`)
      seen = seq
      yield { seq, events: readLine(rollout, seq, events) }
    }
    if (lines.length < LINES_AT_ONCE) return
  }
}

function readLine(rollout: string, seq: number, text: string): RolloutEvent[] {
  const read = line.safeParse(JSON.parse(text))
  if (!read.success)
    throw new EngineError('rollout/journal-damaged', `line ${seq} of the journal of rollout \`${rollout}\` holds no events`)
  return read.data
}

function found({ choices, changes }: Plan, entry: number): InventoryRow {
  const choice = choices[changes.to[entry] ?? 0]
  return { device: changes.ids[entry] ?? '', variant: choice?.variant ?? null, settings: choice?.settings ?? {} }
}
