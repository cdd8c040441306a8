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
import { bypass } from './conflict/bypass.ts'
import { covertTrigger } from './conflict/covert-trigger.ts'
import { duplicate } from './conflict/duplicate.ts'
import { disabling, enabling } from './conflict/guard-turning.ts'
import { whereItHurts } from './conflict/hazard.ts'
import { loop } from './conflict/loop.ts'
import { modeConflict } from './conflict/mode-conflict.ts'
import { race } from './conflict/race.ts'
import { redundantRule } from './conflict/redundant-rule.ts'
import { selfDisabling } from './conflict/self-disabling.ts'
import { unavailableInput } from './conflict/unavailable-input.ts'

const relations: readonly ConflictKind[] = [covertTrigger, enabling, disabling, bypass, redundantRule]

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
  loop,
  selfDisabling,
  race,
  duplicate,
  modeConflict,
  unavailableInput,
  ...relations.map(whereItHurts),
]

/** The same kinds, relations about everything and not only about what can hurt: for those who ask for them. */
export const conflictKindsInFull: readonly ConflictKind[] = conflictKinds.map((kind) => relations.find(({ id }) => id === kind.id) ?? kind)
