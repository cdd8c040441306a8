/** What every route may use; made once, handed in. */
import type { Store } from '../store/store.ts'
import type { FailedLogins } from './failed-logins.ts'
import type { Metrics } from './metrics.ts'
import type { Oidc } from './oidc.ts'
import type { Principal } from './principal.ts'

export interface Parts {
  readonly store: Store
  readonly metrics: Metrics
  readonly failures: FailedLogins
  readonly oidc?: Oidc
  /** Browsers reach us by https. */
  readonly secure: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The time as the store takes it. */
export const now = ({ clock }: Pick<Parts, 'clock'>): string => new Date(clock()).toISOString()

/** Keeps who did what; every route that changes something says so. */
export async function audit(
  parts: Pick<Parts, 'store' | 'clock'>,
  { tenant, name }: Pick<Principal, 'tenant' | 'name'>,
  action: string,
  object: string,
  change: { readonly before?: unknown; readonly after?: unknown } = {},
): Promise<void> {
  await parts.store.audit.add(tenant, { actor: name, action, object, ...change }, now(parts))
}
