// Asks HTTP services that have quotas: waits where they say so, tries again what may pass, and says what kind of failure is left.
import { endsAfter } from '../ends-after.ts'
import type { FailureClass } from '../model/rollout.ts'
import type { Failure } from './deployer.ts'
import { systemClock, type Clock } from './pace.ts'

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Blob
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface HttpLimits {
  /** Of one attempt. */
  readonly milliseconds: number
  /** Attempts in all. */
  readonly attempts: number
  /** The longest pause that is waited out here; where the service asks for more, it is left to the caller. */
  readonly longestPause: number
  readonly clock?: Clock
}

export type Asked = { readonly is: 'answered'; readonly answer: HttpAnswer } | ({ readonly is: 'failed' } & Failure)

/** `answered` for 2xx, 3xx and the statuses in `fine`. 429, 503 and errors on the way are tried again after the pause that the service names, else after growing ones. Rejects only when stopped. */
export async function askHttp(
  request: HttpRequest,
  limits: HttpLimits,
  signal?: AbortSignal,
  fine: readonly number[] = [],
): Promise<Asked> {
  const clock = limits.clock ?? systemClock
  for (let attempt = 1; ; attempt++) {
    const { asked, pause } = await once(request, limits, signal, fine)
    if (asked.is === 'answered' || asked.class !== 'retryable') return asked
    const wait = pause ?? Math.min(limits.longestPause, 100 * 2 ** attempt)
    if (attempt >= limits.attempts || wait > limits.longestPause) return pause === undefined ? asked : { ...asked, retryAfter: pause }
    await clock.sleep(wait, signal)
  }
}

async function once(
  request: HttpRequest,
  limits: HttpLimits,
  signal: AbortSignal | undefined,
  fine: readonly number[],
): Promise<{ readonly asked: Asked; readonly pause?: number }> {
  signal?.throwIfAborted()
  const late = endsAfter(limits.milliseconds, signal)
  try {
    const response = await fetch(request.url, {
      method: request.method,
      redirect: 'manual',
      signal: late,
      ...(request.headers === undefined ? {} : { headers: request.headers }),
      ...(request.body === undefined ? {} : { body: request.body }),
    })
    const answer: HttpAnswer = { status: response.status, headers: response.headers, text: await response.text() }
    if (response.status < 400 || fine.includes(response.status)) return { asked: { is: 'answered', answer } }
    const asked: Asked = {
      is: 'failed',
      class: classOf(response.status),
      why: `${request.method} ${plain(request.url)} answers ${response.status}${excerpt(answer.text)}`,
    }
    const pause = retryAfter(response.headers.get('retry-after'))
    return pause === undefined ? { asked } : { asked, pause }
  } catch (error) {
    signal?.throwIfAborted()
    const why = late.aborted
      ? `${plain(request.url)} does not answer in time`
      : `${plain(request.url)} cannot be reached: ${causeOf(error)}`
    return { asked: { is: 'failed', class: late.aborted ? 'timed-out' : 'retryable', why } }
  }
}

function classOf(status: number): FailureClass {
  return status === 408 || status === 409 || status === 412 || status === 425 || status === 429 || status >= 500 ? 'retryable' : 'rejected'
}

/** Milliseconds of a `Retry-After` in seconds; dates are left to the caller's own pauses. */
function retryAfter(header: string | null): number | undefined {
  const seconds = header === null ? Number.NaN : Number(header)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

/** Without what may be secret in its query. */
function plain(url: string): string {
  return url.split('?')[0]!
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200)
  return line === '' ? '' : `: ${line}`
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
