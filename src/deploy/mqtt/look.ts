// Reads what the broker retains now.
import type { MqttConnection } from '../../mqtt/connect.ts'
import { textOf } from '../../mqtt/message.ts'
import { onAbort } from '../../mqtt/on-abort.ts'

/** Texts by topic that the broker retains for `topics`; those it retains nothing for are absent. `fence` is a topic of ours alone. */
export async function lookUp(
  connection: MqttConnection,
  topics: readonly string[],
  fence: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  if (topics.length === 0) return found
  const stop = await connection.subscribe(topics, (message) => void found.set(message.topic, textOf(message)))
  try {
    await passFence(connection, fence, signal)
    return found
  } finally {
    await stop()
  }
}

/** Resolves when a message of our own came back: what the broker had for us before has come as well, as it keeps the order of one subscriber. */
export async function passFence(connection: MqttConnection, fence: string, signal: AbortSignal | undefined): Promise<void> {
  let passed: () => void = () => undefined
  const back = new Promise<void>((resolve, reject) => {
    passed = resolve
    onAbort(signal, () => reject(signal?.reason as Error))
  })
  back.catch(() => undefined)
  const stop = await connection.subscribe(fence, () => passed())
  try {
    await connection.publish({ topic: fence, payload: '', qos: 1, retain: false }, signal)
    await back
  } finally {
    await stop()
  }
}
