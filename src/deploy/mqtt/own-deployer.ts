// Retained desired states on our own topics: the broker keeps them for devices that are away.
import { EngineError } from '../../diagnostics/engine-error.ts'
import { endsAfter } from '../../ends-after.ts'
import { connect, type MqttConnection } from '../../mqtt/connect.ts'
import { textOf, type MqttReceived } from '../../mqtt/message.ts'
import type { Applied, Batch, Capabilities, Deployer, DeviceReport, DesiredState, Withdrawn } from '../deployer.ts'
import { desiredPayloads, desiredRevision, desiredText, readStatus, seenExecution } from '../document.ts'
import { createOpening } from '../opening.ts'
import { createPace } from '../pace.ts'
import { rehearseEach } from '../rehearse.ts'
import { createWatchers } from '../watchers.ts'
import { lookUp, passFence } from './look.ts'
import type { MqttDeployerOptions } from './options.ts'
import { ownTopics, type OwnTopics } from './own-layout.ts'
import { publishEach } from './publishing.ts'

/** Most bytes of one desired state; brokers and small devices take more, but nothing that we say needs more. */
const MOST_BYTES = 65_536

export async function createOwnDeployer(options: MqttDeployerOptions, prefix: string): Promise<Deployer> {
  const topics = ownTopics(prefix)
  const answerMilliseconds = options.answerMilliseconds ?? 10_000
  const fence = topics.fence(options.broker.clientId)
  const watcherId = `${options.broker.clientId}-watch`
  const pace = createPace(options.perSecond)
  const watchers = createWatchers()
  const connection = await connect(options.broker)
  let listening: Promise<MqttConnection> | undefined
  let hearsLiveness = false
  const { begin, end } = createOpening()

  const hear = (message: MqttReceived): void | Promise<void> => {
    const reports = topicReports(topics, message.topic, textOf(message))
    if (reports.length > 0) return watchers.tell(reports)
  }
  /** By device, what the broker retains of it. */
  const standing = async (devices: readonly string[], signal: AbortSignal | undefined): Promise<(device: string) => Standing> => {
    const asked = devices.flatMap((device) => [topics.desired(device), topics.reported(device)])
    const found = await lookUp(connection, asked, fence, endsAfter(answerMilliseconds, signal))
    return (device) => standingOf(found.get(topics.desired(device)), device, found.get(topics.reported(device)))
  }

  const apply = async (batch: Batch, signal?: AbortSignal): Promise<readonly Applied[]> => {
    begin()
    const answers = new Map<string, Applied>()
    const payloads = desiredPayloads(batch.states)
    for (const [position, state] of batch.states.entries()) {
      const refusal = refusalOf(state, payloads[position]!.length)
      if (refusal !== undefined) answers.set(state.device, { device: state.device, is: 'failed', class: 'rejected', why: refusal })
    }
    if (batch.fresh !== true) {
      const devices = batch.states.map((state) => state.device)
      const look = await standing(devices, signal).catch((error: unknown) => unreachable(error, signal))
      if (look === undefined)
        return devices.map((device) => ({ device, is: 'failed', class: 'retryable', why: 'the broker does not answer' }))
      for (const { device, revision } of batch.states) {
        const { desired, seen } = look(device)
        if (Math.max(desired, seen) >= revision.execution && !answers.has(device)) answers.set(device, { device, is: 'already' })
      }
    }
    const messages = batch.states.flatMap(({ device }, position) =>
      answers.has(device)
        ? []
        : [{ device, message: { topic: topics.desired(device), payload: payloads[position]!, qos: 1, retain: true } as const }],
    )
    for (const answer of await publishEach(messages, { connection, pace, answerMilliseconds, signal })) answers.set(answer.device, answer)
    return batch.states.map(({ device }) => answers.get(device)!)
  }

  const withdraw = async (batch: Batch, signal?: AbortSignal): Promise<readonly Withdrawn[]> => {
    begin()
    const devices = batch.states.map((state) => state.device)
    const look = await standing(devices, signal).catch((error: unknown) => unreachable(error, signal))
    if (look === undefined)
      return devices.map((device) => ({ device, is: 'failed', class: 'retryable', why: 'the broker does not answer' }))
    const late = new Set(
      batch.states.filter(({ device, revision }) => look(device).seen >= revision.execution).map((state) => state.device),
    )
    const standingHere = batch.states.filter(({ device, revision }) => !late.has(device) && look(device).desired === revision.execution)
    const messages = standingHere.map(({ device }) => ({
      device,
      message: { topic: topics.desired(device), payload: '', qos: 1, retain: true } as const,
    }))
    const sent = new Map(
      (await publishEach(messages, { connection, pace, answerMilliseconds, signal })).map((answer) => [answer.device, answer]),
    )
    return devices.map((device): Withdrawn => {
      const answer = sent.get(device)
      if (answer?.is === 'failed') return answer
      return { device, is: late.has(device) ? 'too-late' : 'withdrawn' }
    })
  }

  return {
    name: 'mqtt',
    capabilities: ownCapabilities(options),
    rehearse: ({ states }) =>
      Promise.resolve(
        rehearseEach(
          states,
          (state) => refusalOf(state, Buffer.byteLength(desiredText(state))),
          (state) => `${topics.desired(state.device)} ${desiredText(state)}`,
        ),
      ),
    apply,
    withdraw,
    read: async (devices, signal) => {
      begin()
      const asked = devices.flatMap((device) => [topics.reported(device), topics.alive(device)])
      const found = await lookUp(connection, asked, fence, endsAfter(answerMilliseconds, signal))
      return asked.flatMap((topic) => (found.has(topic) ? topicReports(topics, topic, found.get(topic)!) : []))
    },
    watch: async (handler, words = 'all') => {
      begin()
      const stop = watchers.add(handler)
      // A connection of its own, whose session the broker keeps: reports that come while nobody runs here are not lost.
      if (listening === undefined) {
        const filters = words === 'all' ? [topics.all('reported'), topics.all('alive')] : [topics.all('reported')]
        hearsLiveness = words === 'all'
        listening = connect({
          ...options.broker,
          clientId: watcherId,
          sessionSeconds: options.broker.sessionSeconds ?? 86_400,
          subscriptions: [{ filters, handler: hear }],
        })
      }
      const line = await listening
      // A large fleet's liveness is as many messages as it has devices: it comes only to who asks for it.
      if (words === 'all' && !hearsLiveness) {
        hearsLiveness = true
        await line.subscribe(topics.all('alive'), hear)
      }
      return stop
    },
    caughtUp: async (signal) => {
      begin()
      // The broker keeps the order of one subscriber: what devices have said before comes before our own message.
      if (listening !== undefined) await passFence(await listening, topics.fence(watcherId), endsAfter(answerMilliseconds, signal))
    },
    close: async () => {
      if (!end()) return
      watchers.clear()
      await Promise.all([connection.end(), listening?.then((one) => one.end())])
    },
  }
}

