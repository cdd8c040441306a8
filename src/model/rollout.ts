/** What is known of a rollout while it runs: its state, and four separate facts per device. */
import { z } from 'zod'
import { revisionShape } from './revision.ts'

/** `failed`: ended by itself below what it must reach; `aborted`: ended by somebody or by an abort threshold. */
export const rolloutState = z.enum([
  'draft',
  'awaiting-approval',
  'running',
  'paused',
  'aborting',
  'aborted',
  'succeeded',
  'failed',
  'rolling-back',
  'rolled-back',
])
export type RolloutState = z.infer<typeof rolloutState>

/** States that each state may go to by itself or by an operation; a state without successors is final. */
export const rolloutSuccessors: Readonly<Record<RolloutState, readonly RolloutState[]>> = {
  draft: ['awaiting-approval', 'running', 'aborted'],
  'awaiting-approval': ['running', 'aborted'],
  running: ['paused', 'aborting', 'succeeded', 'failed', 'rolling-back'],
  paused: ['running', 'aborting', 'failed', 'rolling-back'],
  aborting: ['aborted', 'rolling-back'],
  aborted: ['rolling-back'],
  succeeded: ['rolling-back'],
  failed: ['rolling-back', 'running'],
  'rolling-back': ['rolled-back', 'failed'],
  'rolled-back': [],
}

/** `retryable`: may be tried again; `rejected`: the device or backend refused it for good, never retried; `timed-out`: no answer within the device's time. */
export const failureClass = z.enum(['retryable', 'rejected', 'timed-out'])
export type FailureClass = z.infer<typeof failureClass>

const settings = z.record(z.string(), z.union([z.boolean(), z.string(), z.int()]))

/** What a device runs or should run. */
export const deviceOutcome = z.strictObject({
  outcome: z.enum(['none', 'unmanaged', 'variant']),
  variant: z.string().nullable(),
  settings,
})
export type DeviceOutcome = z.infer<typeof deviceOutcome>

const instant = z.int()

/** The four facts, each with the instant (milliseconds since 1970, UTC) at which it became true; absent: never yet. Success is `verified`, or `reported` where no check is declared. */
export const deviceFacts = z.strictObject({
  device: z.string(),
  /** What we asked. */
  desired: z.strictObject({ at: instant, revision: revisionShape, is: deviceOutcome }).optional(),
  /** The device or backend took it. */
  accepted: z.strictObject({ at: instant, revision: revisionShape }).optional(),
  /** What it says it runs; the revision where it says one. */
  reported: z.strictObject({ at: instant, revision: revisionShape.optional(), is: deviceOutcome }).optional(),
  /** A post-check agreed with the revision. */
  verified: z.strictObject({ at: instant, revision: revisionShape }).optional(),
  /** The last failure, with how often the revision was tried. */
  failure: z
    .strictObject({ at: instant, revision: revisionShape, class: failureClass, why: z.string(), attempts: z.int().min(1) })
    .optional(),
})
export type DeviceFacts = z.infer<typeof deviceFacts>

/** Where a device stands in a rollout, from its facts. `blocked`: what it waits for has not been verified. */
export const deviceProgress = z.enum(['waiting', 'blocked', 'desired', 'accepted', 'reported', 'verified', 'failed', 'withdrawn'])
export type DeviceProgress = z.infer<typeof deviceProgress>
