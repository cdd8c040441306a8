/** What every route may use; made once, handed in. */
import type { Logger } from 'pino'
import type { RolloutWorkflow } from '../deploy/rollout/here.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Store } from '../store/store.ts'
import type { Carrier } from './carrying/carrier.ts'
import type { Mail } from './mail.ts'
import type { FailedLogins } from './failed-logins.ts'
import type { Metrics } from './metrics.ts'
import type { Oidc } from './oidc.ts'
import type { Principal } from './principal.ts'
import type { NamedDeployers } from './rollout-deployers.ts'
import type { Thinker } from './thinking/thinker.ts'

export interface Parts {
  readonly store: Store
  readonly jobs: Jobs
  /** Carries a rollout out; started by its id. */
  readonly rollouts: RolloutWorkflow
  readonly deployers: NamedDeployers
  /** Programs that tasks of signed releases may run. */
  readonly programs: readonly string[]
  /** How approvers are told, besides by web hooks. */
  readonly mail?: Mail
  /** Told when something became known of devices: what that asks for is proposed later. */
  readonly changed: (tenant: string, fleet: string, devices: readonly string[] | 'all') => void
  /** Asks the engine without thinking in this thread. */
  readonly thinker: Thinker
  /** Carries bytes between the store and requests without doing it in this thread. */
  readonly carrier: Carrier
  readonly log: Logger
  /** The service is about to end: nothing more is begun. */
  readonly stopping: AbortSignal
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
