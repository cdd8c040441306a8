/** The local time as attributes that change by themselves: the same for every platform. */
import type { AutomationExpression, ValueType } from '../../model/automation.ts'
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { FlowContext } from './context.ts'
import { apply, read, value } from './expressions.ts'

const PARTS = {
  second_of_day: { low: 0, high: 86_399, unit: 's' },
  weekday: { low: 0, high: 6 },
  day: { low: 1, high: 31 },
  month: { low: 1, high: 12 },
  year: { low: 1970, high: 9999 },
} as const

export function timePart({ attributes }: FlowContext, name: keyof typeof PARTS, at: Location): AutomationExpression {
  const id = `time.${name}`
  const type: ValueType = { is: 'number', integer: true, ...PARTS[name] }
  if (!attributes.has(id))
    attributes.set(id, { id, thing: 'time', type, role: 'sensor', outside: true, delivery: 'state', restored: false, at })
  return read(id)
}

/** What a method of JavaScript's current date gives; nothing for other methods. */
export function ofToday(context: FlowContext, method: string, at: Location): AutomationExpression | undefined {
  const whole = (part: AutomationExpression, by: number): AutomationExpression =>
    apply('/', apply('-', part, apply('mod', part, value(by))), value(by))
  const seconds = (): AutomationExpression => timePart(context, 'second_of_day', at)
  switch (method) {
    case 'getHours':
      return whole(seconds(), 3600)
    case 'getMinutes':
      return whole(apply('mod', seconds(), value(3600)), 60)
    case 'getSeconds':
      return apply('mod', seconds(), value(60))
    case 'getDay':
      return apply('mod', apply('+', timePart(context, 'weekday', at), value(1)), value(7))
    case 'getDate':
      return timePart(context, 'day', at)
    case 'getMonth':
      return apply('-', timePart(context, 'month', at), value(1))
    case 'getFullYear':
      return timePart(context, 'year', at)
    default:
      return undefined
  }
}
