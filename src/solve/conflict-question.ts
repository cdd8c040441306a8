/** What a question asks of reactions, in one form for kinds that speak of one reaction and of two. */
import type { Reaction } from '../../constraints/reaction.ts'
import { and, any, FALSE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { SymbolicReaction } from '../compile/conflicts-reaction.ts'
import { nextReaction, reached, reachedByTwo, type Layer } from '../compile/conflicts-unroll.ts'
import type { leansOnOf } from '../verify/conflicts.ts'
import type { Analysis, Question, Slice, Whole } from './conflict-analysis.ts'
import type { LastReactions } from './replayed-run.ts'

/** Pairs of events whose reactions are executed one after the other. */
const PAIRS = 2_500

/** Satisfiable if some reaction (or two) of some run shows it: over every state at rest that the ranges allow, and however a reaction goes on beyond the bounds. */
export const overAnyReaction = (analysis: Analysis, { kind, subject }: Question): Term | 'too-many' => {
  const { context, words } = analysis
  const { badOfTwo } = kind
  if (badOfTwo === undefined)
    return any(analysis.beyond().map((reaction) => and(reaction.possible, kind.bad(subject, reaction, context.structure, words))))
  const { reactions } = analysis.any()
  if (reactions.length ** 2 > PAIRS) return 'too-many'
  return any(
    reactions.flatMap((first, at) => [
      // What it leaves where it was cut off, nobody knows.
      and(first.possible, first.endless),
      ...nextReaction(context, analysis.kinds, first, `then ${at}`).reactions.map((second) =>
        and(first.possible, second.possible, badOfTwo(subject, [first, second.beyond()], context.structure, words)),
      ),
    ]),
  )
}

/** Where the last reaction (or the last two) of a run of these layers shows it. */
export const inRuns = (
  analysis: Analysis,
  layers: readonly Layer[],
  { kind, subject }: Question,
  seen: (reaction: SymbolicReaction) => Reaction = (reaction) => reaction,
): Term => {
  const { context, words } = analysis
  const { badOfTwo } = kind
  return badOfTwo === undefined
    ? reached(layers, (reaction) => kind.bad(subject, seen(reaction), context.structure, words))
    : reachedByTwo(layers, (first, second) => badOfTwo(subject, [first, seen(second)], context.structure, words))
}

/** Whether the last reactions of a replayed run show it. */
export const inReplay = (analysis: Analysis, { kind, subject }: Question, { last, before }: LastReactions): boolean => {
  const { context, words } = analysis
  const first = kind.badOfTwo === undefined ? undefined : before()
  const shown =
    kind.badOfTwo === undefined
      ? kind.bad(subject, last(), context.structure, words)
      : first === undefined
        ? FALSE
        : kind.badOfTwo(subject, [first, last()], context.structure, words)
  return shown.is === 'bool' && shown.value
}

/** A question by the words of a finding. */
export const namesOf = ({ kind, subject }: Question): Parameters<typeof leansOnOf>[1] => ({
  id: kind.number,
  subject: subject.key,
  rules: subject.rules,
  ...(subject.attribute === undefined ? {} : { actuator: subject.attribute }),
})

/** What must be known of each reaction to tell whether it shows one of the questions. */
export const sliceOf = ({ structure }: Whole, questions: readonly Question[]): Slice => {
  const roots = new Set<string>()
  const watches = new Set<string>()
  const writersOf = (attribute: string): readonly string[] => (structure.writers.get(attribute) ?? []).map(({ rule }) => rule)
  for (const { subject } of questions) {
    subject.rules.forEach((rule) => roots.add(rule))
    for (const attribute of subject.watches ?? []) {
      watches.add(attribute)
      writersOf(attribute).forEach((rule) => roots.add(rule))
    }
    // What stands in the end is told by whoever wrote last.
    if (subject.standing === true)
      for (const { attribute } of subject.exclusion?.members ?? []) writersOf(attribute).forEach((rule) => roots.add(rule))
    for (const { attribute } of subject.exclusion?.members ?? []) watches.add(attribute)
    if (subject.attribute !== undefined && structure.attributes.has(subject.attribute)) watches.add(subject.attribute)
  }
  return { roots, watches, lasting: lastingOf(questions) }
}

/** Attributes of which the questions ask what stands in the end. */
export const lastingOf = (questions: readonly Question[]): ReadonlySet<string> =>
  new Set(
    questions.flatMap(({ subject }) => [
      ...(subject.watches ?? []),
      ...(subject.standing === true ? (subject.exclusion?.members ?? []).map(({ attribute }) => attribute) : []),
    ]),
  )
