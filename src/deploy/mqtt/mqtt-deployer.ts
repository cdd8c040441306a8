// The deployer that speaks MQTT, by the layout of its topics.
import type { Deployer } from '../deployer.ts'
import { createOwnDeployer } from './own-deployer.ts'
import type { MqttDeployerOptions } from './options.ts'

/** Connects to the broker; throws as `connect` does. */
export function createMqttDeployer(options: MqttDeployerOptions): Promise<Deployer> {
  const { layout } = options
  switch (layout.is) {
    case 'own':
      return createOwnDeployer(options, layout.prefix)
  }
}
