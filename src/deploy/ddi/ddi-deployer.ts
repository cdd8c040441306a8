// Devices that poll us by hawkBit's Direct Device Integration API: desired states wait here, in a file of ours, until their devices ask.
import type { Applied, Deployer, DesiredState } from '../deployer.ts'
import { desiredText } from '../document.ts'
import { createOpening } from '../opening.ts'
import { createWatchers } from '../watchers.ts'
import { changeReports, openActions, standingReports, withdrawOpen, type DeviceActions } from '../actions.ts'
import { ddiResources, type DdiAnswer, type DdiOptions, type DdiRequest } from './resources.ts'

export interface DdiDeployer extends Deployer {
  /** Answers a device's request; for the HTTP server that carries it. */
  readonly answer: (request: DdiRequest) => Promise<DdiAnswer>
}

/** `file`: where actions are kept; in memory alone where absent. One process at a time uses a file. */
export async function createDdiDeployer(options: DdiOptions & { readonly file?: string }): Promise<DdiDeployer> {
  const actions = await openActions(options.file)
  const watchers = createWatchers()
  const { begin, end } = createOpening()
  const answer = ddiResources(options, actions, (before, after) => watchers.tell(changeReports(before, after)))
  /** Why it cannot be sent. */
  const refusalOf = async ({ artefact }: DesiredState): Promise<string | undefined> => {
    if (artefact === undefined) return undefined
    const stored = await options.artefacts(artefact.sha256)
    if (stored === undefined) return `there is no artefact with the digest ${artefact.sha256}`
    return stored.bytes === artefact.bytes ? undefined : `the artefact has ${stored.bytes} bytes, not ${artefact.bytes}`
  }

  return {
    name: 'ddi',
    answer,
    capabilities: {
      away: 'kept',
      verifies: false,
      liveness: false,
      rollback: false,
      groups: false,
      wildcards: false,
      limits: { batch: 5000 },
    },
    rehearse: async (batch) => {
      const sends: string[] = []
      const refusals: { device: string; class: 'rejected'; why: string }[] = []
      for (const state of batch.states) {
        const why = await refusalOf(state)
        if (why === undefined) sends.push(`action ${state.revision.execution} of ${state.device}: ${desiredText(state)}`)
        else refusals.push({ device: state.device, class: 'rejected', why })
      }
      return { sends, refusals }
    },
    apply: async (batch, signal) => {
      begin(signal)
      const news: DeviceActions[] = []
      const answers: Applied[] = []
      for (const state of batch.states) {
        const { device, revision } = state
        const why = await refusalOf(state)
        const standing = actions.get(device)
        if (why !== undefined) answers.push({ device, is: 'failed', class: 'rejected', why })
        else if ((standing?.newest.revision.execution ?? 0) >= revision.execution) answers.push({ device, is: 'already' })
        else {
          answers.push({ device, is: 'held' })
          news.push({ newest: state, is: 'open', why: '', runs: standing?.runs })
        }
      }
      await actions.put(news)
      return answers
    },
    withdraw: ({ states }, signal) => {
      begin(signal)
      return withdrawOpen(actions, states)
    },
    read: (devices) => {
      begin()
      return Promise.resolve(devices.flatMap((device) => standingReports(actions.get(device))))
    },
    watch: (handler) => {
      begin()
      return Promise.resolve(watchers.add(handler))
    },
    close: async () => {
      if (!end()) return
      watchers.clear()
      await actions.close()
    },
  }
}
