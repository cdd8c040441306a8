/** K12: within the window a rule sets an actuator back to what it was before another rule's last command, with no cause from outside in between. */
import { same } from '../values.ts'
import type { TimedCheck } from './course.ts'
import { firstAt, inForce, pairsOf, quiet, turnsOver, valueAfter, valueBefore, within } from './course.ts'

export const revert: TimedCheck = {
  id: 'K12',
  shows: (course, subject) => {
    const { actuator = '', window = 60_000 } = subject
    return firstAt(course, (j) =>
      pairsOf(subject).some(([from, to]) => {
        const i = inForce(course, j, from, actuator)
        if (i === undefined || from === to || !within(course, i, j, window) || !quiet(course, i, j)) return false
        return turnsOver(course, j, to, actuator) && same(valueAfter(course, j, actuator), valueBefore(course, i, actuator))
      }),
    )
  },
}
