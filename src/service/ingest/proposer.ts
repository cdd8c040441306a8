/**
 * What changed contexts ask for. Each fleet may have a standing model; when devices of it change, what they touch is solved again in the engine's thread and, if
 * any device would end otherwise, kept as a proposal. Nothing is ever applied here.
 */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Store } from '../../store/store.ts'
import { modelCollection, storedModel } from '../models.ts'
import type { Metrics } from '../metrics.ts'
import type { Parts } from '../parts.ts'
import type { Proposed, Subject } from '../thinking/questions.ts'
import type { Thinker } from '../thinking/thinker.ts'

export const standingCollection = 'standing-models'
export const proposalCollection = 'proposals'

/** Which model a fleet is held to. */
export interface Standing {
  readonly model: string
}

export interface Proposal extends Proposed {
  readonly fleet: string
  readonly model: string
  readonly modelEtag: string
  readonly fleetEtag: string
  /** Devices that changed. */
  readonly devices: number
  readonly decided?: { readonly accepted: boolean; readonly by: string; readonly at: string; readonly job?: string }
}

export interface Proposer {
  readonly changed: (tenant: string, fleet: string, devices: readonly string[] | 'all') => void
  /** Resolves when nothing waits to be proposed. */
  readonly idle: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Made {
  readonly store: Pick<Store, 'fleets' | 'documents' | 'assignments'>
  readonly thinker: Thinker
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: () => number
  /** Milliseconds that changes gather; they come in bursts. */
  readonly gather?: number
}

interface Pending {
  devices: Set<string> | 'all'
}

// More devices than this are read with their whole fleet: it is quicker.
const MOST_SINGLE = 5000
const MOST_LISTED = 1000
const MOST_LOOKED_AT = 50

export function proposer({ store, thinker, metrics, log, clock, gather = 2000 }: Made): Proposer {
  const pending = new Map<string, Pending>()
  /** The state that the engine's thread knows, by tenant and fleet. */
  const known = new Map<string, { readonly key: string; readonly modelEtag: string }>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let closed = false

  const runAll = async (): Promise<void> => {
    while (pending.size > 0 && !closed) {
      const [key, { devices }] = pending.entries().next().value!
      pending.delete(key)
      const [tenant = '', fleet = ''] = key.split('\n')
      try {
        await propose(tenant, fleet, devices)
      } catch (error) {
        known.delete(key)
        metrics.proposals.inc({ outcome: 'failed' })
        log.error(error, 'a proposal failed')
      }
    }
  }
  const start = (): void => {
    timer = undefined
    // Not at the end of `runAll`: where nothing waits it ends before its promise is kept here, and none would ever run again.
    running ??= runAll().finally(() => (running = undefined))
  }

  async function propose(tenant: string, fleet: string, devices: Pending['devices']): Promise<void> {
    const standing = await store.documents.get(tenant, standingCollection, fleet)
    if (standing === undefined) return
    const { model } = standing.content as Standing
    const document = await store.documents.get(tenant, modelCollection, model)
    const info = await store.fleets.get(tenant, fleet)
    if (document === undefined || info === undefined) return
    const { text, files } = storedModel(document)
    const place = `${tenant}\n${fleet}`
    const next = `${place}\n${document.etag}\n${info.etag}`
    const before = known.get(place)
    const subject = (key: string): Subject => ({
      key,
      fleet: true,
      model: { name: model, text },
      sources: Object.entries(files).map(([name, each]) => ({ name, text: each })),
    })
    const stored = { fleet: { is: 'fleet', tenant, fleet } } as const
    const single =
      devices === 'all' || devices.size > MOST_SINGLE || before?.modelEtag !== document.etag
        ? undefined
        : await changesOf(tenant, fleet, [...devices])
    const question = { is: 'propose', subject: subject(before?.key ?? next), next, most: MOST_LISTED } as const
    let answer =
      single === undefined
        ? undefined
        : await thinker.ask({ ...question, removed: single.removed, whole: false }, { stored, bytes: () => single.lines() })
    if (answer === undefined || answer.is === 'unknown') {
      // Said already for this very state: whoever starts anew does not say it again.
      if (before === undefined && (await isProposed(tenant, fleet, document.etag, info.etag))) return
      const base = await baseOf(tenant, fleet, model)
      const held = { tenant, fleet, fleetRevision: info.revision, model, modelEtag: document.etag, now: new Date(clock()).toISOString() }
      answer = await thinker.ask(
        { ...question, removed: [], whole: true, keepAs: { ...held, id: `held-${fleet}-${info.etag}-${document.etag}` } },
        { stored: { ...stored, ...(base && { base: { is: 'assigned', tenant, assignment: base, side: 'chosen' } }) } },
      )
    }
    if (answer.is !== 'answer') {
      known.delete(place)
      metrics.proposals.inc({ outcome: 'impossible' })
      log.warn(
        { tenant, fleet, model, ...('diagnostics' in answer ? { diagnostics: answer.diagnostics.slice(0, 5) } : {}) },
        'nothing can be proposed',
      )
      return
    }
    const proposed = answer.value as Proposed
    if (proposed.status === 'assigned') known.set(place, { key: next, modelEtag: document.etag })
    else known.delete(place)
    if (proposed.moved === 0 && proposed.status === 'assigned') {
      metrics.proposals.inc({ outcome: 'nothing moves' })
      return
    }
    metrics.proposals.inc({ outcome: 'proposed' })
    const count = devices === 'all' ? info.devices : devices.size
    const content: Proposal = { ...proposed, fleet, model, modelEtag: document.etag, fleetEtag: info.etag, devices: count }
    const now = new Date(clock()).toISOString()
    await store.documents.put(
      tenant,
      proposalCollection,
      `${now.replaceAll(/[^0-9]/g, '')}-${randomUUID().slice(0, 8)}`,
      { content, parent: fleet, state: 'open' },
      { actor: 'ingest', now },
    )
  }

  /** What the fleet was assigned last by this model. */
  async function baseOf(tenant: string, fleet: string, model: string): Promise<string | undefined> {
    const last = await store.assignments.list(tenant, { limit: MOST_LOOKED_AT, fleet })
    return last.find((each) => each.model === model && each.status === 'assigned')?.id
  }

  async function isProposed(tenant: string, fleet: string, modelEtag: string, fleetEtag: string): Promise<boolean> {
    const all = await store.documents.list(tenant, proposalCollection, { limit: 10_000, parent: fleet })
    return all.some(({ content }) => {
      const made = content as Proposal
      return made.modelEtag === modelEtag && made.fleetEtag === fleetEtag
    })
  }

  /** The changed devices as they are now; those that are gone by id. */
  async function changesOf(tenant: string, fleet: string, ids: readonly string[]) {
    const lines: string[] = []
    const removed: string[] = []
    for (const id of ids) {
      const device = await store.fleets.device(tenant, fleet, id)
      if (device === undefined) removed.push(id)
      else lines.push(`${JSON.stringify({ id, ...device.context })}\n`)
    }
    return { removed, lines: () => bytesOf(lines.join('')) }
  }

  return {
    changed: (tenant, fleet, devices) => {
      const key = `${tenant}\n${fleet}`
      const one: Pending = pending.get(key) ?? { devices: new Set() }
      pending.set(key, one)
      if (devices === 'all' || one.devices === 'all') one.devices = 'all'
      else for (const device of devices) one.devices.add(device)
      if (!closed) timer ??= setTimeout(start, gather)
    },
    idle: async () => {
      while (timer !== undefined || running !== undefined) await (running ?? new Promise((resolve) => setTimeout(resolve, 20)))
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      timer = undefined
      await running
    },
  }
}

/** After a start: the engine learns what the fleets are held to, so that later changes have something to be compared with. */
export async function holdStanding({ store, changed }: Pick<Parts, 'store' | 'changed'>): Promise<void> {
  for (const { id: tenant } of await store.tenants.list())
    for (const { id: fleet } of await store.documents.list(tenant, standingCollection, { limit: 10_000 })) changed(tenant, fleet, 'all')
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  if (text !== '') yield Buffer.from(text)
}
