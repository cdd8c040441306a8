/** K12: within the window a rule sets an actuator back to what it was before another rule's command, with no cause from outside in between. */
import { and, bool } from '../../src/smt/build.ts'
import { equalValues } from '../symbolic-value.ts'
import type { TimedKind } from '../timed.ts'
import { afterCommand, commanded, commandGhosts, turnsOver, within } from './causes.ts'
import { laterPairs, span } from './pairs.ts'

export const revert: TimedKind = {
  id: 'conflict/revert',
  number: 'K12',
  says: 'a rule sets an actuator back to what it was before another rule’s command, soon after it and without a cause from outside',
  strength: 5,
  subjects: (structure, { revert: window }) => laterPairs(structure).map((subject) => ({ ...subject, window })),
  monitor: ({ attribute = '', from = '', rules, window = 0 }, _, words) => {
    const other = rules.find((rule) => rule !== from) ?? ''
    return {
      ghosts: commandGhosts(attribute),
      next: (ghosts, reaction) => afterCommand(ghosts, reaction, from, attribute, words),
      bad: ({ flags, instants, values }, reaction) =>
        and(
          bool(!reaction.fromOutside),
          flags['quiet']!,
          commanded(reaction, 'before', from, attribute, words),
          turnsOver(reaction, other, attribute, words),
          equalValues(reaction.after(attribute).value, values['old']!),
          within(reaction, instants['since']!, window),
        ),
    }
  },
  severity: () => 'warning',
  text: ({ attribute = '', from = '', rules, window = 0 }, never, named) => {
    const other = rules.find((rule) => rule !== from) ?? ''
    return never
      ? `no run lets ${named(other)} take back within ${span(window)} what ${named(from)} commanded of \`${attribute}\``
      : `${named(other)} takes back within ${span(window)} what ${named(from)} commanded of \`${attribute}\``
  },
}
