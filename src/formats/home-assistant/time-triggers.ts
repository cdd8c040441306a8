/** Triggers of the clock: times of day and patterns of them. From documentation: docs/automation/trigger, sections "Time trigger", "Time pattern trigger". */
import type { AutomationExpression } from '../../model/automation.ts'
import { and, apply, compare, or, read, same, TRUE, value } from '../node-red/expressions.ts'
import { timeOf } from './conditions.ts'
import type { Made } from './made-trigger.ts'
import { offsetOf } from './sun.ts'
import { timeAttribute } from './templates.ts'
import { field, flat, textOf, textsOf, type YamlNode } from './tree.ts'
import type { Writing } from './writing.ts'

/** Each time of day that is given, or an entity holds, on the days that are given. */
export function timeTriggers(w: Writing, node: YamlNode): readonly Made[] {
  const now = timeAttribute(w.home, 'second-of-day').id
  const days = textsOf(field(node, 'weekday'))
  return flat(field(node, 'at')).map((at) => {
    const offset = offsetOf(field(at, 'offset') ?? field(node, 'offset'))
    const named = at.is === 'map' ? (field(at, 'entity_id') ?? at) : at
    const time = timeOf(w, named)
    const due = offset === 0 ? time : apply('mod', apply('+', time, value(offset + 86_400)), value(86_400))
    const weekday = or(...days.map((day) => same(read(timeAttribute(w.home, 'weekday').id), value(WEEKDAYS.indexOf(day)))))
    return { trigger: { on: 'becomes', condition: same(read(now), due), at: at.at }, ...(days.length === 0 ? {} : { test: weekday }) }
  })
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** Each second of the day that fits: `minutes: /5` means seconds 0 of minutes 0, 5, 10. From documentation: docs/automation/trigger, section "Time pattern trigger". */
export function patternTriggers(w: Writing, node: YamlNode): readonly Made[] {
  const now = timeAttribute(w.home, 'second-of-day').id
  const units = ['hours', 'minutes', 'seconds'] as const
  const written = units.map((unit) => textOf(field(node, unit)))
  const largest = written.findIndex((one) => one !== undefined)
  const second = read(now)
  const condition = and(...units.map((unit, index) => fits(unit, written[index] ?? (index > largest ? '0' : undefined), second)))
  // Between two seconds that fit lies one that does not, but where every second fits.
  if (condition.is === 'value') return [{ trigger: { on: 'change', attribute: now, at: node.at } }]
  return [{ trigger: { on: 'becomes', condition, at: node.at } }]
}

function fits(unit: 'hours' | 'minutes' | 'seconds', pattern: string | undefined, second: AutomationExpression): AutomationExpression {
  if (pattern === undefined || pattern === '*') return TRUE
  const [size, circle] = unit === 'hours' ? [3600, 86_400] : unit === 'minutes' ? [60, 3600] : [1, 60]
  const every = /^\/(\d+)$/.exec(pattern)
  const amount = Number(every?.[1] ?? pattern)
  if (!Number.isInteger(amount) || amount < 0) return TRUE
  const inCircle = apply('mod', second, value(circle))
  const from = (low: number, subject: AutomationExpression): AutomationExpression =>
    size === 1 ? same(subject, value(low)) : and(compare('>=', subject, value(low)), compare('<', subject, value(low + size)))
  if (every === null) return from(amount * size, inCircle)
  if (amount <= 1) return TRUE
  if ((circle / size) % amount === 0) return from(0, apply('mod', second, value(amount * size)))
  // The steps of a pattern begin anew with each full circle.
  return or(...Array.from({ length: Math.ceil(circle / size / amount) }, (_, index) => from(index * amount * size, inCircle)))
}
