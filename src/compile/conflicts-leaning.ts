/** Where a reaction leans on parts that are not modelled, and what of it happens before it does. */
import type { ConflictStructure, OutsideKind, Reaction } from '../../constraints/reaction.ts'
import { CHANCE } from '../model/automation.ts'
import { and, any, FALSE, not, or, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { SymbolicReaction } from './conflicts-reaction.ts'
import { awaitedBy } from './conflicts-structure.ts'
import type { Layer } from './conflicts-unroll.ts'

/** The part that an event from outside leans on: a trigger that is not modelled, or one that may carry anything. */
const pulledPart = (structure: ConflictStructure, event: OutsideKind): string | undefined => {
  if ((event.is !== 'pull' && event.is !== 'resume') || event.trigger === undefined) return undefined
  const rule = structure.rule.get(event.automation)
  const step = event.is === 'resume' ? rule?.steps.get(event.step) : undefined
  const trigger = (step === undefined ? rule?.automation.triggers : awaitedBy(step))?.[event.trigger]
  if (trigger?.on === 'unmodelled') return trigger.part
  if (trigger?.on !== 'outside' || trigger.payload.is !== 'any') return undefined
  const { part } = trigger.payload
  return structure.behaviour.applications.some((application) => application.unmodelled.some(({ id }) => id === part)) ? part : undefined
}

const answers = (structure: ConflictStructure, reaction: SymbolicReaction): readonly Term[] =>
  reaction.choices.map((choice) =>
    choice.is === 'order' || choice.part === CHANCE || structure.attributes.has(choice.part) ? FALSE : choice.guard,
  )

/** Where the layer's reaction uses a part that is not modelled. */
export const leans = (structure: ConflictStructure, layer: Layer): Term =>
  any(
    layer.reactions.map((reaction, index) =>
      and(layer.picked(index), pulledPart(structure, reaction.event) === undefined ? any(answers(structure, reaction)) : TRUE),
    ),
  )

const known = new WeakMap<SymbolicReaction, Reaction>()

/** The reaction up to its first use of a part that is not modelled: what such a part answers later cannot take back what happened. */
export const beforeLeaning = (structure: ConflictStructure, reaction: SymbolicReaction): Reaction => {
  const made = known.get(reaction) ?? untilLeaning(structure, reaction)
  known.set(reaction, made)
  return made
}

const untilLeaning = (structure: ConflictStructure, reaction: SymbolicReaction): Reaction => {
  if (pulledPart(structure, reaction.event) !== undefined) return { ...reaction, writes: [], started: [], dropped: [], executed: [] }
  const used: Term[] = [FALSE]
  for (const guard of answers(structure, reaction)) used.push(either(used.at(-1)!, guard))
  if (used.at(-1) === FALSE) return reaction
  const early = <Happening extends { readonly guard: Term; readonly asked?: number }>(all: readonly Happening[]): readonly Happening[] =>
    all
      .map((one) => ({ ...one, guard: and(one.guard, not(used[one.asked ?? reaction.choices.length]!)) }))
      .filter(({ guard }) => guard !== FALSE)
  return { ...reaction, writes: early(reaction.writes), started: early(reaction.started), executed: early(reaction.executed) }
}

/** Of two terms that may be true, one inside the other: a chain of them stays as long as its links. */
const either = (first: Term, second: Term): Term => {
  const plain = or(first, second)
  if (first === second || plain.is !== 'apply' || plain.operator !== 'or' || plain.arguments.length <= 2) return plain
  return { is: 'apply', operator: 'or', sort: 'Bool', arguments: [first, second] }
}
