/**
 * One connection that many simulated devices share, with nothing between the socket and the fleet: MQTT 3.1.1 over TCP, at QoS 1. It comes back by itself, subscribes
 * again and repeats what was not acknowledged.
 */
import { connect as open, type Socket } from 'node:net'
import { generate, type Packet } from 'mqtt-packet'
import type { MqttConnection } from '../../src/mqtt/connect.ts'
import type { MqttHandler } from '../../src/mqtt/message.ts'
import type { MqttOptions } from '../../src/mqtt/options.ts'
import { frameReader, markRepeated, packet, pubackPacket, publishPacket, readPublish } from './frames.ts'

export type Line = Pick<MqttConnection, 'publish' | 'subscribe' | 'end'>

/** Whether a raw line does what is asked; otherwise it takes a connection of the library. */
export const isRaw = ({ url, version, tls, will, sessionSeconds }: Omit<MqttOptions, 'clientId'>): boolean =>
  url.startsWith('mqtt:') && version !== '5' && tls === undefined && will === undefined && sessionSeconds === undefined

const FILTERS_AT_ONCE = 100
const MOST_IDS = 65_535

interface Sent {
  readonly bytes: Buffer
  readonly settle: (error?: Error) => void
}

interface Asked {
  readonly filters: readonly string[]
  readonly granted: () => void
  readonly refused: (error: Error) => void
}

