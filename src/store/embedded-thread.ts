/** The thread of an embedded database: opens the folder that it is given, then a session for every port that comes. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { embeddedSessions, type OpenSession } from './embedded-sessions.ts'

/** `door`: a port by which other sessions come, too. */
export type ToEmbedded = { readonly session: MessagePort } | { readonly door: MessagePort } | { readonly close: true }
export type FromEmbedded = { readonly is: 'open' } | { readonly is: 'closed' } | { readonly is: 'failed'; readonly message: string }

const parent = parentPort!
const tell = (message: FromEmbedded): void => parent.postMessage(message)

PGlite.create({ dataDir: workerData as string }).then(
  (database) => {
    const open = embeddedSessions(
      (request) => database.execProtocolRaw(request, { throwOnError: false }),
      (error) => {
        throw error
      },
    )
    const hear = async (message: ToEmbedded): Promise<void> => {
      if ('session' in message) serve(open, message.session)
      else if ('door' in message) message.door.on('message', (next: ToEmbedded) => void hear(next))
      else {
        await database.close()
        tell({ is: 'closed' })
      }
    }
    parent.on('message', (message: ToEmbedded) => void hear(message))
    tell({ is: 'open' })
  },
  (error: unknown) => tell({ is: 'failed', message: error instanceof Error ? error.message : String(error) }),
)

function serve(open: OpenSession, port: MessagePort): void {
  const session = open((bytes) => {
    // What the database answers may stand in memory of its own: a copy travels without another.
    const copy = Uint8Array.from(bytes)
    port.postMessage(copy, [copy.buffer])
  })
  port.on('message', (bytes: Uint8Array) => session.hear(bytes))
  port.on('close', () => session.end())
}
