/** Starts the service with everything it stands on, and stops it in the order that loses nothing. */
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import type { DestinationStream } from 'pino'
import { ensureDriven } from '../deploy/rollout/ensure.ts'
import { rolloutsHere } from '../deploy/rollout/here.ts'
import type { DatabasePlace } from '../store/database.ts'
import { startJobs } from '../jobs/start-jobs.ts'
import { createSolvers } from '../solve/create-solvers.ts'
import { openStore, type Store } from '../store/store.ts'
import type { Mail } from './mail.ts'
import { carrier } from './carrying/carrier.ts'
import { failedLogins } from './failed-logins.ts'
import { ingestMqtt, type MqttIngest } from './ingest/mqtt-contexts.ts'
import { holdStanding, proposer } from './ingest/proposer.ts'
import { serviceLog } from './log.ts'
import { metrics } from './metrics.ts'
import { oidc, type OidcOptions } from './oidc.ts'
import type { Parts } from './parts.ts'
import { originOf } from './plan-assignment.ts'
import type { PressureLimits } from './pressure.ts'
import type { NamedDeployers } from './rollout-deployers.ts'
import { buildServer } from './server.ts'
import { resumeTasks } from './stage-tasks.ts'
import { startTracing } from './tracing.ts'
import { jobsBy, thinker } from './thinking/thinker.ts'
import { resumeDeliveries } from './webhooks.ts'

export interface ServeOptions {
  /** Where the embedded store stands; not used with a server. */
  readonly folder: string
  /** `postgres://...`. */
  readonly database?: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly behindProxy?: boolean
  /** Those that are there from the first start on, each with an admin. */
  readonly tenants: readonly string[]
  /** Solver threads, and jobs at once; default: the processor's cores. */
  readonly threads?: number
  readonly mqtt?: MqttIngest
  /** By the name that rollouts use. */
  readonly deployers?: NamedDeployers
  /** Programs that tasks of signed releases may run. */
  readonly programs?: readonly string[]
  /** How approvers are told, besides by web hooks. */
  readonly mail?: Mail
  readonly oidc?: OidcOptions
  /** Where traces are sent; absent: none are made. */
  readonly otlp?: string
  readonly logLevel: string
  readonly log: DestinationStream
  readonly pressure?: PressureLimits
  readonly rate?: number
  /** Failed logins of one address in a minute. */
  readonly failures?: number
  readonly clock?: () => number
  /** Whether jobs are done here, or only by workers; default: here. */
  readonly works?: boolean
  /** Milliseconds after which another process that was not heard of is dead. */
  readonly deadAfter?: number
  /** Milliseconds that changes of devices gather before they are solved. */
  readonly gather?: number
}

export interface RunningService {
  readonly address: string
  /** Made because a tenant had none; shown now or never. */
  readonly firstTokens: readonly { readonly tenant: string; readonly token: string }[]
  /** Takes no more requests, finishes those that were begun, and lets go of everything. */
  readonly stop: () => Promise<void>
}

// Two uploads or downloads go on at full speed at once; more share them.
const CARRIERS = 2

const ENSURE_EVERY = 30_000

