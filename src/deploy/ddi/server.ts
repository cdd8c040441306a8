// Carries the device API on Node's own HTTP server, where no other server does.
import { createReadStream } from 'node:fs'
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { pipeline } from 'node:stream/promises'
import type { DdiAnswer, DdiRequest } from './resources.ts'

const MOST_BODY = 262_144

/** A server that does not listen yet; `tls` in PEM. */
export function ddiServer(
  answer: (request: DdiRequest) => Promise<DdiAnswer>,
  tls?: { readonly certificate: string; readonly key: string },
): Server {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    respond(answer, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }
  const server = tls === undefined ? createPlainServer(handle) : createTlsServer({ cert: tls.certificate, key: tls.key }, handle)
  // Longer than clients let a connection rest between two polls: one that we close under a request looks like a failed update.
  server.keepAliveTimeout = 120_000
  return server
}

async function respond(
  answer: (request: DdiRequest) => Promise<DdiAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MOST_BODY) {
      response.writeHead(413, { connection: 'close' }).end()
      return
    }
    parts.push(part)
  }
  const { method = 'GET', url = '/', headers } = request
  const { status, headers: answered, body } = await answer({ method, path: url, headers, body: Buffer.concat(parts).toString('utf8') })
  response.writeHead(status, answered)
  if (typeof body === 'string' || method === 'HEAD') response.end(typeof body === 'string' ? body : '')
  else await pipeline(createReadStream(body.file, { start: body.from, end: body.to }), response)
}
