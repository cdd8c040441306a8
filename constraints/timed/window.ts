/** K1w: soon after a rule’s command, with no cause from outside in between, another rule commands the same actuator otherwise. What sets it back is K12. */
import { not } from '../../src/smt/build.ts'
import { equalValues } from '../symbolic-value.ts'
import type { TimedKind } from '../timed.ts'
import { incompatible, pairOf, soonAfter } from './causes.ts'
import { laterPairs, span } from './pairs.ts'

export const contentionInWindow: TimedKind = {
  id: 'conflict/window-contention',
  number: 'K1w',
  says: 'two rules command the same actuator with opposite values soon after each other, without an event that justifies it',
  strength: 4,
  byEvents: true,
  subjects: (structure, { window }) => laterPairs(structure).map((subject) => ({ ...subject, window })),
  monitor: (subject, structure, words) =>
    soonAfter(subject, words, (now, old) => not(equalValues(now, old)), incompatible(structure, subject.attribute ?? '')),
  severity: () => 'warning',
  text: (subject, never, named) => {
    const { attribute = '', window = 0 } = subject
    const [from, other] = pairOf(subject).map(named)
    return never
      ? `no run lets ${other ?? ''} command \`${attribute}\` otherwise within ${span(window)} of ${from ?? ''}`
      : `${other ?? ''} commands \`${attribute}\` otherwise within ${span(window)} of ${from ?? ''}, with no cause from outside`
  },
}
