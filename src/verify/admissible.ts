/** Which outside events a state at rest admits. */
import type { AutomationExpression, Trigger, Value } from '../model/automation.ts'
import { sizeOfExpression } from '../model/expression-size.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import { awaitedBy, type BehaviourIndex } from './behaviour-index.ts'
import type { State } from './state.ts'
import { show } from './state.ts'
import { evaluate, inType, same, toDatum } from './values.ts'
import type { Datum } from './values.ts'

/** Why the event cannot happen here, or undefined. The payload of an `outside` trigger is the caller's to check, since it may be open. */
export function refusal(index: BehaviourIndex, state: State, event: OutsideEvent): string | undefined {
  switch (event.is) {
    case 'write':
      return refusedWrite(index, state, event.attribute, event.value)
    case 'pull':
      return refusedPull(index, event)
    case 'resume':
      return refusedResume(index, state, event)
    case 'due':
      return state.timers.some(({ automation, trigger }) => automation === event.automation && trigger === event.trigger)
        ? undefined
        : `trigger ${event.trigger} of \`${event.automation}\` is not armed`
    case 'restart':
      return undefined
  }
}

function refusedWrite(index: BehaviourIndex, state: State, id: string, value: Value): string | undefined {
  const attribute = index.attributes.get(id)
  if (attribute === undefined) return `no attribute is called \`${id}\``
  if (!attribute.outside) return `\`${id}\` does not change from outside`
  if (!inType(value, attribute.type)) return `\`${id}\` cannot be ${show(value)}`
  if (attribute.delivery === 'state' && same(state.values.get(id) ?? null, toDatum(value))) return `\`${id}\` is ${show(value)} already`
  return undefined
}

function refusedPull(index: BehaviourIndex, event: Extract<OutsideEvent, { is: 'pull' }>): string | undefined {
  const automation = index.byId.get(event.automation)?.automation
  if (automation === undefined) return `no automation is called \`${event.automation}\``
  const source = automation.triggers[event.trigger]
  if (source === undefined) return `\`${automation.name}\` has no trigger ${event.trigger}`
  if (source.on !== 'outside' && event.payload !== null) return `trigger ${event.trigger} of \`${automation.name}\` carries no payload`
  const open = source.on === 'outside' || source.on === 'time' || source.on === 'unmodelled'
  return open ? undefined : `trigger ${event.trigger} of \`${automation.name}\` is not pulled from outside`
}

function refusedResume(index: BehaviourIndex, state: State, event: Extract<OutsideEvent, { is: 'resume' }>): string | undefined {
  const token = state.waiting.filter(({ automation, step }) => automation === event.automation && step === event.step)[event.nth]
  const step = index.byId.get(event.automation)?.steps.get(event.step)
  if (token === undefined || step === undefined) return `nothing waits at step \`${event.step}\` of \`${event.automation}\``
  const where = `step \`${event.step}\` of \`${event.automation}\``
  if (event.timedOut)
    return (step.do === 'wait' || step.do === 'await') && step.timeout !== undefined ? undefined : `${where} has no time-out`
  if (step.do === 'wait') return isOpen(step.until) ? undefined : `${where} goes on by itself once what it waits for holds`
  if (step.do !== 'await') return event.trigger === undefined ? undefined : `${where} waits for no trigger`
  const source = awaitedBy(step)[event.trigger ?? -1]
  if (source === undefined) return `${where} has no trigger ${event.trigger ?? 'that is not named'}`
  if (source.on !== 'outside' && (event.payload ?? null) !== null) return `trigger ${event.trigger ?? ''} of ${where} carries no payload`
  return comesFromOutside(source, state) ? undefined : `trigger ${event.trigger ?? ''} of ${where} does not come from outside`
}

/** Whether the trigger of an `await` may come at this moment with no event of the model. */
function comesFromOutside(source: Trigger, state: State): boolean {
  const value = (id: string): Datum => state.values.get(id) ?? null
  switch (source.on) {
    case 'outside':
    case 'time':
    case 'unmodelled':
      return true
    case 'change': {
      if (source.for === undefined) return false
      const is = (one: Value): boolean => same(toDatum(one), value(source.attribute))
      return source.to === undefined ? source.from?.some(is) !== true : source.to.some(is)
    }
    case 'becomes':
      return (
        source.for !== undefined &&
        (sizeOfExpression(source.condition).open ||
          evaluate(source.condition, { attribute: value, local: () => null, any: () => null }) === true)
      )
    case 'message':
    case 'event':
    case 'start':
    case 'never':
      return false
  }
}

/** Whether an expression has an unmodelled part. */
function isOpen(expression: AutomationExpression): boolean {
  return sizeOfExpression(expression).open
}
