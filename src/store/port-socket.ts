/** A message port in the shape of the socket that a PostgreSQL client writes to. */
import { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'

export function portSocket(port: MessagePort): Duplex {
  const say = (bytes: Uint8Array): void => {
    // Pieces of larger buffers would travel with all of them.
    const copy = Uint8Array.from(bytes)
    port.postMessage(copy, [copy.buffer])
  }
  let ended = false
  const socket: Duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      say(chunk)
      done()
    },
    writev: (chunks, done) => {
      say(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)))
      done()
    },
    final: (done) => {
      ended = true
      port.close()
      done()
    },
    destroy: (error, done) => {
      ended = true
      port.close()
      done(error)
    },
  })
  port.on('message', (bytes: Uint8Array) => socket.push(bytes))
  port.on('close', () => {
    if (ended) socket.push(null)
    else socket.destroy(Object.assign(new Error('the embedded database has ended'), { code: 'ECONNRESET' }))
  })
  return Object.assign(socket, {
    connect: () => {
      queueMicrotask(() => socket.emit('connect'))
      return socket
    },
    setNoDelay: () => socket,
    setKeepAlive: () => socket,
    ref: () => {
      port.ref()
      return socket
    },
    unref: () => {
      port.unref()
      return socket
    },
  })
}
