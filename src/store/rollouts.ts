/**
 * Rollouts as they are kept. The journal is the truth; the row repeats its last state for lists. INVARIANT: the journal's lines are numbered without gaps, so that two
 * executors that both believe to drive a rollout cannot both write: the slower one gets `rollout/taken-over`.
 */
import { sql, type Kysely } from 'kysely'
import { EngineError } from '../diagnostics/engine-error.ts'
import { atomically } from './atomically.ts'
import type { Schema } from './schema.ts'

export interface RolloutRow {
  readonly tenant: string
  readonly id: string
  readonly seq: number
  readonly fleet: string
  readonly release: string
  readonly state: string
  readonly because: string
  readonly stage: string
  readonly author: string
  readonly approver: string | null
  readonly needs_approval: boolean
  /** How devices are reached: read by `deploy/`. */
  readonly deployer: unknown
  /** The plan without its changes. */
  readonly head: unknown
  /** The rollout that this one takes back. */
  readonly back_of: string | null
  /** Lines of the journal. */
  readonly journal: number
  /** Operations that were asked for. */
  readonly operations: number
  readonly created: string
  readonly updated: string
}

export type NewRollout = Pick<
  RolloutRow,
  'id' | 'fleet' | 'release' | 'state' | 'because' | 'stage' | 'author' | 'needs_approval' | 'deployer' | 'head' | 'back_of'
>

/** What a device was found to run from an instant on. */
export interface InventoryRow {
  readonly device: string
  readonly variant: string | null
  readonly settings: unknown
}

