/** Rule sets of other systems: conditions with priorities that say which device gets what, and what analysis finds in them. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'

/** The larger priority wins. */
export interface TargetRule<Condition> {
  readonly name: string
  readonly priority: number
  /** What selected devices get, where the rule says so. */
  readonly gives?: string
  readonly condition: Condition
  readonly text: string
  readonly at: Location
}

export interface RuleSet<Condition, Name> {
  readonly source: string
  readonly language: 'cel' | 'query'
  readonly rules: readonly TargetRule<Condition>[]
  /** Typed names that conditions read; of a query language none are declared. */
  readonly names: Readonly<Record<string, Name>>
}

/** One fact of a device: a name as conditions write it, and its value. Names that are not listed are missing. */
export interface DeviceFact {
  readonly name: string
  readonly value: boolean | number | string | readonly string[]
}

/**
 * - `rules/overlap`: both rules can select one device, at the same priority;
 * - `rules/dead`: no device can be selected;
 * - `rules/shadowed`: every device that is selected is selected by a rule of higher priority, too;
 * - `rules/duplicate`: both conditions select the same devices.
 */
export type RuleFindingKind = 'rules/overlap' | 'rules/dead' | 'rules/shadowed' | 'rules/duplicate'

/** `certain`: confirmed by the language's evaluator (a witness) or proved; `possible`: neither found nor excluded. */
export interface RuleFinding {
  readonly kind: RuleFindingKind
  readonly verdict: 'certain' | 'possible'
  /** Overlaps and duplicates: both, in the order of the files. Shadowed: the rule, then those of higher priority that take its devices. */
  readonly rules: readonly RuleReference[]
  /** A device that all rules of an overlap select. */
  readonly witness?: readonly DeviceFact[]
  readonly why?: string
}

export interface RuleReference {
  readonly name: string
  readonly priority: number
  readonly gives?: string
  readonly at: Location
}

export interface RuleStatistics {
  readonly rules: number
  readonly pairs: number
  /** Questions that needed a solver. */
  readonly asked: number
  readonly milliseconds: Readonly<Record<string, number>>
}

export type RuleReport =
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly status: 'analysed'
      readonly findings: readonly RuleFinding[]
      readonly assumptions: readonly string[]
      readonly statistics: RuleStatistics
      readonly diagnostics: readonly Diagnostic[]
    }
