/** A database in a folder of this process alone: it thinks in a thread of its own, and any thread of the process may have connections to it. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { FromEmbedded, ToEmbedded } from './embedded-thread.ts'
import { portSocket } from './port-socket.ts'
import { startThread } from './thread.ts'

export interface EmbeddedDatabase {
  /** By which another thread opens connections: see `connectThrough`. */
  readonly door: () => MessagePort
  readonly connect: () => ReturnType<typeof portSocket>
  readonly close: () => Promise<void>
}

/** The first start in a folder takes some seconds. */
export async function startEmbedded(folder: string): Promise<EmbeddedDatabase> {
  const thread = startThread('./embedded-thread', import.meta.url, { workerData: folder })
  const say = (message: ToEmbedded, port: MessagePort): void => thread.postMessage(message, [port])
  const heard = (wanted: FromEmbedded['is']): Promise<void> =>
    new Promise((resolve, reject) => {
      thread.on('message', (message: FromEmbedded) => {
        if (message.is === wanted) resolve()
        else if (message.is === 'failed')
          reject(new EngineError('store/unavailable', `the database in the folder cannot be opened: ${message.message}`))
      })
      thread.once('error', reject)
      thread.once('exit', () => reject(new EngineError('store/unavailable', 'the embedded database has ended')))
    })
  thread.ref()
  try {
    await heard('open')
  } catch (error) {
    await thread.terminate()
    throw error
  }
  // What ends it is heard by its connections.
  thread.on('error', () => undefined)
  thread.unref()
  return {
    door: () => {
      const { port1, port2 } = new MessageChannel()
      say({ door: port2 }, port2)
      return port1
    },
    connect: () => connectBy(say),
    close: async () => {
      thread.ref()
      const closed = heard('closed')
      thread.postMessage({ close: true } satisfies ToEmbedded)
      await closed.catch(() => undefined)
      await thread.terminate()
    },
  }
}

export const connectThrough = (door: MessagePort): ReturnType<typeof portSocket> =>
  connectBy((message, port) => door.postMessage(message, [port]))

function connectBy(say: (message: ToEmbedded, port: MessagePort) => void): ReturnType<typeof portSocket> {
  const { port1, port2 } = new MessageChannel()
  say({ session: port2 }, port2)
  return portSocket(port1)
}
