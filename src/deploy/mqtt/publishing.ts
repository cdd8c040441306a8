// Publishes a batch and answers for each device.
import { endsAfter } from '../../ends-after.ts'
import type { MqttConnection } from '../../mqtt/connect.ts'
import type { MqttMessage } from '../../mqtt/message.ts'
import type { Applied } from '../deployer.ts'
import type { Pace } from '../pace.ts'

export interface Publishing {
  readonly connection: MqttConnection
  readonly pace: Pace
  /** How long the broker may take to acknowledge the batch. */
  readonly answerMilliseconds: number
  readonly signal: AbortSignal | undefined
}

/** Publishes all at once, in order; `held` when acknowledged. What is not acknowledged in time is taken back and `failed`, to be tried again. Rejects only when stopped by the caller's signal. */
export async function publishEach(
  messages: readonly { readonly device: string; readonly message: MqttMessage }[],
  { connection, pace, answerMilliseconds, signal }: Publishing,
): Promise<readonly Applied[]> {
  const limit = endsAfter(answerMilliseconds, signal)
  const answers: Applied[] = []
  const failed = (device: string, error: unknown): Applied => ({
    device,
    is: 'failed',
    class: 'retryable',
    why: limit.aborted ? 'the broker does not acknowledge' : (error as Error).message,
  })
  await Promise.all(
    messages.map(({ device, message }, position) => {
      const send = (): Promise<void> => connection.publish(message, limit)
      return (pace.unlimited ? send() : pace.take(1, limit).then(send)).then(
        () => {
          answers[position] = { device, is: 'held' }
        },
        (error: unknown) => {
          answers[position] = failed(device, error)
        },
      )
    }),
  )
  signal?.throwIfAborted()
  return answers
}
