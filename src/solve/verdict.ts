/** The answer for a whole assignment problem, put together from its components. */
import type { LinearBasis, SolutionProof } from '../../constraints/problem.ts'

/** What is known of one component. `classes`, `rows` and `columns` map its own indices to the whole problem's; proofs speak in the whole problem's rows and bundles. */
export interface ComponentOutcome {
  readonly name: string
  readonly classes: Int32Array
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly devices: number
  readonly method: 'flow' | 'sites' | 'z3' | 'highs' | 'direct'
  /** Minimised sense, per level, without offsets. */
  readonly value: readonly number[]
  readonly bound: readonly number[]
  readonly proof: SolutionProof
  /** In its own classes, columns and rows; see `AssignmentSolution`. */
  readonly bases?: readonly LinearBasis[]
  /** Not solved again: an earlier answer still holds for it. */
  readonly taken?: true
}

/** A component that has no answer, or none that is proved; `bound` holds whatever its answer is. */
export interface OpenComponent {
  readonly name: string
  readonly devices: number
  readonly method: ComponentOutcome['method']
  readonly why: string
  readonly bound: readonly number[]
}

export type AssignmentVerdict =
  | {
      readonly is: 'solved'
      /** By column of the whole problem, auxiliary columns included. */
      readonly counts: Float64Array
      /** Minimised sense, per level, without offsets. The levels are optimal where value equals bound. */
      readonly value: readonly number[]
      readonly bound: readonly number[]
      readonly components: readonly ComponentOutcome[]
      /** Numbers of the threads that took part. */
      readonly threads?: readonly number[]
    }
  /** The first component, by order, that has no assignment. `rows` and `classes` are the whole problem's; they cannot hold together. */
  | {
      readonly is: 'impossible'
      readonly component: string
      readonly method: ComponentOutcome['method']
      readonly rows: readonly number[]
      readonly classes: readonly number[]
      readonly proof: SolutionProof
    }
  /** `counts` with their `value`: a feasible assignment, where every component has one. `components` are done, `open` are not; no assignment is below `bound`. */
  | {
      readonly is: 'undecided'
      readonly why: string
      readonly counts?: Float64Array
      readonly value?: readonly number[]
      readonly bound: readonly number[]
      readonly components: readonly ComponentOutcome[]
      readonly open: readonly OpenComponent[]
      readonly threads?: readonly number[]
    }
