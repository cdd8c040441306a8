/**
 * hawkBit: one distribution set for each variant with its settings in a revision, never one for each device, assigned to the targets of a wave in requests of at most 5,000.
 * The set's version begins with the execution, so that an action tells its revision and a repeated revision is a new assignment; its description is the desired state.
 */
import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import type { Applied, Deployer, DesiredState, DeviceReport, Failure, Withdrawn } from '../deployer.ts'
import { desiredText, readDesired } from '../document.ts'
import type { Artefacts } from '../ddi/artefacts.ts'
import { eachOf } from '../each.ts'
import { createFollowing } from '../following.ts'
import { createOpening } from '../opening.ts'
import { createPace } from '../pace.ts'
import { createWatchers } from '../watchers.ts'
import { connectManagement, MOST_TARGETS, PAGE, type Action, type DistributionSet, type ManagementOptions } from './management-client.ts'
import { failureOf } from './answer.ts'
import { beginInGroups, tagVariant, type InGroups } from './in-groups.ts'

export interface HawkbitOptions extends ManagementOptions {
  readonly artefacts: Artefacts
  readonly requestsPerSecond?: number
  /** Whether each target gets a tag of its variant. */
  readonly tags?: boolean
  /** Large batches are rollouts of hawkBit's own. */
  readonly rollouts?: InGroups
  /** How often devices that have not yet ended are looked at. */
  readonly pollMilliseconds: number
}

const AT_ONCE = 10
/** A description holds no more. */
const MOST_BYTES = 512

