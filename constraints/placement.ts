/** Every kind of placement constraint, in the order of the catalogue. Shared code reads this list and never asks which kind it has. */
import type { ConstraintKind } from './kind.ts'
import { advisory } from './placement/advisory.ts'
import { apart } from './placement/apart.ts'
import { atMostChanges } from './placement/at-most-changes.ts'
import { capacity } from './placement/capacity.ts'
import { distinct } from './placement/distinct.ts'
import { diversity } from './placement/diversity.ts'
import { eachUsed } from './placement/each-used.ts'
import { forbid } from './placement/forbid.ts'
import { keep } from './placement/keep.ts'
import { noConflict } from './placement/no-conflict.ts'
import { pin } from './placement/pin.ts'
import { quota } from './placement/quota.ts'
import { requirement } from './placement/requirement.ts'
import { requiresOn } from './placement/requires-on.ts'
import { risk } from './placement/risk.ts'
import { spread } from './placement/spread.ts'
import { tested } from './placement/tested.ts'
import { together } from './placement/together.ts'

export const placementConstraints: readonly ConstraintKind[] = [
  requirement,
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
