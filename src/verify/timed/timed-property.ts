/** K29 and K30 in time: what must not come so soon after a state, and what must follow it in time. */
import type { StateFormula, TimedProperty } from '../../model/environment.ts'
import { clausesOf, stateHolds } from '../conflict/what-things-do.ts'
import { compare, exactFromNumber, plus } from '../exact.ts'
import { lookIn } from '../timed-state.ts'
import type { Course, TimedCheck, TimedSubject } from './course.ts'
import { instantOf } from './course.ts'

export const neverAfter: TimedCheck = {
  id: 'K29',
  shows: (course, subject) => {
    const property = propertyOf(course, subject, 'never-after')
    if (property === undefined) return undefined
    const { after, then, milliseconds } = property
    const { reactions, by } = course
    const [rule] = subject.rules
    const members = new Set(clausesOf(then).map(({ attribute }) => attribute))
    for (let j = 0; j < reactions.length; j++) {
      if (!comesAbout(course, then, j)) continue
      const theirs =
        rule === undefined ||
        [...members].some(
          (id) => by[j]?.get(id) === rule && reactions[j]!.reaction.writes.some((one) => one.attribute === id && one.automation === rule),
        )
      if (!theirs) continue
      for (let i = 0; i < j; i++)
        if (comesAbout(course, after, i) && compare(instantOf(reactions, j), until(course, i, milliseconds)) <= 0) return j
    }
    return undefined
  },
}

export const leadsTo: TimedCheck = {
  id: 'K30',
  shows: (course, subject) => {
    const property = propertyOf(course, subject, 'leads')
    if (property === undefined) return undefined
    const { after, then, milliseconds } = property
    const { reactions, end } = course
    for (let i = 0; i < reactions.length; i++) {
      if (!comesAbout(course, after, i)) continue
      const last = until(course, i, milliseconds)
      const met = reactions.some((_, k) => k > i && compare(instantOf(reactions, k), last) <= 0 && holdsAfter(course, then, k))
      if (met || holdsAfter(course, then, i)) continue
      const late = reactions.findIndex(({ at }) => compare(at, last) > 0)
      if (late >= 0) return late
      if (compare(end.now, last) > 0) return reactions.length - 1
    }
    return undefined
  },
}

const propertyOf = ({ behaviour }: Course, { key }: TimedSubject, form: TimedProperty['form']): TimedProperty | undefined =>
  behaviour.environment?.timed?.find((one) => one.form === form && (key === one.id || key.startsWith(`${one.id} | `)))

const holdsAfter = ({ reactions }: Course, formula: StateFormula, at: number): boolean => stateHolds(formula, lookIn(reactions[at]!.after))

/** It holds after the reaction and did not before it: what holds at the start has not come about. */
const comesAbout = (course: Course, formula: StateFormula, at: number): boolean =>
  holdsAfter(course, formula, at) && !stateHolds(formula, lookIn(course.reactions[at]!.before))

const until = ({ reactions }: Course, at: number, milliseconds: number) => plus(instantOf(reactions, at), exactFromNumber(milliseconds))