/** Resolves at the first connect; rejects where the broker refuses it, or does not answer within `connectMilliseconds`. */
export async function rawLine(options: MqttOptions): Promise<Line> {
  const { hostname, port } = new URL(options.url)
  const keepAlive = options.keepAliveSeconds ?? 30
  const window = options.inFlight ?? 1000
  const handlers = new Map<string, Set<MqttHandler>>()
  const sent = new Map<number, Sent>()
  const queue: ((id: number) => void)[] = []
  let queued = 0
  /** Asked in this turn and not yet sent; sent and not yet granted. */
  let asking: Asked[] = []
  const asked = new Map<number, readonly Asked[]>()
  const farewells = new Map<number, () => void>()
  let number = 0
  let socket: Socket | undefined
  let up = false
  let ended = false
  let attempts = 0
  let heard = 0
  let parts: Buffer[] = []
  let retry: NodeJS.Timeout | undefined
  let whenIdle: (() => void) | undefined

  const flush = (): void => {
    const bytes = parts
    parts = []
    if (up && bytes.length > 0) socket?.write(bytes.length === 1 ? bytes[0]! : Buffer.concat(bytes))
  }
  /** What is written in one go leaves in one write; nothing while there is no connection. */
  const write = (bytes: Buffer): void => {
    if (up && parts.push(bytes) === 1) setImmediate(flush)
  }
  const writePacket = (one: Packet): void => write(generate(one))
  const nextId = (): number => {
    do number = (number % MOST_IDS) + 1
    while (sent.has(number) || asked.has(number) || farewells.has(number))
    return number
  }
  const pump = (): void => {
    while (sent.size < window && queued < queue.length) queue[queued++]?.(nextId())
    if (queued === queue.length) queued = queue.length = 0
    if (sent.size === 0) whenIdle?.()
  }
  const ask = (some: readonly Asked[]): void => {
    const messageId = nextId()
    asked.set(messageId, some)
    writePacket({ cmd: 'subscribe', messageId, subscriptions: some.flatMap(({ filters }) => filters.map((topic) => ({ topic, qos: 1 as const }))) })
  }
  const askAll = (): void => {
    const all = asking
    asking = []
    for (let from = 0; from < all.length; from += FILTERS_AT_ONCE) ask(all.slice(from, from + FILTERS_AT_ONCE))
  }

  const onFrame = (type: number, flags: number, body: Buffer): void => {
    heard = Date.now()
    switch (type) {
      case packet.publish: {
        const { topic, payload, messageId } = readPublish(flags, body)
        if (messageId !== undefined) write(pubackPacket(messageId))
        const qos = messageId === undefined ? 0 : 1
        const message = { topic, payload, qos, retained: (flags & 1) === 1, duplicate: (flags & 8) === 8 } as const
        handlers.get(topic)?.forEach((handle) => void handle(message))
        return
      }
      case packet.puback: {
        const id = body.readUInt16BE(0)
        const one = sent.get(id)
        sent.delete(id)
        one?.settle()
        if (queued < queue.length || sent.size === 0) pump()
        return
      }
      case packet.suback: {
        const id = body.readUInt16BE(0)
        let place = 2
        for (const { filters, granted, refused } of asked.get(id) ?? []) {
          const grants = body.subarray(place, (place += filters.length))
          if (grants.every((grant) => grant < 128)) granted()
          else refused(new Error(`the broker refuses the subscription to ${filters[0] ?? ''}`))
        }
        asked.delete(id)
        return
      }
      case packet.unsuback: {
        const id = body.readUInt16BE(0)
        farewells.get(id)?.()
        farewells.delete(id)
      }
    }
  }

  /** After a connect: subscriptions first, so that no answer is missed, then what was not acknowledged, in order. */
  const takeUp = (): void => {
    const open = [...asked.values()].flat()
    asked.clear()
    const waiting = new Set([...open, ...asking].flatMap(({ filters }) => filters))
    const standing = [...handlers.keys()].filter((filter) => !waiting.has(filter))
    asking.unshift(...open, ...standing.map((filter): Asked => ({ filters: [filter], granted: () => undefined, refused: () => undefined })))
    askAll()
    for (const { bytes } of sent.values()) {
      markRepeated(bytes)
      write(bytes)
    }
    pump()
  }
  const dial = (connected: (error?: Error) => void): void => {
    const line = open(Number(port === '' ? 1883 : port), hostname.replace(/^\[|\]$/g, ''))
    socket = line
    line.setNoDelay(true)
    const reader = frameReader((type, flags, body) => {
      if (socket !== line) return
      if (type !== packet.connack) {
        onFrame(type, flags, body)
        return
      }
      if (body[1] !== 0) {
        connected(new Error(`${options.url} refuses the connection with ${body[1] ?? 0}`))
        line.destroy()
        return
      }
      up = true
      attempts = 0
      heard = Date.now()
      takeUp()
      connected()
    })
    line.on('data', reader)
    line.on('error', () => undefined)
    line.on('connect', () => {
      const { clientId, username, password } = options
      const who = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password: Buffer.from(password) }) }
      line.write(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: keepAlive, ...who }))
    })
    line.on('close', () => {
      if (socket !== line) return
      up = false
      parts = []
      for (const done of farewells.values()) done()
      farewells.clear()
      if (ended) return
      const { firstMilliseconds, mostMilliseconds } = options.backOff ?? { firstMilliseconds: 200, mostMilliseconds: 30_000 }
      retry = setTimeout(() => dial(connected), Math.min(mostMilliseconds, firstMilliseconds * 2 ** Math.min(30, attempts++)))
    })
  }
  const beat = setInterval(() => {
    if (!up) return
    // A half-open line says nothing: it is cut, and comes back.
    if (Date.now() - heard > 1500 * keepAlive) socket?.destroy()
    else writePacket({ cmd: 'pingreq' })
  }, 500 * keepAlive)
  const cut = (): void => {
    ended = true
    clearInterval(beat)
    clearTimeout(retry)
    socket?.destroy()
    for (const { settle } of sent.values()) settle(new Error('the connection is ended'))
    sent.clear()
  }

  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`cannot connect to ${options.url}`)), options.connectMilliseconds ?? 10_000)
    dial((error) => {
      clearTimeout(late)
      if (error === undefined) resolve()
      else reject(error)
    })
  }).catch((error: unknown) => {
    cut()
    throw error
  })
  return {
    publish: ({ topic, payload, retain }) =>
      new Promise((resolve, reject) => {
        if (ended) {
          reject(new Error('the connection is ended'))
          return
        }
        queue.push((id) => {
          const bytes = publishPacket(topic, payload, retain, id)
          sent.set(id, { bytes, settle: (error) => (error === undefined ? resolve() : reject(error)) })
          write(bytes)
        })
        pump()
      }),
    subscribe: async (topics, handler) => {
      const filters = typeof topics === 'string' ? [topics] : topics
      for (const filter of filters) handlers.set(filter, (handlers.get(filter) ?? new Set()).add(handler))
      await new Promise<void>((granted, refused) => {
        if (asking.push({ filters, granted, refused }) === 1) setImmediate(() => (up ? askAll() : undefined))
      })
      return async () => {
        const unused: string[] = []
        for (const filter of filters) {
          const those = handlers.get(filter)
          those?.delete(handler)
          if (those?.size !== 0) continue
          handlers.delete(filter)
          unused.push(filter)
        }
        if (!up || unused.length === 0) return
        await new Promise<void>((done) => {
          const messageId = nextId()
          farewells.set(messageId, done)
          writePacket({ cmd: 'unsubscribe', messageId, unsubscriptions: unused })
        })
      }
    },
    end: async (how = 'farewell') => {
      if (ended) return
      if (how === 'farewell' && up && sent.size > 0) {
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, 2000)
          whenIdle = () => {
            clearTimeout(late)
            resolve()
          }
        })
      }
      if (how === 'farewell' && up) {
        const line = socket
        ended = true
        flush()
        line?.end(generate({ cmd: 'disconnect' }))
      } else cut()
      ended = true
      clearInterval(beat)
      clearTimeout(retry)
    },
  }
}
