/** Every kind of placement constraint, in the order of the catalogue. Shared code reads this list and never asks which kind it has. */
import type { ConstraintKind } from './kind.ts'
import { distinct } from './placement/distinct.ts'
import { diversity } from './placement/diversity.ts'
import { eachUsed } from './placement/each-used.ts'
import { forbid } from './placement/forbid.ts'
import { keep } from './placement/keep.ts'
import { noConflict } from './placement/no-conflict.ts'
import { pin } from './placement/pin.ts'
import { quota } from './placement/quota.ts'
import { requirement } from './placement/requirement.ts'

export const placementConstraints: readonly ConstraintKind[] = [
  requirement,
  quota,
  diversity,
  pin,
  forbid,
  keep,
  distinct,
  eachUsed,
  noConflict,
]
