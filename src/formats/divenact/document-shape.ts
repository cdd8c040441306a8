/** The shape of DivEnact's documents: plans (`deployments`) and devices by id. What an answer adds, and keys that are not known, are passed over. */
import { z } from 'zod'

const level = z.int().min(1).max(3)
export const VERSIONS = ['development', 'preview', 'release'] as const
export const ENVIRONMENTS = ['staging', 'production'] as const
export const ACCELERATORS = ['tpu', 'gpu', 'acc_none'] as const
export const NETWORKS = ['wifi', '3g', '4g', 'offline'] as const
export const POWER_SOURCES = ['fixed', 'battery', 'ac'] as const
export const INTELLIGENCE = ['edge', 'cloud', 'flexible'] as const

const plan = z.object({
  vsn: z.enum(VERSIONS),
  compu_lvl: level,
  comm_lvl: level,
  dp_acc: z.enum(ACCELERATORS),
  intlmodule: z.enum(INTELLIGENCE),
})

const device = z.object({
  env: z.enum(ENVIRONMENTS),
  dv_acc: z.enum(ACCELERATORS),
  network: z.enum(NETWORKS),
  powersource: z.enum(POWER_SOURCES),
})

export const documentShape = z.object({ deployments: z.record(z.string(), plan), devices: z.record(z.string(), device) })
export type DivenactDocument = z.output<typeof documentShape>
export type DivenactPlan = z.output<typeof plan>
