/**
 * Deployers that carry each state to its device themselves (a program, a web hook, a playbook) and keep in a file what they were asked and how it ended. A state that
 * was under way when the process died is carried again when it is applied again: what carries it gets the revision and drops one it has seen.
 */
import { EngineError } from '../diagnostics/engine-error.ts'
import { changeReports, openActions, standingReports, withdrawOpen, type DeviceActions, type Ended } from './actions.ts'
import type { Applied, Capabilities, Deployer, DesiredState, DeviceReport, Failure, Rehearsal } from './deployer.ts'
import { createWatchers } from './watchers.ts'

/** `goes-on`: the device took it; how it ends comes by `CarriedDeployer.hear`. `verified`: a check agreed as well. */
export interface Carried {
  readonly is: Ended | 'goes-on'
  readonly why: string
  readonly verified?: boolean
}

export interface Carrier {
  readonly name: string
  readonly capabilities: Capabilities
  /** States that travel together, and how many such groups at a time. */
  readonly together: number
  readonly parallel: number
  /** Why this state can never be carried. */
  readonly refusal: (state: DesiredState) => string | undefined
  /** One answer for each, in their order. Rejects only when stopped. */
  readonly carry: (states: readonly DesiredState[], signal: AbortSignal) => Promise<readonly Carried[]>
  /** What would be done with states that can be carried. */
  readonly rehearse: (states: readonly DesiredState[], signal: AbortSignal | undefined) => Promise<Rehearsal>
  /** Asks the devices themselves; where absent, what was recorded is told. */
  readonly ask?: (devices: readonly string[], signal: AbortSignal | undefined) => Promise<readonly DeviceReport[]>
}

export interface CarriedDeployer extends Deployer {
  /** How an action that went on has ended. `unknown`: no such action, or another is newer; `again`: it had ended already. */
  readonly hear: (
    device: string,
    execution: number,
    ended: { readonly is: Ended; readonly why: string; readonly verified?: boolean },
  ) => Promise<'kept' | 'again' | 'unknown'>
}

