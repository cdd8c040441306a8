/** K28: a command of an application is the last one over a value that a more important application's rule commanded, whose demand still holds. */
import { indexOf } from '../behaviour-index.ts'
import { same } from '../values.ts'
import type { Course, TimedCheck } from './course.ts'
import { firstAt, leaves, pairsOf, turnsOver, valueAfter } from './course.ts'
import { stillDemands } from './late-commands.ts'

export const priorityInversion: TimedCheck = {
  id: 'K28',
  shows: (course, subject) => {
    const { actuator = '' } = subject
    const { reactions, behaviour, by } = course
    const pairs = pairsOf(subject).filter(([high, low]) => moreImportant(course, high, low))
    return firstAt(course, (at) =>
      pairs.some(([high, low]) => {
        const stood = by[at - 1]?.get(actuator) === high && !wroteOutside(course, at, actuator) && turnsOver(course, at, low, actuator)
        const together = reactions[at]!.reaction.writes.some(
          (one) => one.automation === high && one.attribute === actuator && !same(one.exact, valueAfter(course, at, actuator)),
        )
        if (!stood && !(together && leaves(course, at, low, actuator))) return false
        return stillDemands(course, indexOf(behaviour).byId.get(high)!.automation, reactions[at]!.after.rest)
      }),
    )
  },
}

/** The event itself takes the command out of force. */
const wroteOutside = ({ reactions }: Course, at: number, attribute: string): boolean => {
  const { event } = reactions[at]!
  return event.is === 'write' && event.attribute === attribute
}

function moreImportant({ behaviour }: Course, high: string, low: string): boolean {
  const priority = (rule: string): number | undefined =>
    behaviour.applications.find(({ automations }) => automations.some(({ id }) => id === rule))?.priority
  const [above, below] = [priority(high), priority(low)]
  return above !== undefined && below !== undefined && above > below
}
