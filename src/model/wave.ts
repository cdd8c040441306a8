/** Waves as values: what a policy file says in words, as numbers. Durations are milliseconds, shares exact fractions. */
import { z } from 'zod'
import { failureClass } from './rollout.ts'

const whole = z.int()
const count = whole.min(0)
const milliseconds = whole.min(0)

/** A share as an exact fraction between 0 and 1, with how it was written. */
export const fraction = z.strictObject({ text: z.string(), numerator: count, denominator: whole.min(1) })
export type Fraction = z.infer<typeof fraction>

/** Devices per minute: the same all the time, or beginning at `base` and multiplied by `factor` whenever so many more devices (or that share of the wave) have succeeded, up to `most`. */
export const rate = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('constant'), perMinute: whole.min(1) }),
  z.strictObject({
    is: z.literal('exponential'),
    base: whole.min(1),
    factor: fraction.extend({ numerator: whole.min(1) }),
    everySucceeded: whole.min(1),
    most: whole.min(1),
  }),
])
export type Rate = z.infer<typeof rate>

/** When devices may be told: on these days of the week (0 Monday), from minute to minute of the day; an end before the start is on the next day. Minutes of UTC plus `offset`. */
export const maintenanceWindow = z.strictObject({
  days: z.array(whole.min(0).max(6)).min(1),
  from: whole.min(0).max(1440),
  to: whole.min(0).max(1440),
  offset: whole.min(-1440).max(1440),
})
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>

/** A wave has succeeded when at least `success` of the devices that finished have, and at least `sample` have finished (all, where the wave has fewer); else the rollout pauses. */
export const successGate = z.strictObject({ success: fraction, sample: count })

/** The rollout aborts (or pauses) when more than `share` of the finished devices of the rollout so far failed in one of the classes, and at least `sample` have finished. */
export const abortThreshold = z.strictObject({
  classes: z.array(failureClass).min(1),
  share: fraction,
  sample: count,
  then: z.enum(['abort', 'pause', 'roll-back']),
})
export type AbortThreshold = z.infer<typeof abortThreshold>

/** One wave of a plan. The executor walks waves in order; it begins one when the gate of the one before was passed and its soak time is over. */
export const wave = z.strictObject({
  name: z.string(),
  /** Changed devices in it. */
  devices: count,
  /** Steps within the wave, at least 1: how long its longest chain of devices is that wait for one another. */
  steps: count,
  gate: successGate,
  abort: z.array(abortThreshold),
  /** After the gate was passed, before the next wave. */
  soak: milliseconds,
  /** The wave is late when this long passes in which no device makes progress; absent: never. */
  progressDeadline: milliseconds.optional(),
  /** A device has timed out when it was told and has not succeeded for so long. */
  deviceTimeout: milliseconds,
  rate: rate.optional(),
  windows: z.array(maintenanceWindow),
  /** Somebody must start it by hand. */
  manual: z.boolean(),
})
export type Wave = z.infer<typeof wave>

/** What must hold before a release enters or leaves a stage. */
export const gate = z.discriminatedUnion('is', [
  /** Nothing but `proved` findings, or none open at or above the severity. */
  z.strictObject({ is: z.literal('no-conflict'), failOn: z.enum(['error', 'warning', 'relation']), unknown: count, possible: count }),
  /** The assignment stands, with gap 0 at every level where `optimal`. */
  z.strictObject({ is: z.literal('assigned'), optimal: z.boolean(), mostUnassigned: count.optional() }),
  /** These tests were reported as passed for the release's hash. */
  z.strictObject({ is: z.literal('tests'), names: z.array(z.string()).min(1) }),
  /** So many different people, none of them the author where `fourEyes`, approved the release's hash. */
  z.strictObject({ is: z.literal('approval'), people: whole.min(1), fourEyes: z.boolean(), roles: z.array(z.string()) }),
  /** So long in the stage since its tasks were done. */
  z.strictObject({ is: z.literal('soak'), milliseconds }),
  /** The rollout of the stage succeeded. */
  z.strictObject({ is: z.literal('rollout') }),
])
export type Gate = z.infer<typeof gate>

/** What a stage does between its entry and its exit gates, in order. */
export const task = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('command'), program: z.string(), arguments: z.array(z.string()), timeout: milliseconds }),
  z.strictObject({ is: z.literal('webhook'), url: z.string(), timeout: milliseconds }),
  z.strictObject({ is: z.literal('check') }),
  z.strictObject({ is: z.literal('rollout'), policy: z.string() }),
])
export type Task = z.infer<typeof task>

export const stage = z.strictObject({ name: z.string().min(1), entry: z.array(gate), tasks: z.array(task), exit: z.array(gate) })
export type Stage = z.infer<typeof stage>
