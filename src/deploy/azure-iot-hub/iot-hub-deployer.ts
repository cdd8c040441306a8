/**
 * Azure IoT Hub: one automatic configuration for each variant, chosen by the tag `fleetproof.variant`, and for every device one patch of its twin, which sets the tag and
 * what is the device's own (revision, settings). Where the hub holds no more configurations, the patch sets the variant as well. A device acts on a revision when
 * `release.variant` is the variant that the revision names. Other tags and properties are never written.
 */
import { configurations, MOST_CONFIGURATIONS } from '../../formats/azure/write-configurations.ts'
import { readRevision, revisionText } from '../../model/revision.ts'
import type { Applied, Deployer, DesiredState, DeviceReport, Failure, Withdrawn } from '../deployer.ts'
import { desiredText, readStatus, seenExecution } from '../document.ts'
import { eachOf } from '../each.ts'
import { createFollowing } from '../following.ts'
import { createOpening } from '../opening.ts'
import { createPace } from '../pace.ts'
import { createWatchers } from '../watchers.ts'
import { connectHub, type HubOptions, type Twin } from './hub-client.ts'

export interface IotHubOptions extends HubOptions {
  /** 50 on S1. */
  readonly twinUpdatesPerSecond: number
  /** 100 on S1. */
  readonly twinReadsPerSecond: number
  /** 10 on a free hub; 100 where absent. */
  readonly mostConfigurations?: number
  /** How often devices that have not yet ended are looked at. */
  readonly pollMilliseconds: number
}

const AT_ONCE = 20
/** Desired properties may have 32 KB; what others write there needs room as well. */
const MOST_BYTES = 16_384

export function createIotHubDeployer(options: IotHubOptions): Deployer {
  const hub = connectHub(options)
  const updates = createPace(options.twinUpdatesPerSecond)
  const reads = createPace(options.twinReadsPerSecond)
  const most = Math.min(MOST_CONFIGURATIONS, options.mostConfigurations ?? MOST_CONFIGURATIONS)
  const watchers = createWatchers()
  const { begin, end } = createOpening()
  let configured: ReadonlySet<string> | undefined

  const get = async (device: string, signal: AbortSignal | undefined): ReturnType<typeof hub.twin> => {
    await reads.take(1, signal)
    return hub.twin(device, signal)
  }
  const following = createFollowing({
    pollMilliseconds: options.pollMilliseconds,
    atOnce: AT_ONCE,
    watchers,
    look: async (device, signal) => {
      const twin = await get(device, signal)
      return twin.is === 'ok' ? reportsOf(twin.value) : undefined
    },
    last: 'verified',
  })
  /** Variants whose configuration stands at the hub, with new ones made as far as there is room. */
  const configure = async (variants: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlySet<string> | Failure> => {
    if (configured !== undefined && variants.every((variant) => configured!.has(variant))) return configured
    const standing = await hub.configurations(signal)
    if (standing.is !== 'ok')
      return standing.is === 'failed' ? standing : { class: 'retryable', why: 'the hub does not list its configurations' }
    const conditions = new Map(standing.value.map((one) => [one.id, one.targetCondition]))
    const done = new Set<string>()
    let count = standing.value.length
    const wanted = [...new Set(variants)].sort()
    const made = configurations(wanted)
    for (const [at, configuration] of made.entries()) {
      const variant = wanted[at]!
      if (conditions.has(configuration.id)) {
        // One of the same name that chooses other devices is not ours.
        if (conditions.get(configuration.id) === configuration.targetCondition) done.add(variant)
        continue
      }
      if (count >= most) continue
      const answer = await hub.createConfiguration(
        { ...configuration, priority: priorityOf(standing.value, count) } as { readonly id: string },
        signal,
      )
      if (answer.is === 'failed' && answer.class !== 'rejected') return answer
      if (answer.is !== 'ok') continue
      done.add(variant)
      count++
    }
    configured = new Set([...(configured ?? []), ...done])
    return configured
  }
  /** Reads the twin, lets `decide` say what to write, and writes it if nobody wrote in between. */
  const write = async <T extends string>(
    device: string,
    decide: (twin: Twin) => { readonly is: T; readonly patch?: object },
    signal: AbortSignal | undefined,
  ): Promise<T | Failure> => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const twin = await get(device, signal)
      if (twin.is === 'missing') return { class: 'rejected', why: 'the hub knows no device of this name' }
      if (twin.is === 'failed') return twin
      if (twin.is === 'changed') continue
      const { is, patch } = decide(twin.value)
      if (patch === undefined) return is
      await updates.take(1, signal)
      const written = await hub.patchTwin(device, twin.value.etag, patch, signal)
      if (written.is === 'ok') return is
      if (written.is === 'failed') return written
    }
    return { class: 'retryable', why: 'others keep writing the twin' }
  }
  const each = <S, T>(items: readonly S[], act: (item: S) => Promise<T>): Promise<readonly T[]> => eachOf(items, AT_ONCE, act)
  return {
    name: 'azure-iot-hub',
    capabilities: {
      away: 'kept',
      verifies: true,
      liveness: false,
      rollback: false,
      groups: true,
      wildcards: false,
      limits: { batch: 1000, perSecond: options.twinUpdatesPerSecond, bytes: MOST_BYTES },
    },
    rehearse: async ({ states }, signal) => {
      begin(signal)
      const wanted = [...new Set(states.flatMap(({ is }) => (is.variant === null ? [] : [is.variant])))].sort()
      const entries = configurations(wanted).map(({ id, targetCondition }) => `configuration ${id} for ${targetCondition}`)
      const room =
        entries.length > most ? [`${entries.length - most} variants have no configuration of their own: the hub holds ${most}`] : []
      const checked = await each(states, async (state) => ({ state, why: await refusalOf(state, (device) => get(device, signal)) }))
      return {
        sends: [
          ...entries.slice(0, most),
          ...room,
          ...checked
            .filter((one) => one.why === undefined)
            .map(({ state }) => `twin ${state.device} ${JSON.stringify(patchOf(state, false))}`),
        ],
        refusals: checked.flatMap(({ state, why }) => (why === undefined ? [] : [{ device: state.device, ...why }])),
      }
    },
    apply: async ({ states }, signal) => {
      begin(signal)
      const variants = states.flatMap(({ is }) => (is.variant === null ? [] : [is.variant]))
      const standing = await configure(variants, signal)
      if ('class' in standing) return states.map(({ device }): Applied => ({ device, is: 'failed', ...standing }))
      return each(states, async (state): Promise<Applied> => {
        const { device, revision, is } = state
        const size = sizeRefusal(state)
        if (size !== undefined) return { device, is: 'failed', ...size }
        const result = await write<'held' | 'already'>(
          device,
          (twin) =>
            executionOf(twin) >= revision.execution
              ? { is: 'already' }
              : { is: 'held', patch: patchOf(state, is.variant === null || standing.has(is.variant)) },
          signal,
        )
        if (typeof result !== 'string') return { device, is: 'failed', ...result }
        if (!(following.has(device) && result === 'already')) following.add(device, revision.execution)
        return { device, is: result }
      })
    },
    withdraw: async ({ states }, signal) => {
      begin(signal)
      return each(states, async ({ device, revision }): Promise<Withdrawn> => {
        const result = await write<'withdrawn' | 'too-late'>(
          device,
          (twin) => {
            if (seenExecution(reportsOf(twin)) >= revision.execution) return { is: 'too-late' }
            if (desiredExecution(twin) !== revision.execution) return { is: 'withdrawn' }
            return { is: 'withdrawn', patch: { tags: { fleetproof: null }, properties: { desired: { fleetproof: null } } } }
          },
          signal,
        )
        if (result === 'withdrawn') following.remove(device)
        return typeof result === 'string' ? { device, is: result } : { device, is: 'failed', ...result }
      })
    },
    read: async (devices, signal) => {
      begin(signal)
      const twins = await each(devices, (device) => get(device, signal))
      return twins.flatMap((twin) => {
        if (twin.is !== 'ok') return []
        const alive =
          twin.value.connectionState === undefined
            ? []
            : [{ device: twin.value.deviceId, is: 'alive', alive: twin.value.connectionState === 'Connected' } as const]
        return [...reportsOf(twin.value), ...alive]
      })
    },
    watch: (handler) => {
      begin()
      following.begin()
      return Promise.resolve(watchers.add(handler))
    },
    close: async () => {
      if (!end()) return
      watchers.clear()
      await following.stop()
    },
  }
}

