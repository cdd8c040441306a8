// One thin MQTT connection, used by the deployers and by ingest.
import { Socket } from 'node:net'
import { EngineError } from '../diagnostics/engine-error.ts'
import { connect as open, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { createAcknowledgements, type Acknowledgements } from './acknowledge.ts'
import { onAbort } from './on-abort.ts'
import type { MqttHandler, MqttMessage, MqttReceived, MqttSubscription } from './message.ts'
import type { MqttOptions, MqttState } from './options.ts'
import { filterLevels, levelsMatch } from './topic-filter.ts'
import { createWindow } from './window.ts'

export interface MqttConnection {
  readonly state: () => MqttState
  /** Resolves when sent (QoS 0) or acknowledged by the broker (QoS 1), across reconnects; rejects when refused, ended, or stopped by the signal. */
  readonly publish: (message: MqttMessage, signal?: AbortSignal) => Promise<void>
  /** Resolves when granted; kept across reconnects. The answer takes the subscription back. */
  readonly subscribe: (
    filters: string | readonly string[],
    handler: MqttHandler,
    options?: { readonly qos?: 0 | 1 },
  ) => Promise<() => Promise<void>>
  /** Says farewell once what is under way is acknowledged, or after two seconds; `abruptly` cuts the line, so that the broker sends the last will. */
  readonly end: (how?: 'farewell' | 'abruptly') => Promise<void>
}

/** One for all: making an error is dear. */
const acknowledgedLater = new Error('acknowledged apart')

/** Connects, retrying with growing pauses until `connectMilliseconds`, and from then on for ever. Throws `mqtt/unreachable`, `mqtt/refused` or `mqtt/stopped`. */
export async function connect(options: MqttOptions): Promise<MqttConnection> {
  if (options.signal?.aborted === true) throw new EngineError('mqtt/stopped', 'stopped before connecting', { cause: options.signal.reason })
  const firstPause = options.backOff?.firstMilliseconds ?? 200
  const mostPause = options.backOff?.mostMilliseconds ?? 30_000
  const client = open(options.url, clientOptions(options, firstPause))
  const window = createWindow(options.inFlight ?? 100)
  const exact = new Map<string, Set<MqttSubscription>>()
  const wild: Wild = new Map()
  let state: MqttState = 'reconnecting'
  let attempts = 0
  let acknowledgements: Acknowledgements = createAcknowledgements(() => undefined)
  let lastError: unknown

  const become = (next: MqttState): void => {
    if (state === next || state === 'ended') return
    state = next
    options.onState?.(next)
  }
  client.on('connect', (packet) => {
    attempts = 0
    client.options.reconnectPeriod = firstPause
    window.resize(Math.min(options.inFlight ?? 100, packet.properties?.receiveMaximum ?? 65_535))
    const { stream } = client
    // INVARIANT: small writes leave at once: we gather what belongs together ourselves, and held back they wait for the other side's delayed acknowledgement.
    if (stream instanceof Socket) stream.setNoDelay(true)
    acknowledgements = createAcknowledgements((bytes) => {
      if (client.stream === stream && client.connected) stream.write(bytes)
    })
    become('connected')
  })
  client.on('reconnect', () => {
    attempts++
    client.options.reconnectPeriod = pauseAfter(attempts, firstPause, mostPause, options.clientId)
  })
  client.on('close', () => become('reconnecting'))
  client.on('error', (error) => {
    lastError = error
  })
  client.handleMessage = (packet, done) => {
    if (state === 'ended') {
      done(acknowledgedLater)
      return
    }
    const kept = dispatch(received(packet), exact, wild)
    if (packet.qos !== 1) {
      done()
      return
    }
    acknowledgements.after(packet.messageId!, kept)
    // An error makes the library go on reading without acknowledging: we do that, when the message is kept, many at a time.
    done(acknowledgedLater)
  }

  const end = async (how: 'farewell' | 'abruptly' = 'farewell'): Promise<void> => {
    if (state === 'ended') return
    const wasConnected = state === 'connected'
    become('ended')
    options.signal?.removeEventListener('abort', stop)
    window.close(new EngineError('mqtt/ended', 'the connection is ended'))
    if (how === 'abruptly' || !wasConnected) {
      client.stream.destroy()
      client.end(true)
      for (const id of outgoing(client)) client.removeOutgoingMessage(id)
      return
    }
    const timer = setTimeout(() => {
      client.stream.destroy()
      client.end(true)
    }, 2000)
    await new Promise<void>((resolve) => {
      client.once('end', () => resolve())
      client.once('close', () => resolve())
      client.end(false)
    })
    clearTimeout(timer)
    for (const id of outgoing(client)) client.removeOutgoingMessage(id)
  }
  const stop = (): void => void end('abruptly')
  options.signal?.addEventListener('abort', stop, { once: true })

  let corked = false
  /** What is published in one go leaves in one write. */
  const together = (): void => {
    if (corked) return
    corked = true
    const { stream } = client
    stream.cork()
    setImmediate(() => {
      corked = false
      stream.uncork()
    })
  }
  const sendInWindow = (message: MqttMessage, signal: AbortSignal | undefined): Promise<void> => {
    together()
    return send(client, message, signal, () => window.give())
  }
  // One promise for a message: thousands are under way at a time.
  const publish = (message: MqttMessage, signal?: AbortSignal): Promise<void> => {
    if (state === 'ended') return Promise.reject(new EngineError('mqtt/ended', 'the connection is ended'))
    if (message.qos === 0) {
      if (state !== 'connected') return Promise.reject(new EngineError('mqtt/unreachable', `not connected to ${options.url}`))
      together()
      return send(client, message, signal, () => undefined)
    }
    if (signal?.aborted !== true && window.tryTake()) return sendInWindow(message, signal)
    return window.take(signal).then(() => sendInWindow(message, signal))
  }

  const subscribe: MqttConnection['subscribe'] = async (filters, handler, { qos = 1 } = {}) => {
    const list = typeof filters === 'string' ? [filters] : filters
    const subscription: MqttSubscription = { filters: list, handler }
    register(subscription, exact, wild)
    await grant(client, list, qos).catch((error: unknown) => {
      unregister(subscription, exact, wild)
      throw error
    })
    return async () => {
      unregister(subscription, exact, wild)
      const unused = list.filter((filter) => !stillUsed(filter, exact, wild))
      if (unused.length > 0 && state === 'connected') await client.unsubscribeAsync([...unused])
    }
  }

  // What a kept session still holds comes at once after the connect: whom it is for must be known before.
  const wanted = options.subscriptions ?? []
  for (const subscription of wanted) register(subscription, exact, wild)
  await firstConnect(client, options, () => lastError).catch(async (error: unknown) => {
    await end('abruptly')
    throw error
  })
  for (const { filters } of wanted) await grant(client, filters, 1)
  return { state: () => state, publish, subscribe, end }
}

async function grant(client: MqttClient, filters: readonly string[], qos: 0 | 1): Promise<void> {
  const grants = await client.subscribeAsync([...filters], { qos }).catch((error: unknown) => {
    throw new EngineError('mqtt/refused', `the subscription to ${filters[0] ?? ''} failed`, { cause: error })
  })
  const refused = grants.find((one) => one.qos > 2)
  if (refused !== undefined) throw new EngineError('mqtt/refused', `the broker refuses the subscription to ${refused.topic}`)
}

function clientOptions(options: MqttOptions, reconnectPeriod: number): IClientOptions {
  const { tls, will, sessionSeconds } = options
  const five = options.version === '5'
  return {
    clientId: options.clientId,
    protocolVersion: five ? 5 : 4,
    clean: sessionSeconds === undefined,
    ...(five && sessionSeconds !== undefined ? { properties: { sessionExpiryInterval: sessionSeconds } } : {}),
    keepalive: options.keepAliveSeconds ?? 30,
    connectTimeout: options.connectMilliseconds ?? 10_000,
    reconnectPeriod,
    reconnectOnConnackError: true,
    queueQoSZero: false,
    // Its tracing costs a tenth of the time even where nobody listens.
    log: () => undefined,
    resubscribe: true,
    subscribeBatchSize: 100,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(tls?.authority === undefined ? {} : { ca: tls.authority }),
    ...(tls?.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(will === undefined ? {} : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: will.qos, retain: will.retain } }),
  }
}

