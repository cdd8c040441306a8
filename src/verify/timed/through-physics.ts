/** K7: a rule's command drives a quantity until the report of it starts another rule, with no cause from outside in between. */
import { isDeclared } from '../conflict/covert-trigger.ts'
import { compare } from '../exact.ts'
import { drives, physicsOf } from '../timed-physics.ts'
import { lookIn } from '../timed-state.ts'
import type { Course, TimedCheck, TimedSubject } from './course.ts'
import { firstAt, inForce, pairsOf, quiet, within } from './course.ts'

export const throughPhysics: TimedCheck = {
  id: 'K7',
  shows: (course, subject) => {
    const { behaviour } = course
    const { window = 3_600_000 } = subject
    const pairs = pairsOf(subject).filter(([from, to]) => from !== to && !isDeclared(behaviour, from, to))
    return firstAt(course, (j) =>
      pairs.some(([from, to]) => startedBy(course, j, to).some((name) => driven(course, subject, from, name, window, j))),
    )
  },
}

/** The quantity whose report starts the rule. */
function startedBy({ behaviour, reactions }: Course, at: number, rule: string): readonly string[] {
  const { event, reaction } = reactions[at]!
  const sensor = event.is === 'write' ? physicsOf(behaviour).sensors.get(event.attribute) : undefined
  const starts = reaction.started.some(({ automation, by, trigger }) => automation === rule && by === undefined && trigger !== null)
  return sensor !== undefined && starts ? [sensor.quantity] : []
}

/** An effect of the rule's last command drives the quantity from then on, and it has moved that way. */
function driven(course: Course, { actuator }: TimedSubject, rule: string, name: string, window: number, at: number): boolean {
  const { behaviour, reactions } = course
  const quantity = physicsOf(behaviour).quantities.get(name)!
  return quantity.drivers.some((driver) => {
    const { attribute: own, direction } = driver.effect
    const begun = actuator === undefined || actuator === own ? inForce(course, at, rule, own) : undefined
    if (begun === undefined || !within(course, begun, at, window) || !quiet(course, begun, at)) return false
    const acts = reactions.slice(begun, at).every(({ after }) => drives(driver, lookIn(after)))
    const moved = compare(reactions[at]!.before.quantities.get(name)!, reactions[begun]!.after.quantities.get(name)!)
    return acts && (direction === 'up' ? moved > 0 : direction === 'down' ? moved < 0 : moved !== 0)
  })
}
