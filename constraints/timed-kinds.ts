/** The kinds of conflict that speak of time, in the order in which findings are listed. */
import type { TimedKind } from './timed.ts'
import { causeGone } from './timed/cause-gone.ts'
import { disabledForGood, neverLeft } from './timed/claims.ts'
import { covertPhysics } from './timed/covert-physics.ts'
import { cumulative } from './timed/cumulative.ts'
import { cutShort } from './timed/cut-short.ts'
import { disordered } from './timed/disordered.ts'
import { flapping } from './timed/flapping.ts'
import { boundedResponse, neverAfter } from './timed/follows.ts'
import { missingTrigger } from './timed/missing-trigger.ts'
import { modeLoss } from './timed/mode-loss.ts'
import { priorityInversion } from './timed/priority.ts'
import { revert } from './timed/revert.ts'
import { underAssumption } from './timed/under-assumption.ts'
import { contentionInWindow } from './timed/window.ts'

export const timedKinds: readonly TimedKind[] = [
  neverAfter,
  boundedResponse,
  priorityInversion,
  cutShort,
  causeGone,
  modeLoss,
  cumulative,
  flapping,
  revert,
  contentionInWindow,
  disordered,
  disabledForGood,
  covertPhysics,
  missingTrigger,
  neverLeft,
  underAssumption,
]
