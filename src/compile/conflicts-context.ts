/** What a reaction is executed in: the behaviour, what is known of its values, how far it is looked at, and which part of it matters. */
import type { ConflictStructure } from '../../constraints/reaction.ts'
import type { Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'
import type { Listeners } from './conflicts-listeners.ts'
import type { Ranges } from './conflicts-ranges.ts'

export interface ReactionBounds {
  /** Token steps per reaction. */
  readonly steps: number
  /** Times that one step is executed. */
  readonly visits: number
  /** Token steps from a start or resumption to the end of its part in the reaction. */
  readonly hops: number
  /** Events that follow one another. */
  readonly chain: number
  /** Times that a rule starts among the causes of its own start. */
  readonly again: number
  /** Rules started by one event whose order matters and is open. */
  readonly permuted: number
  /** Steps, starts and writes of the reactions to all events together, shared out evenly. */
  readonly work: number
}

/** The instant at which a reaction happens, and durations that nobody models, each where it is drawn, in the order in which they are. */
export interface Clock {
  readonly now: Term
  /** Attributes that may tell again what they told last. */
  readonly sensors: ReadonlySet<string>
  readonly drawn: { readonly guard: Term; readonly milliseconds: Term }[]
}

export interface ReactionContext {
  readonly structure: ConflictStructure
  readonly ranges: Ranges
  readonly listeners: Listeners
  readonly coding: Coding
  readonly bounds: ReactionBounds
  /** The number by which terms name a rule. */
  readonly ruleIndex: (rule: string) => number
  /** Rules that matter: what others do changes nothing that is asked for, and they are left out. Absent: all. */
  readonly relevant?: ReadonlySet<string>
  /** Attributes that those rules touch. Absent: all. */
  readonly touched?: ReadonlySet<string>
  /** Of the rules that matter, those that are executed; the others are cut off where they would start. Absent: all. */
  readonly kept?: ReadonlySet<string>
  /** What is left of the work for this reaction; beyond, everything is cut off. */
  readonly work?: { left: number }
  /** Rules and attributes that are asked about: of other rules that are cut off only what they may leave is told. Absent: all. */
  readonly asked?: { readonly rules: ReadonlySet<string>; readonly attributes: ReadonlySet<string> }
  /** Absent: nothing is told of time. */
  readonly clock?: Clock
}

/** Key of a trigger among those of all rules. */
export const timerKey = (rule: string, trigger: number): string => `${rule}\u0000${trigger}`
