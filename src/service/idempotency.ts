/** `Idempotency-Key`: a POST that was answered once is answered the same again, and done once. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Store } from '../store/store.ts'
import { refusal } from './problem.ts'

const KEPT_MILLISECONDS = 24 * 3600 * 1000
/** A process that began and did not finish by then is dead. */
const STALE_MILLISECONDS = 10 * 60 * 1000
/** Longer answers are not kept: none of ours is. */
const LONGEST = 2 ** 20

interface KeptAnswer {
  readonly status: number
  readonly type: string
  readonly location?: string
  readonly text: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that this request holds until it is answered. */
    heldKey?: string
  }
}

export function keepAnswers(app: FastifyInstance, store: Pick<Store, 'idempotency'>, clock: () => number): void {
  const time = (shift = 0) => new Date(clock() + shift).toISOString()

  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return undefined
    const { tenant } = request.principal
    const claim = await store.idempotency.begin(tenant, key, requestHash(request), {
      now: time(),
      expires: time(KEPT_MILLISECONDS),
      staleBefore: time(-STALE_MILLISECONDS),
    })
    switch (claim.is) {
      case 'begun':
        request.heldKey = key
        return undefined
      case 'busy':
        throw refusal(409, 'service/key-busy', 'the same request is being done', { headers: { 'retry-after': '1' } })
      case 'other':
        throw refusal(422, 'service/key-used', 'the key was used for another request')
      case 'done':
        return replay(reply, claim.response as KeptAnswer)
    }
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const key = request.heldKey
    if (key === undefined) return payload
    delete request.heldKey
    const { tenant } = request.principal
    const location = reply.getHeader('location')
    // What failed here may be tried again; what was refused is refused again by itself.
    if (reply.statusCode >= 400 || typeof payload !== 'string' || payload.length > LONGEST) await store.idempotency.forget(tenant, key)
    else
      await store.idempotency.finish(tenant, key, {
        status: reply.statusCode,
        type: String(reply.getHeader('content-type') ?? 'application/json'),
        text: payload,
        ...(typeof location === 'string' ? { location } : {}),
      } satisfies KeptAnswer)
    return payload
  })

  app.addHook('onRequestAbort', async (request) => {
    if (request.heldKey !== undefined) await store.idempotency.forget(request.principal.tenant, request.heldKey)
  })
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  const { needs, unkept } = request.routeOptions.config
  if (request.method !== 'POST' || key === undefined || needs === undefined || needs === 'nobody' || unkept === true) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw refusal(400, 'service/bad-key', 'an `Idempotency-Key` is 1 to 255 printable characters')
  return key
}

/** Who asked for what. Of a body that is read as a stream only its length and the hash that the client may state take part. */
function requestHash(request: FastifyRequest): string {
  const { method, url, principal, headers } = request
  const streamed = request.routeOptions.config.streams === true
  const body = streamed ? [headers['content-length'], headers['content-digest']] : request.body
  return createHash('sha256')
    .update(JSON.stringify([principal.id, method, url, body ?? null]))
    .digest('hex')
}

function replay(reply: FastifyReply, { status, type, location, text }: KeptAnswer): FastifyReply {
  if (location !== undefined) void reply.header('location', location)
  return reply
    .code(status)
    .header('idempotency-replayed', 'true')
    .type(type)
    .serializer((sent: unknown) => String(sent))
    .send(text)
}
