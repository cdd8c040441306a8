/** How the service reaches devices: deployers that its owner named, or a broker that the request names. What stands in a request reads no file, no variable, and runs no program. */
import { z } from 'zod'
import { mqttConfig, type DeployerConfig } from '../deploy/deployer-config.ts'
import { nameShape } from './names.ts'
import { badInput, wrongPart } from './problem.ts'
import { maybe } from '../diagnostics/suggest.ts'

export type NamedDeployers = Readonly<Record<string, DeployerConfig>>

export const deployerShape = z
  .union([nameShape, mqttConfig.omit({ tls: true, passwordVariable: true })])
  .describe('the name of a deployer that the service was started with, or an MQTT broker without files and variables')

export function deployerOf(named: NamedDeployers, asked: z.output<typeof deployerShape>): DeployerConfig {
  if (typeof asked !== 'string') return asked
  const found = Object.hasOwn(named, asked) ? named[asked] : undefined
  if (found !== undefined) return found
  const hint = maybe(asked, Object.keys(named)).hint
  throw badInput([wrongPart('body', 'deploy/unknown-deployer', `no deployer is called \`${asked}\` here`, hint)])
}

/** Whether a device counts once a check agreed, or when it reports. */
export function verifies(config: unknown): boolean {
  const { is, check } = config as { readonly is?: string; readonly check?: unknown }
  return is === 'command' ? check !== undefined : is !== 'webhook' && is !== 'ansible'
}
