/** What a request for a rollout says. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { nameShape } from './names.ts'
import { deployerShape } from './rollout-deployers.ts'

const wavesShape = z
  .union([z.string().min(1).max(1_000_000), z.looseObject({})])
  .describe('a file of waves (`fleetproof-waves: 1`), as text or as an object; absent: everything in one wave')

export const startShape = z.object({
  waves: wavesShape.optional(),
  deployer: deployerShape,
  id: nameShape.optional().describe('absent: made from the plan'),
  needsApproval: z.boolean().default(true).describe('somebody other than the author must approve it before it starts'),
  quota: z
    .object({ perMinute: z.int().min(1), batch: z.int().min(1).default(1) })
    .optional()
    .describe('of the backend, for the estimate'),
  reason: z.string().max(2000).default(''),
})

/** The policy as text: what is JSON is YAML. */
export const policyText = (waves: string | Readonly<Record<string, unknown>> | undefined): { readonly waves?: string } =>
  waves === undefined ? {} : { waves: typeof waves === 'string' ? waves : JSON.stringify(waves) }

export const rolloutIdOf = (changesSha256: string): string => `plan-${changesSha256.slice(0, 8)}-${randomUUID().slice(0, 4)}`
