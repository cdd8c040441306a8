// How to reach a broker.
import type { MqttMessage, MqttSubscription } from './message.ts'

/** PEM texts; `authority` replaces the system's trusted authorities. */
export interface MqttTls {
  readonly authority?: string
  readonly certificate?: string
  readonly key?: string
  readonly serverName?: string
}

export type MqttState = 'connected' | 'reconnecting' | 'ended'

export interface MqttOptions {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  readonly url: string
  readonly clientId: string
  /** 3.1.1 where absent. */
  readonly version?: '3.1.1' | '5'
  readonly username?: string
  readonly password?: string
  readonly tls?: MqttTls
  readonly will?: MqttMessage
  /** Where present the broker keeps subscriptions and undelivered messages for so long (3.1.1: as long as it likes). */
  readonly sessionSeconds?: number
  /** A half-open connection is noticed after at most one and a half times this; 30 where absent. */
  readonly keepAliveSeconds?: number
  /** How long the first connect may take, retries included; 10,000 where absent. */
  readonly connectMilliseconds?: number
  /** Pauses between attempts double from `first` up to `most`; 200 and 30,000 where absent. */
  readonly backOff?: { readonly firstMilliseconds: number; readonly mostMilliseconds: number }
  /** Messages of QoS 1 that may await their acknowledgement; the broker's own limit holds where it tells a smaller one. 100 where absent. */
  readonly inFlight?: number
  /** What a kept session holds for these comes to their handlers from the first message on; granted when `connect` resolves. */
  readonly subscriptions?: readonly MqttSubscription[]
  /** Ends the connection at once, without farewell. */
  readonly signal?: AbortSignal
  /** Told of every change after the first connect. */
  readonly onState?: (state: MqttState) => void
}
