/** How devices are reached, as a rollout keeps it: JSON without secrets; files with keys and passwords are named, never held. */
import { z } from 'zod'

const port = z.string().min(1)

export const mqttConfig = z.strictObject({
  is: z.literal('mqtt'),
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  url: port,
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
export const fileConfig = z.strictObject({ is: z.literal('file'), folder: z.string().min(1), pollSeconds: seconds.default(1) })

/** One run of a program for each device. */
export const commandConfig = program.extend({
  is: z.literal('command'),
  ask: program.optional(),
  check: program.optional(),
  seconds: seconds.default(60),
  parallel: z.int().min(1).default(4),
  /** Where actions are kept, so that none runs twice after a crash. */
  file: z.string().min(1),
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
})

export const ansibleConfig = z.strictObject({
  is: z.literal('ansible'),
  playbook: z.string().min(1),
  together: z.int().min(1).default(50),
  forks: z.int().min(1).default(5),
  seconds: seconds.default(600),
  program: z.string().optional(),
  file: z.string().min(1),
})

export const iotHubConfig = z.strictObject({
  is: z.literal('azure-iot-hub'),
  /** Name of the environment variable that holds the connection string. */
  connectionVariable: z.string().min(1),
  url: z.url().optional(),
  twinUpdatesPerSecond: z.number().positive().default(50),
  twinReadsPerSecond: z.number().positive().default(100),
  mostConfigurations: z.int().min(1).max(100).optional(),
  pollSeconds: seconds.default(5),
})

export const deployerConfig = z.discriminatedUnion('is', [
  mqttConfig,
  fileConfig,
  commandConfig,
  webhookConfig,
  ansibleConfig,
  iotHubConfig,
])
export type DeployerConfig = z.infer<typeof deployerConfig>
