/** K22a: the delayed command of a rule lands after another rule’s command whose cause came later, and stands. */
import { and, any, FALSE, ite, lt, real } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { TimedKind, TimedReaction } from '../timed.ts'
import { commanded, incompatible, leaves, pairOf, turnsOver } from './causes.ts'
import { laterPairs } from './pairs.ts'
import { timersFor } from './cut-short.ts'

/** When the run of the rule that acts in the reaction began. */
const begun = (reaction: TimedReaction, rule: string): Term =>
  reaction.resumed.reduce<Term>((rest, { token, is }) => (token.rule === rule ? ite(is, token.begun, rest) : rest), reaction.earlier.now)

export const disordered: TimedKind = {
  id: 'conflict/disordered',
  number: 'K22a',
  says: 'a delayed command lands after a command whose cause came later, and stands',
  strength: 6,
  byEvents: true,
  subjects: (structure) =>
    laterPairs(structure).filter((subject) => {
      const [, other] = pairOf(subject)
      return timersFor(structure.rule.get(other)!, subject.attribute ?? '').size > 0
    }),
  monitor: (subject, structure, words) => {
    const { attribute = '' } = subject
    const [from, other] = pairOf(subject)
    return {
      ghosts: { instants: ['cause'] },
      next: (ghosts, reaction) => ({
        ...ghosts,
        instants: { cause: ite(leaves(reaction, from, attribute, words), begun(reaction, from), ghosts.instants['cause'] ?? real(0)) },
      }),
      bad: ({ instants }, reaction) =>
        reaction.fromOutside || reaction.event.is !== 'resume'
          ? FALSE
          : and(
              commanded(reaction, 'before', from, attribute, words),
              turnsOver(reaction, other, attribute, words, incompatible(structure, attribute)),
              any(
                reaction.resumed
                  .filter(({ token }) => token.rule === other)
                  .map(({ token, is }) => and(is, lt(token.begun, instants['cause'] ?? real(0)))),
              ),
            ),
    }
  },
  severity: () => 'warning',
  text: (subject, never, named) => {
    const { attribute = '' } = subject
    const [from, other] = pairOf(subject).map(named)
    return never
      ? `no delayed command of ${other ?? ''} lands on \`${attribute}\` after one of ${from ?? ''} whose cause came later`
      : `a delayed command of ${other ?? ''} lands on \`${attribute}\` after that of ${from ?? ''}, whose cause came later`
  },
}
