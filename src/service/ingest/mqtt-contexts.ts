/**
 * Contexts of devices over MQTT. A device keeps its state on `fleetproof/<tenant>/<fleet>/<device>/context` (retained, a JSON mapping) and says `online` or
 * `offline` on `.../state`, the latter as its last will. A message is acknowledged when it is kept: what the broker has is never lost here.
 */
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { connect } from '../../mqtt/connect.ts'
import type { MqttReceived } from '../../mqtt/message.ts'
import type { Parts } from '../parts.ts'
import { isRefusal } from '../problem.ts'
import { batcher } from './batcher.ts'
import { keepContexts, type DeviceUpdate } from './keep-contexts.ts'

export interface MqttIngest {
  readonly url: string
  readonly username?: string
  readonly password?: string
}

interface Heard extends DeviceUpdate {
  readonly tenant: string
  readonly fleet: string
}

const AT_ONCE = 2000
const LONGEST = 256 * 1024
const SESSION_SECONDS = 7 * 24 * 3600
const TOPICS = ['fleetproof/+/+/+/context', 'fleetproof/+/+/+/state']

/** Answers how to stop: what came is kept first. */
export async function ingestMqtt(parts: Parts, { url, username, password }: MqttIngest, log: Logger): Promise<() => Promise<void>> {
  let stopping = false
  const batch = batcher<Heard>(AT_ONCE, (heard) => keepAll(parts, heard, log, () => stopping))
  const connection = await connect({
    url,
    clientId: `fleetproof-ingest-${hostname()}`.slice(0, 64),
    sessionSeconds: SESSION_SECONDS,
    subscriptions: [
      {
        filters: TOPICS,
        handler: (message) => {
          const heard = updateOf(message)
          if (!('wrong' in heard)) return batch.add(heard)
          parts.metrics.contexts.inc({ way: 'mqtt', outcome: 'wrong' })
          log.warn({ topic: message.topic.slice(0, 200), why: heard.wrong }, 'a context is passed over')
          return undefined
        },
      },
    ],
    onState: (state) => log.info({ state }, 'broker'),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  })
  return async () => {
    stopping = true
    await batch.drain()
    await connection.end()
  }
}

function updateOf({ topic, payload }: MqttReceived): Heard | { readonly wrong: string } {
  const [, ...names] = topic.split('/')
  const [tenant = '', fleet = '', device = '', sort] = names.map(unescaped)
  if (payload.length > LONGEST) return { wrong: 'it is too long' }
  const text = Buffer.from(payload).toString('utf8')
  if (sort === 'state') {
    if (text !== 'online' && text !== 'offline') return { wrong: 'a state is `online` or `offline`' }
    return { tenant, fleet, device, context: { online: text === 'online' } }
  }
  try {
    const context: unknown = JSON.parse(text)
    if (typeof context !== 'object' || context === null || Array.isArray(context)) return { wrong: 'it is no mapping' }
    return { tenant, fleet, device, context: context as Heard['context'] }
  } catch {
    return { wrong: 'it is no JSON' }
  }
}

/** Slashes in names are written %2F. */
function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Fleets one by one. While the store fails it is tried again: until it is kept the broker holds what came. */
async function keepAll(parts: Parts, heard: readonly Heard[], log: Logger, stopping: () => boolean): Promise<void> {
  const groups = new Map<string, Heard[]>()
  for (const one of heard) {
    const key = `${one.tenant}/${one.fleet}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  for (const group of groups.values()) {
    const { tenant, fleet } = group[0]!
    for (;;) {
      try {
        await keepContexts(parts, { tenant, fleet }, group, 'mqtt')
        break
      } catch (error) {
        if (isRefusal(error)) {
          // Nobody has made this fleet: whoever may publish may not fill the store.
          parts.metrics.contexts.inc({ way: 'mqtt', outcome: 'no fleet' }, group.length)
          log.warn({ tenant, fleet, contexts: group.length }, error.message)
          break
        }
        if (stopping() || !(error instanceof EngineError)) throw error
        log.error(error, 'contexts cannot be kept now')
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
    }
  }
}
