// What is sent and what comes in over MQTT.

export interface MqttMessage {
  readonly topic: string
  readonly payload: Uint8Array | string
  /** At most once or at least once; exactly once is not used: revisions make repeats harmless. */
  readonly qos: 0 | 1
  readonly retain: boolean
}

export interface MqttReceived {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1 | 2
  /** Sent because of the subscription and not as news. */
  readonly retained: boolean
  /** The broker may have sent it before. */
  readonly duplicate: boolean
}

/** The payload as text, read in place. */
export function textOf({ payload }: Pick<MqttReceived, 'payload'>): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString()
}

/** Where a promise is returned, a message of QoS 1 is acknowledged once it is kept; where it rejects, it is not acknowledged and comes again after the next connect. */
export type MqttHandler = (message: MqttReceived) => void | Promise<void>

export interface MqttSubscription {
  readonly filters: readonly string[]
  readonly handler: MqttHandler
}
