/** What is known about one group of rules that cannot touch the others: structure, ranges, reactions. Compiled on demand, shared by all subjects. */
import type { Behaviour } from '../model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction } from '../../constraints/reaction.ts'
import { invariantScripts, type InvariantScript } from './conflict-certificate.ts'
import { createCoding, textsOf, type Coding } from '../compile/conflicts-coding.ts'
import { listenersOf } from '../compile/conflicts-listeners.ts'
import { rangesOf } from '../compile/conflicts-ranges.ts'
import { reactionBounds, unrolledBounds, type ReactionContext } from '../compile/conflicts-reaction.ts'
import { structureOf } from '../compile/conflicts-structure.ts'
import { anyReaction, unroll, type Layer, type Unrolling } from '../compile/conflicts-unroll.ts'

export interface Analysis {
  readonly context: ReactionContext
  readonly words: ConflictWords
  /** One reaction from any state at rest. */
  readonly any: () => Layer
  /** Its reactions, with all that may follow where they were cut off. */
  readonly beyond: () => readonly Reaction[]
  readonly runs: () => Unrolling
  /** Scripts that show the ranges inductive. */
  readonly invariants: () => readonly InvariantScript[]
}

/** A question: a kind and one of its subjects. */
export interface Question {
  readonly kind: ConflictKind
  readonly subject: ConflictSubject
}

/** Writes, starts and branches of all layers of an unrolling together. */
const UNROLLED = 4_000

export const analysisOf = (behaviour: Behaviour, structure: ConflictStructure = structureOf(behaviour)): Analysis => {
  const coding = createCoding(textsOf(behaviour))
  const ranges = rangesOf(structure)
  const context: ReactionContext = { structure, ranges, listeners: listenersOf(structure, ranges), coding, bounds: reactionBounds }
  let any: Layer | undefined
  let beyond: readonly Reaction[] | undefined
  let runs: Unrolling | undefined
  let invariants: readonly InvariantScript[] | undefined
  const anyLayer = (): Layer => (any ??= anyReaction(context))
  return {
    context,
    words: wordsOf(structure, coding),
    any: anyLayer,
    beyond: () => (beyond ??= anyLayer().reactions.map((reaction) => reaction.beyond())),
    runs: () => (runs ??= unroll({ ...context, bounds: unrolledBounds }, UNROLLED)),
    invariants: () => (invariants ??= invariantScripts(context)),
  }
}

const wordsOf = (structure: ConflictStructure, coding: Coding): ConflictWords => {
  const index = new Map(structure.rules.map((rule, at) => [rule.automation.id, at]))
  return { constant: coding.constant, ruleIndex: (rule) => index.get(rule) ?? -1 }
}
