/** What monitors of several kinds remember: who commanded what stands, since when, and that nothing has come from outside since. */
import { and, any, bool, eq, FALSE, int, ite, le, or, real, sub } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { inconsistent, opposite } from '../conflict/incompatible.ts'
import type { ConflictStructure, ConflictWords, ReactionWrite } from '../reaction.ts'
import { choose, decimalTerm, differentValues, type SymbolicValue } from '../symbolic-value.ts'
import type { Ghosts, Monitor, TimedReaction, TimedSubject } from '../timed.ts'

/** The writes of the rule to the attribute that happen somewhere. */
export const writesOf = (reaction: TimedReaction, rule: string, attribute: string): readonly ReactionWrite[] =>
  reaction.writes.filter((write) => write.rule === rule && write.attribute === attribute && write.guard !== FALSE)

const writesIt = (reaction: TimedReaction, rule: string, attribute: string): Term =>
  any(writesOf(reaction, rule, attribute).map(({ guard }) => guard))

/** The rule commanded what stands before (or after) the reaction. */
export const commanded = (reaction: TimedReaction, when: 'before' | 'after', rule: string, attribute: string, words: ConflictWords): Term =>
  eq(reaction[when](attribute).by, int(words.ruleIndex(rule)))

/** What stands after the reaction was commanded by the rule in it. */
export const leaves = (reaction: TimedReaction, rule: string, attribute: string, words: ConflictWords): Term =>
  and(writesIt(reaction, rule, attribute), commanded(reaction, 'after', rule, attribute, words))

/** At most so long ago. */
export const within = (reaction: TimedReaction, instant: Term, milliseconds: number): Term =>
  le(sub(reaction.earlier.now, instant), decimalTerm(milliseconds))

/**
 * Remembers of the rule's last command to the attribute: `since`, its instant; `quiet`: it changed nothing or something, and nothing has come from outside since;
 * `old`: what the attribute held before it.
 */
export const commandGhosts = (attribute: string) => ({ flags: ['quiet'], instants: ['since'], values: { old: attribute } })

export const afterCommand = (ghosts: Ghosts, reaction: TimedReaction, rule: string, attribute: string, words: ConflictWords): Ghosts => {
  const anew = leaves(reaction, rule, attribute, words)
  const { quiet = FALSE } = ghosts.flags
  const { since = real(0) } = ghosts.instants
  const { old } = ghosts.values
  return {
    ...ghosts,
    flags: {
      ...ghosts.flags,
      quiet: or(anew, and(quiet, bool(!reaction.fromOutside), commanded(reaction, 'after', rule, attribute, words))),
    },
    instants: { ...ghosts.instants, since: ite(anew, reaction.earlier.now, since) },
    values: old === undefined ? ghosts.values : { ...ghosts.values, old: choose(anew, reaction.before(attribute).value, old) },
  }
}

/** Where a write of the rule that leaves what stands changes the value that stood. */
export const turnsOver = (
  reaction: TimedReaction,
  rule: string,
  attribute: string,
  words: ConflictWords,
  clash: (before: SymbolicValue, after: SymbolicValue) => Term = differentValues,
): Term => {
  const made = leaves(reaction, rule, attribute, words)
  return made === FALSE ? FALSE : and(made, clash(reaction.before(attribute).value, reaction.after(attribute).value))
}

/** The rules of the subject: the one that it begins with, and the other. */
export const pairOf = ({ from = '', rules }: TimedSubject): readonly [string, string] => [from, rules.find((rule) => rule !== from) ?? '']

/** Values that cannot both be meant (K1, K2). */
export const incompatible =
  (structure: ConflictStructure, attribute: string) =>
  (a: SymbolicValue, b: SymbolicValue): Term => {
    const type = structure.attributes.get(attribute)
    return or(opposite(type, a, b), inconsistent(type, a, b))
  }

/**
 * Where soon after a command of the first rule, with no cause from outside in between, the other changes what it left; `clash` holds of the values before and after
 * (absent: they differ), `ends` of what stands then and of what stood before the first rule's command.
 */
export const soonAfter = (
  subject: TimedSubject,
  words: ConflictWords,
  ends: (now: SymbolicValue, old: SymbolicValue) => Term,
  clash?: (before: SymbolicValue, after: SymbolicValue) => Term,
): Monitor => {
  const { attribute = '', window = 0 } = subject
  const [from, other] = pairOf(subject)
  return {
    ghosts: commandGhosts(attribute),
    next: (ghosts, reaction) => afterCommand(ghosts, reaction, from, attribute, words),
    bad: ({ flags, instants, values }, reaction) =>
      and(
        bool(!reaction.fromOutside),
        flags['quiet']!,
        commanded(reaction, 'before', from, attribute, words),
        turnsOver(reaction, other, attribute, words, clash),
        ends(reaction.after(attribute).value, values['old']!),
        within(reaction, instants['since']!, window),
      ),
  }
}
