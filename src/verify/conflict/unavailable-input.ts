/** K34: a rule commands an actuator because an input is `unavailable` or `unknown`: that starts it, or its guard takes the absence for a value. */
import type { AutomationExpression, Behaviour, Trigger } from '../../model/automation.ts'
import { indexOf, readsOf } from '../behaviour-index.ts'
import { evaluate } from '../values.ts'
import type { Datum } from '../values.ts'
import type { RunKind } from './commands.ts'
import { isActuator } from './commands.ts'
import { partsOf } from './relations.ts'

const ABSENT = ['unavailable', 'unknown'] as const

export const unavailableInput: RunKind = {
  id: 'K34',
  standing: true,
  shows: (behaviour, reaction, { rules: [rule = ''], actuator = '', key = '' }) => {
    const found = indexOf(behaviour).byId.get(rule)?.automation
    const absent = (value: Datum | undefined): boolean => ABSENT.some((one) => one === value)
    if (found === undefined || !absent(reaction.state.values.get(actuator)) || isWritten(behaviour, actuator)) return undefined
    const starts = reaction.started.filter(({ automation, by, trigger }) => {
      if (automation !== rule) return false
      if (!key.endsWith('(trigger)')) return partsOf(found.guard).some((part) => takes(part, actuator))
      const became =
        !absent(reaction.from.values.get(actuator)) || reaction.from.values.get(actuator) !== reaction.state.values.get(actuator)
      return by === undefined && became && trigger !== null && firesBy(found.triggers[trigger], actuator)
    })
    const act = reaction.writes.find(({ run, attribute }) => starts.some((one) => one.run === run) && isActuator(behaviour, attribute))
    return act === undefined ? undefined : act.asked
  },
}

const isWritten = (behaviour: Behaviour, attribute: string): boolean =>
  indexOf(behaviour).automations.some(({ automation }) =>
    automation.steps.some((step) =>
      step.do === 'set' ? step.attribute === attribute : step.do === 'unmodelled' && step.writes.includes(attribute),
    ),
  )

/** Whether the condition reads nothing but the attribute, holds where that is absent, and does not name its absence. */
function takes(part: AutomationExpression, attribute: string): boolean {
  const read = readsOf(part)
  if (read.length !== 1 || read[0] !== attribute || says(part, (one) => one.is === 'local' || one.is === 'any')) return false
  if (says(part, (one) => one.is === 'value' && ABSENT.some((text) => text === one.value))) return false
  return ABSENT.some((text) => evaluate(part, { attribute: () => text, local: () => null, any: () => null }) === true)
}

const says = (part: AutomationExpression, what: (one: AutomationExpression) => boolean): boolean =>
  what(part) || (part.is === 'apply' && part.arguments.some((argument) => says(argument, what)))

function firesBy(trigger: Trigger | undefined, attribute: string): boolean {
  if (trigger?.on === 'change')
    return (
      trigger.attribute === attribute &&
      trigger.from !== undefined &&
      trigger.to === undefined &&
      !ABSENT.some((text) => trigger.from?.includes(text))
    )
  return trigger?.on === 'becomes' && partsOf(trigger.condition).length === 1 && takes(trigger.condition, attribute)
}
