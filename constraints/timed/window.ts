/** K1w: soon after a rule’s command, with no cause from outside in between, another rule commands the same actuator otherwise. What sets it back is K12. */
import { and, bool, not } from '../../src/smt/build.ts'
import { equalValues } from '../symbolic-value.ts'
import type { TimedKind } from '../timed.ts'
import { afterCommand, commanded, commandGhosts, incompatible, pairOf, turnsOver, within } from './causes.ts'
import { laterPairs, span } from './pairs.ts'

export const contentionInWindow: TimedKind = {
  id: 'conflict/window-contention',
  number: 'K1w',
  says: 'two rules command the same actuator with opposite values soon after each other, without an event that justifies it',
  strength: 4,
  subjects: (structure, { window }) => laterPairs(structure).map((subject) => ({ ...subject, window })),
  monitor: (subject, structure, words) => {
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
          turnsOver(reaction, other, attribute, words, incompatible(structure, attribute)),
          not(equalValues(reaction.after(attribute).value, values['old']!)),
          within(reaction, instants['since']!, window),
        ),
    }
  },
  severity: () => 'warning',
  text: (subject, never, named) => {
    const { attribute = '', window = 0 } = subject
    const [from, other] = pairOf(subject).map(named)
    return never
      ? `no run lets ${other ?? ''} command \`${attribute}\` otherwise within ${span(window)} of ${from ?? ''}`
      : `${other ?? ''} commands \`${attribute}\` otherwise within ${span(window)} of ${from ?? ''}, with no cause from outside`
  },
}
