/** Contexts of devices over MQTT. */

export interface MqttIngest {
  readonly url: string
  readonly username?: string
  readonly password?: string
}
