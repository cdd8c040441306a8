/**
 * Tags and rollouts at hawkBit. A target has one tag of ours, which names its variant; others' tags are never touched. A batch that is large enough is carried out as a
 * rollout of hawkBit's own, whose targets are chosen by a tag that goes again once the rollout has them. Its name tells the batch, so that the same one twice is one.
 */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Failure } from '../deployer.ts'
import { eachOf } from '../each.ts'
import { failureOf, type Answer } from './answer.ts'
import { MOST_TARGETS, PAGE } from './management-client.ts'
import type { RolloutClient, TargetTag } from './rollout-client.ts'

export interface InGroups {
  /** From so many devices of one state on. */
  readonly from: number
  readonly groups: number
  /** Percent. */
  readonly success: number
  readonly error: number
}

const PREFIX = 'fleetproof '
const CREATED_WITHIN = 60_000
/** Targets of one group. */
const MOST_OF_GROUP = 20_000

type Paced = <T>(signal: AbortSignal | undefined, act: () => Promise<Answer<T>>) => Promise<Answer<T>>

/** Gives the targets the tag of their variant and takes our other tags from them; nothing where all went well. */
export async function tagVariant(
  client: RolloutClient,
  paced: Paced,
  variant: string,
  targets: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Failure | undefined> {
  const name = `${PREFIX}${variant}`
  const all = await paced(signal, () => client.tags(PREFIX, signal))
  if (all.is !== 'ok') return failureOf(all)
  const own = await ownTag(client, paced, all.value, name, signal)
  if ('class' in own) return own
  for (let at = 0; at < targets.length; at += PAGE) {
    const some = targets.slice(at, at + PAGE)
    for (const tag of all.value) {
      if (tag.name === name) continue
      const wearing = await paced(signal, () => client.tagged(tag.name, some, signal))
      if (wearing.is !== 'ok') return failureOf(wearing)
      const answers = await eachOf(wearing.value, 10, (target) => paced(signal, () => client.untagTarget(tag.id, target, signal)))
      const bad = answers.find((answer) => answer.is === 'failed')
      if (bad?.is === 'failed') return bad
    }
    const tagged = await paced(signal, () => client.tagTargets(own.id, some, signal))
    if (tagged.is !== 'ok') return failureOf(tagged)
  }
  return undefined
}

/** Begins hawkBit's rollout of the set to the targets; nothing where it goes on then. */
export async function beginInGroups(
  client: RolloutClient,
  paced: Paced,
  { set, version, targets }: { readonly set: number; readonly version: string; readonly targets: readonly string[] },
  { groups, success, error }: InGroups,
  signal: AbortSignal | undefined,
): Promise<Failure | undefined> {
  const name = `fleetproof-${version}-${createHash('sha256')
    .update([...targets].sort().join('\0'))
    .digest('hex')
    .slice(0, 12)}`
  let found = await paced(signal, () => client.findRollout(name, signal))
  if (found.is !== 'ok') return failureOf(found)
  if (found.value === undefined) {
    const tag = await paced(signal, () => client.createTag(name, signal))
    const own = tag.is === 'conflict' ? await paced(signal, () => client.tags(name, signal)) : tag
    if (own.is !== 'ok') return failureOf(own)
    const id = 'id' in own.value ? own.value.id : own.value[0]?.id
    if (id === undefined) return { class: 'retryable', why: 'hawkBit does not show a tag that it has' }
    for (let at = 0; at < targets.length; at += MOST_TARGETS) {
      const tagged = await paced(signal, () => client.tagTargets(id, targets.slice(at, at + MOST_TARGETS), signal))
      if (tagged.is !== 'ok') return failureOf(tagged)
    }
    const wanted = {
      name,
      set,
      query: `tag=="${name}"`,
      groups: Math.min(targets.length, Math.max(groups, Math.ceil(targets.length / MOST_OF_GROUP))),
      success,
      error,
    }
    const made = await paced(signal, () => client.createRollout(wanted, signal))
    if (made.is !== 'ok' && made.is !== 'conflict') return failureOf(made)
  }
  for (let waited = 0; waited < CREATED_WITHIN; waited += 100) {
    found = await paced(signal, () => client.findRollout(name, signal))
    if (found.is !== 'ok') return failureOf(found)
    if (found.value?.status === 'ready') {
      const { id } = found.value
      const started = await paced(signal, () => client.startRollout(id, signal))
      if (started.is !== 'ok' && started.is !== 'conflict') return failureOf(started)
    } else if (found.value !== undefined && found.value.status !== 'creating') {
      const left = await paced(signal, () => client.tags(name, signal))
      if (left.is === 'ok') for (const tag of left.value) await paced(signal, () => client.deleteTag(tag.id, signal))
      return undefined
    }
    await delay(100, undefined, { ...(signal === undefined ? {} : { signal }) })
  }
  return { class: 'retryable', why: `hawkBit does not get the rollout \`${name}\` ready` }
}

async function ownTag(
  client: RolloutClient,
  paced: Paced,
  all: readonly TargetTag[],
  name: string,
  signal: AbortSignal | undefined,
): Promise<TargetTag | Failure> {
  const there = all.find((tag) => tag.name === name)
  if (there !== undefined) return there
  const made = await paced(signal, () => client.createTag(name, signal))
  return made.is === 'ok' ? made.value : failureOf(made)
}
