// MQTT 3.1.1 with nothing around it: frames written and counted by hand, to find what a broker itself can do.
import { once } from 'node:events'
import { connect as open } from 'node:net'
import { generate } from 'mqtt-packet'
import { frameReader } from '../examples/simulator/frames.ts'

export interface RawMessage {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
}

const PUBLISH = 3
const PUBACK = 4
const CONNACK = 2
const SUBACK = 9
const FILTERS_AT_ONCE = 100

export interface RawLine {
  /** Acknowledges and counts what comes for the filter; the answer resolves with the time (performance.now) at which so many have come. */
  readonly receive: (filter: string, count: number) => Promise<{ readonly all: Promise<number> }>
  /** Publishes all at QoS 1 with so many awaiting their acknowledgement; resolves with the time at which the last one was acknowledged. */
  readonly publish: (messages: readonly RawMessage[], window: number) => Promise<number>
  /** Acknowledges what comes for the topics and publishes at QoS 1 what `to` answers; resolves once all are granted. */
  readonly answer: (topics: readonly string[], to: (topic: string) => readonly RawMessage[]) => Promise<void>
  readonly end: () => void
}

export async function rawLine(port: number, clientId: string): Promise<RawLine> {
  const socket = open(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let onFrame: (type: number, flags: number, body: Buffer) => void = () => undefined
  socket.on(
    'data',
    frameReader((type, flags, body) => onFrame(type, flags, body)),
  )
  const answered = (wanted: number): Promise<void> =>
    new Promise((resolve) => {
      onFrame = (type) => {
        if (type === wanted) resolve()
      }
    })
  const connected = answered(CONNACK)
  socket.write(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 0 }))
  await connected
  return {
    receive: async (filter, count) => {
      let got = 0
      let full: (at: number) => void = () => undefined
      const all = new Promise<number>((resolve) => (full = resolve))
      const subscribed = new Promise<void>((resolve) => {
        onFrame = (type, flags, body) => {
          if (type === SUBACK) resolve()
          if (type !== PUBLISH) return
          if ((flags & 6) !== 0) {
            const id = 2 + body.readUInt16BE(0)
            socket.write(Buffer.from([PUBACK << 4, 2, body[id]!, body[id + 1]!]))
          }
          if (++got === count) full(performance.now())
        }
      })
      socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] }))
      await subscribed
      return { all }
    },
    answer: async (topics, to) => {
      let granted: () => void = () => undefined
      let parts: Uint8Array[] = []
      let number = 0
      const write = (part: Uint8Array): void => {
        if (parts.push(part) > 1) return
        setImmediate(() => {
          socket.write(Buffer.concat(parts))
          parts = []
        })
      }
      onFrame = (type, flags, body) => {
        if (type === SUBACK) granted()
        if (type !== PUBLISH) return
        const end = 2 + body.readUInt16BE(0)
        if ((flags & 6) !== 0) write(Buffer.from([PUBACK << 4, 2, body[end]!, body[end + 1]!]))
        for (const { topic, payload, retain } of to(body.toString('utf8', 2, end))) {
          number = (number % 65_535) + 1
          write(generate({ cmd: 'publish', topic, payload, qos: 1, retain, dup: false, messageId: number }))
        }
      }
      for (let from = 0; from < topics.length; from += FILTERS_AT_ONCE) {
        const all = new Promise<void>((resolve) => (granted = resolve))
        const subscriptions = topics.slice(from, from + FILTERS_AT_ONCE).map((topic) => ({ topic, qos: 1 as const }))
        socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }))
        await all
      }
    },
    publish: (messages, window) => {
      let next = 0
      let done = 0
      const send = (): void => {
        const parts: Buffer[] = []
        while (next < messages.length && next - done < window) {
          const { topic, payload, retain } = messages[next]!
          parts.push(generate({ cmd: 'publish', topic, payload, qos: 1, retain, dup: false, messageId: (next % 65_535) + 1 }))
          next++
        }
        if (parts.length > 0) socket.write(Buffer.concat(parts))
      }
      return new Promise((resolve) => {
        onFrame = (type) => {
          if (type !== PUBACK) return
          done++
          if (done === messages.length) resolve(performance.now())
          else if (next - done <= window / 2) send()
        }
        send()
      })
    },
    end: () => socket.destroy(),
  }
}
