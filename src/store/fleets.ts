/** Fleets: uploaded as a whole, changed device by device, read back as lines or as the typed table that a model asks for. */
import { sql, type Kysely } from 'kysely'
import type { Read } from '../diagnostics/diagnostic.ts'
import type { Table } from '../formats/table.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { atomically } from './atomically.ts'
import { CHUNK_ROWS, datasetInfo, findRows, rememberedColumns, readIds, retireDataset } from './datasets.ts'
import {
  changeAfter,
  isThere,
  mergedTexts,
  type ChangeOutcome,
  type DeviceChange,
  type DeviceContext,
  type KeptChange,
} from './fleet-changes.ts'
import { importDevices, type ImportOptions } from './fleet-import.ts'
import { fleetLines } from './fleet-lines.ts'
import { keptChange, rowTexts, takeSnapshot } from './fleet-snapshot.ts'
import { readStoredFleet } from './read-stored-fleet.ts'
import type { Schema } from './schema.ts'

export interface FleetInfo {
  readonly id: string
  /** One more with every change of anything in it. */
  readonly revision: number
  readonly etag: string
  readonly devices: number
  readonly created: string
  readonly updated: string
}

export interface StoredDevice {
  readonly device: string
  readonly etag: string
  readonly context: DeviceContext
}

export type Replaced =
  { readonly is: 'replaced'; readonly fleet: FleetInfo } | { readonly is: 'stale' } | { readonly is: 'invalid'; readonly read: Read<never> }

export interface Fleets {
  readonly get: (tenant: string, id: string) => Promise<FleetInfo | undefined>
  /** By id. */
  readonly list: (tenant: string, page: { readonly limit: number; readonly after?: string }) => Promise<readonly FleetInfo[]>
  /** An empty fleet; false where there is one with this id. */
  readonly create: (tenant: string, id: string, now: string) => Promise<boolean>
  /**
   * All devices anew, from NDJSON; made where absent. Whoever reads meanwhile sees the fleet as it was; changes of devices that arrive before the end are part of
   * what is replaced. `stale`: `etag` was given and the fleet is another, at the beginning or at the end.
   */
  readonly replace: (
    tenant: string,
    id: string,
    lines: AsyncIterable<Uint8Array>,
    options: ImportOptions & { readonly etag?: string },
  ) => Promise<Replaced>
  /** Outcomes by change, in order; one device may stand in it several times. Undefined where there is no such fleet. */
  readonly change: (
    tenant: string,
    id: string,
    changes: readonly DeviceChange[],
    now: string,
  ) => Promise<{ readonly revision: number; readonly outcomes: readonly ChangeOutcome[] } | undefined>
  readonly device: (tenant: string, id: string, device: string) => Promise<StoredDevice | undefined>
  /** From `after` (a cursor that the page before gave) on. */
  readonly devices: (
    tenant: string,
    id: string,
    page: { readonly limit: number; readonly after?: number },
  ) => Promise<{ readonly devices: readonly StoredDevice[]; readonly next?: number } | undefined>
  /** NDJSON; undefined where there is no such fleet. */
  readonly lines: (tenant: string, id: string) => Promise<AsyncIterable<Uint8Array> | undefined>
  /** As a model reads it, with the revision that it has; undefined where there is no such fleet. */
  readonly read: (
    tenant: string,
    id: string,
    model: FleetModel,
    tables: ReadonlyMap<string, Table>,
  ) => Promise<{ readonly fleet: Read<Fleet>; readonly revision: number } | undefined>
  readonly remove: (tenant: string, id: string, now: string) => Promise<boolean>
  /** Writes the table anew where many single changes stand beside it; what arrives meanwhile stays beside the new one. */
  readonly compact: (tenant: string, id: string, now: string) => Promise<boolean>
  /** Fleets with more single changes than this, of all tenants. */
  readonly crowded: (most: number) => Promise<readonly { readonly tenant: string; readonly id: string }[]>
}

const fleetColumns = ['id', 'revision', 'size', 'created', 'updated'] as const

const infoOf = ({ id, revision, size, created, updated }: Record<(typeof fleetColumns)[number], string | number>): FleetInfo => ({
  id: String(id),
  revision: Number(revision),
  etag: `r${revision}`,
  devices: Number(size),
  created: String(created),
  updated: String(updated),
})

