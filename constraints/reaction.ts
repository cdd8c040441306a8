/**
 * What the kinds of conflict speak of: the live part of a behaviour, and reactions to outside events as guarded terms.
 *
 * HOW TO WRITE A KIND. One file in `constraints/conflict/`, one entry in the list of `constraints/conflict.ts`, examples in `constraints/examples/<kind>/`, and
 * one checker in `src/verify/conflict/` (entered in the list of `src/verify/conflict/checkers.ts`) that tells it again from a replayed run, apart from the terms.
 * 1. `subjects` lists what findings are about, from the structure alone. Be sparing: walk `writers`, `readers`, `rule.reads`, never all pairs of rules. `key` is
 *    stable and unique within the kind; `rules` are the rules whose part in a reaction must be known: only they, and what can influence them within the reaction,
 *    are executed on terms. Name in `watches` attributes whose writes by any rule count too.
 * 2. The formula, one of:
 *    - `bad` over one reaction, from any state at rest: where it holds the reaction shows the conflict (`shownBy: 'run'`), or refutes the claim (`'proof'`).
 *    - `badOfTwo` over two reactions, of which the second begins where the first came to rest.
 *    - `relation` over a state at rest, without a reaction (guards that imply each other): satisfiable means that the claim does not hold there. Such a kind is
 *      `shownBy: 'proof'`, and lists only what it proves: a subject whose relation is satisfiable is no finding.
 *    - `decided` on the subject: the structure alone answers. `argument: 'static'` needs a checker with `holds`.
 *    Terms are built with `src/smt/build.ts` (`and`, `or`, `not`, `any`, `eq` fold constants) and `symbolic-value.ts` (`equalValues`, `truth`, `oneOf`).
 *    Every formula is asked in two ways: over terms, to refute it or to find a run; and over a replayed run, whose reaction has constants for terms. So it may
 *    use nothing that only one of them has. In a reaction of terms the lists are in the order of what happens, and each entry happens where its `guard` holds.
 * 3. What refutes must contain: for kinds shown by a run a formula may hold too often (the replay decides), never too seldom. Past its bounds a reaction is
 *    contained by `writes`, `started`, `executed` and `after` with free guards and values; the order of the lists says nothing there, nor do `by` and `triggers`
 *    (a `by` that is absent may be any rule where `run` is negative).
 * 4. `severity` and `text`. Findings of `severity: 'relation'` are shown on request.
 *
 * EXAMPLE, K6 (a command of r1 starts r2):
 *   subjects: for each attribute of `structure.listeners`, each writer r1 and each other listener r2: {key: `${r1} ${r2}`, rules: [r1, r2].sort(), from: r1, ...}
 *   bad: (subject, reaction) => any(reaction.started.filter((one) => one.rule === r2 && (one.by === r1 || one.run < 0)).map((one) => one.guard))
 */
import type { Location } from '../src/diagnostics/diagnostic.ts'
import type { Automation, AutomationExpression, Behaviour, Exclusion, Step, ThingAttribute, Value } from '../src/model/automation.ts'
import type { StructureArgument } from '../src/model/conflict.ts'
import type { WatchedState } from '../src/model/environment.ts'
import type { Term } from '../src/smt/term.ts'
import type { SymbolicValue } from './symbolic-value.ts'

/** A step that may write, of a rule that something can start. */
export interface Writer {
  readonly rule: string
  readonly step: string
  readonly attribute: string
  /** Where the step can write one value only. */
  readonly constant?: Value
  readonly at: Location
}

/** Why nothing can start a rule: per trigger a sentence, and the ids (dangling references, dead rules) it follows from. */
export interface DeadRule {
  readonly rule: string
  readonly reasons: readonly { readonly text: string; readonly causes: readonly string[]; readonly at: Location }[]
  /** Ids that the reasons end at, sorted. */
  readonly causes: readonly string[]
}

export interface Rule {
  readonly automation: Automation
  readonly live: boolean
  readonly steps: ReadonlyMap<string, Step>
  /** Steps that some path from the entry reaches. */
  readonly reachable: ReadonlySet<string>
  readonly writes: readonly Writer[]
  readonly reads: ReadonlySet<string>
}

