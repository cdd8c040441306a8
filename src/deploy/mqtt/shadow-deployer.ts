/**
 * Device shadows as AWS IoT keeps them: desired states by `<prefix>/<thing>/shadow/name/<shadow>/update`, answered on `/accepted` and `/rejected` with a version
 * that only grows; a device hears `/delta`. Desired and reported states stand as one text each (`{"is": "..."}`), as the service merges objects key by key and would
 * keep settings that a newer state no longer has.
 */
import { z } from 'zod'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { endsAfter } from '../../ends-after.ts'
import { connect } from '../../mqtt/connect.ts'
import { onAbort } from '../../mqtt/on-abort.ts'
import type { MqttReceived } from '../../mqtt/message.ts'
import type { Applied, Batch, Deployer, DesiredState, DeviceReport, Failure, Withdrawn } from '../deployer.ts'
import { desiredRevision, desiredText, parsed, readStatus, seenExecution } from '../document.ts'
import { eachOf } from '../each.ts'
import { createOpening } from '../opening.ts'
import { createPace } from '../pace.ts'
import { rehearseEach } from '../rehearse.ts'
import { createWatchers } from '../watchers.ts'
import type { MqttDeployerOptions } from './options.ts'

/** A shadow document of AWS IoT has at most so many bytes. */
const MOST_BYTES = 8192
const AT_ONCE = 50
/** A device that never stops writing its shadow is left for a later attempt. */
const MOST_CONFLICTS = 20
const NEWS_MILLISECONDS = 200

const shadowAnswer = z.object({
  clientToken: z.string().optional(),
  version: z.int().optional(),
  code: z.int().optional(),
  message: z.string().optional(),
  state: z
    .object({ desired: z.object({ is: z.string().nullish() }).nullish(), reported: z.object({ is: z.string().nullish() }).nullish() })
    .nullish(),
})
type ShadowAnswer = z.infer<typeof shadowAnswer>

interface Shadow {
  readonly version: number | undefined
  readonly desired: number
  readonly seen: number
  readonly reports: readonly DeviceReport[]
}

