/**
 * Desired states by signed HTTP: one POST for each device. 200 means that the device runs it; 202 that it goes on, and that its status comes back to us, signed the same
 * way. 429 and 503 are waited for, other 4xx refuse for good.
 */
import { z } from 'zod'
import { readRevision, revisionText } from '../../model/revision.ts'
import { carriedBy, createCarriedDeployer, type Carried, type CarriedDeployer } from '../carried-deployer.ts'
import type { DesiredState } from '../deployer.ts'
import { desiredText, parsed } from '../document.ts'
import { askHttp, type HttpLimits } from '../http.ts'
import { createPace } from '../pace.ts'
import { signatureAgrees, signBody } from './signature.ts'

export const SIGNATURE_HEADER = 'x-fleetproof-signature'
const TOLERANCE_SECONDS = 300

export interface WebhookOptions {
  readonly url: string
  readonly secret: string
  readonly milliseconds: number
  readonly attempts: number
  readonly longestPause: number
  readonly parallel: number
  readonly perSecond?: number
  readonly file?: string
  /** Seconds since 1970. */
  readonly now?: () => number
}

export interface WebhookDeployer extends CarriedDeployer {
  /** Takes a status that comes back; answers the HTTP status. For the server that receives it. */
  readonly receive: (signature: string | undefined, body: string) => Promise<200 | 400 | 401 | 404>
}

const statusBody = z.object({
  device: z.string(),
  revision: z.string(),
  ended: z.enum(['success', 'failure', 'rejected']),
  verified: z.boolean().optional(),
  why: z.string().optional(),
})

export async function createWebhookDeployer(options: WebhookOptions): Promise<WebhookDeployer> {
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const pace = createPace(options.perSecond)
  const limits: HttpLimits = { milliseconds: options.milliseconds, attempts: options.attempts, longestPause: options.longestPause }
  const carryOne = async (state: DesiredState, signal: AbortSignal): Promise<Carried> => {
    await pace.take(1, signal)
    const body = bodyOf(state)
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': `${revisionText(state.revision)}/${encodeURIComponent(state.device)}`,
      [SIGNATURE_HEADER]: signBody(options.secret, now(), body),
    }
    const asked = await askHttp({ method: 'POST', url: options.url, headers, body }, limits, signal)
    if (asked.is === 'failed') return carriedBy(asked)
    const { status, text } = asked.answer
    if (status === 202) return { is: 'goes-on', why: '' }
    if (status >= 300) return { is: 'rejected', why: `the hook answers ${status}, which leads elsewhere` }
    const said = z.object({ verified: z.boolean() }).safeParse(parsed(text))
    return { is: 'success', why: '', verified: said.success && said.data.verified }
  }
  const deployer = await createCarriedDeployer(
    {
      name: 'webhook',
      capabilities: {
        away: 'fails',
        verifies: false,
        liveness: false,
        rollback: false,
        groups: false,
        wildcards: false,
        limits: { batch: 1000, ...(options.perSecond === undefined ? {} : { perSecond: options.perSecond }) },
      },
      together: 1,
      parallel: options.parallel,
      refusal: () => undefined,
      carry: async ([state], signal) => [await carryOne(state!, signal)],
      rehearse: (states) => Promise.resolve({ sends: states.map((state) => `POST ${options.url} ${bodyOf(state)}`), refusals: [] }),
    },
    options.file,
  )
  return {
    ...deployer,
    receive: async (signature, body) => {
      if (!signatureAgrees(options.secret, signature, body, now(), TOLERANCE_SECONDS)) return 401
      const read = statusBody.safeParse(parsed(body))
      const revision = read.success ? readRevision(read.data.revision) : undefined
      if (!read.success || revision === undefined) return 400
      const { device, ended, why = '', verified = false } = read.data
      return (await deployer.hear(device, revision.execution, { is: ended, why, verified })) === 'unknown' ? 404 : 200
    },
  }
}

function bodyOf(state: DesiredState): string {
  return `{"device":${JSON.stringify(state.device)},"desired":${desiredText(state)}}`
}
