/** Changes of automations that a repair is made of, in the words of the neutral model; each format says how it is written there. */
import type { AutomationExpression, ThingAttribute, Value } from '../model/automation.ts'

export type Edit =
  /** The automation acts only where this holds, too. */
  | { readonly is: 'guard'; readonly automation: string; readonly condition: AutomationExpression }
  /** The step is left out unless this holds. */
  | { readonly is: 'step-guard'; readonly automation: string; readonly step: string; readonly condition: AutomationExpression }
  /** The guard becomes this and nothing else. */
  | { readonly is: 'whole-guard'; readonly automation: string; readonly condition: AutomationExpression }
  /** The step sets another value; where it was computed, one within bounds. */
  | { readonly is: 'value'; readonly automation: string; readonly step: string; readonly value: Value }
  | { readonly is: 'bounds'; readonly automation: string; readonly step: string; readonly low?: number; readonly high?: number }
  /** Before the step so much time passes. */
  | { readonly is: 'delay'; readonly automation: string; readonly step: string; readonly milliseconds: number }
  /** A number in the guard or in the condition of a trigger: the `nth` in the order in which they are read, from 0. */
  | { readonly is: 'number'; readonly automation: string; readonly nth: number; readonly from: number; readonly to: number }
  /** How a start is treated while a run waits. */
  | { readonly is: 'mode'; readonly automation: string; readonly run: 'restart' | 'single' }
  /** What the trigger (by its place in the list) speaks of must last so long. */
  | { readonly is: 'for'; readonly automation: string; readonly trigger: number; readonly milliseconds: number }
  /** Something that people switch, which automations read: declared wherever it is read. */
  | { readonly is: 'switch'; readonly attribute: ThingAttribute; readonly automations: readonly string[] }

export type RepairSort = 'parameter' | 'fallback' | 'priority' | 'exclusion' | 'delay' | 'arbitration' | 'weaker guard' | 'run mode'

export interface Candidate {
  readonly sort: RepairSort
  /** One sentence for the owner, without a full stop. */
  readonly says: string
  readonly edits: readonly Edit[]
}

const weights: Readonly<Record<Edit['is'], number>> = {
  ...{ value: 1, bounds: 1, number: 1, guard: 2, 'whole-guard': 2, 'step-guard': 3, delay: 3, mode: 1.5, for: 2, switch: 4 },
}

/** How much is changed: the smallest change comes first. */
export const sizeOf = ({ edits }: Candidate): number =>
  edits.reduce((sum, edit) => sum + weights[edit.is] + ('condition' in edit ? partsOf(edit.condition) / 10 : 0), 0)

const partsOf = (expression: AutomationExpression): number =>
  1 + (expression.is === 'apply' ? expression.arguments.reduce((sum, one) => sum + partsOf(one), 0) : 0)