function ownCapabilities({ perSecond }: MqttDeployerOptions): Capabilities {
  const limits = { batch: 1000, bytes: MOST_BYTES, ...(perSecond === undefined ? {} : { perSecond }) }
  return { away: 'kept', verifies: true, liveness: true, rollback: false, groups: false, wildcards: false, limits }
}

/** Executions: of the desired state that the broker retains, and of the newest one that the device took; 0: none. */
interface Standing {
  readonly desired: number
  readonly seen: number
}

function standingOf(desired: string | undefined, device: string, reported: string | undefined): Standing {
  return {
    desired: desired === undefined ? 0 : (desiredRevision(desired)?.execution ?? 0),
    seen: reported === undefined ? 0 : seenExecution(readStatus(device, reported)),
  }
}

function unreachable(error: unknown, signal: AbortSignal | undefined): undefined {
  signal?.throwIfAborted()
  if (error instanceof EngineError && error.code === 'mqtt/ended') throw error
  return undefined
}

function refusalOf(state: DesiredState, bytes: number): string | undefined {
  if (state.device === '') return 'a device without a name has no topic'
  return bytes > MOST_BYTES ? `the desired state has ${bytes} bytes, more than ${MOST_BYTES}` : undefined
}

function topicReports(topics: OwnTopics, topic: string, text: string): readonly DeviceReport[] {
  const about = topics.read(topic)
  if (about === undefined) return []
  switch (about.what) {
    case 'reported':
      return readStatus(about.device, text)
    case 'alive':
      return text === '1' || text === '0' ? [{ device: about.device, is: 'alive', alive: text === '1' }] : []
    case 'desired':
      return []
  }
}
