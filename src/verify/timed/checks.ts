/** Every kind of time that this room can tell from a replayed timed run, in the order of their numbers. */
import { disabledForGood, neverLeft } from './claims.ts'
import { contention } from './contention.ts'
import type { TimedCheck } from './course.ts'
import { cumulative } from './cumulative.ts'
import { flapping } from './flapping.ts'
import { afterItsCause, cutShort, outOfOrder } from './late-commands.ts'
import { lostRun } from './lost-run.ts'
import { missingTrigger } from './missing-trigger.ts'
import { priorityInversion } from './priority-inversion.ts'
import { revert } from './revert.ts'
import { throughPhysics } from './through-physics.ts'
import { leadsTo, neverAfter } from './timed-property.ts'

export const timedChecks: readonly TimedCheck[] = [
  contention,
  cumulative,
  throughPhysics,
  disabledForGood,
  revert,
  flapping,
  missingTrigger,
  neverLeft,
  outOfOrder,
  afterItsCause,
  cutShort,
  lostRun,
  priorityInversion,
  neverAfter,
  leadsTo,
]
