// Where rollouts are kept for the command line: an embedded folder, or a PostgreSQL server that services and other command lines share.
import { resolve } from 'node:path'
import { openStore, type Store } from '../store/store.ts'
import type { Streams } from './streams.ts'

export interface StoreOptions {
  readonly store?: string
  readonly database?: string
  readonly tenant?: string
}

export const tenantOf = ({ tenant }: StoreOptions): string => tenant ?? 'default'

/** Throws as `openStore`; makes the tenant where it is new. */
export async function openRolloutStore(options: StoreOptions, streams: Streams, now: string): Promise<Store> {
  const folder = resolve(streams.workingDirectory, options.store ?? '.fleetproof')
  const store = await openStore(options.database === undefined ? { is: 'folder', folder } : { is: 'server', url: options.database })
  const tenant = tenantOf(options)
  await store.tenants.create({ id: tenant, name: tenant }, now)
  return store
}
