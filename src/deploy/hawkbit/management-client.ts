// hawkBit's Management API, the part that is needed.
import { z } from 'zod'
import { parsed } from '../document.ts'
import { askHttp, type HttpLimits } from '../http.ts'
import type { Answer, Ask } from './answer.ts'
import { rolloutClient, type RolloutClient } from './rollout-client.ts'

export interface ManagementOptions {
  /** `https://host`, without `/rest`. */
  readonly url: string
  /** The whole header: `Basic ...` or `Bearer ...`. */
  readonly authorization: string
  readonly limits: HttpLimits
}

const set = z.object({ id: z.int(), name: z.string(), version: z.string(), description: z.string().nullish() })
export type DistributionSet = z.infer<typeof set>
const identified = z.object({ id: z.int() })
const action = z.object({ id: z.int(), type: z.string(), status: z.string(), detailStatus: z.string().optional() })
export type Action = z.infer<typeof action>
const page = <T extends z.ZodType>(content: T) => z.object({ content: z.array(content), total: z.int() })

/** Requests name at most so many targets, answers hold at most so many entries. */
export const MOST_TARGETS = 5000
export const PAGE = 500

export interface Management {
  readonly groups: RolloutClient
  readonly findSet: (name: string, version: string, signal?: AbortSignal) => Promise<Answer<DistributionSet | undefined>>
  readonly createModule: (name: string, version: string, signal?: AbortSignal) => Promise<Answer<number>>
  readonly upload: (module: number, name: string, content: Blob, signal?: AbortSignal) => Promise<Answer<true>>
  readonly createSet: (name: string, version: string, description: string, module: number, signal?: AbortSignal) => Promise<Answer<number>>
  /** INVARIANT: at most `MOST_TARGETS`. Targets that it has already are left as they are. */
  readonly assign: (set: number, targets: readonly string[], signal?: AbortSignal) => Promise<Answer<true>>
  /** Those of the names that the server knows. INVARIANT: at most `PAGE`. */
  readonly knownTargets: (names: readonly string[], signal?: AbortSignal) => Promise<Answer<ReadonlySet<string>>>
  readonly assignedSet: (target: string, signal?: AbortSignal) => Promise<Answer<DistributionSet | undefined>>
  readonly installedSet: (target: string, signal?: AbortSignal) => Promise<Answer<DistributionSet | undefined>>
  readonly lastAction: (target: string, signal?: AbortSignal) => Promise<Answer<Action | undefined>>
  /** What the device said last of the action. */
  readonly lastWords: (target: string, action: number, signal?: AbortSignal) => Promise<Answer<string>>
  /** `force`: after it was cancelled, without waiting for the device. */
  readonly cancel: (target: string, action: number, force: boolean, signal?: AbortSignal) => Promise<Answer<true>>
}

export function connectManagement({ url, authorization, limits }: ManagementOptions): Management {
  const ask: Ask = async (request, read, signal) => {
    const headers = { authorization, 'content-type': 'application/json', accept: 'application/hal+json', ...request.headers }
    const asked = await askHttp({ ...request, url: `${url}/rest/v1${request.url}`, headers }, limits, signal, [404, 409])
    if (asked.is === 'failed') return asked
    if (asked.answer.status === 404) return { is: 'missing' }
    if (asked.answer.status === 409) return { is: 'conflict' }
    const value = read(asked.answer.status === 204 ? null : parsed(asked.answer.text))
    return value === undefined
      ? { is: 'failed', class: 'retryable', why: 'hawkBit answers what cannot be understood' }
      : { is: 'ok', value }
  }
  const target = (name: string): string => `/targets/${encodeURIComponent(name)}`
  const first = async <T>(answer: Promise<Answer<readonly T[]>>): Promise<Answer<T | undefined>> => {
    const got = await answer
    return got.is === 'ok' ? { is: 'ok', value: got.value[0] } : got
  }
  const readIds = (value: unknown): number | undefined => z.array(identified).min(1).safeParse(value).data?.[0]?.id
  /** 204: none. */
  const setOf = async (answer: Promise<Answer<DistributionSet | false>>): Promise<Answer<DistributionSet | undefined>> => {
    const got = await answer
    return got.is === 'ok' ? { is: 'ok', value: got.value === false ? undefined : got.value } : got
  }
  const readSet = (value: unknown): DistributionSet | false | undefined => (value === null ? false : set.safeParse(value).data)
  return {
    groups: rolloutClient(ask, (text) => `"${escaped(text)}"`, PAGE),
    findSet: (name, version, signal) => {
      const q = encodeURIComponent(`name=="${escaped(name)}";version=="${escaped(version)}"`)
      return first(
        ask({ method: 'GET', url: `/distributionsets?limit=1&q=${q}` }, (value) => page(set).safeParse(value).data?.content, signal),
      )
    },
    createModule: (name, version, signal) =>
      ask({ method: 'POST', url: '/softwaremodules', body: JSON.stringify([{ name, version, type: 'os' }]) }, readIds, signal),
    upload: async (module, name, content, signal) => {
      const boundary = `fleetproof-${module}`
      const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name.replaceAll(/["\r\n]/g, '_')}"\r\ncontent-type: application/octet-stream\r\n\r\n`
      const body = new Blob([head, content, `\r\n--${boundary}--\r\n`])
      return ask(
        {
          method: 'POST',
          url: `/softwaremodules/${module}/artifacts`,
          headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
          body,
        },
        () => true as const,
        signal,
      )
    },
    createSet: (name, version, description, module, signal) => {
      const body = JSON.stringify([{ name, version, description, type: 'os', modules: [{ id: module }] }])
      return ask({ method: 'POST', url: '/distributionsets', body }, readIds, signal)
    },
    assign: (id, targets, signal) => {
      const body = JSON.stringify(targets.map((name) => ({ id: name, type: 'forced' })))
      return ask({ method: 'POST', url: `/distributionsets/${id}/assignedTargets`, body }, () => true as const, signal)
    },
    knownTargets: (names, signal) => {
      const q = encodeURIComponent(`id=in=(${names.map((name) => `"${escaped(name)}"`).join(',')})`)
      const read = (value: unknown): ReadonlySet<string> | undefined => {
        const got = page(z.object({ controllerId: z.string() })).safeParse(value).data
        return got === undefined ? undefined : new Set(got.content.map((one) => one.controllerId))
      }
      return ask({ method: 'GET', url: `/targets?limit=${PAGE}&q=${q}` }, read, signal)
    },
    assignedSet: (name, signal) => setOf(ask({ method: 'GET', url: `${target(name)}/assignedDS` }, readSet, signal)),
    installedSet: (name, signal) => setOf(ask({ method: 'GET', url: `${target(name)}/installedDS` }, readSet, signal)),
    lastAction: (name, signal) =>
      first(
        ask(
          { method: 'GET', url: `${target(name)}/actions?limit=1&sort=id:DESC` },
          (value) => page(action).safeParse(value).data?.content,
          signal,
        ),
      ),
    lastWords: (name, id, signal) => {
      const read = (value: unknown): string | undefined =>
        page(z.object({ messages: z.array(z.string()) }))
          .safeParse(value)
          .data?.content[0]?.messages.join('; ') ?? ''
      return ask({ method: 'GET', url: `${target(name)}/actions/${id}/status?limit=1&sort=id:DESC` }, read, signal)
    },
    cancel: (name, id, force, signal) =>
      ask({ method: 'DELETE', url: `${target(name)}/actions/${id}${force ? '?force=true' : ''}` }, () => true as const, signal),
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`)
}