export interface Rollouts {
  /** False where the id is taken. `parts`: the plan's columns. */
  readonly add: (tenant: string, rollout: NewRollout, parts: ReadonlyMap<string, Uint8Array>, now: string) => Promise<boolean>
  readonly get: (tenant: string, id: string) => Promise<RolloutRow | undefined>
  /** Newest first; `before`: a `seq`. */
  readonly list: (
    tenant: string,
    page: { readonly limit: number; readonly before?: number; readonly states?: readonly string[]; readonly fleet?: string },
  ) => Promise<readonly RolloutRow[]>
  /** The plan's columns, or the parts of these names. */
  readonly parts: (tenant: string, id: string, names?: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>
  /** The journal's lines after `after`, in order. */
  readonly journal: (
    tenant: string,
    id: string,
    after: number,
    limit: number,
  ) => Promise<readonly { readonly seq: number; readonly at: string; readonly events: string }[]>
  /** Adds line `seq` (the last plus 1), with the state the rollout has then and what devices were found to run. Throws `rollout/taken-over`. */
  readonly append: (
    tenant: string,
    id: string,
    line: {
      readonly seq: number
      readonly events: string
      readonly state?: { readonly state: string; readonly because: string }
      readonly inventory?: readonly InventoryRow[]
    },
    now: string,
  ) => Promise<void>
  /** The state may change only while nobody drives: from one of `from`. False where it is another. */
  readonly move: (
    tenant: string,
    id: string,
    change: { readonly from: readonly string[]; readonly to: string; readonly because: string; readonly approver?: string },
    now: string,
  ) => Promise<boolean>
  /** Held until the transaction ends: who starts or steers a rollout of the tenant sees all others as they are. */
  readonly lock: (tenant: string) => Promise<void>
  /** Answers the operation's number; undefined where there is no such rollout. */
  readonly ask: (tenant: string, id: string, operation: Readonly<Record<string, unknown>>, now: string) => Promise<number | undefined>
  readonly operations: (tenant: string, id: string, after: number) => Promise<readonly unknown[]>
  readonly nextExecution: (tenant: string, fleet: string) => Promise<number>
  /** What devices run by another source, for those of which nothing is known yet. */
  readonly seedInventory: (tenant: string, stage: string, rows: readonly InventoryRow[], source: string, now: string) => Promise<void>
  /** What each device of the stage was last found to run. */
  readonly inventory: (
    tenant: string,
    stage: string,
    page: { readonly limit: number; readonly after?: string; readonly at?: string },
  ) => Promise<readonly (InventoryRow & { readonly at: string; readonly release: string | null; readonly source: string })[]>
  readonly history: (
    tenant: string,
    device: string,
    limit: number,
  ) => Promise<
    readonly (InventoryRow & { readonly stage: string; readonly at: string; readonly release: string | null; readonly source: string })[]
  >
}

const PLAN_PARTS = ['changes']
const PART_BYTES = 4 * 2 ** 20
const INVENTORY_ROWS = 2000

const columns = [
  'tenant',
  'id',
  'seq',
  'fleet',
  'release',
  'state',
  'because',
  'stage',
  'author',
  'approver',
  'needs_approval',
  'deployer',
  'head',
  'back_of',
  'journal',
  'operations',
  'created',
  'updated',
] as const

export const rolloutsOf = (queries: Kysely<Schema>): Rollouts => ({
  add: (tenant, { deployer, head, ...rollout }, parts, now) =>
    atomically(queries, async (trx) => {
      const row = await trx
        .insertInto('rollouts')
        .values({
          tenant,
          ...rollout,
          deployer: JSON.stringify(deployer ?? null),
          head: JSON.stringify(head ?? null),
          created: now,
          updated: now,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('seq')
        .executeTakeFirst()
      if (row === undefined) return false
      for (const [part, bytes] of parts) {
        for (let number = 0; number === 0 || number * PART_BYTES < bytes.length; number++)
          await trx
            .insertInto('rollout_plans')
            .values({ tenant, rollout: rollout.id, part, number, data: bytes.subarray(number * PART_BYTES, (number + 1) * PART_BYTES) })
            .execute()
      }
      return true
    }),
  get: (tenant, id) => queries.selectFrom('rollouts').select(columns).where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst(),
  list: (tenant, { limit, before, states, fleet }) => {
    let query = queries.selectFrom('rollouts').select(columns).where('tenant', '=', tenant).orderBy('seq', 'desc').limit(limit)
    if (before !== undefined) query = query.where('seq', '<', before)
    if (states !== undefined) query = query.where('state', 'in', [...states])
    if (fleet !== undefined) query = query.where('fleet', '=', fleet)
    return query.execute()
  },
  parts: async (tenant, id, names = PLAN_PARTS) => {
    const rows = await queries
      .selectFrom('rollout_plans')
      .select(['part', 'number', 'data'])
      .where('tenant', '=', tenant)
      .where('rollout', '=', id)
      .where('part', 'in', [...names])
      .orderBy('part')
      .orderBy('number')
      .execute()
    const pieces = new Map<string, Uint8Array[]>()
    for (const { part, data } of rows) pieces.set(part, [...(pieces.get(part) ?? []), data])
    return new Map([...pieces].map(([part, some]) => [part, joined(some)]))
  },
  journal: (tenant, id, after, limit) =>
    queries
      .selectFrom('rollout_journal')
      .select(['seq', 'at', 'events'])
      .where('tenant', '=', tenant)
      .where('rollout', '=', id)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(limit)
      .execute(),
  append: async (tenant, id, { seq, events, state, inventory = [] }, now) => {
    // One statement, so that a line costs one way to the server and back, however many devices it speaks of.
    const found = JSON.stringify(inventory)
    const { rows } = await sql`with moved as (
        update rollouts set journal = ${seq}, updated = ${now}::timestamptz,
          state = coalesce(${state?.state ?? null}::text, state), because = coalesce(${state?.because ?? null}::text, because)
        where tenant = ${tenant} and id = ${id} and journal = ${seq - 1}
        returning stage, release),
      line as (
        insert into rollout_journal (tenant, rollout, seq, at, events)
        select ${tenant}::text, ${id}::text, ${seq}::bigint, ${now}::timestamptz, ${events}::text from moved),
      seen as (
        insert into inventory (tenant, stage, device, at, variant, settings, release, source)
        select ${tenant}::text, moved.stage, one.device, ${now}::timestamptz, one.variant, coalesce(one.settings, '{}'), moved.release, ${`rollout ${id}`}::text
        from moved, json_to_recordset(${found}::json) as one(device text, variant text, settings json))
      select 1 from moved`.execute(queries)
    if (rows.length === 0) throw new EngineError('rollout/taken-over', `another process drives rollout \`${id}\``)
  },
  move: async (tenant, id, { from, to, because, approver }, now) => {
    const row = await queries
      .updateTable('rollouts')
      .set({ state: to, because, updated: now, ...(approver === undefined ? {} : { approver }) })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('state', 'in', [...from])
      .returning('seq')
      .executeTakeFirst()
    return row !== undefined
  },
  lock: async (tenant) => {
    await sql`select pg_advisory_xact_lock(hashtext(${`rollouts of ${tenant}`}))`.execute(queries)
  },
  ask: (tenant, id, operation, now) =>
    atomically(queries, async (trx) => {
      const row = await trx
        .updateTable('rollouts')
        .set((set) => ({ operations: set('operations', '+', 1), updated: now }))
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .returning('operations')
        .executeTakeFirst()
      if (row === undefined) return undefined
      const seq = row.operations
      await trx
        .insertInto('rollout_operations')
        .values({ tenant, rollout: id, seq, at: now, operation: JSON.stringify({ ...operation, seq }) })
        .execute()
      return seq
    }),
  operations: async (tenant, id, after) =>
    (
      await queries
        .selectFrom('rollout_operations')
        .select('operation')
        .where('tenant', '=', tenant)
        .where('rollout', '=', id)
        .where('seq', '>', after)
        .orderBy('seq')
        .execute()
    ).map(({ operation }) => operation),
  nextExecution: async (tenant, fleet) => {
    const row = await queries
      .insertInto('rollout_executions')
      .values({ tenant, fleet, last: 1 })
      .onConflict((conflict) =>
        conflict.columns(['tenant', 'fleet']).doUpdateSet((set) => ({ last: set('rollout_executions.last', '+', 1) })),
      )
      .returning('last')
      .executeTakeFirstOrThrow()
    return row.last
  },
  seedInventory: async (tenant, stage, rows, source, now) => {
    for (let from = 0; from < rows.length; from += INVENTORY_ROWS) {
      const some = JSON.stringify(rows.slice(from, from + INVENTORY_ROWS))
      await sql`insert into inventory (tenant, stage, device, at, variant, settings, release, source)
        select ${tenant}, ${stage}, one.device, ${now}::timestamptz, one.variant, one.settings, null, ${source}
        from json_to_recordset(${some}::json) as one(device text, variant text, settings json)
        where not exists (select from inventory as known where known.tenant = ${tenant} and known.stage = ${stage} and known.device = one.device)`.execute(
        queries,
      )
    }
  },
  inventory: async (tenant, stage, { limit, after, at }) => {
    let query = queries
      .selectFrom('inventory')
      .distinctOn('device')
      .select(['device', 'variant', 'settings', 'at', 'release', 'source'])
      .where('tenant', '=', tenant)
      .where('stage', '=', stage)
      .orderBy('device')
      .orderBy('at', 'desc')
      .orderBy('seq', 'desc')
      .limit(limit)
    if (after !== undefined) query = query.where('device', '>', after)
    if (at !== undefined) query = query.where('at', '<=', at)
    return query.execute()
  },
  history: (tenant, device, limit) =>
    queries
      .selectFrom('inventory')
      .select(['stage', 'device', 'variant', 'settings', 'at', 'release', 'source'])
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .orderBy('at')
      .orderBy('seq')
      .limit(limit)
      .execute(),
})

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] ?? new Uint8Array()
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
