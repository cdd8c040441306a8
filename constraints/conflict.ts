/** The kinds of conflict, in the order in which findings are listed. */
import type { ConflictKind } from './reaction.ts'
import { contradictionInside } from './conflict/contradiction-inside.ts'
import { danglingReference } from './conflict/dangling-reference.ts'
import { deadRule } from './conflict/dead-rule.ts'
import { inconsistentValues } from './conflict/inconsistent-values.ts'
import { oppositeActuation } from './conflict/opposite-actuation.ts'

export const conflictKinds: readonly ConflictKind[] = [
  oppositeActuation,
  inconsistentValues,
  contradictionInside,
  danglingReference,
  deadRule,
]
