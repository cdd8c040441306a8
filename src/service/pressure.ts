/** Answers 503 with `Retry-After` while the process is overloaded, so that what was begun is finished. */
import type { FastifyInstance } from 'fastify'
import underPressure from '@fastify/under-pressure'
import { refusal } from './problem.ts'

export interface PressureLimits {
  /** Milliseconds that the event loop may be late. */
  readonly lateness: number
  /** Bytes of resident memory. */
  readonly memory: number
  readonly retryAfter: number
}

export const pressureLimits: PressureLimits = { lateness: 1000, memory: 3 * 2 ** 30, retryAfter: 5 }

export async function guardPressure(app: FastifyInstance, limits: PressureLimits): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: limits.lateness,
    maxRssBytes: limits.memory,
    retryAfter: limits.retryAfter,
    sampleInterval: 250,
    // Whoever looks whether we live must not be told that we do not.
    pressureHandler: (request) =>
      request.url === '/health'
        ? Promise.resolve()
        : Promise.reject(
            refusal(503, 'service/overloaded', 'the service is overloaded; nothing was done', {
              headers: { 'retry-after': String(limits.retryAfter) },
            }),
          ),
  })
}
