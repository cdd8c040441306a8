/** Which outside events a state at rest admits. */
import type { AutomationExpression, Value } from '../model/automation.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import type { BehaviourIndex } from './behaviour-index.ts'
import type { State, WaitingToken } from './state.ts'
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
  if (event.timedOut)
    return step.do === 'wait' && step.timeout !== undefined
      ? undefined
      : `step \`${event.step}\` of \`${event.automation}\` has no time-out`
  return step.do !== 'wait' || mayHold(step.until, state, token)
    ? undefined
    : `what step \`${event.step}\` of \`${event.automation}\` waits for does not hold`
}

/** Whether a waiting condition holds; one that leans on an unmodelled part may hold at any moment. */
function mayHold(until: AutomationExpression, state: State, token: WaitingToken): boolean {
  if (isOpen(until)) return true
  const closed = (): Datum => null
  return (
    evaluate(until, { attribute: (id) => state.values.get(id) ?? null, local: (name) => token.locals.get(name) ?? null, any: closed }) ===
    true
  )
}

/** Whether an expression has an unmodelled part. */
function isOpen(expression: AutomationExpression): boolean {
  return expression.is === 'any' || (expression.is === 'apply' && expression.arguments.some(isOpen))
}
