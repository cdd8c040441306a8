/** The solver's language as values: quantifier-free Bool, Int and Real. Enumerations and texts are coded as Int by whoever builds terms. */

export type Sort = 'Bool' | 'Int' | 'Real'

export type Operator =
  | 'not'
  | 'and'
  | 'or'
  | '=>'
  | '='
  | 'distinct'
  | 'ite'
  | '+'
  | '-'
  | '*'
  | '/'
  | 'div'
  | 'mod'
  | '<='
  | '<'
  | '>='
  | '>'
  | 'to_real'
  | 'to_int'

/** Immutable; may share subterms (a DAG): walk with memory, or print with `let`. Rationals are exact: numerator / denominator, denominator > 0. */
export type Term =
  | { readonly is: 'bool'; readonly value: boolean }
  | { readonly is: 'int'; readonly value: bigint }
  | { readonly is: 'real'; readonly numerator: bigint; readonly denominator: bigint }
  | { readonly is: 'variable'; readonly name: string; readonly sort: Sort }
  | { readonly is: 'apply'; readonly operator: Operator; readonly sort: Sort; readonly arguments: readonly Term[] }

/** One assertion with the label its unsat core names it by (absent: never in a core). */
export interface Assertion {
  readonly label?: string
  readonly term: Term
}

/** What is asked of a solver: declarations follow from the terms. `values` are the terms whose values a model must bring. */
export interface Query {
  readonly logic?: string
  readonly assertions: readonly Assertion[]
  readonly values: readonly Term[]
}
