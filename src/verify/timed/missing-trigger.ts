/** K20: what a rule's guard demands of attributes comes true in a reaction, and the rule hears none of them. */
import { indexOf, readsOf } from '../behaviour-index.ts'
import { demandsOf, holdsIn } from '../conflict/relations.ts'
import type { TimedCheck } from './course.ts'
import { firstAt } from './course.ts'

export const missingTrigger: TimedCheck = {
  id: 'K20',
  shows: (course, { rules: [rule = ''] }) => {
    const automation = indexOf(course.behaviour).byId.get(rule)?.automation
    const demands = demandsOf(course.behaviour, rule)
    if (automation === undefined || demands === undefined) return undefined
    const read = new Set(demands.flatMap(readsOf))
    const deaf = automation.triggers.every(
      (trigger) =>
        trigger.on === 'never' ||
        ((trigger.on === 'change' || trigger.on === 'message') && !read.has(trigger.attribute)) ||
        (trigger.on === 'becomes' && !readsOf(trigger.condition).some((attribute) => read.has(attribute))),
    )
    if (!deaf) return undefined
    return firstAt(course, (at) => {
      const { before, after } = course.reactions[at]!
      return !holdsIn(demands, before.rest) && holdsIn(demands, after.rest)
    })
  },
}
