/** Streams of lines in and out: as fast as the slower side goes, counted on the way in. */
import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { refusal } from './problem.ts'

export const ndjsonType = 'application/x-ndjson'

export interface StreamLimits {
  /** Bytes of one body, unpacked. */
  readonly most: number
  /** Milliseconds in which something must come. */
  readonly silence: number
}

export const streamLimits: StreamLimits = { most: 4 * 2 ** 30, silence: 60_000 }

/** The bytes of the body, unpacked where it is packed; ends with a refusal where they are too many or stop coming. */
export async function* bodyBytes(request: FastifyRequest, limits: StreamLimits = streamLimits): AsyncGenerator<Uint8Array> {
  const body = request.body
  if (!(body instanceof Readable)) throw refusal(415, 'service/media-type', `a body of \`${ndjsonType}\` is needed`)
  const packed = request.headers['content-encoding']
  if (packed !== undefined && packed !== 'gzip' && packed !== 'identity')
    throw refusal(415, 'service/encoding', 'a body is packed with gzip or not at all')
  const source: Readable = packed === 'gzip' ? body.pipe(createGunzip()) : body
  if (source !== body) body.on('error', (error) => source.destroy(error))
  const timer = setTimeout(() => source.destroy(refusal(408, 'service/too-slow', 'nothing came for too long')), limits.silence)
  let size = 0
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      timer.refresh()
      size += chunk.length
      if (size > limits.most) throw refusal(413, 'service/too-large', `the body is larger than ${Math.floor(limits.most / 2 ** 20)} MB`)
      yield chunk
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw refusal(400, 'service/broken-gzip', 'the body is not packed with gzip, or broken')
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Sends what the source gives, asking for more only when the reader took what there was; what fails on the way cuts the line, so that nobody takes a part for the whole. */
export async function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  type: string,
  chunks: AsyncIterable<Uint8Array | string>,
): Promise<FastifyReply> {
  const { raw } = reply
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  reply.hijack()
  raw.writeHead(200, { ...headers, 'content-type': type })
  try {
    for await (const chunk of chunks) {
      if (raw.destroyed) break
      if (!raw.write(chunk)) await Promise.race([once(raw, 'drain'), once(raw, 'close')])
    }
    raw.end()
  } catch (error) {
    request.log.error(error, 'a stream ended early')
    raw.destroy()
  }
  return reply
}