/** The behaviour as a graph: what is live, who writes what. */
export interface ConflictStructure {
  readonly behaviour: Behaviour
  readonly attributes: ReadonlyMap<string, ThingAttribute>
  /** In the order of the lists. */
  readonly rules: readonly Rule[]
  readonly rule: ReadonlyMap<string, Rule>
  readonly dead: ReadonlyMap<string, DeadRule>
  /** Live writers by attribute. */
  readonly writers: ReadonlyMap<string, readonly Writer[]>
  /** Live rules that a write of the attribute may start, arm, or let go on; and that read it in a guard, a condition or a value. Ids, in the order of the rules. */
  readonly listeners: ReadonlyMap<string, readonly string[]>
  readonly readers: ReadonlyMap<string, readonly string[]>
}

/** What may come from outside; values are left open. */
export type OutsideKind =
  | { readonly is: 'write'; readonly attribute: string }
  | { readonly is: 'pull'; readonly automation: string; readonly trigger: number }
  /** `trigger`: of an `await`, the one that comes from outside. */
  | { readonly is: 'resume'; readonly automation: string; readonly step: string; readonly timedOut: boolean; readonly trigger?: number }
  | { readonly is: 'due'; readonly automation: string; readonly trigger: number }
  | { readonly is: 'restart' }

/** A write that happens in the reaction where `guard` holds. */
export interface ReactionWrite {
  readonly rule: string
  /** Number of the run within the reaction: writes of one run share it. Negative: of no run in particular, after the reaction was cut off. */
  readonly run: number
  readonly step: string
  readonly attribute: string
  readonly guard: Term
  readonly value: SymbolicValue
  /** The outside event itself started the run, or made it go on. */
  readonly direct: boolean
  /** The rule whose action started the run; nothing where the outside did. */
  readonly by?: string
  /** In a reaction made of terms: how many of its choices were made before. */
  readonly asked?: number
}

/** Who commanded the value that an attribute holds: Int, an index into `rules`, or -1 (nobody: outside, initial). */
export interface Standing {
  readonly value: SymbolicValue
  readonly by: Term
}

/** A run of the rule started. */
export interface Started {
  readonly rule: string
  /** As in `ReactionWrite`. */
  readonly run: number
  readonly guard: Term
  /** Which of its triggers match, each with its condition; none: it was called, or stood in line. */
  readonly triggers: readonly { readonly index: number; readonly match: Term }[]
  readonly direct: boolean
  /** The rule whose action started it; nothing where the outside did. */
  readonly by?: string
  /** In a reaction made of terms: how many of its choices were made before. */
  readonly asked?: number
}

/** A run was not begun, or was ended, by the run mode. `queued`: it stands in line, or there was no room left. */
export interface Dropped {
  readonly rule: string
  readonly guard: Term
  readonly because: 'single' | 'queued' | 'full' | 'restarted'
}

/** A token executed the step. */
export interface Executed {
  readonly rule: string
  readonly step: string
  readonly guard: Term
  /** In a reaction made of terms: how many of its choices were made before. */
  readonly asked?: number
}

export interface Reaction {
  readonly event: OutsideKind
  /** Holds where the event can come in the state it comes in. */
  readonly possible: Term
  readonly writes: readonly ReactionWrite[]
  readonly started: readonly Started[]
  readonly dropped: readonly Dropped[]
  readonly executed: readonly Executed[]
  /** Attributes in the state at rest in which the event came. */
  readonly before: (attribute: string) => Standing
  /** Attributes when the reaction has come to rest. */
  readonly after: (attribute: string) => Standing
  /** A guard, or any other expression, in the state before and after; locals and unmodelled parts are null. */
  readonly evaluate: Readonly<Record<'before' | 'after', (expression: AutomationExpression) => SymbolicValue>>
  /** Where it did not come to rest within the bounds. */
  readonly endless: Term
  /** Where other values would stand in the end had these two rules, which the event reaches, changed places. TRUE in a reaction of terms: the replay decides. */
  readonly turned: (one: string, other: string) => Term
}

