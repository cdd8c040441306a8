/** Every kind's checker, in the order of the kinds in the documents. `placement/requirement` is no use: see requirement.ts. */
import { advisory } from './advisory.ts'
import { apart } from './apart.ts'
import { atMostChanges } from './at-most-changes.ts'
import { capacity } from './capacity.ts'
import type { PlacementChecker } from './checker.ts'
import { distinct } from './distinct.ts'
import { diversity } from './diversity.ts'
import { eachUsed } from './each-used.ts'
import { forbid } from './forbid.ts'
import { keep } from './keep.ts'
import { noConflict } from './no-conflict.ts'
import { pin } from './pin.ts'
import { quota } from './quota.ts'
import { requiresOn } from './requires-on.ts'
import { risk } from './risk.ts'
import { spread } from './spread.ts'
import { tested } from './tested.ts'
import { together } from './together.ts'

export const placementCheckers: readonly PlacementChecker[] = [
  capacity,
  quota,
  spread,
  diversity,
  apart,
  together,
  requiresOn,
  pin,
  forbid,
  keep,
  atMostChanges,
  advisory,
  tested,
  noConflict,
  risk,
  distinct,
  eachUsed,
]
