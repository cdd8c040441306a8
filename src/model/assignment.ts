/** Which choice every device got, how good that is, and who checked it. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'
import type { Certificate, CheckedBy } from './certificate.ts'
import type { Finding } from './conflict.ts'
import type { Choice, SettingValue } from './outcome.ts'

/** One objective level as reported: `value` in the user's sense (assigned and preference: larger is better; soft and changes: smaller), |value - bound| = gap. */
export interface Level {
  readonly name: string
  readonly sense: 'maximise' | 'minimise'
  readonly value: number
  readonly bound: number
  readonly gap: number
  readonly checkedBy: CheckedBy
}

/** One thing that stands against a device, or a set of constraints, in the owner's words. `kind` is `placement/quota`, `placement/requirement`, ... */
export interface Reason {
  readonly kind: string
  readonly text: string
  readonly variant?: string
  readonly at?: Location
}

/** A change of the model that would help, checked by solving again. */
export interface Repair {
  readonly text: string
  /** The same as edits that `--what-if` takes, applied together; absent where no such edit says it. */
  readonly edits?: readonly string[]
}

export interface MethodUsed {
  readonly component: string
  readonly method: 'flow' | 'sites' | 'z3' | 'highs' | 'direct'
  readonly devices: number
}

export interface AssignmentStatistics {
  readonly devices: number
  readonly classes: number
  readonly components: number
  readonly milliseconds: Readonly<Record<string, number>>
  /** Numbers of the threads that solved components; none where all was done without. */
  readonly threads?: readonly number[]
}

/** What is known where solving ended early: no assignment is better than `bound`; `value` is that of the best one found, where there is one. */
export interface KnownSoFar {
  readonly levels: readonly { readonly name: string; readonly sense: Level['sense']; readonly value?: number; readonly bound: number }[]
  readonly done: readonly MethodUsed[]
  readonly open: readonly (MethodUsed & { readonly why: string })[]
}

/** The choice of every device, by row, as an index into `choices`. */
export interface Assignment {
  readonly choices: readonly Choice[]
  readonly chosen: Int32Array
}

/** A variant, only in these modes or on these devices (an expression over `device.*`) where it says so. */
export interface ConflictMember {
  readonly variant: string
  readonly settings?: Readonly<Record<string, SettingValue>>
  readonly of?: string
}

/** All of `present` at one place, and none of `absent`. */
export interface SeparatedSet {
  readonly present: readonly ConflictMember[]
  readonly absent: readonly ConflictMember[]
}

/** A set of variants that stands together somewhere. */
export interface StandingTogether {
  readonly variants: readonly string[]
  readonly places: number
  /** One of the `places`. */
  readonly place: string
  /** sha256 of what stands there in canonical form. */
  readonly key: string
  readonly proved: number
  /** Findings across the variants that are not proved. */
  readonly open: readonly Finding[]
  /** What a variant does wrong all by itself, wherever it stands. */
  readonly own: readonly Finding[]
  readonly assumptions: readonly string[]
}

/** What conflict analysis contributed: sets of variants that are kept apart and why, and every set that stands together somewhere with its proof. */
export interface Separation {
  readonly apart: readonly {
    readonly variants: readonly string[]
    /** It is kept apart only where none of these is there: with one of them it may not fight. */
    readonly without: readonly string[]
    readonly because: readonly Finding[]
  }[]
  readonly together: readonly StandingTogether[]
  /** Places where at least one behaviour stands, with several and with one: nothing of these kinds happens across variants at any of them. */
  readonly safe: {
    readonly kinds: readonly string[]
    readonly several: number
    readonly single: number
    readonly assumptions: readonly string[]
  }
}

export interface UnassignedDevice {
  readonly device: string
  readonly reasons: readonly Reason[]
}

export type AssignmentResult =
  | {
      readonly status: 'assigned'
      readonly optimal: boolean
      readonly levels: readonly Level[]
      readonly assignment: Assignment
      /** What runs today, by row, as an index into `choices`; -1: not known to the model. */
      readonly current: Int32Array
      readonly unassigned: readonly UnassignedDevice[]
      readonly methods: readonly MethodUsed[]
      readonly certificates: readonly Certificate[]
      /** Present where the model asks for `no_conflict` from behaviours. */
      readonly separation?: Separation
      readonly statistics: AssignmentStatistics
      readonly diagnostics: readonly Diagnostic[]
    }
  | {
      readonly status: 'impossible'
      readonly reasons: readonly Reason[]
      readonly repairs: readonly Repair[]
      readonly checkedBy: CheckedBy
      readonly certificates: readonly Certificate[]
      readonly statistics: AssignmentStatistics
      readonly diagnostics: readonly Diagnostic[]
    }
  | {
      readonly status: 'undecided'
      readonly why: string
      readonly best?: Assignment
      readonly known?: KnownSoFar
      readonly statistics: AssignmentStatistics
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] }

/** A row of a bundle's `devices.ndjson`. `variant` is null for `none` and `unmanaged`; `outcome` tells which. */
export interface AssignedDevice {
  readonly device: string
  readonly outcome: 'none' | 'unmanaged' | 'variant'
  readonly variant: string | null
  readonly settings: Readonly<Record<string, SettingValue>>
}