/** `null` takes away what an earlier state left there: settings that the new one does not have, and a variant set by hand where a configuration sets it. */
function patchOf({ revision, is, artefact }: DesiredState, byConfiguration: boolean): object {
  const own = {
    revision: revisionText(revision),
    outcome: is.outcome,
    variant: is.variant,
    settings: JSON.stringify(is.settings),
    artefact: artefact === undefined ? null : JSON.stringify(artefact),
  }
  const release = is.variant === null ? { release: null } : byConfiguration ? {} : { release: { variant: is.variant } }
  return {
    tags: { fleetproof: { variant: is.variant, revision: own.revision } },
    properties: { desired: { fleetproof: { ...own, ...release } } },
  }
}

/** Above all that stand there, one apart from the other. */
function priorityOf(standing: readonly { readonly priority?: number | undefined }[], count: number): number {
  return Math.max(0, ...standing.map((one) => one.priority ?? 0)) + count + 1
}

function desiredExecution(twin: Twin): number {
  const own = twin.properties.desired['fleetproof']
  const revision = typeof own === 'object' && own !== null && 'revision' in own ? own.revision : undefined
  return typeof revision === 'string' ? (readRevision(revision)?.execution ?? 0) : 0
}

/** The newest execution that the twin asks for or that the device took. */
function executionOf(twin: Twin): number {
  return Math.max(desiredExecution(twin), seenExecution(reportsOf(twin)))
}

function reportsOf(twin: Twin): readonly DeviceReport[] {
  return readStatus(twin.deviceId, JSON.stringify(twin.properties.reported['fleetproof'] ?? null))
}

function sizeRefusal(state: DesiredState): Failure | undefined {
  const bytes = Buffer.byteLength(desiredText(state))
  return bytes > MOST_BYTES ? { class: 'rejected', why: `the desired state has ${bytes} bytes, more than ${MOST_BYTES}` } : undefined
}

async function refusalOf(state: DesiredState, get: (device: string) => Promise<{ readonly is: string }>): Promise<Failure | undefined> {
  const size = sizeRefusal(state)
  if (size !== undefined) return size
  return (await get(state.device)).is === 'missing' ? { class: 'rejected', why: 'the hub knows no device of this name' } : undefined
}
