/** K9p and K21: claims about all runs, which a run refutes. */
import { demandsOf, holdsIn } from '../conflict/relations.ts'
import { same, toDatum } from '../values.ts'
import type { TimedCheck } from './course.ts'
import { leaves, pairsOf, valueAfter, valueBefore } from './course.ts'

/** Claim: after the first rule's command the second's guard never holds again before a restart. Refuted by a run in which it does. */
export const disabledForGood: TimedCheck = {
  id: 'K9p',
  claim: true,
  shows: (course, subject) => {
    const { reactions, behaviour } = course
    const { actuator } = subject
    for (let i = 0; i < reactions.length; i++)
      for (const [from, to] of pairsOf(subject)) {
        const commanded = reactions[i]!.reaction.writes.some(
          ({ automation, attribute }) => automation === from && (actuator === undefined || attribute === actuator),
        )
        const demands = demandsOf(behaviour, to)
        if (!commanded || demands === undefined) continue
        for (let k = i; k < reactions.length && (k === i || reactions[k]!.event.is !== 'restart'); k++)
          if (holdsIn(demands, reactions[k]!.after.rest)) return k
      }
    return undefined
  },
}

/** Claim: no rule ever takes the actuator from the value that the finding names (`attribute = value`) once a rule has commanded it. Refuted by a run in which one does. */
export const neverLeft: TimedCheck = {
  id: 'K21',
  claim: true,
  shows: (course, { actuator = '', key }) => {
    const { reactions, by } = course
    const found = reactions.findIndex((_, at) => {
      const rule = by[at]?.get(actuator)
      if (at === 0 || rule === undefined || by[at - 1]?.get(actuator) === undefined) return false
      const [before, after] = [valueBefore(course, at, actuator), valueAfter(course, at, actuator)]
      return leaves(course, at, rule, actuator) && !same(before, after) && named(key, actuator, before)
    })
    return found < 0 ? undefined : found
  },
}

/** The finding names the value as JSON after `=`; where it names none, any value is meant. */
function named(key: string, actuator: string, value: Parameters<typeof same>[0]): boolean {
  const text = key.startsWith(`${actuator} = `) ? key.slice(actuator.length + 3) : undefined
  if (text === undefined) return true
  try {
    const read: unknown = JSON.parse(text)
    return (
      (read === null || typeof read === 'boolean' || typeof read === 'number' || typeof read === 'string') && same(toDatum(read), value)
    )
  } catch {
    return same(text, value)
  }
}