function outgoing(client: MqttClient): readonly number[] {
  return Object.keys(client.outgoing as object).map(Number)
}

/** Milliseconds: doubled per attempt up to `most`, each client at its own place in the upper half, so that a fleet does not come back in one instant. */
function pauseAfter(attempts: number, first: number, most: number, clientId: string): number {
  let hash = 2166136261 ^ attempts
  for (let at = 0; at < clientId.length; at++) hash = Math.imul(hash ^ clientId.charCodeAt(at), 16777619)
  const full = Math.min(most, first * 2 ** Math.min(attempts, 30))
  return Math.max(1, Math.round(full * (0.5 + ((hash >>> 0) / 4294967296) * 0.5)))
}

function received(packet: IPublishPacket): MqttReceived {
  const { payload } = packet
  return {
    topic: packet.topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos: packet.qos,
    retained: packet.retain,
    duplicate: packet.dup,
  }
}

function dispatch(message: MqttReceived, exact: ReadonlyMap<string, ReadonlySet<MqttSubscription>>, wild: Wild): Promise<void> | undefined {
  const kept: Promise<void>[] = []
  const call = (subscription: MqttSubscription): void => {
    const answer = subscription.handler(message)
    if (answer !== undefined) kept.push(answer)
  }
  exact.get(message.topic)?.forEach(call)
  if (wild.size > 0) {
    const levels = message.topic.split('/')
    for (const [subscription, filters] of wild) if (filters.some((filter) => levelsMatch(filter, levels))) call(subscription)
  }
  if (kept.length === 0) return undefined
  return kept.length === 1 ? kept[0] : Promise.all(kept).then(() => undefined)
}

