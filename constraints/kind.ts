/** What a constraint kind is: one file per kind gives one of these. */
import type { z } from 'zod'
import type { Term } from '../src/smt/term.ts'
import type { ConflictMember, SeparatedSet } from '../src/model/assignment.ts'
import type { Choice } from '../src/model/outcome.ts'

export type { ConflictMember }

/** An expression over `device.*` that a use reads; classes never mix devices on which it differs. `yields` is what it must be. */
export interface Seen {
  readonly name: string
  readonly text: string
  readonly yields: 'bool' | 'key' | 'number'
  /** Path of the expression inside the parameters, for messages. */
  readonly path: readonly (string | number)[]
  /** Name of a `key` of the same use: where that links to a device, the expression may read the linked device's attributes as `group.*`. */
  readonly group?: string
  /** A resource whose amount the number is: numbers with a unit are brought to the resource's. */
  readonly resource?: string
}

/** An expression over `variant.*`, `settings.*` and `device.*`: something that a choice is on a device. `none` and `unmanaged` have no `variant` and no `settings`. */
export interface Judged {
  readonly name: string
  readonly text: string
  readonly yields: 'bool' | 'number'
  readonly path: readonly (string | number)[]
}

/** Links between devices that a use follows: the device that `device` names, or both ways along every pair of the list `table` for which `where` (over `link.*`) holds. */
export interface Linked {
  readonly name: string
  readonly to: { readonly device: string } | { readonly table: string; readonly where?: string }
  /** Over `device.*`: which devices ask; absent: all. */
  readonly of?: string
  /** Over the device's choice: whether a variant asks anything; absent: every one does. Only variants ask. */
  readonly asks?: string
  /** Over `variant.*`, `settings.*`, `device.*`, `there.*` and, for a table, `link.*`: what must hold along the link. */
  readonly holds: string
}

/** A set of choices that a use speaks of: variants by id, or an expression over `variant.*` and `settings.*`. Never contains `none` or `unmanaged`. */
export interface ChoiceSet {
  readonly name: string
  readonly variants?: readonly string[]
  readonly where?: string
  readonly path: readonly (string | number)[]
}

/** A pair of classes that links join: every device of `from` is linked to every device of `to`. INVARIANT: one of the two has only one device; where they are the same class, its one device is linked to itself. */
export interface LinkedPair {
  readonly from: number
  readonly to: number
  /** Whether a device of `from` that ends as the choice asks anything. */
  readonly asks: (choice: number) => boolean
  /** Whether a choice of `from` is content with a choice of `to`. */
  readonly holds: (choice: number, there: number) => boolean
}

/** One use of a kind on a compiled fleet: everything by class or by choice, nothing by device. */
export interface Use<P> {
  readonly index: number
  readonly parameters: P
  readonly choices: readonly Choice[]
  readonly classes: number
  /** Devices in class c. */
  readonly size: (c: number) => number
  readonly columnStart: Int32Array
  readonly columnChoice: Int32Array
  /** Choice run today by class, or -1. */
  readonly current: Int32Array
  /** Whether a device of the class ends otherwise than it runs today; nothing is known where `current` is -1. */
  readonly changes: (c: number, choice: number) => boolean
  /** Violations are counted one by one (`per: unit`, `do_not_worsen`); otherwise only whether the use holds matters, and rows may be simpler. */
  readonly counted: boolean
  /** By class; 1 where the `bool` expression holds; missing counts as 0. */
  readonly truth: (name: string) => Uint8Array
  /** By class: index into `names`, -1 where missing. */
  readonly key: (name: string) => { readonly of: Int32Array; readonly names: readonly string[] }
  /** By class; NaN where missing. */
  readonly number: (name: string) => Float64Array
  /** By choice; 1 where the choice is in the set. */
  readonly inSet: (name: string) => Uint8Array
  /** By class and choice: amount of a resource that the choice uses on a device of the class. */
  readonly uses: (resource: string, c: number, choice: number) => number
  /** By class and choice: a `bool` is 1 where it holds, else 0; NaN where it is unknown. */
  readonly judged: (name: string) => (c: number, choice: number) => number
  /** Pairs of classes, ascending by `from`, then `to`. */
  readonly linked: (name: string) => readonly LinkedPair[]
  /** The id of the first device of the class, for names. */
  readonly deviceOf: (c: number) => string
}

