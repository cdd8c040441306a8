/** How devices are reached, as a rollout keeps it: JSON without secrets; files with keys and passwords are named, never held. */
import { z } from 'zod'

const port = z.string().min(1)
/** Where devices fetch the artefacts of a release: each at this address, `/`, and its sha256; absent: they are told its name alone. */
const artefactsUrl = z.url({ protocol: /^https?$/ }).optional()

export const mqttConfig = z.strictObject({
  is: z.literal('mqtt'),
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  url: port,
  artefactsUrl,
  /** Devices told in a second, at most. */
  perSecond: z.int().min(1).optional(),
  version: z.enum(['3.1.1', '5']).optional(),
  username: z.string().optional(),
  /** Name of the environment variable that holds the password. */
  passwordVariable: z.string().optional(),
  /** Paths of PEM files. */
  tls: z.strictObject({ authority: z.string().optional(), certificate: z.string().optional(), key: z.string().optional() }).optional(),
  layout: z
    .discriminatedUnion('is', [
      z.strictObject({ is: z.literal('own'), prefix: z.string().min(1) }),
      z.strictObject({ is: z.literal('homie'), domain: z.string().min(1) }),
      z.strictObject({ is: z.literal('sparkplug'), group: z.string().min(1), host: z.string().min(1) }),
      z.strictObject({ is: z.literal('aws-shadow'), prefix: z.string().min(1), shadow: z.string().min(1) }),
    ])
    .default({ is: 'own', prefix: 'fleetproof' }),
})

const seconds = z.number().positive()
const program = z.strictObject({ program: z.string().min(1), arguments: z.array(z.string()).default([]) })

/** Devices' desired states as files under `desired/`, what they say under `reported/`. */
export const fileConfig = z.strictObject({
  is: z.literal('file'),
  folder: z.string().min(1),
  pollSeconds: seconds.default(1),
  artefactsUrl,
})

/** One run of a program for each device. */
export const commandConfig = program.extend({
  is: z.literal('command'),
  ask: program.optional(),
  check: program.optional(),
  seconds: seconds.default(60),
  parallel: z.int().min(1).default(4),
  /** Where actions are kept, so that none runs twice after a crash. */
  file: z.string().min(1),
  artefactsUrl,
})

export const webhookConfig = z.strictObject({
  is: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/ }),
  /** Name of the environment variable that holds the key of the signatures. */
  secretVariable: z.string().min(1),
  seconds: seconds.default(30),
  attempts: z.int().min(1).default(5),
  longestPauseSeconds: seconds.default(60),
  parallel: z.int().min(1).default(8),
  perSecond: z.int().min(1).optional(),
  file: z.string().min(1),
  artefactsUrl,
})

export const ansibleConfig = z.strictObject({
  is: z.literal('ansible'),
  playbook: z.string().min(1),
  together: z.int().min(1).default(50),
  forks: z.int().min(1).default(5),
  seconds: seconds.default(600),
  program: z.string().optional(),
  file: z.string().min(1),
  artefactsUrl,
})

export const iotHubConfig = z.strictObject({
  is: z.literal('azure-iot-hub'),
  /** Name of the environment variable that holds the connection string. */
  connectionVariable: z.string().min(1),
  url: z.url().optional(),
  twinUpdatesPerSecond: z.number().positive().default(50),
  twinReadsPerSecond: z.number().positive().default(100),
  mostConfigurations: z.int().min(1).max(100).optional(),
  artefactsUrl,
  pollSeconds: seconds.default(5),
})

/** Devices that poll us by hawkBit's Direct Device Integration API: an HTTP server of ours while a rollout goes on. */
export const ddiConfig = z.strictObject({
  is: z.literal('ddi'),
  host: z.string().min(1).default('127.0.0.1'),
  /** Not 0: devices keep the address, and a restart has to listen there again. */
  port: z.int().min(1).max(65_535),
  /** Where devices reach us, without a slash at the end; absent: host and port. */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  tenant: z.string().min(1).default('default'),
  pollSeconds: seconds.default(300),
  /** Folder of the artefacts, each named by its sha256. */
  artefacts: z.string().min(1),
  /** Name of the environment variable that holds the token that devices send (`TargetToken` or `GatewayToken`). */
  tokenVariable: z.string().min(1),
  /** Paths of PEM files. */
  tls: z.strictObject({ certificate: z.string(), key: z.string() }).optional(),
  file: z.string().min(1),
})

export const genesisConfig = z.strictObject({
  is: z.literal('genesis'),
  /** `http://host:8000` */
  url: z.url({ protocol: /^https?$/ }),
  /** `ws://host:9001` */
  progress: z.url({ protocol: /^wss?$/ }),
  /** The component of each variant, without name, version and hosting; `{{device}}`, `{{variant}}` and `{{SETTING}}` within its texts are replaced. */
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
  together: z.int().min(1).default(100),
  seconds: seconds.default(600),
  file: z.string().min(1),
})

export const hawkbitConfig = z.strictObject({
  is: z.literal('hawkbit'),
  url: z.url({ protocol: /^https?$/ }),
  /** Name of the environment variable that holds the `Authorization` header: `Basic ...` or `Bearer ...`. */
  authorizationVariable: z.string().min(1),
  /** Folder of the artefacts, each named by its sha256. */
  artefacts: z.string().min(1),
  requestsPerSecond: z.number().positive().optional(),
  pollSeconds: seconds.default(10),
  /** Whether each target gets a tag that names its variant. */
  tags: z.boolean().default(true),
  /** From so many devices of one state on, hawkBit carries a batch out as a rollout of its own, in so many groups. */
  rollouts: z
    .strictObject({
      from: z.int().min(1).default(1000),
      groups: z.int().min(1).max(500).default(5),
      success: z.int().min(0).max(100).default(90),
      error: z.int().min(0).max(100).default(20),
    })
    .optional(),
})

export const deployerConfig = z.discriminatedUnion('is', [
  mqttConfig,
  fileConfig,
  commandConfig,
  webhookConfig,
  ansibleConfig,
  iotHubConfig,
  ddiConfig,
  genesisConfig,
  hawkbitConfig,
])
export type DeployerConfig = z.infer<typeof deployerConfig>

/** Devices that the backend takes in a second, by its quota; nothing where it has none. */
export function devicesPerSecond(config: unknown): number | undefined {
  const read = deployerConfig.safeParse(config)
  if (!read.success) return undefined
  switch (read.data.is) {
    case 'mqtt':
    case 'webhook':
      return read.data.perSecond
    case 'azure-iot-hub':
      return read.data.twinUpdatesPerSecond
    case 'hawkbit':
      return read.data.requestsPerSecond
    case 'file':
    case 'command':
    case 'ansible':
    case 'ddi':
    case 'genesis':
      return undefined
  }
}