function isWild(filter: string): boolean {
  return filter.includes('+') || filter.includes('#') || filter.startsWith('$share/')
}

/** Subscriptions with wildcards, by their filters' levels. */
type Wild = Map<MqttSubscription, readonly (readonly string[])[]>

function register(subscription: MqttSubscription, exact: Map<string, Set<MqttSubscription>>, wild: Wild): void {
  const wildcards = subscription.filters.filter(isWild)
  if (wildcards.length > 0) wild.set(subscription, wildcards.map(filterLevels))
  for (const filter of subscription.filters) {
    if (!isWild(filter)) exact.set(filter, (exact.get(filter) ?? new Set()).add(subscription))
  }
}

function unregister(subscription: MqttSubscription, exact: Map<string, Set<MqttSubscription>>, wild: Wild): void {
  wild.delete(subscription)
  for (const filter of subscription.filters) {
    const set = exact.get(filter)
    set?.delete(subscription)
    if (set?.size === 0) exact.delete(filter)
  }
}

function stillUsed(filter: string, exact: ReadonlyMap<string, unknown>, wild: Wild): boolean {
  return exact.has(filter) || [...wild.keys()].some((subscription) => subscription.filters.includes(filter))
}

/** Calls `settled` once, before it resolves or rejects. */
function send(client: MqttClient, message: MqttMessage, signal: AbortSignal | undefined, settled: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      settled()
      reject(signal.reason as Error)
      return
    }
    let open = true
    const settle = (): void => {
      if (open) settled()
      open = false
    }
    let sentAs: number | undefined
    // What is not yet acknowledged is taken back from the library, so that it is not sent again after a reconnect.
    const forget = (): void => {
      // Before the library says in its own words that it was taken back.
      reject(signal?.reason as Error)
      settle()
      if (sentAs !== undefined) client.removeOutgoingMessage(sentAs)
    }
    const calm = onAbort(signal, forget)
    const before = client.getLastMessageId()
    const payload = Buffer.isBuffer(message.payload) ? message.payload : Buffer.from(message.payload)
    client.publish(message.topic, payload, { qos: message.qos, retain: message.retain }, (error) => {
      calm()
      settle()
      if (error == null) resolve()
      else reject(new EngineError('mqtt/refused', `publishing to ${message.topic} failed: ${error.message}`, { cause: error }))
    })
    // While the library repeats what a lost connection left, it numbers nothing new.
    const after = client.getLastMessageId()
    if (message.qos === 1 && after !== before) sentAs = after
  })
}

function firstConnect(client: MqttClient, options: MqttOptions, lastError: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      clearTimeout(timer)
      client.off('connect', connected)
      client.off('error', failed)
      options.signal?.removeEventListener('abort', stopped)
      act()
    }
    const connected = (): void => finish(resolve)
    const stopped = (): void =>
      finish(() => reject(new EngineError('mqtt/stopped', 'stopped while connecting', { cause: options.signal?.reason })))
    const failed = (error: Error & { code?: unknown }): void => {
      if (!isRefusal(error)) return
      finish(() => reject(new EngineError('mqtt/refused', `${options.url} refuses the connection: ${error.message}`, { cause: error })))
    }
    const timer = setTimeout(() => {
      finish(() => reject(new EngineError('mqtt/unreachable', `cannot connect to ${options.url}`, { cause: lastError() })))
    }, options.connectMilliseconds ?? 10_000)
    client.on('connect', connected)
    client.on('error', failed)
    options.signal?.addEventListener('abort', stopped, { once: true })
  })
}

/** Wrong credentials, names or certificates do not become right by trying again; an unreachable or busy broker may. */
function isRefusal(error: Error & { code?: unknown }): boolean {
  if (typeof error.code === 'number') return ![3, 136, 137].includes(error.code)
  return typeof error.code === 'string' && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_OSSL)/.test(error.code)
}