/** The state at rest of a relation. */
export interface RestingState {
  readonly standing: (attribute: string) => Standing
  /** Locals are what `locals` says, else null; unmodelled parts may be anything, anew at each evaluation. */
  readonly evaluate: (expression: AutomationExpression, locals?: ReadonlyMap<string, SymbolicValue>) => SymbolicValue
  /** Any value that the attribute can hold, another for each name. */
  readonly other: (attribute: string, name: string) => SymbolicValue
}

/** What one finding is about. `key` is stable and unique within the kind. */
export interface ConflictSubject {
  readonly key: string
  readonly attribute?: string
  readonly exclusion?: Exclusion
  /** One or two rules, sorted. */
  readonly rules: readonly string[]
  /** Which of the two the finding begins with, where it has a direction. */
  readonly from?: string
  /** Attributes whose writers have a part in it besides. */
  readonly watches?: readonly string[]
  readonly step?: string
  /** The state that must not come about, where the finding is about one. */
  readonly watched?: WatchedState
  /** What it is about, in words. */
  readonly says?: string
  /** Not about one reaction: what it leaves together with what an earlier one left. */
  readonly standing?: true
  /** Set where the structure alone decides. */
  readonly decided?: {
    readonly argument: StructureArgument
    readonly facts: readonly string[]
    readonly holds: boolean
    readonly why: string
  }
  readonly at: readonly Location[]
}

/** A kind of conflict that a solver decides: `bad` is satisfiable iff a reaction of that shape shows it. */
export interface ConflictKind {
  readonly id: `conflict/${string}`
  readonly number: `K${string}`
  /** One sentence for the catalogue. */
  readonly says: string
  readonly shownBy: 'run' | 'proof'
  /** It shows only where all rules of the subject act in one reaction: those that no event brings together need no solver. */
  readonly apart?: true
  /**
   * It shows exactly where two rules of a subject without exclusion command its attribute within one reaction to values for which this holds: what they need,
   * as far as it is told by attributes that no rule writes, may then decide it.
   */
  readonly clashing?: (attribute: ThingAttribute | undefined, a: SymbolicValue, b: SymbolicValue) => Term
  /** Its formula speaks of nothing but who writes what: where it folds away, commands alone refute it again. */
  readonly ofCommands?: true
  readonly subjects: (structure: ConflictStructure) => readonly ConflictSubject[]
  /** Where it holds, the reaction shows the conflict (kinds shown by a run) or refutes it (kinds shown by a proof). FALSE for kinds that the structure decides. */
  readonly bad: (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords) => Term
  /** Where it holds together with `bad`, both rules were started by the outside event itself. */
  readonly sameEvent: (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords) => Term
  /** For subjects that stand: where it holds of the last reaction, no earlier one had a part in it. Without it such findings are coincidences. */
  readonly sameReaction?: (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords) => Term
  /** As `bad`, over two reactions that follow each other; then `bad` is FALSE. */
  readonly badOfTwo?: (
    subject: ConflictSubject,
    reactions: readonly [Reaction, Reaction],
    structure: ConflictStructure,
    words: ConflictWords,
  ) => Term
  /** Where it is satisfiable, what the subject claims does not hold in some state at rest; then `bad` is FALSE. */
  readonly relation?: (subject: ConflictSubject, state: RestingState, structure: ConflictStructure, words: ConflictWords) => Term
  readonly severity: (
    meets: 'same-event' | 'same-reaction' | 'coincidence',
    subject: ConflictSubject,
    structure: ConflictStructure,
  ) => 'error' | 'warning' | 'relation'
  /** One sentence for the owner, without a full stop: what holds, or (`never`) what was found not to. `named` tells how a rule is called. */
  readonly text: (subject: ConflictSubject, never: boolean, named: (rule: string) => string) => string
}

/** What kinds need to name texts in terms. */
export interface ConflictWords {
  readonly constant: (value: Value) => SymbolicValue
  readonly ruleIndex: (rule: string) => number
}
