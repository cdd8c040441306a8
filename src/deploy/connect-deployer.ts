/** Opens the deployer that a rollout names. */
import { readFile } from 'node:fs/promises'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { MqttTls } from '../mqtt/options.ts'
import type { Deployer } from './deployer.ts'
import { deployerConfig, type DeployerConfig } from './deployer-config.ts'
import type { DeviceOutcome } from '../model/rollout.ts'
import { createAnsibleDeployer } from './ansible/ansible-deployer.ts'
import { createIotHubDeployer } from './azure-iot-hub/iot-hub-deployer.ts'
import { createCommandDeployer } from './command/command-deployer.ts'
import { folderArtefacts } from './ddi/artefacts.ts'
import { createDdiDeployer } from './ddi/ddi-deployer.ts'
import { ddiServer } from './ddi/server.ts'
import { createFileDeployer } from './file/file-deployer.ts'
import { createGenesisDeployer } from './genesis/genesis-deployer.ts'
import type { Mapping } from './genesis/target-model.ts'
import { createHawkbitDeployer } from './hawkbit/hawkbit-deployer.ts'
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
    case 'ddi':
      return openDdi(config, options)
    case 'genesis': {
      const { url, progress, components, together, seconds, file } = config
      return createGenesisDeployer({
        url,
        progress: { url: progress, clientId: `fleetproof-${name}`, ...(options.signal === undefined ? {} : { signal: options.signal }) },
        limits: httpLimits,
        build: ({ device, is }) => (is.variant === null ? undefined : filledComponent(components[is.variant], device, is)),
        refusal: ({ is }) =>
          is.variant === null || Object.hasOwn(components, is.variant)
            ? undefined
            : `no component is described for variant \`${is.variant}\``,
        together,
        milliseconds: 1000 * seconds,
        file,
      })
    }
    case 'hawkbit': {
      const { url, authorizationVariable, artefacts, requestsPerSecond, pollSeconds, tags, rollouts } = config
      return createHawkbitDeployer({
        url,
        authorization: variable(authorizationVariable, 'the authorization at hawkBit', options),
        limits: httpLimits,
        artefacts: folderArtefacts(artefacts),
        pollMilliseconds: 1000 * pollSeconds,
        tags,
        ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
        ...(rollouts === undefined ? {} : { rollouts }),
      })
    }
    case 'azure-iot-hub': {
      const { connectionVariable, url, twinUpdatesPerSecond, twinReadsPerSecond, mostConfigurations, pollSeconds } = config
      return createIotHubDeployer({
        connectionString: variable(connectionVariable, 'the connection string of the hub', options),
        limits: httpLimits,
        twinUpdatesPerSecond,
        twinReadsPerSecond,
        pollMilliseconds: 1000 * pollSeconds,
        ...(url === undefined ? {} : { url }),
        ...(mostConfigurations === undefined ? {} : { mostConfigurations }),
      })
    }
  }
}

const httpLimits = { milliseconds: 30_000, attempts: 5, longestPause: 60_000 } as const

/** Whether a process can have it open once only: it listens on a port, or keeps its actions in a file. */
export function isAlone(config: unknown): boolean {
  const read = deployerConfig.safeParse(config)
  return read.success && 'file' in read.data
}

async function openDdi(config: Extract<DeployerConfig, { readonly is: 'ddi' }>, options: ConnectOptions): Promise<Deployer> {
  const { host, port, baseUrl, tenant, pollSeconds, artefacts, tokenVariable, tls, file } = config
  const token = variable(tokenVariable, 'the token of the devices', options)
  const pem =
    tls === undefined ? undefined : { certificate: await readPem('certificate', tls.certificate), key: await readPem('key', tls.key) }
  const deployer = await createDdiDeployer({
    tenant,
    baseUrl: baseUrl ?? `http${tls === undefined ? '' : 's'}://${host}:${port}`,
    pollSeconds,
    artefacts: folderArtefacts(artefacts),
    admits: (_, authorization) => authorization === `TargetToken ${token}` || authorization === `GatewayToken ${token}`,
    file,
  })
  const server = ddiServer(deployer.answer, pem)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (cause) {
    await deployer.close()
    throw new EngineError('deploy/configuration', `devices cannot be served on port ${port} of ${host}`, { cause })
  }
  return {
    ...deployer,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await deployer.close()
    },
  }
}

/** The component with what belongs to the device in the places of its texts. */
function filledComponent(component: unknown, device: string, { variant, settings }: DeviceOutcome): Mapping {
  const values: Readonly<Record<string, string | number | boolean>> = { ...settings, device, variant: variant ?? '' }
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replaceAll(/\{\{([^{}]+)\}\}/g, (whole, name: string) => String(values[name.trim()] ?? whole))
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one)]))
  }
  return fill(component) as Mapping
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
  const read = async (name: string, path: string | undefined): Promise<Record<string, string>> =>
    path === undefined ? {} : { [name]: await readPem(name, path) }
  return {
    ...(await read('authority', paths.authority)),
    ...(await read('certificate', paths.certificate)),
    ...(await read('key', paths.key)),
  }
}

async function readPem(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new EngineError('deploy/configuration', `the ${name} in \`${path}\` cannot be read`, { cause })
  }
}
