/**
 * What people do to rollouts: make, approve, start, and steer them. Each act is audited with who did it and why, in the transaction that does it; what may not be is
 * answered with a refusal in words.
 */
import { sharesDevices } from './overlap.ts'
import { planToStore, type StoredPlan } from './stored-plan.ts'
import type { Operation } from './journal.ts'
import type { Plan } from '../../model/plan.ts'
import type { InventoryRow, NewRollout, RolloutRow } from '../../store/rollouts.ts'
import type { Store } from '../../store/store.ts'

export interface Actor {
  readonly actor: string
  readonly reason: string
  /** ISO text, UTC. */
  readonly now: string
}

export interface NewRolloutOptions {
  readonly id: string
  readonly fleet: string
  readonly release: string
  readonly plan: Plan
  /** The plan as `planToStore` makes it, where somebody did already. */
  readonly stored?: StoredPlan
  /** What is kept with the plan, by name: what it was made from. */
  readonly beside?: ReadonlyMap<string, Uint8Array>
  readonly stage?: string
  /** Somebody other than its author must approve it before it starts. */
  readonly needsApproval: boolean
  /** Read by the deployer's own `connect`. */
  readonly deployer: unknown
}

/** `code` as diagnostics have it. */
export type Managed =
  { readonly ok: true; readonly rollout: RolloutRow } | { readonly ok: false; readonly code: string; readonly message: string }

const refused = (code: string, message: string): Managed => ({ ok: false, code, message })

export async function createRollout(
  store: Store,
  tenant: string,
  options: NewRolloutOptions,
  { actor, reason, now }: Actor,
): Promise<Managed> {
  const { head, parts } = options.stored ?? (await planToStore(options.plan))
  const state = options.needsApproval ? 'awaiting-approval' : 'draft'
  const rollout: NewRollout = {
    id: options.id,
    fleet: options.fleet,
    release: options.release,
    state,
    because: options.needsApproval ? `waits for somebody other than ${actor} to approve it` : 'made',
    stage: options.stage ?? 'production',
    author: actor,
    needs_approval: options.needsApproval,
    deployer: options.deployer,
    head,
    back_of: null,
  }
  return store.atomically(async (tables) => {
    if (!(await tables.rollouts.add(tenant, rollout, new Map([...(options.beside ?? []), ...parts]), now)))
      return refused('rollout/exists', `there is a rollout \`${options.id}\` already`)
    await tables.rollouts.seedInventory(tenant, rollout.stage, standing(options.plan), 'what the plan was made from', now)
    await tables.audit.add(
      tenant,
      {
        actor,
        reason,
        action: 'create',
        object: `rollout/${options.id}`,
        after: { state, release: options.release, changes: head.changes },
      },
      now,
    )
    return found(await tables.rollouts.get(tenant, options.id), options.id)
  })
}

/** What the plan's devices ran when it was made. */
const standing = ({ choices, changes }: Plan): readonly InventoryRow[] =>
  changes.ids.map((device, entry) => {
    const choice = choices[changes.from[entry] ?? 0]
    return { device, variant: choice?.variant ?? null, settings: choice?.settings ?? {} }
  })

const found = (row: RolloutRow | undefined, id: string): Managed =>
  row === undefined ? refused('rollout/unknown', `there is no rollout \`${id}\``) : { ok: true, rollout: row }

/** Four eyes: its author's approval is refused. */
export async function approveRollout(store: Store, tenant: string, id: string, { actor, reason, now }: Actor): Promise<Managed> {
  return store.atomically(async (tables) => {
    const row = await tables.rollouts.get(tenant, id)
    if (row === undefined) return found(row, id)
    if (row.state !== 'awaiting-approval')
      return refused('rollout/not-waiting', `rollout \`${id}\` is ${row.state}: there is nothing to approve`)
    if (row.author === actor) return refused('rollout/four-eyes', `${actor} made rollout \`${id}\`: somebody else must approve it`)
    await tables.rollouts.move(
      tenant,
      id,
      { from: ['awaiting-approval'], to: 'draft', because: `approved by ${actor}`, approver: actor },
      now,
    )
    await tables.audit.add(
      tenant,
      {
        actor,
        reason,
        action: 'approve',
        object: `rollout/${id}`,
        before: { state: row.state },
        after: { state: 'draft', approver: actor },
      },
      now,
    )
    return found(await tables.rollouts.get(tenant, id), id)
  })
}

