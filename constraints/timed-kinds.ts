/** The kinds of conflict that speak of time, in the order in which findings are listed. */
import type { TimedKind } from './timed.ts'
import { cutShort } from './timed/cut-short.ts'
import { revert } from './timed/revert.ts'

export const timedKinds: readonly TimedKind[] = [cutShort, revert]
