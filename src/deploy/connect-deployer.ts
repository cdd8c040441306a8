/** Opens the deployer that a rollout names. */
import { readFile } from 'node:fs/promises'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { MqttTls } from '../mqtt/options.ts'
import type { Deployer } from './deployer.ts'
import { deployerConfig, type DeployerConfig } from './deployer-config.ts'
import { createMqttDeployer } from './mqtt/mqtt-deployer.ts'

export interface ConnectOptions {
  /** Of the process; passwords are looked up by name. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/** `name` is the executor's name at the backend: the rollout's id. Throws `deploy/configuration` where the configuration is none, and what the backend fails with. */
export async function connectDeployer(config: unknown, name: string, options: ConnectOptions): Promise<Deployer> {
  const read = deployerConfig.safeParse(config)
  if (!read.success) throw new EngineError('deploy/configuration', `the deployer is not described: ${read.error.issues[0]?.message ?? ''}`)
  return open(read.data, name, options)
}

async function open(config: DeployerConfig, name: string, { environment, signal }: ConnectOptions): Promise<Deployer> {
  switch (config.is) {
    case 'mqtt': {
      const { url, layout, perSecond, version, username, passwordVariable, tls } = config
      const password = passwordVariable === undefined ? undefined : environment[passwordVariable]
      if (passwordVariable !== undefined && password === undefined)
        throw new EngineError('deploy/configuration', `the environment has no variable \`${passwordVariable}\` with the broker's password`)
      return createMqttDeployer({
        broker: {
          url,
          clientId: `fleetproof-${name}`,
          ...(version === undefined ? {} : { version }),
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          ...(tls === undefined ? {} : { tls: await readTls(tls) }),
          ...(signal === undefined ? {} : { signal }),
        },
        layout,
        ...(perSecond === undefined ? {} : { perSecond }),
      })
    }
  }
}

async function readTls(paths: {
  readonly authority?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
}): Promise<MqttTls> {
  const read = async (name: string, path: string | undefined): Promise<Record<string, string>> => {
    if (path === undefined) return {}
    try {
      return { [name]: await readFile(path, 'utf8') }
    } catch (cause) {
      throw new EngineError('deploy/configuration', `the ${name} in \`${path}\` cannot be read`, { cause })
    }
  }
  return {
    ...(await read('authority', paths.authority)),
    ...(await read('certificate', paths.certificate)),
    ...(await read('key', paths.key)),
  }
}
