/** Server-sent events: what happened so far behind the last one that the client saw, then what happens, until the source ends or either side leaves. */
import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface StreamEvent {
  /** Ascending; what a client sends back as `Last-Event-ID`. */
  readonly id: number
  readonly event: string
  readonly data: unknown
}

// Proxies close what is silent.
const HEARTBEAT = 15_000

/** The number that the client saw last; 0 where it saw none or sent something else. */
export function lastEventId(request: FastifyRequest): number {
  const value = Number(request.headers['last-event-id'] ?? 0)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** `events` is asked for more only as fast as the client reads. */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  events: (after: number, signal: AbortSignal) => AsyncIterable<StreamEvent>,
): Promise<void> {
  const left = new AbortController()
  const { raw } = reply
  raw.on('close', () => left.abort())
  reply.hijack()
  raw.writeHead(200, {
    ...headersOf(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  raw.write('retry: 1000\n\n')
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT)
  try {
    for await (const { id, event, data } of events(lastEventId(request), left.signal)) {
      if (left.signal.aborted) break
      if (!raw.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
        await Promise.race([once(raw, 'drain'), once(raw, 'close')])
    }
  } catch (error) {
    if (!left.signal.aborted) request.log.error(error, 'events ended early')
  } finally {
    clearInterval(heartbeat)
    raw.end()
  }
}

function headersOf(reply: FastifyReply): Record<string, string | string[] | number> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).filter((entry): entry is [string, string | string[] | number] => entry[1] !== undefined),
  )
}