const deviceEtag = (revision: number): string => `d${revision}`

// Rows of one statement.
const BATCH = 2000

export const fleetsOf = (queries: Kysely<Schema>): Fleets => {
  const one = (tenant: string, id: string) => queries.selectFrom('fleets').where('tenant', '=', tenant).where('id', '=', id)

  const get: Fleets['get'] = async (tenant, id) => {
    const row = await one(tenant, id).select(fleetColumns).executeTakeFirst()
    return row && infoOf(row)
  }

  /** The fleet's row, held until the transaction ends. */
  const hold = (trx: Kysely<Schema>, tenant: string, id: string) =>
    trx
      .selectFrom('fleets')
      .select([...fleetColumns, 'dataset', 'base', 'changed'])
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()

  const keptChanges = async (
    trx: Kysely<Schema>,
    tenant: string,
    fleet: string,
    devices: readonly string[],
  ): Promise<Map<string, KeptChange>> => {
    const kept = new Map<string, KeptChange>()
    const names = [...new Set(devices)]
    for (let at = 0; at < names.length; at += BATCH) {
      const rows = await trx
        .selectFrom('fleet_changes')
        .select(['device', 'revision', 'whole', 'context'])
        .where('tenant', '=', tenant)
        .where('fleet', '=', fleet)
        .where('device', '=', sql<string>`any(${names.slice(at, at + BATCH)}::text[])`)
        .execute()
      for (const { device, ...change } of rows) kept.set(device, keptChange(change))
    }
    return kept
  }

  const rowsOf = async (trx: Kysely<Schema>, tenant: string, dataset: string | null, devices: readonly string[]) =>
    dataset === null ? new Map<string, number>() : findRows(trx, await datasetInfo(trx, tenant, dataset), devices)

  const change: Fleets['change'] = (tenant, id, changes, now) =>
    atomically(queries, async (trx) => {
      const fleet = await hold(trx, tenant, id)
      if (fleet === undefined) return undefined
      const devices = changes.map(({ device }) => device)
      const kept = await keptChanges(trx, tenant, id, devices)
      const before = new Set(kept.keys())
      const rows = await rowsOf(trx, tenant, fleet.dataset, devices)
      const revision = fleet.revision + 1
      const touched = new Set<string>()
      let { size } = fleet
      const outcomes = changes.map((asked): ChangeOutcome => {
        const inTable = rows.has(asked.device)
        const found = kept.get(asked.device)
        const there = isThere(found, inTable)
        if (asked.etag !== undefined && (!there || deviceEtag(found?.revision ?? fleet.base) !== asked.etag)) return 'stale'
        const next = changeAfter(found, inTable, asked, revision)
        if (next === undefined) return 'absent'
        kept.set(asked.device, next)
        touched.add(asked.device)
        size += Number(isThere(next, inTable)) - Number(there)
        return 'changed'
      })
      if (touched.size === 0) return { revision: fleet.revision, outcomes }
      const written = [...touched].map((device) => ({ device, ...kept.get(device)! }))
      for (let at = 0; at < written.length; at += BATCH) {
        const part = written.slice(at, at + BATCH)
        await trx
          .insertInto('fleet_changes')
          .columns(['tenant', 'fleet', 'device', 'revision', 'whole', 'context', 'at'])
          .expression(
            sql`select ${tenant}::text, ${id}::text, device, ${revision}::bigint, whole, context::json, ${now}::timestamptz from unnest(
              ${part.map(({ device }) => device)}::text[], ${part.map(({ whole }) => whole)}::boolean[],
              ${part.map(({ context }) => (context === null ? null : JSON.stringify(context)))}::text[]) as given (device, whole, context)` as never,
          )
          .onConflict((conflict) =>
            conflict.columns(['tenant', 'fleet', 'device']).doUpdateSet((set) => ({
              revision: set.ref('excluded.revision'),
              whole: set.ref('excluded.whole'),
              context: set.ref('excluded.context'),
              at: set.ref('excluded.at'),
            })),
          )
          .execute()
      }
      const added = written.filter(({ device }) => !before.has(device)).length
      await trx
        .updateTable('fleets')
        .set({ revision, size, changed: fleet.changed + added, updated: now })
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .execute()
      return { revision, outcomes }
    })

  /** The new table takes the place of the old one; changes up to `upTo` are in it. */
  const settle = async (
    trx: Kysely<Schema>,
    tenant: string,
    id: string,
    table: { readonly dataset: string; readonly size: number },
    { now, upTo, replaces }: { readonly now: string; readonly upTo: number; readonly replaces: boolean },
  ): Promise<FleetInfo> => {
    const fleet = (await hold(trx, tenant, id))!
    await trx
      .deleteFrom('fleet_changes')
      .where('tenant', '=', tenant)
      .where('fleet', '=', id)
      .where('revision', '<=', replaces ? fleet.revision : upTo)
      .execute()
    const left = await trx
      .selectFrom('fleet_changes')
      .select(sql<number>`count(*)`.as('count'))
      .where('tenant', '=', tenant)
      .where('fleet', '=', id)
      .executeTakeFirstOrThrow()
    const revision = replaces ? fleet.revision + 1 : fleet.revision
    const row = await trx
      .updateTable('fleets')
      .set({
        dataset: table.dataset,
        revision,
        base: replaces ? revision : upTo,
        changed: left.count,
        ...(replaces && { size: table.size, updated: now }),
      })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .returning(fleetColumns)
      .executeTakeFirstOrThrow()
    if (fleet.dataset !== null) await retireDataset(trx, fleet.dataset, now)
    return infoOf(row)
  }

  const create = async (on: Kysely<Schema>, tenant: string, id: string, now: string): Promise<boolean> => {
    const added = await on
      .insertInto('fleets')
      .values({ tenant, id, dataset: null, revision: 1, base: 1, size: 0, changed: 0, created: now, updated: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return Number(added.numInsertedOrUpdatedRows ?? 0) > 0
  }

  return {
    get,
    list: async (tenant, { limit, after }) => {
      let query = queries.selectFrom('fleets').select(fleetColumns).where('tenant', '=', tenant).orderBy('id').limit(limit)
      if (after !== undefined) query = query.where('id', '>', after)
      return (await query.execute()).map(infoOf)
    },
    create: (tenant, id, now) => create(queries, tenant, id, now),
    replace: async (tenant, id, lines, { etag, ...options }) => {
      if (etag !== undefined && (await get(tenant, id))?.etag !== etag) return { is: 'stale' }
      const read = await importDevices(queries, tenant, lines, options)
      if (!read.ok) return { is: 'invalid', read }
      return atomically(queries, async (trx) => {
        await create(trx, tenant, id, options.now)
        const held = await hold(trx, tenant, id)
        if (etag !== undefined && held?.revision !== Number(etag.slice(1))) {
          await retireDataset(trx, read.value.dataset, options.now)
          return { is: 'stale' as const }
        }
        return {
          is: 'replaced' as const,
          fleet: await settle(trx, tenant, id, read.value, { now: options.now, upTo: 0, replaces: true }),
        }
      })
    },
    change,
    device: async (tenant, id, device) => {
      const fleet = await one(tenant, id).select(['dataset', 'base']).executeTakeFirst()
      if (fleet === undefined) return undefined
      const kept = (await keptChanges(queries, tenant, id, [device])).get(device)
      if (kept?.whole === true && kept.context === null) return undefined
      const row = kept?.whole === true ? undefined : (await rowsOf(queries, tenant, fleet.dataset, [device])).get(device)
      if (row === undefined && kept?.whole !== true) return undefined
      const texts = row === undefined ? new Map<string, string>() : await textsOf(tenant, fleet.dataset!, row)
      const etag = deviceEtag(kept?.revision ?? fleet.base)
      return { device, etag, context: contextOf(kept === undefined ? texts : mergedTexts(texts, kept)) }
    },
    devices: (tenant, id, { limit, after = 0 }) => pageOf(tenant, id, limit, after),
    lines: async (tenant, id) => {
      const snapshot = await takeSnapshot(queries, tenant, id)
      return snapshot && fleetLines(queries, snapshot)
    },
    read: async (tenant, id, model, tables) => {
      const snapshot = await takeSnapshot(queries, tenant, id)
      return snapshot && { fleet: await readStoredFleet(queries, snapshot, model, id, tables), revision: snapshot.revision }
    },
    remove: (tenant, id, now) =>
      atomically(queries, async (trx) => {
        const fleet = await hold(trx, tenant, id)
        if (fleet === undefined) return false
        await trx.deleteFrom('fleets').where('tenant', '=', tenant).where('id', '=', id).execute()
        if (fleet.dataset !== null) await retireDataset(trx, fleet.dataset, now)
        return true
      }),
    compact: async (tenant, id, now) => {
      const snapshot = await takeSnapshot(queries, tenant, id)
      if (snapshot === undefined || snapshot.changes.size === 0) return false
      const idField = snapshot.table?.idField ?? 'id'
      const read = await importDevices(queries, tenant, fleetLines(queries, snapshot), { source: id, idField, now })
      if (!read.ok) return false
      return atomically(queries, async (trx) => {
        const held = await hold(trx, tenant, id)
        // Somebody else wrote a table meanwhile.
        if (held === undefined || held.dataset !== (snapshot.table?.id ?? null)) {
          await retireDataset(trx, read.value.dataset, now)
          return false
        }
        await settle(trx, tenant, id, read.value, { now, upTo: snapshot.revision, replaces: false })
        return true
      })
    },
    crowded: (most) => queries.selectFrom('fleets').select(['tenant', 'id']).where('changed', '>', most).execute(),
  }

  async function textsOf(tenant: string, dataset: string, row: number): Promise<ReadonlyMap<string, string>> {
    const info = await datasetInfo(queries, tenant, dataset)
    return rowTexts(await rememberedColumns(queries, info, Math.floor(row / CHUNK_ROWS)), info.columns, row % CHUNK_ROWS)
  }

  /** Cursors count rows of the table, then devices that are not in it. */
  async function pageOf(tenant: string, id: string, limit: number, after: number) {
    const fleet = await one(tenant, id).select(['dataset', 'base']).executeTakeFirst()
    if (fleet === undefined) return undefined
    const table = fleet.dataset === null ? undefined : await datasetInfo(queries, tenant, fleet.dataset)
    const size = table?.size ?? 0
    const devices: StoredDevice[] = []
    let at = after
    while (table !== undefined && at < size && devices.length < limit) {
      const chunk = Math.floor(at / CHUNK_ROWS)
      const ids = await readIds(queries, table.id, chunk)
      const columns = await rememberedColumns(queries, table, chunk)
      const last = Math.min(ids.length, (at % CHUNK_ROWS) + limit - devices.length)
      const some = ids.slice(at % CHUNK_ROWS, last)
      const kept = await keptChanges(queries, tenant, id, some)
      for (const device of some) {
        const change = kept.get(device)
        const texts = rowTexts(columns, table.columns, at % CHUNK_ROWS)
        at += 1
        if (change?.whole === true && change.context === null) continue
        const context = contextOf(change === undefined ? texts : mergedTexts(texts, change))
        devices.push({ device, etag: deviceEtag(change?.revision ?? fleet.base), context })
      }
    }
    if (at < size) return { devices, next: at }
    const rest = await queries
      .selectFrom('fleet_changes')
      .select(['device', 'revision', 'whole', 'context'])
      .where('tenant', '=', tenant)
      .where('fleet', '=', id)
      .where('whole', '=', true)
      .where('context', 'is not', null)
      .orderBy('device')
      .execute()
    const inTable =
      table === undefined
        ? new Map<string, number>()
        : await findRows(
            queries,
            table,
            rest.map(({ device }) => device),
          )
    const added = rest.filter(({ device }) => !inTable.has(device))
    const shown = added.slice(at - size, at - size + limit - devices.length)
    for (const { device, ...change } of shown)
      devices.push({ device, etag: deviceEtag(change.revision), context: contextOf(mergedTexts(new Map(), keptChange(change))) })
    const next = at + shown.length
    return { devices, ...(next < size + added.length && { next }) }
  }
}

const contextOf = (texts: ReadonlyMap<string, string>): DeviceContext =>
  Object.fromEntries([...texts].map(([name, text]) => [name, JSON.parse(text) as unknown]))
