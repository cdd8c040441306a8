// Desired states as commands that no broker keeps: held here until the device has taken them, and sent again whenever it comes back.
import { endsAfter } from '../../ends-after.ts'
import { connect } from '../../mqtt/connect.ts'
import type { MqttReceived } from '../../mqtt/message.ts'
import type { Applied, Batch, Deployer, DesiredState, DeviceReport, Withdrawn } from '../deployer.ts'
import { desiredText } from '../document.ts'
import { createOpening } from '../opening.ts'
import { createPace } from '../pace.ts'
import { rehearseEach } from '../rehearse.ts'
import { createWatchers } from '../watchers.ts'
import type { FleetingLayout } from './fleeting-layout.ts'
import { lookUp } from './look.ts'
import type { MqttDeployerOptions } from './options.ts'
import { publishEach } from './publishing.ts'

/** The last word of a device, and whether it is there. */
interface Known {
  alive: boolean | undefined
  seen: number
  reports: readonly DeviceReport[]
}

export async function createFleetingDeployer(options: MqttDeployerOptions, layout: FleetingLayout): Promise<Deployer> {
  const answerMilliseconds = options.answerMilliseconds ?? 10_000
  const pace = createPace(options.perSecond)
  const watchers = createWatchers()
  const known = new Map<string, Known>()
  const open = new Map<string, DesiredState>()
  const learning = new Set<() => void>()
  let begun = false
  const { begin, isClosed, end } = createOpening()

  const hear = ({ topic, payload }: MqttReceived): void | Promise<void> => {
    const reports: DeviceReport[] = []
    for (const event of layout.read(topic, payload)) {
      if (event.is === 'back') {
        // The status that came with it is heard first, so that nothing is sent that the device has seen.
        queueMicrotask(() => void sendAgain(event.device))
        continue
      }
      reports.push(event)
      remember(known, event)
      const waiting = open.get(event.device)
      if (waiting !== undefined && known.get(event.device)!.seen >= waiting.revision.execution) open.delete(event.device)
    }
    for (const check of learning) check()
    if (reports.length > 0) return watchers.tell(reports)
  }
  const sendAgain = async (device: string): Promise<void> => {
    const state = open.get(device)
    // What cannot be sent now is sent when the device comes back the next time.
    if (state !== undefined && !isClosed()) await connection.publish(layout.command(state)).catch(() => undefined)
  }
  const connection = await connect({
    ...options.broker,
    subscriptions: [{ filters: layout.filters, handler: hear }],
    ...(layout.presence === undefined ? {} : { will: layout.presence.gone }),
    onState: (state) => {
      options.broker.onState?.(state)
      if (state === 'connected' && begun) void announce()
    },
  })
  const announce = async (): Promise<void> => {
    if (layout.presence !== undefined && !isClosed()) await connection.publish(layout.presence.here).catch(() => undefined)
  }
  begun = true
  await announce()

  /** Asks those of whom nothing is known; who does not answer in time stays unknown. */
  const learn = async (devices: readonly string[], signal: AbortSignal | undefined): Promise<void> => {
    const unknown = devices.filter((device) => !known.has(device) && layout.refusal(device) === undefined)
    if (unknown.length === 0) return
    const limit = endsAfter(answerMilliseconds, signal)
    if (layout.ask.is === 'retained') {
      const { topics } = layout.ask
      await lookUp(connection, unknown.flatMap(topics), layout.fence(options.broker.clientId), limit).catch(() => undefined)
    } else {
      const { message } = layout.ask
      const requests = new Map(unknown.map((device) => [message(device).topic, message(device)]))
      const complete = answered(learning, () => unknown.every((device) => known.has(device)), limit)
      await Promise.all([...requests.values()].map((request) => connection.publish(request).catch(() => undefined)))
      await complete
    }
    signal?.throwIfAborted()
  }

  const apply = async (batch: Batch, signal?: AbortSignal): Promise<readonly Applied[]> => {
    begin(signal)
    if (batch.fresh !== true) {
      await learn(
        batch.states.map((state) => state.device),
        signal,
      )
    }
    const answers = new Map<string, Applied>()
    const sending: DesiredState[] = []
    for (const state of batch.states) {
      const { device, revision } = state
      const why = layout.refusal(device)
      const newest = Math.max(known.get(device)?.seen ?? 0, open.get(device)?.revision.execution ?? 0)
      if (why !== undefined) answers.set(device, { device, is: 'failed', class: 'rejected', why })
      else if (newest > revision.execution || known.get(device)?.seen === revision.execution) answers.set(device, { device, is: 'already' })
      else {
        open.set(device, state)
        answers.set(device, { device, is: 'held' })
        if (known.get(device)?.alive !== false) sending.push(state)
      }
    }
    const messages = sending.map((state) => ({ device: state.device, message: layout.command(state) }))
    for (const answer of await publishEach(messages, { connection, pace, answerMilliseconds, signal })) {
      answers.set(answer.device, answer)
      if (answer.is === 'failed') open.delete(answer.device)
    }
    return batch.states.map(({ device }) => answers.get(device)!)
  }

  const withdraw = async (batch: Batch, signal?: AbortSignal): Promise<readonly Withdrawn[]> => {
    begin()
    await learn(
      batch.states.map((state) => state.device),
      signal,
    )
    return batch.states.map(({ device, revision }): Withdrawn => {
      const one = known.get(device)
      const mine = open.get(device)?.revision.execution === revision.execution
      if (mine) open.delete(device)
      // To a device that is there it was sent, and what was sent cannot be taken back.
      return { device, is: (one?.seen ?? 0) >= revision.execution || (mine && one?.alive === true) ? 'too-late' : 'withdrawn' }
    })
  }

  return {
    name: layout.name,
    capabilities: {
      away: 'sent-again',
      verifies: true,
      liveness: true,
      rollback: false,
      groups: false,
      wildcards: false,
      limits: { batch: 1000, ...(options.perSecond === undefined ? {} : { perSecond: options.perSecond }) },
    },
    rehearse: ({ states }) =>
      Promise.resolve(
        rehearseEach(
          states,
          ({ device }) => layout.refusal(device),
          (state) => `${layout.command(state).topic} ${desiredText(state)}`,
        ),
      ),
    apply,
    withdraw,
    read: async (devices, signal) => {
      begin()
      await learn(devices, signal)
      return devices.flatMap((device) => {
        const one = known.get(device)
        if (one === undefined) return []
        return [...one.reports, ...(one.alive === undefined ? [] : [{ device, is: 'alive', alive: one.alive } as const])]
      })
    },
    watch: (handler) => {
      begin()
      return Promise.resolve(watchers.add(handler))
    },
    close: async () => {
      if (!end()) return
      watchers.clear()
      if (layout.presence !== undefined) await connection.publish(layout.presence.gone, AbortSignal.timeout(1000)).catch(() => undefined)
      await connection.end()
    },
  }
}

function remember(known: Map<string, Known>, report: DeviceReport): void {
  const one = known.get(report.device) ?? { alive: undefined, seen: 0, reports: [] }
  known.set(report.device, one)
  if (report.is === 'alive') {
    one.alive = report.alive
    return
  }
  one.seen = Math.max(one.seen, report.revision?.execution ?? 0)
  // A new word begins with what was accepted, or replaces its own sort.
  one.reports = [...(report.is === 'accepted' ? [] : one.reports.filter((other) => other.is !== report.is)), report]
}

/** Resolves once it holds, looked at whenever something was heard, or when the limit fires. */
function answered(learning: Set<() => void>, holds: () => boolean, limit: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!holds() && !limit.aborted) return
      learning.delete(check)
      limit.removeEventListener('abort', check)
      resolve()
    }
    learning.add(check)
    limit.addEventListener('abort', check)
    check()
  })
}
