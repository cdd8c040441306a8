// How many devices a wave's rate allows to be told by now.
import type { Rate } from '../../model/wave.ts'

export interface Allowance {
  /** How many more may be told at this instant, of those that succeeded so far. */
  readonly free: (instant: number, succeeded: number) => number
  readonly take: (count: number) => void
}

const minute = 60_000

/** A bucket that fills by the rate and holds what one second brings, at least 1; without a rate it never empties. */
export function createAllowance(rate: Rate | undefined, begun: number): Allowance {
  if (rate === undefined) return { free: () => Number.MAX_SAFE_INTEGER, take: () => undefined }
  let last = begun
  let level = 1
  return {
    free: (instant, succeeded) => {
      const perMinute = perMinuteOf(rate, succeeded)
      const room = Math.max(1, Math.ceil(perMinute / 60))
      level = Math.min(room, level + ((instant - last) * perMinute) / minute)
      last = instant
      return Math.floor(level + 1e-9)
    },
    take: (count) => {
      level -= count
    },
  }
}

/** Devices per minute once so many have succeeded. */
export function perMinuteOf(rate: Rate, succeeded: number): number {
  if (rate.is === 'constant') return rate.perMinute
  const steps = Math.floor(succeeded / rate.everySucceeded)
  return Math.min(rate.most, rate.base * (rate.factor.numerator / rate.factor.denominator) ** steps)
}
