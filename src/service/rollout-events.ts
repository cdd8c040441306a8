/** A rollout's journal as events for watchers: each line once, with devices by name and how far the waves are then; replayed from any line. */
import { setTimeout as delay } from 'node:timers/promises'
import { rolloutEvent, type RolloutEvent } from '../deploy/rollout/journal.ts'
import { beginProgress, fold } from '../deploy/rollout/state.ts'
import { planFromStore } from '../deploy/rollout/stored-plan.ts'
import { rolloutView } from '../deploy/rollout/view.ts'
import { planHead } from '../model/plan.ts'
import type { RolloutRow } from '../store/rollouts.ts'
import type { StreamEvent } from './event-stream.ts'
import type { Parts } from './parts.ts'
import { verifies } from './rollout-deployers.ts'

const LOOK = 200
const LINES = 200
const finals: readonly string[] = ['succeeded', 'failed', 'aborted', 'rolled-back']

/** `id`: the journal's line. Ends, with an event `ended`, when the rollout has and all is told. */
export async function* rolloutEvents(
  { store, stopping }: Pick<Parts, 'store' | 'stopping'>,
  tenant: string,
  row: RolloutRow,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const plan = await planFromStore(row.head, await store.rollouts.parts(tenant, row.id))
  const head = planHead.parse(row.head)
  const progress = beginProgress(plan.changes, head.waves.length, verifies(row.deployer))
  const name = (entry: number): string => plan.changes.ids[entry] ?? ''
  let seen = 0
  let state = ''
  while (!signal.aborted && !stopping.aborted) {
    const now = await store.rollouts.get(tenant, row.id)
    if (now === undefined) return
    const lines = await store.rollouts.journal(tenant, row.id, seen, LINES)
    for (const { seq, at, events } of lines) {
      const read = rolloutEvent.array().parse(JSON.parse(events))
      for (const event of read) fold(progress, event)
      seen = seq
      if (seq <= after) continue
      const view = rolloutView({ ...row, head, state: progress.state, because: progress.because }, progress)
      yield {
        id: seq,
        event: 'journal',
        data: { at, events: read.map((event) => readable(event, name, (wave) => head.waves[wave]?.name ?? '')), view },
      }
    }
    if (lines.length === LINES) continue
    // What people do to one that nobody drives stands in its row alone.
    if (now.state !== state && now.journal <= seen) {
      state = now.state
      const view = rolloutView({ ...row, head, state, because: now.because }, progress)
      yield { id: seen, event: finals.includes(state) ? 'ended' : 'state', data: { state, because: now.because, view } }
      if (finals.includes(state)) return
    }
    await delay(LOOK, undefined, { signal: AbortSignal.any([signal, stopping]) }).catch(() => undefined)
  }
}

function readable(
  event: RolloutEvent,
  device: (entry: number) => string,
  wave: (index: number) => string,
): Readonly<Record<string, unknown>> {
  switch (event[0]) {
    case 'told':
      return { is: 'told', at: event[1], execution: event[2], devices: event[3].map(device) }
    case 'held':
    case 'accepted':
    case 'reported':
    case 'verified':
    case 'timed-out':
    case 'withdrawn':
      return { is: event[0], at: event[1], devices: event[2].map(device) }
    case 'failed':
      return {
        is: 'failed',
        at: event[1],
        devices: [device(event[2])],
        class: event[3],
        why: event[4],
        ...(event[5] === null ? {} : { retryAt: event[5] }),
      }
    case 'wave':
      return { is: 'wave', at: event[1], wave: wave(event[2]), now: event[3] }
    case 'operation':
      return { is: 'operation', at: event[1], ...event[2] }
    case 'state':
      return { is: 'state', at: event[1], state: event[2], because: event[3] }
  }
}
