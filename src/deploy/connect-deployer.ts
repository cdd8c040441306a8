/** Opens the deployer that a rollout names. */
import { readFile } from 'node:fs/promises'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { MqttTls } from '../mqtt/options.ts'
import type { Deployer } from './deployer.ts'
import { deployerConfig, type DeployerConfig } from './deployer-config.ts'
import { createAnsibleDeployer } from './ansible/ansible-deployer.ts'
import { createIotHubDeployer } from './azure-iot-hub/iot-hub-deployer.ts'
import { createCommandDeployer } from './command/command-deployer.ts'
import { createFileDeployer } from './file/file-deployer.ts'
import { createMqttDeployer } from './mqtt/mqtt-deployer.ts'
import { createWebhookDeployer } from './webhook/webhook-deployer.ts'

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

async function open(config: DeployerConfig, name: string, options: ConnectOptions): Promise<Deployer> {
  switch (config.is) {
    case 'mqtt':
      return openMqtt(config, name, options)
    case 'file':
      return createFileDeployer({ folder: config.folder, pollMilliseconds: 1000 * config.pollSeconds })
    case 'command': {
      const { program, arguments: words, ask, check, seconds, parallel, file } = config
      return createCommandDeployer({
        program,
        arguments: words,
        milliseconds: 1000 * seconds,
        parallel,
        file,
        ...(ask === undefined ? {} : { ask }),
        ...(check === undefined ? {} : { check }),
      })
    }
    case 'webhook': {
      const { url, secretVariable, seconds, attempts, longestPauseSeconds, parallel, perSecond, file } = config
      return createWebhookDeployer({
        url,
        secret: variable(secretVariable, 'the key of the signatures', options),
        milliseconds: 1000 * seconds,
        attempts,
        longestPause: 1000 * longestPauseSeconds,
        parallel,
        file,
        ...(perSecond === undefined ? {} : { perSecond }),
      })
    }
    case 'ansible': {
      const { playbook, together, forks, seconds, program, file } = config
      return createAnsibleDeployer({
        playbook,
        together,
        forks,
        milliseconds: 1000 * seconds,
        file,
        ...(program === undefined ? {} : { program }),
      })
    }
    case 'azure-iot-hub': {
      const { connectionVariable, url, twinUpdatesPerSecond, twinReadsPerSecond, mostConfigurations, pollSeconds } = config
      return createIotHubDeployer({
        connectionString: variable(connectionVariable, 'the connection string of the hub', options),
        limits: { milliseconds: 30_000, attempts: 5, longestPause: 60_000 },
        twinUpdatesPerSecond,
        twinReadsPerSecond,
        pollMilliseconds: 1000 * pollSeconds,
        ...(url === undefined ? {} : { url }),
        ...(mostConfigurations === undefined ? {} : { mostConfigurations }),
      })
    }
  }
}

function variable(name: string, what: string, { environment }: ConnectOptions): string {
  const value = environment[name]
  if (value === undefined || value === '')
    throw new EngineError('deploy/configuration', `the environment has no variable \`${name}\` with ${what}`)
  return value
}

async function openMqtt(
  config: Extract<DeployerConfig, { readonly is: 'mqtt' }>,
  name: string,
  options: ConnectOptions,
): Promise<Deployer> {
  const { url, layout, perSecond, version, username, passwordVariable, tls } = config
  return createMqttDeployer({
    broker: {
      url,
      clientId: `fleetproof-${name}`,
      ...(version === undefined ? {} : { version }),
      ...(username === undefined ? {} : { username }),
      ...(passwordVariable === undefined ? {} : { password: variable(passwordVariable, "the broker's password", options) }),
      ...(tls === undefined ? {} : { tls: await readTls(tls) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    layout,
    ...(perSecond === undefined ? {} : { perSecond }),
  })
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
