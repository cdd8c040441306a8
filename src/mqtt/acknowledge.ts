// Acknowledges messages in the order they came, each once its handler is done with it, many in one write.

/** One connection's acknowledgements; a new one for every connect, as ids die with the connection. */
export interface Acknowledgements {
  /** Sends PUBACK of `messageId` once `kept` resolves (at once where there is no promise) and all earlier ones are settled; never where it rejects. */
  readonly after: (messageId: number, kept: Promise<void> | undefined) => void
}

/** Messages one behind the other that are kept by the same promise. */
interface Group {
  readonly kept: Promise<void> | undefined
  readonly messageIds: number[]
  settled: 'kept' | 'lost' | undefined
}

const PUBACK = 0x40

/** Acknowledgements that are written by `write`. */
export function createAcknowledgements(write: (bytes: Uint8Array) => void): Acknowledgements {
  const open: Group[] = []
  let ready: number[] = []
  const send = (): void => {
    const bytes = Buffer.allocUnsafe(ready.length * 4)
    ready.forEach((messageId, at) => {
      // Two bytes follow: in MQTT 5 as well, where a reason that is left out is success.
      bytes.writeUInt16BE((PUBACK << 8) | 2, at * 4)
      bytes.writeUInt16BE(messageId, at * 4 + 2)
    })
    ready = []
    write(bytes)
  }
  const acknowledge = (messageId: number): void => {
    if (ready.push(messageId) === 1) setImmediate(send)
  }
  const flush = (): void => {
    // INVARIANT: acknowledgements leave in the order of the messages (MQTT-4.6.0-2).
    while (open[0]?.settled !== undefined) {
      const { messageIds, settled } = open.shift()!
      if (settled === 'kept') for (const messageId of messageIds) acknowledge(messageId)
    }
  }
  return {
    after: (messageId, kept) => {
      if (kept === undefined && open.length === 0) {
        acknowledge(messageId)
        return
      }
      const last = open.at(-1)
      if (last !== undefined && last.settled === undefined && last.kept === kept) {
        last.messageIds.push(messageId)
        return
      }
      const group: Group = { kept, messageIds: [messageId], settled: kept === undefined ? 'kept' : undefined }
      open.push(group)
      kept?.then(
        () => {
          group.settled = 'kept'
          flush()
        },
        () => {
          group.settled = 'lost'
          flush()
        },
      )
    },
  }
}
