// Acknowledges messages in the order they came, each once its handler is done with it.
import { generate } from 'mqtt-packet'

/** One connection's acknowledgements; a new one for every connect, as ids die with the connection. */
export interface Acknowledgements {
  /** Sends PUBACK of `messageId` once `kept` resolves and all earlier ones are settled; never where it rejects. */
  after(messageId: number, kept: Promise<void>): void
  readonly waiting: () => number
}

interface Open {
  readonly messageId: number
  settled: 'kept' | 'lost' | undefined
}

/** Acknowledgements that are written by `write`. */
export function createAcknowledgements(write: (bytes: Uint8Array) => void): Acknowledgements {
  const open: Open[] = []
  const flush = (): void => {
    // INVARIANT: acknowledgements leave in the order of the messages (MQTT-4.6.0-2).
    while (open[0]?.settled !== undefined) {
      const { messageId, settled } = open.shift()!
      if (settled === 'kept') write(generate({ cmd: 'puback', messageId }))
    }
  }
  return {
    after: (messageId, kept) => {
      const one: Open = { messageId, settled: undefined }
      open.push(one)
      kept.then(
        () => {
          one.settled = 'kept'
          flush()
        },
        () => {
          one.settled = 'lost'
          flush()
        },
      )
    },
    waiting: () => open.length,
  }
}
