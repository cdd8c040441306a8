/** One limit of time for everything that a component is asked, whatever is tried in turn; waiting for a free thread does not count. */
import type { Pool } from './pool.ts'
import type { SolveLimits } from './solvers.ts'

export interface Budgeted {
  readonly pool: Pool
  /** `milliseconds`: what is left whenever it is read. */
  readonly limits: SolveLimits
}

export const withBudget = (pool: Pool, limits: SolveLimits): Budgeted => {
  if (limits.milliseconds === undefined) return { pool, limits }
  let left = limits.milliseconds
  const run: Pool['run'] = (file, name, task, options = {}) =>
    pool.run(file, name, task, {
      ...options,
      took: (milliseconds) => {
        left = Math.max(0, left - milliseconds)
        options.took?.(milliseconds)
      },
    })
  return {
    pool: { ...pool, run },
    limits: {
      ...limits,
      get milliseconds() {
        return left
      },
    },
  }
}

// What a solver does in less than this, in milliseconds, is not worth its thread.
const LEAST = 20

export const isUsedUp = ({ milliseconds }: SolveLimits): boolean => milliseconds !== undefined && milliseconds < LEAST

/** A part of what is left. */
export const partOf = (limits: SolveLimits, part: number): SolveLimits =>
  limits.milliseconds === undefined ? limits : { ...limits, milliseconds: limits.milliseconds * part }

export const less = (limits: SolveLimits, milliseconds: number): SolveLimits =>
  limits.milliseconds === undefined ? limits : { ...limits, milliseconds: Math.max(0, limits.milliseconds - milliseconds) }
