/**
 * What the kinds of conflict speak of that need time: reactions at instants, and monitors that walk along with a run.
 *
 * HOW TO WRITE A KIND. One file in `constraints/timed/`, one entry in the list of `constraints/timed-kinds.ts`, and one checker in `src/verify/timed/` that tells it again
 * from a replayed run, apart from the terms. `monitor` tells of a subject what is to be remembered from one reaction to the next (its ghosts: flags, instants in
 * milliseconds, levels of quantities, values), how a reaction changes it, and where a reaction (`bad`) or time that passes (`late`) shows the conflict. At the start no flag holds.
 * `quiet` of `causes.ts` is the usual flag: nothing has come from outside since. INVARIANT: a formula may hold too often (the replay decides), never too seldom.
 */
import type { Behaviour, Value } from '../src/model/automation.ts'
import type { Effect, Influence, StateClause, TimedProperty } from '../src/model/environment.ts'
import type { TimedAssumption } from '../src/model/timed-assumption.ts'
import type { Term } from '../src/smt/term.ts'
import type { ConflictStructure, ConflictSubject, ConflictWords, Reaction, Standing } from './reaction.ts'
import type { SymbolicValue } from './symbolic-value.ts'

/** Defaults that kinds of time are asked with, in milliseconds; printed with what uses them. */
export interface TimedOptions {
  /** K1w: how soon another rule must come. */
  readonly window: number
  /** K12: how soon a rule must take a command back. */
  readonly revert: number
  /** K7: how long an effect may take. */
  readonly horizon: number
  /** K14: the longest gap between two commands that flap. */
  readonly flap: number
  /** K23: how long all must be quiet. */
  readonly quiet: number
  /** K33: what is assumed; absent: that all reports are late, and each of the first things that rules command is offline. */
  readonly assumptions?: readonly TimedAssumption[]
}

export const timedDefaults: TimedOptions = { window: 10_000, revert: 60_000, horizon: 3_600_000, flap: 600_000, quiet: 86_400_000 }

/** A token that waits, where `waits` holds: until when at the latest (absent: until something wakes it), and when its run began. */
export interface TimedToken {
  readonly rule: string
  readonly step: string
  readonly waits: Term
  readonly deadline?: Term
  readonly begun: Term
}

/** A state at rest at an instant. */
export interface Moment {
  readonly now: Term
  readonly standing: (attribute: string) => Standing
  readonly tokens: readonly TimedToken[]
  readonly timers: readonly { readonly rule: string; readonly trigger: number; readonly armed: Term; readonly deadline?: Term }[]
  /** By `quantityName`; only what is modelled. */
  readonly quantities: ReadonlyMap<string, Term>
}

/** A reaction at the instant of its moments: as the event comes, and when all has come to rest. */
export interface TimedReaction extends Reaction {
  /** The event is a cause from outside, not what time, timers, delays and sensors bring. */
  readonly fromOutside: boolean
  readonly earlier: Moment
  readonly later: Moment
  /** Of a resumption: the token, with the condition under which it is this one. */
  readonly resumed: readonly { readonly token: TimedToken; readonly is: Term }[]
}

export interface Ghosts {
  readonly flags: Readonly<Record<string, Term>>
  readonly instants: Readonly<Record<string, Term>>
  readonly levels: Readonly<Record<string, Term>>
  readonly values: Readonly<Record<string, SymbolicValue>>
}

/** What a monitor remembers, by name; values are those that an attribute can hold. */
export interface GhostNames {
  readonly flags?: readonly string[]
  readonly instants?: readonly string[]
  readonly levels?: readonly string[]
  readonly values?: Readonly<Record<string, string>>
}

export interface Monitor {
  readonly ghosts: GhostNames
  readonly next: (ghosts: Ghosts, reaction: TimedReaction) => Ghosts
  /** Where the reaction shows it; ghosts are those before it. */
  readonly bad: (ghosts: Ghosts, reaction: TimedReaction) => Term
  /** Where it shows by time that has passed alone, without a further event. */
  readonly late?: (ghosts: Ghosts, moment: Moment) => Term
  /** What it may remember at the start, other than nothing: at a state after a restart. */
  readonly first?: (ghosts: Ghosts, moment: Moment) => Ghosts
  /** What holds of it in every state at rest, as far as its author knows: guesses for proofs. */
  readonly keeps?: readonly Kept[]
}

/** Of a monitor that remembers nothing: each reaction tells by itself. */
export const remembersNothing = { ghosts: {}, next: (ghosts: Ghosts): Ghosts => ghosts } as const

export interface Kept {
  readonly says: string
  readonly holds: (ghosts: Ghosts, moment: Moment) => Term
}

export interface TimedSubject extends ConflictSubject {
  /** Milliseconds. */
  readonly window?: number
  readonly quantity?: string
  readonly property?: TimedProperty
  /** K21: the value that is meant. */
  readonly value?: Value
}

/** What is known of the graph besides the structure. */
export interface TimedStructure extends ConflictStructure {
  readonly behaviour: Behaviour
  /** What each rule can write in a reaction to what is no cause from outside: a timer, a delay, a report of an observed quantity. */
  readonly byTime: ReadonlyMap<string, ReadonlySet<string>>
  /** Observed attributes. */
  readonly sensors: ReadonlySet<string>
  /** Attributes that drive each quantity, by its name. */
  readonly drives: ReadonlyMap<string, ReadonlySet<string>>
  /** Quantities by name: what the outside does to each, and its effects; one of the clauses of `open` (where there are any) must hold for an effect to get there. */
  readonly quantities: ReadonlyMap<string, DrivenQuantity>
}

export interface DrivenQuantity {
  readonly influence: Influence
  readonly drivers: readonly { readonly effect: Effect; readonly open: readonly StateClause[] }[]
}

export interface TimedKind {
  readonly id: `conflict/${string}`
  readonly number: `K${string}`
  /** One sentence for the catalogue. */
  readonly says: string
  /** Larger is stronger: of findings about one attribute and the same rules only the strongest conflict is listed. */
  readonly strength: number
  /** `proof`: a claim about every run: what the monitor calls bad refutes it, and is then no finding. Absent: a run shows it. */
  readonly shownBy?: 'proof'
  /** Asked only where it is named: what it tells is intended in most homes. */
  readonly onRequest?: true
  /** Its monitor calls nothing bad but what an event that is no cause from outside brings, in whose reaction a rule of the subject acts. */
  readonly byEvents?: true
  /** `false`: it is asked under the assumption that the platform does not restart, which breaks every promise about what is to come. */
  readonly restarts?: false
  readonly subjects: (structure: TimedStructure, options: TimedOptions) => readonly TimedSubject[]
  readonly monitor: (subject: TimedSubject, structure: TimedStructure, words: ConflictWords, options: TimedOptions) => Monitor
  readonly severity: (subject: TimedSubject, structure: TimedStructure) => 'error' | 'warning' | 'relation'
  /** One sentence for the owner, without a full stop: what holds, or (`never`) what was found not to. */
  readonly text: (subject: TimedSubject, never: boolean, named: (rule: string) => string) => string
}