export async function createShadowDeployer(options: MqttDeployerOptions, prefix: string, shadow: string): Promise<Deployer> {
  const answerMilliseconds = options.answerMilliseconds ?? 10_000
  const pace = createPace(options.perSecond)
  const watchers = createWatchers()
  const waiting = new Map<string, (answer: ShadowAnswer) => void>()
  /** Those who write a shadow hear what others write of it meanwhile. */
  const followers = new Map<string, Set<(change: ShadowAnswer) => void>>()
  const topic = (thing: string, what: string): string => `${prefix}/${thing}/shadow/name/${shadow}/${what}`
  const { begin, end } = createOpening()
  let count = 0

  const hear = (message: MqttReceived): void | Promise<void> => {
    const read = shadowAnswer.safeParse(parsed(Buffer.from(message.payload).toString()))
    if (!read.success) return
    const token = read.data.clientToken
    if (token !== undefined) waiting.get(token)?.(read.data)
    if (!message.topic.endsWith('/update/accepted')) return
    const thing = message.topic.slice(prefix.length + 1).split('/')[0]!
    for (const one of followers.get(thing) ?? []) one(read.data)
    const reported = read.data.state?.reported?.is
    if (typeof reported !== 'string') return
    return watchers.tell(readStatus(thing, reported))
  }
  const answers = ['update/accepted', 'update/rejected', 'get/accepted', 'get/rejected']
  const connection = await connect({
    ...options.broker,
    subscriptions: [{ filters: answers.map((what) => topic('+', what)), handler: hear }],
  })

  const ask = async (thing: string, what: 'get' | 'update', body: object, signal: AbortSignal | undefined): Promise<ShadowAnswer> => {
    const clientToken = `${options.broker.clientId}-${count++}`
    const limit = endsAfter(answerMilliseconds, signal)
    await pace.take(1, limit)
    try {
      return await new Promise<ShadowAnswer>((resolve, reject) => {
        waiting.set(clientToken, resolve)
        onAbort(limit, () => reject(limit.reason as Error))
        connection
          .publish({ topic: topic(thing, what), payload: JSON.stringify({ ...body, clientToken }), qos: 1, retain: false }, limit)
          .catch(reject)
      })
    } finally {
      waiting.delete(clientToken)
    }
  }
  const get = async (thing: string, signal: AbortSignal | undefined): Promise<Shadow | Failure> => {
    const answer = await ask(thing, 'get', {}, signal)
    if (answer.code !== undefined && answer.code !== 404) return failureOf(answer)
    const reports = readStatus(thing, answer.state?.reported?.is ?? '')
    const desired = desiredRevision(answer.state?.desired?.is ?? '')?.execution ?? 0
    return { version: answer.version, desired, seen: seenExecution(reports), reports }
  }
  /** Writes what `decide` answers for the shadow as it stands, again where somebody else wrote in between; `undefined`: nothing is to be written. */
  const write = async <T extends string>(
    thing: string,
    decide: (shadow: Shadow) => { readonly is: T; readonly desired?: string | null },
    signal: AbortSignal | undefined,
  ): Promise<T | Failure> => {
    let standing: Shadow | undefined
    /** As it is now: what is heard meanwhile changes it. */
    const versionNow = (): number | undefined => standing?.version
    let news: () => void = () => undefined
    const follow = (change: ShadowAnswer): void => {
      standing = standing === undefined ? undefined : changed(standing, change, thing)
      news()
    }
    const all = followers.get(thing) ?? new Set()
    followers.set(thing, all.add(follow))
    try {
      for (let attempt = 0; ; attempt++) {
        if (standing === undefined) {
          const found = await get(thing, signal)
          if ('class' in found) return found
          standing = found
        }
        const tried = standing.version
        const { is, desired } = decide(standing)
        if (desired === undefined) return is
        const answer = await ask(
          thing,
          'update',
          { state: { desired: { is: desired } }, ...(tried === undefined ? {} : { version: tried }) },
          signal,
        )
        if (answer.code === undefined) return is
        if (answer.code !== 409 || attempt === MOST_CONFLICTS) return failureOf(answer)
        // What the other one wrote comes by itself: whoever asks for it may move a device to report once more, which is the next conflict.
        if (versionNow() !== tried) continue
        const heard = new Promise<void>((resolve) => (news = resolve))
        const patience = setTimeout(news, NEWS_MILLISECONDS)
        await heard
        clearTimeout(patience)
        if (versionNow() === tried) standing = undefined
      }
    } finally {
      all.delete(follow)
      if (all.size === 0) followers.delete(thing)
    }
  }
  const each = async <T>(
    batch: Batch,
    signal: AbortSignal | undefined,
    act: (state: DesiredState) => Promise<T | Failure>,
  ): Promise<readonly (T | Failure)[]> => {
    begin(signal)
    return eachOf(batch.states, AT_ONCE, (state) =>
      act(state).catch((error: unknown): Failure => {
        signal?.throwIfAborted()
        return { class: 'retryable', why: error instanceof EngineError ? error.message : 'the shadow service does not answer' }
      }),
    )
  }

  return {
    name: 'mqtt-aws-shadow',
    capabilities: {
      away: 'kept',
      verifies: true,
      liveness: false,
      rollback: false,
      groups: false,
      wildcards: false,
      limits: { batch: 1000, bytes: MOST_BYTES, ...(options.perSecond === undefined ? {} : { perSecond: options.perSecond }) },
    },
    rehearse: ({ states }) =>
      Promise.resolve(rehearseEach(states, refusalOf, (state) => `${topic(state.device, 'update')} ${desiredText(state)}`)),
    apply: async (batch, signal) => {
      const results = await each(batch, signal, async (state): Promise<'held' | 'already' | Failure> => {
        const why = refusalOf(state)
        if (why !== undefined) return { class: 'rejected', why }
        return write<'held' | 'already'>(
          state.device,
          ({ desired, seen }) =>
            Math.max(desired, seen) >= state.revision.execution ? { is: 'already' } : { is: 'held', desired: desiredText(state) },
          signal,
        )
      })
      return results.map((result, index): Applied => {
        const { device } = batch.states[index]!
        return typeof result === 'string' ? { device, is: result } : { device, is: 'failed', ...result }
      })
    },
    withdraw: async (batch, signal) => {
      const results = await each(batch, signal, ({ device, revision }) =>
        write<'withdrawn' | 'too-late'>(
          device,
          ({ desired, seen }) => {
            if (seen >= revision.execution) return { is: 'too-late' }
            return desired === revision.execution ? { is: 'withdrawn', desired: null } : { is: 'withdrawn' }
          },
          signal,
        ),
      )
      return results.map((result, index): Withdrawn => {
        const { device } = batch.states[index]!
        return typeof result === 'string' ? { device, is: result } : { device, is: 'failed', ...result }
      })
    },
    read: async (devices, signal) => {
      const asked = devices.map((device) => ({
        device,
        revision: { release: '', execution: 0 },
        is: { outcome: 'none' as const, variant: null, settings: {} },
      }))
      const found = await each({ rollout: '', wave: 0, states: asked }, signal, async ({ device }) => get(device, signal))
      return found.flatMap((one) => ('reports' in one ? one.reports : []))
    },
    watch: (handler) => {
      begin()
      return Promise.resolve(watchers.add(handler))
    },
    close: async () => {
      if (!end()) return
      watchers.clear()
      await connection.end()
    },
  }
}

/** The shadow after somebody's accepted update; nothing where one in between was not heard. */
function changed(shadow: Shadow, { version, state }: ShadowAnswer, thing: string): Shadow | undefined {
  const before = shadow.version ?? 0
  if (version === undefined || version <= before) return shadow
  if (version > before + 1) return undefined
  const desired = state?.desired === undefined ? shadow.desired : (desiredRevision(state.desired?.is ?? '')?.execution ?? 0)
  const reports = typeof state?.reported?.is === 'string' ? readStatus(thing, state.reported.is) : shadow.reports
  return { version, desired, seen: seenExecution(reports), reports }
}

function refusalOf(state: DesiredState): string | undefined {
  if (!/^[a-zA-Z0-9:_-]{1,128}$/.test(state.device)) return 'a thing of AWS IoT is named by 1 to 128 letters, digits, `:`, `_` and `-`'
  const bytes = Buffer.byteLength(JSON.stringify({ state: { desired: { is: desiredText(state) } } }))
  return bytes > MOST_BYTES ? `the shadow would have ${bytes} bytes, more than ${MOST_BYTES}` : undefined
}

/** 429 and the server's own errors pass; whatever else the service refuses is refused for good, but for a version that somebody else was faster with. */
function failureOf({ code, message }: ShadowAnswer): Failure {
  const passing = code === 409 || code === 429 || code === undefined || code >= 500
  return { class: passing ? 'retryable' : 'rejected', why: `the shadow service answers ${code ?? 'nothing'}: ${message ?? ''}` }
}
