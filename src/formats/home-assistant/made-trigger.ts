/** Triggers of the model as the readers of a document make them. */
import type { AutomationExpression, Trigger } from '../../model/automation.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import type { MapEntry } from './tree.ts'

/** One trigger of the model. */
export interface MadeTrigger {
  readonly trigger: Trigger
  /** The author's id of it, else its position in the document. */
  readonly id: string
  /** What must hold of the event besides, with the locals `trigger` and `trigger.before`. */
  readonly test: AutomationExpression
  /** What templates see as `trigger`. */
  readonly sees: ReadonlyMap<string, TemplateValue>
  /** `variables:` of this trigger. */
  readonly variables: readonly MapEntry[]
}

/** What all triggers have is added to it. */
export type Made = Pick<MadeTrigger, 'trigger'> & Partial<MadeTrigger>
