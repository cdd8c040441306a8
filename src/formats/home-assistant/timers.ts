/** Timers: an automation of each lets it run out. From documentation: integrations/timer. */
import type { Automation, AutomationExpression, Step } from '../../model/automation.ts'
import { read, same, TRUE, value } from '../node-red/expressions.ts'
import { milliseconds } from './durations.ts'
import { attribute, type FiredEvent, type Home } from './home.ts'
import { timerEvent } from './services-special.ts'
import { field, textOf } from './tree.ts'

export const TIMER_EVENTS = ['timer.started', 'timer.restarted', 'timer.paused', 'timer.cancelled', 'timer.finished'] as const

/** What each timer can fire. */
export function timerEvents(timers: readonly string[]): ReadonlyMap<string, readonly FiredEvent[]> {
  return new Map(
    TIMER_EVENTS.map((type) => [
      type,
      timers.map((entity): FiredEvent => ({ id: timerEvent(type, entity), data: new Map([['entity_id', entity]]) })),
    ]),
  )
}

/** Starts with the timer, starts anew with each further start, ends with a pause; at its end the timer is idle and says so. */
export function timerAutomation(home: Home, entity: string): Automation {
  const helper = home.inventory.helpers.get(entity)
  const at = helper?.at ?? { source: home.application }
  const { id } = attribute(home, entity, undefined, at)
  const active: AutomationExpression = same(read(id), value('active'))
  const written = field(helper?.node, 'duration')
  const lasts = milliseconds(textOf(written) ?? '0') ?? 0
  const steps: readonly Step[] = [
    { id: 'running', at, next: [], do: 'branch', every: false, cases: [{ when: active, next: ['lasts'] }] },
    { id: 'lasts', at, next: ['still'], do: 'delay', milliseconds: value(lasts) },
    { id: 'still', at, next: [], do: 'branch', every: false, cases: [{ when: active, next: ['ends'] }] },
    { id: 'ends', at, next: ['says'], do: 'set', attribute: id, value: value('idle') },
    { id: 'says', at, next: [], do: 'emit', event: timerEvent('timer.finished', entity) },
  ]
  return {
    id: `${home.application}/${entity}`,
    name: `${entity} runs out`,
    application: home.application,
    platform: 'home-assistant',
    mode: { run: 'restart', max: 1 },
    triggers: (['timer.started', 'timer.paused', 'timer.cancelled'] as const).map((type) => ({
      on: 'event',
      event: timerEvent(type, entity),
      at,
    })),
    guard: TRUE,
    entry: ['running'],
    steps,
    at,
  }
}
