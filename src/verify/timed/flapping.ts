/** K14: a rule's command leads by physics and time alone to the other's opposite command, and that to the first rule's again, each soon after the one before. */
import type { TimedCheck } from './course.ts'
import { firstAt, inForce, pairsOf, quiet, turnsOver, within } from './course.ts'

export const flapping: TimedCheck = {
  id: 'K14',
  shows: (course, subject) => {
    const { actuator = '', window = 600_000 } = subject
    /** Where the first rule's command stood that the second turns over by this reaction, soon after it. */
    const taken = (from: string, to: string, at: number): number | undefined => {
      const begun = inForce(course, at, from, actuator)
      const soon = begun !== undefined && within(course, begun, at, window) && quiet(course, begun, at)
      return soon && turnsOver(course, at, to, actuator) ? begun : undefined
    }
    return firstAt(course, (k) =>
      pairsOf(subject).some(([from, to]) => {
        if (from === to || taken(to, from, k) === undefined) return false
        // The second rule may have said the same again since it took over.
        for (let j = k - 1; j > 0 && course.by[j]?.get(actuator) === to; j--)
          if (taken(from, to, j) !== undefined) return quiet(course, j, k)
        return false
      }),
    )
  },
}
