/** Which rules can have runs that wait, and whether more than one token of a rule can. */
import type { Rule } from '../../constraints/reaction.ts'
import type { Step } from '../model/automation.ts'
import { canReach, type Listeners } from './conflicts-listeners.ts'
import type { Ranges } from './conflicts-ranges.ts'

export const isWaiting = (step: Step): boolean => step.do === 'delay' || step.do === 'wait' || step.do === 'await'

/** The steps of the rule at which a token can come to wait, values considered. */
export const waitingSteps = (rule: Rule, ranges: Ranges): readonly Step[] =>
  rule.automation.steps.filter((step) => isWaiting(step) && canReach(ranges, rule.automation.id, step.id))

/** A run that has not ended and does not wait either: its tokens stand in the queue, or it waits for a rule that it called. */
export const isReentered = ({ automation: { id, platform } }: Rule, listeners: Listeners): boolean =>
  platform === 'node-red' || listeners.calls(id).has(id)

/** Whether two tokens of the rule can wait at a time. */
export const isSeveral = (rule: Rule, listeners: Listeners): boolean =>
  (rule.automation.mode.run === 'parallel' && rule.automation.mode.max > 1) || isReentered(rule, listeners) || forks(rule)

const forks = ({ automation, steps, reachable }: Rule): boolean =>
  automation.entry.length > 1 ||
  [...reachable].some((id) => {
    const step = steps.get(id)!
    if (step.next.length > 1) return true
    if (step.do === 'wait' || step.do === 'await') return (step.timeout?.next.length ?? 0) > 1
    return step.do === 'branch' && ((step.every && step.cases.length > 1) || step.cases.some(({ next }) => next.length > 1))
  })
