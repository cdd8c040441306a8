/** Sunrise and sunset. From documentation: docs/scripts/conditions, section "Sun condition"; docs/automation/trigger, section "Sun trigger". */
import type { AutomationExpression } from '../../model/automation.ts'
import { and, compare, or, read, same, value } from '../node-red/expressions.ts'
import { milliseconds } from './durations.ts'
import { attribute, type Home, outsideAttribute } from './home.ts'
import { timeAttribute } from './templates.ts'
import { field, textOf, type YamlNode } from './tree.ts'
import type { Writing } from './writing.ts'

const NOON = 43_200

/** Seconds since this day's sunrise or sunset; negative before it. */
export function sinceSun(home: Home, event: 'sunrise' | 'sunset'): AutomationExpression {
  const type = { is: 'number', low: -86_400, high: 86_400, integer: true, unit: 's' } as const
  return read(outsideAttribute(home, `sun.sun.since_${event}`, 'sun.sun', type).id)
}

export function offsetOf(node: YamlNode | undefined): number {
  const text = textOf(node)
  return text === undefined ? 0 : (milliseconds(text) ?? 0) / 1000
}

export function sunCondition(w: Writing, node: YamlNode): AutomationExpression {
  const { home } = w
  const up = same(read(attribute(home, 'sun.sun', undefined, node.at).id), value('above_horizon'))
  const down = same(read(attribute(home, 'sun.sun', undefined, node.at).id), value('below_horizon'))
  const now = read(timeAttribute(home, 'second-of-day').id)
  home.assumptions.add('the sun rises before noon and sets after it')
  const after = (event: string, offset: number): AutomationExpression => {
    if (offset !== 0) return compare('>=', sinceSun(home, event === 'sunrise' ? 'sunrise' : 'sunset'), value(offset))
    const late = compare('>=', now, value(NOON))
    return event === 'sunrise' ? or(up, late) : and(down, late)
  }
  const before = (event: string, offset: number): AutomationExpression => {
    if (offset !== 0) return compare('<', sinceSun(home, event === 'sunrise' ? 'sunrise' : 'sunset'), value(offset))
    const early = compare('<', now, value(NOON))
    return event === 'sunrise' ? and(down, early) : or(up, early)
  }
  const [first, last] = [textOf(field(node, 'after')), textOf(field(node, 'before'))]
  const since = first === undefined ? undefined : after(first, offsetOf(field(node, 'after_offset')))
  const until = last === undefined ? undefined : before(last, offsetOf(field(node, 'before_offset')))
  // After sunset and before sunrise is the night, over midnight.
  if (first === 'sunset' && last === 'sunrise' && since !== undefined && until !== undefined) return or(since, until)
  return and(since ?? value(true), until ?? value(true))
}