export async function createCarriedDeployer(carrier: Carrier, file: string | undefined): Promise<CarriedDeployer> {
  const actions = await openActions(file)
  const watchers = createWatchers()
  const stopping = new AbortController()
  const queue: DesiredState[] = []
  const underWay = new Map<string, number>()
  const running = new Set<Promise<void>>()

  const begin = (signal?: AbortSignal): void => {
    if (stopping.signal.aborted) throw new EngineError('deploy/closed', 'the deployer is closed')
    signal?.throwIfAborted()
  }
  const current = (state: DesiredState): DeviceActions | undefined => {
    const one = actions.get(state.device)
    return one?.newest.revision.execution === state.revision.execution ? one : undefined
  }
  const become = async (
    changes: readonly { readonly before: DeviceActions; readonly after: DeviceActions; readonly verified: boolean }[],
  ): Promise<void> => {
    await actions.put(changes.map((change) => change.after))
    for (const { before, after, verified } of changes) {
      const { device, revision } = after.newest
      await watchers.tell([...changeReports(before, after), ...(verified ? [{ device, is: 'verified', revision } as const] : [])])
    }
  }
  const end = (
    before: DeviceActions,
    { is, why, verified = false }: Carried,
  ): { before: DeviceActions; after: DeviceActions; verified: boolean } => {
    const now = is === 'goes-on' ? 'fetched' : is
    return {
      before,
      after: { ...before, is: now, why, runs: is === 'success' ? before.newest : before.runs },
      verified: verified && is === 'success',
    }
  }
  const group = async (states: readonly DesiredState[]): Promise<void> => {
    // Withdrawn or replaced while they waited.
    const wanted = states.filter((state) => current(state)?.is === 'open' || current(state)?.is === 'fetched')
    if (wanted.length === 0) return
    await become(
      wanted.map((state) => ({ before: current(state)!, after: { ...current(state)!, is: 'fetched' as const }, verified: false })),
    )
    const ended = await carrier.carry(wanted, stopping.signal)
    const pairs = wanted.flatMap((state, at) => {
      const before = current(state)
      return before?.is === 'fetched' ? [end(before, ended[at] ?? { is: 'failure', why: 'nothing was said of it' })] : []
    })
    await become(pairs)
  }
  const pump = (): void => {
    while (running.size < carrier.parallel && queue.length > 0 && !stopping.signal.aborted) {
      // One state of a device at a time: a newer one waits until the older has ended.
      const taken = takeFree(queue, underWay, carrier.together)
      if (taken.length === 0) return
      for (const { device, revision } of taken) underWay.set(device, revision.execution)
      const one = group(taken)
        .catch(() => undefined)
        .finally(() => {
          for (const { device } of taken) underWay.delete(device)
          running.delete(one)
          pump()
        })
      running.add(one)
    }
  }

  return {
    name: carrier.name,
    capabilities: carrier.capabilities,
    rehearse: async ({ states }, signal) => {
      const refusals = states.flatMap((state) => {
        const why = carrier.refusal(state)
        return why === undefined ? [] : [{ device: state.device, class: 'rejected' as const, why }]
      })
      const rest = await carrier.rehearse(
        states.filter((state) => carrier.refusal(state) === undefined),
        signal,
      )
      return { sends: rest.sends, refusals: [...refusals, ...rest.refusals] }
    },
    apply: async ({ states }, signal) => {
      begin(signal)
      const news: DeviceActions[] = []
      const going: DesiredState[] = []
      const answers = states.map((state): Applied => {
        const { device, revision } = state
        const why = carrier.refusal(state)
        if (why !== undefined) return { device, is: 'failed', class: 'rejected', why }
        const standing = actions.get(device)
        const known = standing?.newest.revision.execution ?? 0
        if (known > revision.execution) return { device, is: 'already' }
        if (known === revision.execution) {
          const lost =
            (standing?.is === 'open' || standing?.is === 'fetched') &&
            underWay.get(device) !== known &&
            !queue.some((one) => one.device === device)
          if (!lost) return { device, is: 'already' }
          going.push(state)
          return { device, is: 'held' }
        }
        news.push({ newest: state, is: 'open', why: '', runs: standing?.runs })
        going.push(state)
        return { device, is: 'held' }
      })
      await actions.put(news)
      queue.push(...going)
      pump()
      return answers
    },
    withdraw: ({ states }, signal) => {
      begin(signal)
      return withdrawOpen(actions, states)
    },
    read: (devices, signal) => {
      begin(signal)
      return carrier.ask?.(devices, signal) ?? Promise.resolve(devices.flatMap((device) => standingReports(actions.get(device))))
    },
    watch: (handler) => {
      begin()
      return Promise.resolve(watchers.add(handler))
    },
    hear: async (device, execution, ended) => {
      begin()
      const standing = actions.get(device)
      if (standing?.newest.revision.execution !== execution || standing.is === 'withdrawn') return 'unknown'
      if (standing.is !== 'fetched' && standing.is !== 'open') return 'again'
      await become([end(standing, ended)])
      return 'kept'
    },
    close: async () => {
      if (stopping.signal.aborted) return
      stopping.abort(new EngineError('deploy/closed', 'the deployer is closed'))
      watchers.clear()
      await Promise.all(running)
      await actions.close()
    },
  }
}

export const carriedBy = (failure: Failure): Carried => ({
  is: failure.class === 'retryable' ? 'failure' : failure.class,
  why: failure.why,
})

/** Takes up to `most` states out of the queue whose devices have nothing under way, the first of each device. */
function takeFree(queue: DesiredState[], underWay: ReadonlyMap<string, number>, most: number): readonly DesiredState[] {
  const taken: DesiredState[] = []
  const devices = new Set<string>()
  for (let at = 0; at < queue.length && taken.length < most;) {
    const state = queue[at]!
    if (underWay.has(state.device) || devices.has(state.device)) {
      devices.add(state.device)
      at++
      continue
    }
    devices.add(state.device)
    taken.push(...queue.splice(at, 1))
  }
  return taken
}
