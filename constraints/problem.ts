/**
 * What a solver of assignments is given: an integer program over classes of devices, as tables that keep its structure.
 *
 * Column j of class c (columnStart[c] <= j < columnStart[c+1]) stands for "how many devices of class c end as choice columnChoice[j]", an integer 0..size of
 * the class; the columns of a class sum to its size (implied, not among the rows). Auxiliary columns (presence, multiples) come after all class columns.
 * Solving minimises the levels lexicographically, level 0 first, penalties of soft rows included.
 */
import type { PartName } from '../src/model/certificate.ts'
import type { Choice } from '../src/model/outcome.ts'
import type { Term } from '../src/smt/term.ts'

export interface Classes {
  readonly size: number
  /** Devices (rows of the fleet) of class c are members[memberStart[c] .. memberStart[c+1]], ascending by device id. */
  readonly memberStart: Int32Array
  readonly members: Int32Array
  readonly columnStart: Int32Array
  /** The choice index that the devices of class c run today, or -1. Equal for all members. */
  readonly current: Int32Array
}

/** cost of column j = sum over the level's terms. `choice`: by choice index; `change`: `weight` where the choice differs from the class's current one (a current of -1 differs from every choice but `none`); `column`: by class column; `auxiliary`: by auxiliary column. */
export type CostTerm =
  | { readonly is: 'choice'; readonly cost: Float64Array }
  | { readonly is: 'change'; readonly weight: number }
  | { readonly is: 'column'; readonly cost: Int32Array | Float64Array }
  | { readonly is: 'auxiliary'; readonly cost: Float64Array }

/** A level of the objective, minimised. Reported value: `maximise` ? offset - minimised : offset + minimised. */
export interface ProblemLevel {
  readonly name: string
  readonly sense: 'maximise' | 'minimise'
  readonly offset: number
  readonly terms: readonly CostTerm[]
}

export type RowPolicy =
  | { readonly is: 'hard' }
  /** Each unit below `lower` or above `upper` costs `weight` at `level`. */
  | { readonly is: 'unit'; readonly level: number; readonly weight: number }
  /** If any row of the bundle is violated, the bundle's weight is paid, once. */
  | { readonly is: 'whole'; readonly bundle: number }

/** A linear form. `product`: every class of `classes` (ascending; the array may be shared between rows) times `coefficient` by choice index (0: not in the row), plus auxiliaries. `entries`: by column. */
export type LinearForm =
  | { readonly is: 'product'; readonly classes: Int32Array; readonly coefficient: Float64Array }
  | { readonly is: 'entries'; readonly columns: Int32Array; readonly coefficients: Float64Array }

/** lower <= form <= upper; integers, -Infinity and Infinity where open. */
export interface Row {
  readonly form: LinearForm
  readonly lower: number
  readonly upper: number
  readonly policy: RowPolicy
  readonly name: PartName
  /** Tells meanings of one group apart: those with the same use, group and bond speak of this row. Absent: ''. */
  readonly bond?: string
  /** See `KindRow`. */
  readonly clash?: true
}

/** An all-or-nothing soft use: `weight` at `level` is paid where one of its rows is violated. */
export interface Bundle {
  readonly use: number
  readonly level: number
  readonly weight: number
}

export interface AuxiliaryColumn {
  readonly name: string
  readonly lower: number
  readonly upper: number
}

export interface AssignmentProblem {
  readonly choices: readonly Choice[]
  readonly classes: Classes
  readonly columnChoice: Int32Array
  readonly levels: readonly ProblemLevel[]
  readonly rows: readonly Row[]
  readonly bundles: readonly Bundle[]
  readonly auxiliaries: readonly AuxiliaryColumn[]
  /**
   * Groups that exclude combinations and are not rows of their own, for methods that search: the SMT reading of every constraint use, over the class columns'
   * counts (Int variables `x<column>`) and nothing else. `violation` is >= 0, 0 iff the group is satisfied. The Z3 path uses these instead of `rows`.
   */
  readonly meanings: readonly Meaning[]
}

/** The reference meaning of one group of one use; built lazily, as large fleets solved by flow never ask. */
export interface Meaning {
  readonly use: number
  readonly group: string
  /** See `Row`. */
  readonly bond?: string
  readonly policy: RowPolicy
  /** An SMT-LIB Int term over the variables `x<column>`. */
  readonly violation: () => Term
  /** Classes the group reads. */
  readonly classes: Int32Array
}

/** Where a linear program over the counts ended: by class column, by class and by row, whether it is basic and at which limit it stands, in HiGHS's numbers. */
export interface LinearBasis {
  readonly columns: Int8Array
  readonly classes: Int8Array
  readonly rows: Int8Array
}

/** What a method answers for one problem or component. Values and bounds are minimised sense, per level, without offsets. */
export type AssignmentSolution =
  | {
      readonly is: 'solved'
      /** By column: class columns, then auxiliary columns. */
      readonly counts: Float64Array
      readonly value: readonly number[]
      readonly bound: readonly number[]
      readonly proof: SolutionProof
      /** By level, where linear programs were used: something to start from when it is solved again. */
      readonly bases?: readonly LinearBasis[]
    }
  /** `rows` (indices) that cannot hold together with the classes' sizes, as small as the method knows; `classes` take part. */
  | { readonly is: 'impossible'; readonly rows: readonly number[]; readonly classes: readonly number[]; readonly proof: SolutionProof }
  | { readonly is: 'undecided'; readonly why: string; readonly counts?: Float64Array }

/** A leaf of a price proof: which bundles it takes to hold, which it gives up and pays; prices[level][i] belongs to row rows[i] (see `model/certificate.ts`). */
export interface ProofLeaf {
  readonly holds: readonly number[]
  readonly gaveUp: readonly number[]
  readonly rows: Int32Array
  readonly prices: readonly Float64Array[]
}

/**
 * What prices on the rows that join sites prove of one level, among assignments whose earlier levels are at most `kept` (see `model/certificate.ts`):
 * prices[i] belongs to rows[i], in parts of 1 / `scale`; factors[k] is what earlier level k counts, in the same parts.
 */
export interface SiteLevelProof {
  readonly level: number
  readonly scale: number
  readonly kept: readonly number[]
  readonly factors: readonly number[]
  readonly rows: Int32Array
  readonly prices: Float64Array
}

/** How many devices of one class end as one of the columns: at most `most`, or more. */
export interface ClassDivision {
  readonly columns: Int32Array
  readonly most: number
}

/** What prices prove of one level in one case: prices[i] belongs to rows[i], in parts of 1 / scale; factors[k] is what earlier level k counts (see `model/certificate.ts`). */
export interface LevelProofLeaf {
  readonly cases: readonly { readonly division: number; readonly within: boolean; readonly price: number }[]
  readonly factors: readonly number[]
  readonly rows: Int32Array
  readonly prices: Float64Array
}

export interface LevelPrices {
  readonly level: number
  readonly scale: number
  readonly leaves: readonly LevelProofLeaf[]
}

export type SolutionProof =
  | { readonly is: 'prices'; readonly leaves: readonly ProofLeaf[] }
  | { readonly is: 'sites'; readonly levels: readonly SiteLevelProof[] }
  | { readonly is: 'levels'; readonly divisions: readonly ClassDivision[]; readonly levels: readonly LevelPrices[] }
  | { readonly is: 'refutation'; readonly scripts: readonly string[] }
  | { readonly is: 'none' }
