// Packets of MQTT 3.1.1 by hand: a fleet in one process shares the machine with what it tests, and must take little of it.

export const packet = { connack: 2, publish: 3, puback: 4, suback: 9, unsuback: 11, pingresp: 13 } as const

/** Calls `frame` with the type, the flags and the body of every packet in what it is given, piece by piece. */
export function frameReader(frame: (type: number, flags: number, body: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (;;) {
      let length = 0
      let place = at + 1
      let shift = 0
      let complete = false
      for (; place < data.length && place < at + 5; place++) {
        const byte = data[place] ?? 0
        length |= (byte & 127) << shift
        shift += 7
        if (byte < 128) {
          complete = true
          place++
          break
        }
      }
      if (!complete || place + length > data.length) break
      const first = data[at] ?? 0
      frame(first >> 4, first & 15, data.subarray(place, place + length))
      at = place + length
    }
    rest = data.subarray(at)
  }
}

export interface ReadPublish {
  readonly topic: string
  readonly payload: Buffer
  /** Absent at QoS 0. */
  readonly messageId: number | undefined
}

export function readPublish(flags: number, body: Buffer): ReadPublish {
  const end = 2 + body.readUInt16BE(0)
  const topic = body.toString('utf8', 2, end)
  if ((flags & 6) === 0) return { topic, payload: body.subarray(end), messageId: undefined }
  return { topic, payload: body.subarray(end + 2), messageId: body.readUInt16BE(end) }
}

/** A message of QoS 1. */
export function publishPacket(topic: string, payload: string | Uint8Array, retain: boolean, messageId: number): Buffer {
  const topicBytes = Buffer.byteLength(topic)
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  const length = 4 + topicBytes + payloadBytes
  const header = length < 128 ? 2 : length < 16_384 ? 3 : length < 2_097_152 ? 4 : 5
  const bytes = Buffer.allocUnsafe(header + length)
  bytes[0] = (packet.publish << 4) | 2 | (retain ? 1 : 0)
  let left = length
  for (let at = 1; at < header; at++) {
    bytes[at] = (left & 127) | (at === header - 1 ? 0 : 128)
    left >>>= 7
  }
  let at = bytes.writeUInt16BE(topicBytes, header)
  at += bytes.write(topic, at)
  at = bytes.writeUInt16BE(messageId, at)
  if (typeof payload === 'string') bytes.write(payload, at)
  else bytes.set(payload, at)
  return bytes
}

/** Marks a packet of `publishPacket` as one that may have come before. */
export function markRepeated(bytes: Buffer): void {
  bytes[0] = (bytes[0] ?? 0) | 8
}

export function pubackPacket(messageId: number): Buffer {
  return Buffer.from([packet.puback << 4, 2, messageId >> 8, messageId & 255])
}
