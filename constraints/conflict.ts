/** The kinds of conflict, in the order in which findings are listed. */
import type { ConflictKind } from './reaction.ts'
import { actuatorLimits } from './conflict/actuator-limits.ts'
import { contradictionInside } from './conflict/contradiction-inside.ts'
import { danglingReference } from './conflict/dangling-reference.ts'
import { deadRule } from './conflict/dead-rule.ts'
import { groupOverlap } from './conflict/group-overlap.ts'
import { inconsistentValues } from './conflict/inconsistent-values.ts'
import { oppositeActuation } from './conflict/opposite-actuation.ts'
import { opposingEffects } from './conflict/opposing-effects.ts'
import { resourceContention } from './conflict/resource-contention.ts'
import { safetyProperty } from './conflict/safety-property.ts'

export const conflictKinds: readonly ConflictKind[] = [
  oppositeActuation,
  inconsistentValues,
  contradictionInside,
  danglingReference,
  deadRule,
  opposingEffects,
  groupOverlap,
  safetyProperty,
  resourceContention,
  actuatorLimits,
]
