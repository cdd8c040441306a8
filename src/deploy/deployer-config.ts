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

export const deployerConfig = z.discriminatedUnion('is', [mqttConfig])
export type DeployerConfig = z.infer<typeof deployerConfig>
