/** Answers 503 with `Retry-After` while the process is overloaded, so that what was begun is finished. */
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refusal } from './problem.ts'

export interface PressureLimits {
  /** Requests that are being answered at once; those that wait for events or jobs are among them. */
  readonly requests: number
  /** Milliseconds that the event loop may be late. */
  readonly lateness: number
  /** Bytes of resident memory. */
  readonly memory: number
  /** Seconds. */
  readonly retryAfter: number
}

export const pressureLimits: PressureLimits = { requests: 1000, lateness: 5000, memory: 3 * 2 ** 30, retryAfter: 5 }

export async function guardPressure(app: FastifyInstance, { requests, lateness, memory, retryAfter }: PressureLimits): Promise<void> {
  const overloaded = () =>
    refusal(503, 'service/overloaded', 'the service is overloaded; nothing was done', { headers: { 'retry-after': String(retryAfter) } })
  // Whoever looks whether we live must not be told that we do not.
  const always = ({ url }: FastifyRequest): boolean => url === '/health'
  let open = 0
  const counted = new WeakSet<FastifyRequest>()
  const left = (request: FastifyRequest): void => {
    if (counted.delete(request)) open--
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (open >= requests && !always(request)) {
      done(overloaded())
      return
    }
    open++
    counted.add(request)
    // Streams answer by themselves: what counts is that the line is free again.
    reply.raw.once('close', () => left(request))
    done()
  })
  await app.register(underPressure, {
    maxEventLoopDelay: lateness,
    maxRssBytes: memory,
    retryAfter,
    // An interval without any sample counts as endless lateness: a shorter one would take every pause for it.
    sampleInterval: lateness,
    pressureHandler: (request, _reply, type, value) => {
      if (always(request)) return Promise.resolve()
      request.log.warn({ type, value }, 'overloaded')
      return Promise.reject(overloaded())
    },
  })
}
