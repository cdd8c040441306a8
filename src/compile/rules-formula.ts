/**
 * Conditions of rules over finitely many cells: every name of a device becomes a dimension, its values fall into cells that no condition can tell apart inside,
 * and a condition becomes a three-valued formula over tests of cells.
 */
import type { DeviceValue, RuleCondition } from '../expression/rule-condition.ts'

/**
 * Values that every test which reads this dimension alone answers equally; `value` stands for all of them.
 * - `low`..`high`: whole numbers of an interval;
 * - `other`: texts or versions that no rule names and no other cell holds; tests may answer either way there, and no value is known.
 */
export interface Cell {
  readonly value: DeviceValue
  readonly low?: number
  readonly high?: number
  readonly other?: true
}

/** A member of a set is a dimension of its own (`of`: the set's); a set's dimension only says whether it is there. */
export interface Dimension {
  readonly name: string
  readonly cells: readonly Cell[]
  /** The member; absent (with `of`): any member that no rule names. */
  readonly member?: string
  readonly of?: number
  /** Dimensions of properties inside this one: where one is there, this one is an object. */
  readonly inside?: readonly number[]
}

/**
 * How a test is decided beside asking its evaluator:
 * - `cells`: by the cell of its one dimension;
 * - `pairs`: by the cells of its two dimensions;
 * - `term`: by arithmetic on the numbers of its dimensions;
 * - `free`: not at all, it may be true, false or unknown.
 */
export type Deciding = 'cells' | 'pairs' | 'term' | 'free'

export interface Test {
  readonly is: 'test'
  /** Equal keys are equal tests. */
  readonly key: string
  readonly reads: readonly number[]
  readonly deciding: Deciding
  readonly condition: RuleCondition
  /** Texts that no rule names are all answered equally. */
  readonly even?: true
}

export type Formula =
  | { readonly is: 'constant'; readonly value: boolean | undefined }
  | Test
  /** True where the dimension's last cell holds, else false. */
  | { readonly is: 'flag'; readonly dimension: number }
  | { readonly is: 'not'; readonly of: Formula }
  | { readonly is: 'all'; readonly of: readonly Formula[] }
  | { readonly is: 'any'; readonly of: readonly Formula[] }
  | { readonly is: 'if'; readonly condition: Formula; readonly then: Formula; readonly otherwise: Formula }
  /** `of`, or `otherwise` where that is unknown. */
  | { readonly is: 'or-value'; readonly of: Formula; readonly otherwise: Formula }
  /** Whether `of` is known; never unknown. */
  | { readonly is: 'known'; readonly of: Formula }

/** What is known of a name while conditions are read: the constants that they compare it with. */
export interface Draft {
  readonly name: string
  readonly kind: 'bool' | 'enum' | 'whole' | 'text' | 'version' | 'json' | 'presence' | 'member'
  readonly always: boolean
  readonly values: readonly string[]
  readonly numbers: Set<number>
  readonly texts: Set<string>
  readonly prefixes: Set<string>
  readonly suffixes: Set<string>
  readonly parts: Set<string>
  readonly patterns: Set<string>
  readonly versions: Set<string>
  /** Names that are compared with this one. */
  readonly related: Set<string>
  readonly member?: string
  readonly of?: string
  /** Texts are compared by order. */
  ordered: boolean
  /** Something is asked whose answers are not spread over cells. */
  opaque: boolean
  readonly inside: Set<string>
}

export function newDraft(name: string, kind: Draft['kind'], rest: Partial<Pick<Draft, 'always' | 'values' | 'member' | 'of'>> = {}): Draft {
  return {
    name,
    kind,
    always: false,
    values: [],
    ...rest,
    numbers: new Set(),
    texts: new Set(),
    prefixes: new Set(),
    suffixes: new Set(),
    parts: new Set(),
    patterns: new Set(),
    versions: new Set(),
    related: new Set(),
    inside: new Set(),
    ordered: false,
    opaque: false,
  }
}

/** Equal keys are equal conditions: operands of one kind in any order, once or repeated. */
export function formulaKey(formula: Formula): string {
  switch (formula.is) {
    case 'constant':
      return String(formula.value)
    case 'test':
      return `{${formula.key}}`
    case 'flag':
      return `#${formula.dimension}`
    case 'not':
      return formula.of.is === 'not' ? formulaKey(formula.of.of) : `!${formulaKey(formula.of)}`
    case 'all':
    case 'any':
      return `(${[...new Set(formula.of.map(formulaKey))].sort().join(formula.is === 'all' ? '&' : '|')})`
    case 'if':
      return `(${formulaKey(formula.condition)}?${formulaKey(formula.then)}:${formulaKey(formula.otherwise)})`
    case 'or-value':
      return `(${formulaKey(formula.of)}??${formulaKey(formula.otherwise)})`
    case 'known':
      return `known${formulaKey(formula.of)}`
  }
}
