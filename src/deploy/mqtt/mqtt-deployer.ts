// The deployer that speaks MQTT, by the layout of its topics.
import type { Deployer } from '../deployer.ts'
import { createFleetingDeployer } from './fleeting-deployer.ts'
import { homieLayout } from './homie-layout.ts'
import type { MqttDeployerOptions } from './options.ts'
import { createOwnDeployer } from './own-deployer.ts'
import { createShadowDeployer } from './shadow-deployer.ts'
import { sparkplugLayout } from './sparkplug-layout.ts'

/** Connects to the broker; throws as `connect` does. */
export function createMqttDeployer(options: MqttDeployerOptions): Promise<Deployer> {
  const { layout } = options
  switch (layout.is) {
    case 'own':
      return createOwnDeployer(options, layout.prefix)
    case 'aws-shadow':
      return createShadowDeployer(options, layout.prefix, layout.shadow)
    case 'homie':
      return createFleetingDeployer(options, homieLayout(layout.domain))
    case 'sparkplug':
      return createFleetingDeployer(
        options,
        sparkplugLayout(layout.group, layout.host, () => Date.now()),
      )
  }
}
