// hawkBit's Management API: target tags, and rollouts in groups with thresholds.
import { z } from 'zod'
import type { Answer, Ask } from './answer.ts'

const tag = z.object({ id: z.int(), name: z.string() })
export type TargetTag = z.infer<typeof tag>
const rollout = z.object({ id: z.int(), name: z.string(), status: z.string() })
export type HawkbitRollout = z.infer<typeof rollout>
const page = <T extends z.ZodType>(content: T) => z.object({ content: z.array(content) })

export interface WantedRollout {
  readonly name: string
  readonly set: number
  readonly query: string
  readonly groups: number
  /** Percent of a group: from here on the next begins; here the rollout pauses. */
  readonly success: number
  readonly error: number
}

export interface RolloutClient {
  readonly tags: (prefix: string, signal?: AbortSignal) => Promise<Answer<readonly TargetTag[]>>
  readonly createTag: (name: string, signal?: AbortSignal) => Promise<Answer<TargetTag>>
  readonly deleteTag: (id: number, signal?: AbortSignal) => Promise<Answer<true>>
  readonly tagTargets: (id: number, targets: readonly string[], signal?: AbortSignal) => Promise<Answer<true>>
  readonly untagTarget: (id: number, target: string, signal?: AbortSignal) => Promise<Answer<true>>
  /** Those of the names that have the tag. INVARIANT: at most `PAGE`. */
  readonly tagged: (name: string, targets: readonly string[], signal?: AbortSignal) => Promise<Answer<readonly string[]>>
  readonly findRollout: (name: string, signal?: AbortSignal) => Promise<Answer<HawkbitRollout | undefined>>
  readonly createRollout: (wanted: WantedRollout, signal?: AbortSignal) => Promise<Answer<HawkbitRollout>>
  readonly startRollout: (id: number, signal?: AbortSignal) => Promise<Answer<true>>
}

/** `quoted` puts a text into a query. */
export function rolloutClient(ask: Ask, quoted: (text: string) => string, most: number): RolloutClient {
  const done = (): true => true
  const threshold = (percent: number) => ({ condition: 'THRESHOLD', expression: String(percent) })
  const found = (q: string): string => `limit=${most}&q=${encodeURIComponent(q)}`
  return {
    tags: (prefix, signal) =>
      ask(
        { method: 'GET', url: `/targettags?${found(`name==${quoted(`${prefix}*`)}`)}` },
        (value) => page(tag).safeParse(value).data?.content,
        signal,
      ),
    createTag: (name, signal) =>
      ask(
        { method: 'POST', url: '/targettags', body: JSON.stringify([{ name, description: 'kept by fleetproof' }]) },
        (value) => z.array(tag).min(1).safeParse(value).data?.[0],
        signal,
      ),
    deleteTag: (id, signal) => ask({ method: 'DELETE', url: `/targettags/${id}` }, done, signal),
    tagTargets: (id, targets, signal) =>
      ask(
        { method: 'POST', url: `/targettags/${id}/assigned`, body: JSON.stringify(targets.map((controllerId) => ({ controllerId }))) },
        done,
        signal,
      ),
    untagTarget: (id, target, signal) =>
      ask({ method: 'DELETE', url: `/targettags/${id}/assigned/${encodeURIComponent(target)}` }, done, signal),
    tagged: (name, targets, signal) =>
      ask(
        { method: 'GET', url: `/targets?${found(`tag==${quoted(name)};id=in=(${targets.map(quoted).join(',')})`)}` },
        (value) =>
          page(z.object({ controllerId: z.string() }))
            .safeParse(value)
            .data?.content.map(({ controllerId }) => controllerId),
        signal,
      ),
    findRollout: async (name, signal) => {
      const answer = await ask(
        { method: 'GET', url: `/rollouts?${found(`name==${quoted(name)}`)}` },
        (value) => page(rollout).safeParse(value).data?.content,
        signal,
      )
      return answer.is === 'ok' ? { is: 'ok', value: answer.value[0] } : answer
    },
    createRollout: ({ name, set, query, groups, success, error }, signal) =>
      ask(
        {
          method: 'POST',
          url: '/rollouts',
          body: JSON.stringify({
            name,
            distributionSetId: set,
            targetFilterQuery: query,
            amountGroups: groups,
            type: 'forced',
            successCondition: threshold(success),
            successAction: { action: 'NEXTGROUP' },
            errorCondition: threshold(error),
            errorAction: { action: 'PAUSE' },
            confirmationRequired: false,
          }),
        },
        (value) => rollout.safeParse(value).data,
        signal,
      ),
    startRollout: (id, signal) => ask({ method: 'POST', url: `/rollouts/${id}/start` }, done, signal),
  }
}
