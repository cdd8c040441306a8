// Conventions whose commands no broker keeps: they reach devices that are there, and are sent again when a device comes back.
import type { MqttMessage } from '../../mqtt/message.ts'
import type { DesiredState, DeviceReport } from '../deployer.ts'

/** What a message from the devices' side says; `back`: the device is there and may have missed what was sent. */
export type FleetingEvent = DeviceReport | { readonly device: string; readonly is: 'back' }

export interface FleetingLayout {
  readonly name: string
  /** Why this name cannot be a device of the convention. */
  readonly refusal: (device: string) => string | undefined
  readonly command: (state: DesiredState) => MqttMessage
  /** Everything that devices say. */
  readonly filters: readonly string[]
  readonly read: (topic: string, payload: Uint8Array) => readonly FleetingEvent[]
  /** Where the last word is retained: its topics; else: the message that makes the device say all again. */
  readonly ask:
    | { readonly is: 'retained'; readonly topics: (device: string) => readonly string[] }
    | { readonly is: 'request'; readonly message: (device: string) => MqttMessage }
  /** What the executor says of itself on connecting, and the last will that takes it back. */
  readonly presence?: { readonly here: MqttMessage; readonly gone: MqttMessage }
  /** A topic of the executor alone. */
  readonly fence: (client: string) => string
}
