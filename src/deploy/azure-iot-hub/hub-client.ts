/**
 * The service API of Azure IoT Hub that is needed, over REST with shared access signatures. Not by the library `azure-iothub`: it reaches a bare host name over port 443
 * only, and its errors no longer hold the service's `Retry-After`.
 */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Failure } from '../deployer.ts'
import { parsed } from '../document.ts'
import { askHttp, type HttpLimits, type HttpRequest } from '../http.ts'

const API = 'api-version=2021-04-12'
const TOKEN_SECONDS = 3600

export interface HubOptions {
  /** `HostName=...;SharedAccessKeyName=...;SharedAccessKey=...` */
  readonly connectionString: string
  /** Where the service is reached; `https://` and the host name where absent. */
  readonly url?: string
  readonly limits: HttpLimits
  /** Seconds since 1970. */
  readonly now?: () => number
}

const object = z.record(z.string(), z.unknown())
const twinShape = z.object({
  deviceId: z.string(),
  etag: z.string(),
  connectionState: z.string().optional(),
  tags: object.default({}),
  properties: z.object({ desired: object.default({}), reported: object.default({}) }),
})
export type Twin = z.infer<typeof twinShape>

const configurationShape = z.object({ id: z.string(), targetCondition: z.string().optional(), priority: z.number().optional() })
type StoredConfiguration = z.infer<typeof configurationShape>

export type Answer<T> =
  { readonly is: 'ok'; readonly value: T } | { readonly is: 'missing' } | { readonly is: 'changed' } | ({ readonly is: 'failed' } & Failure)

export interface Hub {
  readonly twin: (device: string, signal?: AbortSignal) => Promise<Answer<Twin>>
  /** A partial update: what it does not name stays; `null` takes away. `changed`: somebody else wrote in between. */
  readonly patchTwin: (device: string, etag: string, patch: object, signal?: AbortSignal) => Promise<Answer<Twin>>
  readonly configurations: (signal?: AbortSignal) => Promise<Answer<readonly StoredConfiguration[]>>
  /** Creates it; `changed`: there is one already. */
  readonly createConfiguration: (configuration: { readonly id: string }, signal?: AbortSignal) => Promise<Answer<undefined>>
}

/** Throws `deploy/connection-string` where the text is none. */
export function connectHub(options: HubOptions): Hub {
  const parts = new Map(
    options.connectionString.split(';').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
  const host = parts.get('HostName')
  const policy = parts.get('SharedAccessKeyName')
  const key = parts.get('SharedAccessKey')
  if (host === undefined || policy === undefined || key === undefined) {
    throw new EngineError(
      'deploy/connection-string',
      'a connection string of IoT Hub has HostName, SharedAccessKeyName and SharedAccessKey',
    )
  }
  const base = options.url ?? `https://${host}`
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  let token = { text: '', until: 0 }
  const authorization = (): string => {
    // Made anew well before it ends.
    if (token.until - now() < TOKEN_SECONDS / 4)
      token = { text: sharedAccessSignature(host, policy, key, now() + TOKEN_SECONDS), until: now() + TOKEN_SECONDS }
    return token.text
  }
  const ask = async <T>(
    request: HttpRequest,
    read: (value: unknown) => T | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer<T>> => {
    const headers = { ...request.headers, authorization: authorization(), 'content-type': 'application/json' }
    const asked = await askHttp({ ...request, headers }, options.limits, signal, [404, 412, 409])
    if (asked.is === 'failed') return asked
    const { status, text } = asked.answer
    if (status === 404) return { is: 'missing' }
    if (status === 412 || status === 409) return { is: 'changed' }
    const value = read(parsed(text))
    return value === undefined
      ? { is: 'failed', class: 'retryable', why: 'IoT Hub answers what cannot be understood' }
      : { is: 'ok', value }
  }
  const twinUrl = (device: string): string => `${base}/twins/${encodeURIComponent(device)}?${API}`
  const readTwin = (value: unknown): Twin | undefined => twinShape.safeParse(value).data
  return {
    twin: (device, signal) => ask({ method: 'GET', url: twinUrl(device) }, readTwin, signal),
    patchTwin: (device, etag, patch, signal) =>
      ask({ method: 'PATCH', url: twinUrl(device), headers: { 'if-match': `"${etag}"` }, body: JSON.stringify(patch) }, readTwin, signal),
    configurations: (signal) =>
      ask(
        { method: 'GET', url: `${base}/configurations?top=100&${API}` },
        (value) => z.array(configurationShape).safeParse(value).data,
        signal,
      ),
    createConfiguration: async (configuration, signal) => {
      const url = `${base}/configurations/${encodeURIComponent(configuration.id)}?${API}`
      const answer = await ask({ method: 'PUT', url, body: JSON.stringify(configuration) }, () => true, signal)
      return answer.is === 'ok' ? { is: 'ok', value: undefined } : answer
    },
  }
}

function sharedAccessSignature(host: string, policy: string, key: string, expiry: number): string {
  const resource = encodeURIComponent(host)
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${resource}\n${expiry}`).digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${encodeURIComponent(policy)}`
}
