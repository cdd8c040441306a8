/** What is known about one group of rules that cannot touch the others: structure, ranges, reactions. Compiled on demand, shared by all subjects. */
import type { Behaviour } from '../model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords } from '../../constraints/reaction.ts'
import { oppositeWords } from '../../constraints/conflict/incompatible.ts'
import { int } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import { createCoding, textsOf, type Coding } from '../compile/conflicts-coding.ts'
import { listenersOf } from '../compile/conflicts-listeners.ts'
import { rangesOf } from '../compile/conflicts-ranges.ts'
import { reactionBounds, type ReactionContext } from '../compile/conflicts-reaction.ts'
import { structureOf } from '../compile/conflicts-structure.ts'
import { anyReaction, unroll, type Layer, type Unrolling } from '../compile/conflicts-unroll.ts'

export interface Analysis {
  readonly context: ReactionContext
  readonly words: ConflictWords
  /** One reaction from any state at rest. */
  readonly any: () => Layer
  readonly runs: () => Unrolling
}

/** A question: a kind and one of its subjects. */
export interface Question {
  readonly kind: ConflictKind
  readonly subject: ConflictSubject
}

/** Writes, starts and branches of all layers of an unrolling together. */
const UNROLLED = 60_000

export const analysisOf = (behaviour: Behaviour, structure: ConflictStructure = structureOf(behaviour)): Analysis => {
  const coding = createCoding(textsOf(behaviour))
  const ranges = rangesOf(structure)
  const context: ReactionContext = { structure, ranges, listeners: listenersOf(structure, ranges), coding, bounds: reactionBounds }
  let any: Layer | undefined
  let runs: Unrolling | undefined
  return {
    context,
    words: wordsOf(structure, coding),
    any: () => (any ??= anyReaction(context)),
    runs: () => (runs ??= unroll(context, UNROLLED)),
  }
}

export const wordsOf = (structure: ConflictStructure, coding: Coding): ConflictWords => {
  const index = new Map(structure.rules.map((rule, at) => [rule.automation.id, at]))
  const codes = new Map<string, Term[]>()
  for (const [code, text] of coding.texts.entries()) codes.set(text.toLowerCase(), [...(codes.get(text.toLowerCase()) ?? []), int(code)])
  const opposites = oppositeWords.flatMap(([one, other]) =>
    (codes.get(one) ?? []).flatMap((a) => (codes.get(other) ?? []).map((b) => [a, b] as const)),
  )
  return { constant: coding.constant, ruleIndex: (rule) => index.get(rule) ?? -1, opposites }
}
