// How an MQTT deployer is set up.
import type { MqttOptions } from '../../mqtt/options.ts'

/** How topics and payloads are laid out. */
export type MqttLayout =
  | { readonly is: 'own'; readonly prefix: string }
  | { readonly is: 'homie'; readonly domain: string }
  | { readonly is: 'sparkplug'; readonly group: string; readonly host: string }
  | { readonly is: 'aws-shadow'; readonly prefix: string; readonly shadow: string }

export interface MqttDeployerOptions {
  /** The client id is the executor's name at the broker: stable, and used by one process at a time. */
  readonly broker: MqttOptions
  readonly layout: MqttLayout
  /** Devices told in a second, at most. */
  readonly perSecond?: number
  /** How long the broker (or the shadow service, or a device that is asked) may take to answer; 10,000 where absent. */
  readonly answerMilliseconds?: number
}
