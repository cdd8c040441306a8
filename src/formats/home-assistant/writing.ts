/** What the reader of one automation carries along: its steps, its unmodelled parts, the variables in scope. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, Step, ValueType } from '../../model/automation.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import type { Home } from './home.ts'
import type { YamlNode } from './tree.ts'

/** Variables by name; they hold what templates see. */
export type Scope = ReadonlyMap<string, TemplateValue>

export interface Writing {
  readonly home: Home
  /** Id of the automation. */
  readonly automation: string
  readonly steps: Step[]
  /** Scripts that are being inlined, from the outermost. */
  readonly inside: readonly string[]
  /** Where `stop` goes on: nowhere, or behind the call of the script that is inlined. */
  readonly stopped: readonly string[]
  /** Where an action that Home Assistant refuses goes on: the run ends. */
  readonly failed: readonly string[]
  /** The event that ends the run while it waits, where something stops it. */
  readonly stopping?: string
  readonly scope: Scope
  /** Every text of the document that is read. */
  readonly source: readonly string[]
  /** The ids of triggers, by their index in the model. */
  readonly triggerIds: readonly string[]
  readonly made: { steps: number; parts: number }
  /** Reads a list of actions before `next` and returns where it begins. */
  readonly sequence: (w: Writing, node: YamlNode | undefined, next: readonly string[]) => readonly string[]
}

/** Steps that one automation may have; scripts beyond are called, not inlined. */
export const MANY_STEPS = 3000

export function withScope(w: Writing, more: Iterable<readonly [string, TemplateValue]>): Writing {
  return { ...w, scope: new Map([...w.scope, ...more]) }
}

type Doing = Step extends infer One ? (One extends Step ? Omit<One, 'id' | 'at' | 'next'> : never) : never

/** Adds a step before `next` and returns where it begins. */
export function step(w: Writing, at: Location, next: readonly string[], doing: Doing): readonly string[] {
  const id = stepId(w, at)
  w.steps.push({ id, at, next, ...doing })
  return [id]
}

/** An id for a step that is added later: loops lead back to it. */
export function stepId(w: Writing, at: Location): string {
  w.made.steps += 1
  return `${at.range?.start.line ?? 0}:${at.range?.start.column ?? 0}.${w.made.steps}`
}

/** Lists an unmodelled part and names it. A write set of `*domain` means every entity of the domain. */
export function part(w: Writing, why: string, at: Location, writes: readonly string[] = []): string {
  w.made.parts += 1
  const id = `${w.automation} | ${w.made.parts}`
  w.home.unmodelled.push({ id, automation: w.automation, at, why, writes, declared: false })
  return id
}

export function anyOf(w: Writing, type: ValueType, why: string, at: Location): AutomationExpression {
  return { is: 'any', type, part: part(w, why, at) }
}

/** May write any value to what `writes` names. */
export function unmodelledStep(
  w: Writing,
  why: string,
  at: Location,
  writes: readonly string[],
  next: readonly string[],
): readonly string[] {
  return step(w, at, next, { do: 'unmodelled', part: part(w, why, at, writes), writes })
}
