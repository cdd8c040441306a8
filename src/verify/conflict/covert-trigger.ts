/** K6: a command of the first rule starts the second, which it neither calls nor emits an event for. */
import { indexOf } from '../behaviour-index.ts'
import type { Behaviour } from '../../model/automation.ts'
import type { RunKind } from './commands.ts'
import { directed, startedBy } from './relations.ts'

export const covertTrigger: RunKind = {
  id: 'K6',
  pair: true,
  shows: (behaviour, reaction, subject) => {
    const [from, to] = directed(subject)
    return isDeclared(behaviour, from, to) ? undefined : startedBy(reaction, from, to)[0]?.asked
  },
}

/** Whether the first rule calls the second, or emits an event that the second hears. */
export function isDeclared(behaviour: Behaviour, from: string, to: string): boolean {
  const { byId } = indexOf(behaviour)
  const heard = new Set(byId.get(to)?.automation.triggers.flatMap((trigger) => (trigger.on === 'event' ? [trigger.event] : [])))
  const steps = byId.get(from)?.automation.steps ?? []
  return steps.some((step) => (step.do === 'call' && step.automation === to) || (step.do === 'emit' && heard.has(step.event)))
}
