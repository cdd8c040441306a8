/** The devices that DivEnact's routes speak of: those of one fleet of ours, their attributes as tags. */
import type { DeviceContext } from '../../store/fleet-changes.ts'
import { keepContexts, type DeviceUpdate } from '../ingest/keep-contexts.ts'
import { now, type Parts } from '../parts.ts'
import type { Twin } from './deployment.ts'

export const divenactFleet = 'divenact'
const PAGE = 1000

/** Ascending by id. */
export async function listTwins({ store }: Pick<Parts, 'store'>, tenant: string): Promise<readonly Twin[]> {
  const twins: Twin[] = []
  let after = 0
  for (;;) {
    const page = await store.fleets.devices(tenant, divenactFleet, { limit: PAGE, after })
    for (const { device, context } of page?.devices ?? []) twins.push({ deviceId: device, tags: context })
    if (page?.next === undefined) return twins.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
    after = page.next
  }
}

export async function findTwin({ store }: Pick<Parts, 'store'>, tenant: string, device: string): Promise<Twin | undefined> {
  const found = await store.fleets.device(tenant, divenactFleet, device)
  return found && { deviceId: device, tags: found.context }
}

/** Tags are merged into those that a device has; devices that are new are added. */
export async function tagTwins(parts: Parts, tenant: string, tags: ReadonlyMap<string, DeviceContext>): Promise<void> {
  await parts.store.fleets.create(tenant, divenactFleet, now(parts))
  const updates = [...tags].map(([device, context]): DeviceUpdate => ({ device, context }))
  await keepContexts(parts, { tenant, fleet: divenactFleet }, updates, 'http')
}
