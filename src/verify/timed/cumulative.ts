/** K5: a quantity leaves its bounds while effects that several rules commanded drive it that way; with those of any one of them taken away it would not have. */
import { quantityName } from '../../model/timed-run.ts'
import { compare, exactFromNumber, minus, over, plus, times } from '../exact.ts'
import type { Exact } from '../exact.ts'
import { drives, physicsOf, pushOf, ratesOf } from '../timed-physics.ts'
import type { Driver, Quantity } from '../timed-physics.ts'
import { lookIn } from '../timed-state.ts'
import type { TimedState } from '../timed-state.ts'
import type { Course, TimedCheck } from './course.ts'

interface Stretch {
  /** The last reaction before it, -1 at the start. */
  readonly after: number
  readonly from: TimedState
  readonly to: TimedState
}

const HOUR = exactFromNumber(3_600_000)

export const cumulative: TimedCheck = {
  id: 'K5',
  shows: (course, { key, rules }) => {
    const bounds = course.behaviour.environment?.bounds ?? []
    const bound = bounds.find(
      ({ property, place }) => key.startsWith(quantityName(property, place)) || key.startsWith(`${property} at ${place}`),
    )
    if (bound === undefined || rules.length < 2) return undefined
    const quantity = physicsOf(course.behaviour).quantities.get(quantityName(bound.property, bound.place))
    if (quantity === undefined) return undefined
    const found = [
      ...(bound.most === undefined ? [] : [leaving(course, quantity, rules, exactFromNumber(bound.most), 1)]),
      ...(bound.least === undefined ? [] : [leaving(course, quantity, rules, exactFromNumber(bound.least), -1)]),
    ].filter((at) => at !== undefined)
    return found.length === 0 ? undefined : Math.min(...found)
  },
}

/** The first stretch at whose end the quantity lies beyond the bound (`way` 1: above, -1: below) as the kind says. */
function leaving(course: Course, quantity: Quantity, rules: readonly string[], bound: Exact, way: 1 | -1): number | undefined {
  const stretches = stretchesOf(course)
  const beyond = (value: Exact): boolean => compare(value, bound) * way > 0
  for (const [at, { after, from, to }] of stretches.entries()) {
    if (!beyond(to.quantities.get(quantity.name)!)) continue
    const each = rules.every((rule) =>
      quantity.drivers.some(
        (driver) => course.by[after]?.get(driver.effect.attribute) === rule && pushes(driver, way) && drives(driver, lookIn(from)),
      ),
    )
    const alone =
      each &&
      rules.every(
        (rule) => !stretches.slice(0, at + 1).some((_, last) => beyond(without(course, quantity, stretches.slice(0, last + 1), rule, way))),
      )
    if (alone) return after
  }
  return undefined
}

const pushes = ({ effect: { direction } }: Driver, way: 1 | -1): boolean => direction === 'exchange' || (direction === 'up') === way > 0

function stretchesOf({ reactions, start, end }: Course): readonly Stretch[] {
  const states = [start, ...reactions.map(({ after }) => after)]
  return states.map((from, at) => ({ after: at - 1, from, to: reactions[at]?.before ?? end }))
}

/** Where the quantity would stand had the rule's effects not acted: as much of each rate as could be theirs is taken off. */
function without(course: Course, quantity: Quantity, stretches: readonly Stretch[], rule: string, way: 1 | -1): Exact {
  const { name } = quantity
  let value = course.start.quantities.get(name)!
  for (const { after, from, to } of stretches) {
    const span = minus(to.now, from.now)
    if (span.num === 0n) continue
    const rate = over(times(minus(to.quantities.get(name)!, from.quantities.get(name)!), HOUR), span)
    const theirs = (driver: Driver): boolean => course.by[after]?.get(driver.effect.attribute) === rule
    const look = lookIn(from)
    const taken = quantity.drivers.filter((driver) => theirs(driver) && drives(driver, look)).map(pushOf)
    const others = ratesOf(quantity, look, theirs)
    const most = taken.reduce((sum, push) => (way > 0 ? minus(sum, push.high) : minus(sum, push.low)), rate)
    const end = way > 0 ? others.low : others.high
    const left = compare(most, end) * way > 0 ? most : end
    value = plus(value, over(times(left, span), HOUR))
  }
  return value
}
