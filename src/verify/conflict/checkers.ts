/** Every kind that this room can tell from a replayed run or from the model alone, in the order of their numbers; K0 and K17 have a way of their own. */
import type { Behaviour } from '../../model/automation.ts'
import type { Finding } from '../../model/conflict.ts'
import { actuatorLimits } from './actuator-limits.ts'
import { bypass } from './bypass.ts'
import type { RunKind } from './commands.ts'
import { contradictionInsideRun } from './contradiction-inside-run.ts'
import { covertTrigger } from './covert-trigger.ts'
import { duplicate } from './duplicate.ts'
import { overlaps } from './group-overlap.ts'
import { disabling, enabling } from './guard-turning.ts'
import { inconsistentValues } from './inconsistent-values.ts'
import { loop } from './loop.ts'
import { modeConflict } from './mode-conflict.ts'
import { oppositeActuation } from './opposite-actuation.ts'
import { opposingEffects } from './opposing-effects.ts'
import { race } from './race.ts'
import { redundantRule } from './redundant-rule.ts'
import { contended } from './resource-contention.ts'
import { drawnTogether, safetyProperty } from './safety-property.ts'
import { selfDisabling } from './self-disabling.ts'
import { unavailableInput } from './unavailable-input.ts'

/** A kind that the model alone decides. */
export interface StaticKind {
  readonly id: string
  /** Whether what the finding says is so. */
  readonly holds: (behaviour: Behaviour, finding: Finding) => boolean
}

export const runKinds: readonly RunKind[] = [
  oppositeActuation,
  inconsistentValues,
  contradictionInsideRun,
  opposingEffects,
  safetyProperty,
  drawnTogether,
  actuatorLimits,
  covertTrigger,
  enabling,
  disabling,
  bypass,
  selfDisabling,
  loop,
  duplicate,
  redundantRule,
  race,
  modeConflict,
  unavailableInput,
]

export const staticKinds: readonly StaticKind[] = [
  { id: 'K24', holds: overlaps },
  { id: 'K31', holds: contended },
]
