/** K1w: within the window another rule commands what is incompatible with a command that stands, with no cause from outside in between; what sets it back is K12. */
import type { Exclusion } from '../../model/automation.ts'
import { same, toDatum } from '../values.ts'
import type { Course, TimedCheck } from './course.ts'
import { firstAt, inForce, leaves, pairsOf, quiet, turnsOver, valueAfter, valueBefore, within } from './course.ts'

type Member = Exclusion['members'][number]

export const contention: TimedCheck = {
  id: 'K1w',
  shows: (course, subject) => {
    const { actuator = '', window = 10_000 } = subject
    const members = course.behaviour.exclusions.find(({ name }) => name === actuator)?.members
    const soon = (i: number | undefined, j: number): i is number => i !== undefined && within(course, i, j, window) && quiet(course, i, j)
    const takes = (from: string, to: string, j: number): boolean => {
      const i = inForce(course, j, from, actuator)
      return soon(i, j) && turnsOver(course, j, to, actuator) && !same(valueAfter(course, j, actuator), valueBefore(course, i, actuator))
    }
    const excludes = (from: string, to: string, j: number, all: readonly Member[]): boolean =>
      all.some((one) => {
        const i = inForce(course, j, from, one.attribute)
        const stands = soon(i, j) && course.by[j]?.get(one.attribute) === from && has(course, j, one)
        return (
          stands &&
          all.some((other) => other.attribute !== one.attribute && leaves(course, j, to, other.attribute) && has(course, j, other))
        )
      })
    return firstAt(course, (j) =>
      pairsOf(subject).some(([from, to]) => from !== to && (members === undefined ? takes(from, to, j) : excludes(from, to, j, members))),
    )
  },
}

const has = (course: Course, at: number, { attribute, value }: Member): boolean => same(valueAfter(course, at, attribute), toDatum(value))