/** A row without policy; see `LinearForm`. `auxiliary` entries are [index into this use's auxiliaries, coefficient]. */
export interface KindRow {
  readonly group: string
  /** Rows of a group that have different bonds are told of by different meanings, those with the same bond; absent: ''. So parts of a group can be solved apart. */
  readonly bond?: string
  readonly part: string
  readonly lower: number
  readonly upper: number
  readonly classes: Int32Array
  /** By choice index. Where amounts differ by class, give `entries` instead. */
  readonly coefficient?: Float64Array
  readonly entries?: { readonly columns: Int32Array; readonly coefficients: Float64Array }
  readonly auxiliary?: readonly (readonly [number, number])[]
  /**
   * Of one device from each class of the row, at most one ends as one of the row's columns; each class's coefficient is the product of the other classes'
   * sizes, `upper` that of all. A price on it can be checked device by device.
   */
  readonly clash?: true
  /** The row only gives an auxiliary its meaning: it is hard under every policy. */
  readonly always?: true
}

export interface KindRows {
  readonly rows: readonly KindRow[]
  readonly auxiliaries: readonly { readonly name: string; readonly lower: number; readonly upper: number }[]
}

/** Per group, how far from satisfied: an Int term over `x<column>` that is 0 iff the group holds. The reference meaning. */
export interface GroupViolation {
  readonly group: string
  readonly bond?: string
  readonly classes: Int32Array
  readonly violation: () => Term
}

/** How a use is completed by conflict analysis: `sets` of variants must not all be at one place while none of those is that they are only forbidden without. */
export interface FromConflicts<P> {
  /** The use, as it stands, leaves it to the analysis to say what conflicts. */
  readonly wanted: (parameters: P) => boolean
  /** Expression over `device.*` for the place where devices meet; absent: they all meet. */
  readonly place: (parameters: P) => string | undefined
  /** The parameters with what was found. */
  readonly filled: (parameters: P, sets: readonly SeparatedSet[]) => P
}

export interface ConstraintKind<P = unknown> {
  readonly id: `placement/${string}`
  /** One sentence for the catalogue. */
  readonly says: string
  readonly policies: readonly ('hard' | 'soft' | 'do-not-worsen')[]
  /** Where its uses stand in the model; it cannot be listed among the constraints. */
  readonly implicit?: string
  readonly parameters: z.ZodType<P>
  readonly sees: (parameters: P) => readonly Seen[]
  readonly sets: (parameters: P) => readonly ChoiceSet[]
  readonly judges?: (parameters: P) => readonly Judged[]
  /** Resources whose amounts the use reads. */
  readonly resources?: (parameters: P) => readonly { readonly name: string; readonly path: readonly (string | number)[] }[]
  readonly links?: (parameters: P) => readonly Linked[]
  /** What a use cannot do on this fleet, said once. */
  readonly warns?: (use: Use<P>) => readonly { readonly code: string; readonly message: string; readonly hint?: string }[]
  /** Choices that a hard use takes away from a class of devices on its own (pin, forbid, keep): true = allowed. Asked for every class and choice, so prepared once per use. Absent: the kind has rows. */
  readonly allows?: (use: Use<P>) => (c: number, choice: number) => boolean
  /** Linear rows that hold iff the use holds (auxiliaries chosen freely). A kind whose meaning is `allows` returns none when hard; its soft rows count forbidden choices. */
  readonly rows: (use: Use<P>) => KindRows
  readonly assertions: (use: Use<P>) => readonly GroupViolation[]
  /** For kinds that can take what conflicts from conflict analysis instead of from the user. */
  readonly fromConflicts?: FromConflicts<P>
  /** The reason in the fleet owner's words, without a full stop: `at least 200 production devices run preview-3`. */
  readonly because: (parameters: P, group: string) => string
}
