/** Every kind's checker, in the order of the kinds in the documents. `placement/requirement` is no use: see requirement.ts. */
import type { PlacementChecker } from './checker.ts'
import { distinct } from './distinct.ts'
import { diversity } from './diversity.ts'
import { eachUsed } from './each-used.ts'
import { forbid } from './forbid.ts'
import { keep } from './keep.ts'
import { noConflict } from './no-conflict.ts'
import { pin } from './pin.ts'
import { quota } from './quota.ts'

export const placementCheckers: readonly PlacementChecker[] = [quota, diversity, pin, forbid, keep, noConflict, distinct, eachUsed]