export async function startService(options: ServeOptions): Promise<RunningService> {
  const clock = options.clock ?? (() => Date.now())
  const log = serviceLog(options.logLevel, options.log)
  const place: DatabasePlace =
    options.database === undefined ? { is: 'folder', folder: options.folder } : { is: 'server', url: options.database }
  const store = await openStore(place)
  const closing: (() => Promise<void>)[] = [() => store.close()]
  let closed: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    for (const each of closing.reverse()) await each()
  }
  const close = (): Promise<void> => (closed ??= closeAll())
  const stopping = new AbortController()
  closing.push(() => {
    stopping.abort()
    return Promise.resolve()
  })
  try {
    const firstTokens = await firstTokensOf(store, options.tenants, clock)
    const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
    closing.push(() => solvers.close())
    const cores = options.threads ?? availableParallelism()
    const tracing = options.otlp === undefined ? undefined : startTracing(options.otlp)
    if (tracing !== undefined) closing.push(tracing.close)
    const engines = thinker(cores, store.way)
    closing.push(() => engines.close())
    const rollouts = rolloutsHere(store, {
      environment: process.env,
      now: clock,
      log: (level, message) => log[level](message),
    })
    const jobs = await startJobs({
      store,
      solvers,
      doJob: tracing === undefined ? jobsBy(engines) : tracing.jobs(jobsBy(engines)),
      cores,
      works: options.works ?? true,
      ...(options.deadAfter === undefined ? {} : { deadAfter: options.deadAfter }),
      workflows: [rollouts.workflow],
      log: (level, message) => log[level](message),
    })
    closing.push(() => jobs.close({ milliseconds: 10_000 }))
    closing.push(rollouts.stop)
    const secure = options.tls !== undefined || options.behindProxy === true
    const counts = metrics()
    const engine = thinker(1, store.way)
    closing.push(() => engine.close())
    const proposals = proposer({
      store,
      thinker: engine,
      metrics: counts,
      log,
      clock,
      ...(options.gather === undefined ? {} : { gather: options.gather }),
    })
    closing.push(() => proposals.close())
    const carries = carrier(CARRIERS, store.way)
    closing.push(() => carries.close())
    const parts: Parts = {
      store,
      carrier: carries,
      jobs,
      rollouts: rollouts.workflow,
      deployers: options.deployers ?? {},
      programs: options.programs ?? [],
      ...(options.mail === undefined ? {} : { mail: options.mail }),
      thinker: engine,
      log,
      stopping: stopping.signal,
      changed: proposals.changed,
      metrics: counts,
      failures: failedLogins({ most: options.failures ?? 20, seconds: 60, clock }),
      secure,
      clock,
      ...(options.oidc === undefined ? {} : { oidc: oidc(options.oidc) }),
    }
    const app = await buildServer(parts, {
      log,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(options.behindProxy === undefined ? {} : { behindProxy: options.behindProxy }),
      ...(options.pressure === undefined ? {} : { pressure: options.pressure }),
      ...(options.rate === undefined ? {} : { rate: options.rate }),
      ...(tracing === undefined ? {} : { tracing }),
    })
    if (options.mqtt !== undefined) closing.push(await ingestMqtt(parts, options.mqtt, log))
    closing.push(() => app.close())
    await app.listen({ host: options.host, port: options.port })
    const ensure = (): Promise<readonly string[]> =>
      ensureDriven(store, jobs, rollouts.workflow, async (tenant, id) => (await originOf(parts, tenant, id)) !== undefined)
    await ensure()
    const ensuring = setInterval(() => {
      ensure().catch((error: unknown) => log.warn(error, 'rollouts cannot be looked after'))
    }, ENSURE_EVERY)
    closing.push(() => {
      clearInterval(ensuring)
      return Promise.resolve()
    })
    await holdStanding(parts)
    await resumeDeliveries(parts)
    await resumeTasks(parts)
    const { port, family, address } = app.server.address() as AddressInfo
    const host = family === 'IPv6' ? `[${address}]` : address
    return { address: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`, firstTokens, stop: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Every tenant gets an admin's token the first time: without it nobody could ever come in. */
async function firstTokensOf(store: Store, tenants: readonly string[], clock: () => number): Promise<RunningService['firstTokens']> {
  const made: { readonly tenant: string; readonly token: string }[] = []
  const now = new Date(clock()).toISOString()
  for (const tenant of tenants) {
    await store.tenants.create({ id: tenant, name: tenant }, now)
    if ((await store.tokens.list(tenant)).length > 0) continue
    const { token, secret } = await store.tokens.create(tenant, { name: 'first', role: 'admin' }, now)
    await store.audit.add(tenant, { actor: 'first start', action: 'token made', object: `token/${token.id}`, after: token }, now)
    made.push({ tenant, token: secret })
  }
  return made
}
