/** Tells another system that something is finished: one POST with a signature that only the holder of the secret can make. */
import { createHmac } from 'node:crypto'

export interface Webhook {
  readonly url: string
  readonly secret: string
}

export type Delivery =
  { readonly is: 'delivered'; readonly attempts: number } | { readonly is: 'failed'; readonly attempts: number; readonly why: string }

interface Sending {
  readonly fetch?: typeof fetch
  readonly pause?: (milliseconds: number) => Promise<void>
  /** Seconds since 1970, part of what is signed, so that nobody can send it again much later. */
  readonly now: () => number
  /** Of one attempt; 10,000 where absent. */
  readonly milliseconds?: number
}

const ATTEMPTS = 5

/** `sha256=` and the HMAC of `<time>.<body>`, as receivers compute it. */
export function signature(secret: string, time: number, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`
}

/** Tries again with growing pauses while the receiver fails; what it refuses is refused. Never throws. */
export async function deliver({ url, secret }: Webhook, event: string, body: object, sending: Sending): Promise<Delivery> {
  const { fetch: send = fetch, pause = sleep, now, milliseconds = 10_000 } = sending
  const text = JSON.stringify(body)
  let why = ''
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const time = now()
    try {
      const answer = await send(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(milliseconds),
        headers: {
          'content-type': 'application/json',
          'fleetproof-event': event,
          'fleetproof-time': String(time),
          'fleetproof-signature': signature(secret, time, text),
        },
        body: text,
      })
      await answer.body?.cancel()
      if (answer.ok) return { is: 'delivered', attempts: attempt }
      why = `it answers ${answer.status}`
      if (answer.status < 500 && answer.status !== 429) return { is: 'failed', attempts: attempt, why }
    } catch (error) {
      why = error instanceof Error ? error.message : String(error)
    }
    if (attempt < ATTEMPTS) await pause(500 * 4 ** (attempt - 1))
  }
  return { is: 'failed', attempts: ATTEMPTS, why }
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
