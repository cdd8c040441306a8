// A device on MQTT, on Fleetproof's own topics: desired states come in retained, its word goes out retained, its last will says that it is gone.
import { connect, type MqttConnection } from '../../src/mqtt/connect.ts'
import type { MqttOptions } from '../../src/mqtt/options.ts'
import { ownTopics } from '../../src/deploy/mqtt/own-layout.ts'
import { createDevice, type DeviceWork } from './device.ts'
import type { Memory } from './memory.ts'

export interface AgentOptions {
  readonly broker: Omit<MqttOptions, 'clientId' | 'will'>
  readonly prefix: string
  readonly device: string
  readonly memory: Memory
  readonly work: Omit<DeviceWork, 'tell'>
}

export interface Agent {
  /** Says farewell, or is cut, so that its last will is sent. */
  readonly stop: (how?: 'farewell' | 'abruptly') => Promise<void>
}

export async function startAgent({ broker, prefix, device: name, memory, work }: AgentOptions): Promise<Agent> {
  const topics = ownTopics(prefix)
  const line: { connection?: MqttConnection } = {}
  const device = createDevice(name, memory, {
    ...work,
    tell: async (status) => {
      // Without a connection nothing is lost: all is said again after the next connect.
      await line.connection?.publish({ topic: topics.reported(name), payload: JSON.stringify(status), qos: 1, retain: true }).catch(() => undefined)
    },
  })
  const greet = async (to: MqttConnection): Promise<void> => {
    await to.publish({ topic: topics.alive(name), payload: '1', qos: 1, retain: true })
    await device.say()
  }
  const connection = await connect({
    ...broker,
    clientId: `device-${name}`,
    will: { topic: topics.alive(name), payload: '0', qos: 1, retain: true },
    onState: (state) => {
      if (state === 'connected' && line.connection !== undefined) void greet(line.connection).catch(() => undefined)
    },
  })
  line.connection = connection
  await greet(connection)
  await connection.subscribe(topics.desired(name), ({ payload }) => {
    if (payload.length > 0) void device.desire(Buffer.from(payload).toString()).catch(() => undefined)
  })
  return {
    stop: async (how = 'farewell') => {
      device.stop()
      if (how === 'farewell') await connection.publish({ topic: topics.alive(name), payload: '0', qos: 1, retain: true }).catch(() => undefined)
      await connection.end(how)
    },
  }
}