export const activeStates = ['running', 'paused', 'aborting', 'rolling-back'] as const

/** Lets a draft run: whoever carries it out may begin. Refused while another rollout that is not over speaks of one of its devices. */
export async function startRollout(store: Store, tenant: string, id: string, { actor, reason, now }: Actor): Promise<Managed> {
  return store.atomically(async (tables) => {
    await tables.rollouts.lock(tenant)
    const row = await tables.rollouts.get(tenant, id)
    if (row === undefined) return found(row, id)
    if (row.state === 'awaiting-approval') return refused('rollout/not-approved', `rollout \`${id}\` ${row.because}`)
    if (row.state !== 'draft') return refused('rollout/not-draft', `rollout \`${id}\` is ${row.state}: it was started already`)
    const others = await tables.rollouts.list(tenant, { limit: 1000, states: activeStates })
    const clash = await sharesDevices(tables.rollouts, tenant, row, others)
    if (clash !== undefined) return refused('rollout/overlap', clash)
    await tables.rollouts.move(tenant, id, { from: ['draft'], to: 'running', because: `started by ${actor}` }, now)
    await tables.audit.add(
      tenant,
      { actor, reason, action: 'start', object: `rollout/${id}`, before: { state: 'draft' }, after: { state: 'running' } },
      now,
    )
    return found(await tables.rollouts.get(tenant, id), id)
  })
}

const allowed: Readonly<Record<Operation['do'], readonly string[]>> = {
  pause: ['running'],
  resume: ['paused'],
  abort: ['running', 'paused'],
  next: ['running', 'paused'],
  retry: ['running', 'paused'],
  'roll-back': ['running', 'paused', 'aborting', 'aborted', 'succeeded', 'failed'],
}

/** Asks whoever drives it; taken up at its next look. What has ended and is to be rolled back runs again for that. */
export async function askRollout(
  store: Store,
  tenant: string,
  id: string,
  what: Operation['do'],
  { actor, reason, now }: Actor,
): Promise<Managed> {
  return store.atomically(async (tables) => {
    await tables.rollouts.lock(tenant)
    const row = await tables.rollouts.get(tenant, id)
    if (row === undefined) return found(row, id)
    if (what === 'abort' && (row.state === 'draft' || row.state === 'awaiting-approval'))
      await tables.rollouts.move(tenant, id, { from: [row.state], to: 'aborted', because: `abort by ${actor}: ${reason}` }, now)
    else if (!allowed[what].includes(row.state))
      return refused('rollout/wrong-state', `rollout \`${id}\` is ${row.state}: ${what} is for one that is ${allowed[what].join(', ')}`)
    else if (what === 'roll-back' && row.back_of !== null) return refused('rollout/wrong-state', `rollout \`${id}\` is a way back itself`)
    else if (what === 'roll-back' && ['aborted', 'succeeded', 'failed'].includes(row.state)) {
      const others = (await tables.rollouts.list(tenant, { limit: 1000, states: activeStates })).filter((other) => other.id !== id)
      const clash = await sharesDevices(tables.rollouts, tenant, row, others)
      if (clash !== undefined) return refused('rollout/overlap', clash)
      await tables.rollouts.move(tenant, id, { from: [row.state], to: 'rolling-back', because: `roll-back by ${actor}: ${reason}` }, now)
    } else await tables.rollouts.ask(tenant, id, { do: what, actor, reason }, now)
    await tables.audit.add(tenant, { actor, reason, action: what, object: `rollout/${id}`, before: { state: row.state } }, now)
    return found(await tables.rollouts.get(tenant, id), id)
  })
}