export function createHawkbitDeployer(options: HawkbitOptions): Deployer {
  const server = connectManagement(options)
  const pace = createPace(options.requestsPerSecond)
  const watchers = createWatchers()
  const { begin, end } = createOpening()
  const sets = new Map<string, number>()

  const paced = async <T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> => {
    await pace.take(1, signal)
    return act()
  }
  const each = <S, T>(items: readonly S[], act: (item: S) => Promise<T>): Promise<readonly T[]> => eachOf(items, AT_ONCE, act)
  /** The set of the state, made where there is none; made once, whoever asks first. */
  const setFor = async (state: DesiredState, signal: AbortSignal | undefined): Promise<number | Failure> => {
    const { name, version, description } = setNames(state)
    const known = sets.get(`${name}:${version}`)
    if (known !== undefined) return known
    const found = await paced(signal, () => server.findSet(name, version, signal))
    if (found.is !== 'ok') return failureOf(found)
    let id = found.value?.id
    if (id === undefined) {
      const module = await paced(signal, () => server.createModule(name, version, signal))
      if (module.is !== 'ok') return failureOf(module)
      if (state.artefact !== undefined) {
        const stored = await options.artefacts(state.artefact.sha256)
        if (stored === undefined) return { class: 'rejected', why: `there is no artefact with the digest ${state.artefact.sha256}` }
        const uploaded = await server.upload(module.value, state.artefact.name, await openAsBlob(stored.path), signal)
        if (uploaded.is !== 'ok') return failureOf(uploaded)
      }
      const made = await paced(signal, () => server.createSet(name, version, description, module.value, signal))
      if (made.is !== 'ok') return failureOf(made)
      id = made.value
    }
    sets.set(`${name}:${version}`, id)
    return id
  }
  const known = async (devices: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlySet<string> | Failure> => {
    const names = new Set<string>()
    for (let at = 0; at < devices.length; at += PAGE) {
      const answer = await paced(signal, () => server.knownTargets(devices.slice(at, at + PAGE), signal))
      if (answer.is !== 'ok') return failureOf(answer)
      for (const name of answer.value) names.add(name)
    }
    return names
  }
  /** The execution that the server has assigned. */
  const assigned = async (device: string, signal: AbortSignal | undefined): Promise<number | Failure> => {
    const answer = await paced(signal, () => server.assignedSet(device, signal))
    return answer.is === 'ok' ? executionOf(answer.value) : failureOf(answer)
  }
  const report = async (device: string, signal: AbortSignal | undefined): Promise<readonly DeviceReport[]> => {
    const [installed, current, action] = [
      await paced(signal, () => server.installedSet(device, signal)),
      await paced(signal, () => server.assignedSet(device, signal)),
      await paced(signal, () => server.lastAction(device, signal)),
    ]
    const reports: DeviceReport[] = []
    const asked = current.is === 'ok' ? stateOf(device, current.value) : undefined
    const runs = installed.is === 'ok' ? stateOf(device, installed.value) : undefined
    const last = action.is === 'ok' ? action.value : undefined
    if (asked !== undefined && last !== undefined && wasTaken(last)) reports.push({ device, is: 'accepted', revision: asked.revision })
    if (runs !== undefined) reports.push({ device, is: 'reported', revision: runs.revision, runs: runs.is })
    if (asked !== undefined && last?.detailStatus === 'error') {
      const words = await paced(signal, () => server.lastWords(device, last.id, signal))
      reports.push({
        device,
        is: 'failed',
        revision: asked.revision,
        class: 'retryable',
        why: words.is === 'ok' && words.value !== '' ? words.value : 'the device gives no reason',
      })
    }
    return reports
  }
  const following = createFollowing({
    pollMilliseconds: options.pollMilliseconds,
    atOnce: AT_ONCE,
    watchers,
    look: report,
    last: 'reported',
  })

  return {
    name: 'hawkbit',
    capabilities: {
      away: 'kept',
      verifies: false,
      liveness: false,
      rollback: false,
      groups: true,
      wildcards: true,
      limits: {
        batch: MOST_TARGETS,
        bytes: MOST_BYTES,
        ...(options.requestsPerSecond === undefined ? {} : { perSecond: options.requestsPerSecond }),
      },
    },
    rehearse: async ({ states }, signal) => {
      begin(signal)
      const there = await known(
        states.map((state) => state.device),
        signal,
      )
      const refusals = states.flatMap((state) => {
        const why = 'class' in there ? there : refusalOf(state, there)
        return why === undefined ? [] : [{ device: state.device, ...why }]
      })
      const refused = new Set(refusals.map((one) => one.device))
      const sends = groupsOf(states.filter((state) => !refused.has(state.device))).map(
        ({ state, devices }) => `${setNames(state).name}:${setNames(state).version} to ${devices.join(', ')}`,
      )
      return { sends, refusals }
    },
    apply: async ({ states, fresh }, signal) => {
      begin(signal)
      const answers = new Map<string, Applied>()
      const there = await known(
        states.map((state) => state.device),
        signal,
      )
      const take = (devices: readonly string[], { revision }: DesiredState, failure: Failure | undefined): void => {
        for (const device of devices) {
          answers.set(device, failure === undefined ? { device, is: 'held' } : { device, is: 'failed', ...failure })
          if (failure === undefined) following.add(device, revision.execution)
        }
      }
      const wanted = states.filter((state) => {
        const why = 'class' in there ? there : refusalOf(state, there)
        if (why !== undefined) answers.set(state.device, { device: state.device, is: 'failed', ...why })
        return why === undefined
      })
      if (fresh !== true) {
        await each(wanted, async ({ device, revision }) => {
          const standing = await assigned(device, signal)
          if (typeof standing !== 'number') answers.set(device, { device, is: 'failed', ...standing })
          else if (standing >= revision.execution) answers.set(device, { device, is: 'already' })
        })
      }
      for (const { state, devices } of groupsOf(wanted.filter((one) => !answers.has(one.device)))) {
        const id = await setFor(state, signal)
        const { rollouts } = options
        if (typeof id === 'number' && rollouts !== undefined && devices.length >= rollouts.from) {
          const version = setNames(state).version
          take(devices, state, await beginInGroups(server.groups, paced, { set: id, version, targets: devices }, rollouts, signal))
          continue
        }
        for (let at = 0; at < devices.length; at += MOST_TARGETS) {
          const part = devices.slice(at, at + MOST_TARGETS)
          const answer = typeof id === 'number' ? await paced(signal, () => server.assign(id, part, signal)) : id
          const failure = 'is' in answer ? (answer.is === 'ok' ? undefined : failureOf(answer)) : answer
          take(part, state, failure)
        }
      }
      if (options.tags === true)
        for (const { state, devices } of groupsOf(states.filter(({ device }) => answers.get(device)?.is === 'held'))) {
          const failure = await tagVariant(server.groups, paced, state.is.variant ?? state.is.outcome, devices, signal)
          // The tag is for people's filters: the device has its state all the same, and a later batch tags it again.
          if (failure?.class === 'rejected') for (const device of devices) answers.set(device, { device, is: 'failed', ...failure })
        }
      return states.map(({ device }) => answers.get(device)!)
    },
    withdraw: ({ states }, signal) => {
      begin(signal)
      return each(states, async ({ device, revision }): Promise<Withdrawn> => {
        const standing = await assigned(device, signal)
        if (typeof standing !== 'number') return { device, is: 'failed', ...standing }
        if (standing !== revision.execution) return { device, is: 'withdrawn' }
        const action = await paced(signal, () => server.lastAction(device, signal))
        if (action.is !== 'ok') return { device, is: 'failed', ...failureOf(action) }
        if (action.value === undefined || wasTaken(action.value)) return { device, is: 'too-late' }
        const { id } = action.value
        for (const force of [false, true]) {
          const answer = await paced(signal, () => server.cancel(device, id, force, signal))
          if (answer.is !== 'ok') return { device, is: 'failed', ...failureOf(answer) }
        }
        following.remove(device)
        return { device, is: 'withdrawn' }
      })
    },
    read: async (devices, signal) => {
      begin(signal)
      return (await each(devices, (device) => report(device, signal))).flat()
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

/** States that share a set, with their devices. */
function groupsOf(states: readonly DesiredState[]): readonly { readonly state: DesiredState; readonly devices: readonly string[] }[] {
  const groups = new Map<string, { readonly state: DesiredState; readonly devices: string[] }>()
  for (const state of states) {
    const key = desiredText(state)
    const group = groups.get(key) ?? { state, devices: [] }
    groups.set(key, group)
    group.devices.push(state.device)
  }
  return [...groups.values()]
}

function setNames(state: DesiredState): { readonly name: string; readonly version: string; readonly description: string } {
  const description = desiredText(state)
  const hash = createHash('sha256').update(description).digest('hex').slice(0, 16)
  return {
    name: `fleetproof ${state.is.variant ?? state.is.outcome}`.slice(0, 128),
    version: `${state.revision.execution}-${hash}`,
    description: withoutArtefact(state),
  }
}

/** The artefact stands in the set's module. */
function withoutArtefact({ device, revision, is }: DesiredState): string {
  return desiredText({ device, revision, is })
}

function stateOf(device: string, set: DistributionSet | undefined): DesiredState | undefined {
  return set === undefined ? undefined : readDesired(device, set.description ?? '')
}

/** 0 for sets of others. */
function executionOf(set: DistributionSet | undefined): number {
  return stateOf('', set)?.revision.execution ?? 0
}

/** Whether the device knows of the action. */
function wasTaken({ detailStatus, status }: Action): boolean {
  return status === 'finished' || !['running', 'scheduled', 'wait_for_confirmation', 'canceling', undefined].includes(detailStatus)
}

function refusalOf(state: DesiredState, there: ReadonlySet<string>): Failure | undefined {
  if (!there.has(state.device)) return { class: 'rejected', why: 'hawkBit knows no target of this name' }
  const bytes = Buffer.byteLength(withoutArtefact(state))
  return bytes > MOST_BYTES
    ? { class: 'rejected', why: `the desired state has ${bytes} bytes, more than the ${MOST_BYTES} of a description` }
    : undefined
}
