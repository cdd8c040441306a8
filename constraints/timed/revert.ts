/** K12: within the window a rule sets an actuator back to what it was before another rule's command, with no cause from outside in between. */
import { equalValues } from '../symbolic-value.ts'
import type { TimedKind } from '../timed.ts'
import { pairOf, soonAfter } from './causes.ts'
import { laterPairs, span } from './pairs.ts'

export const revert: TimedKind = {
  id: 'conflict/revert',
  number: 'K12',
  says: 'a rule sets an actuator back to what it was before another rule’s command, soon after it and without a cause from outside',
  strength: 5,
  byEvents: true,
  subjects: (structure, { revert: window }) => laterPairs(structure).map((subject) => ({ ...subject, window })),
  monitor: (subject, _, words) => soonAfter(subject, words, equalValues),
  severity: () => 'warning',
  text: (subject, never, named) => {
    const { attribute = '', window = 0 } = subject
    const [from, other] = pairOf(subject).map(named)
    return never
      ? `no run lets ${other ?? ''} take back within ${span(window)} what ${from ?? ''} commanded of \`${attribute}\``
      : `${other ?? ''} takes back within ${span(window)} what ${from ?? ''} commanded of \`${attribute}\``
  },
}
