/** K3: one run, or parallel branches of it, commands an actuator, a helper that the subject names (or two members of an exclusion) to incompatible values within one reaction. */
import type { Behaviour, Step } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import { same } from '../values.ts'
import type { Incompatible, RunKind, Subject } from './commands.ts'
import { concerns, earliestPair, isActuator, opposite, somePair } from './commands.ts'

/** Numbers count as well: a run has no second opinion to be tolerant of. So does a helper, where the subject names one. */
const contradictory =
  ({ actuator }: Subject): Incompatible =>
  (behaviour, a, b) =>
    opposite(behaviour, a, b) ||
    (a.attribute === b.attribute && (a.attribute === actuator || isActuator(behaviour, a.attribute)) && !same(a.value, b.value))

export const contradictionInsideRun: RunKind = {
  id: 'K3',
  shows: (behaviour, reaction, subject) =>
    earliestPair(
      behaviour,
      reaction,
      subject,
      (a, b) => a.run === b.run && concerns(behaviour, subject, a, b) && contradictory(subject)(behaviour, a, b),
    ),
  couldShow: (behaviour, commands, subject) =>
    !isOneOrTheOther(behaviour, subject) &&
    somePair(behaviour, commands, subject, contradictory(subject), (a, b) => a.automation === b.automation),
}

/** Steps one after the other that are followed. */
const mostBehind = 500

/** Whether an actuator is commanded by steps of one automation of which no run takes two: each lies behind another outcome of a choice, and none is come to again. */
function isOneOrTheOther(behaviour: Behaviour, { actuator, rules }: Subject): boolean {
  const [rule] = rules
  const indexed = rules.length === 1 && rule !== undefined ? indexOf(behaviour).byId.get(rule) : undefined
  if (indexed === undefined || actuator === undefined || !indexOf(behaviour).attributes.has(actuator)) return false
  const commands = (step: Step): boolean =>
    (step.do === 'set' && step.attribute === actuator) || (step.do === 'unmodelled' && step.writes.includes(actuator))
  const known = new Map<string, number>()
  /** How many of the steps one token and all that it splits into can take from here; two stands for more. */
  const most = (id: string, behind: readonly string[]): number => {
    if (behind.length > mostBehind || behind.includes(id)) return 2
    const before = known.get(id)
    if (before !== undefined) return before
    const step = indexed.steps.get(id)!
    const all = (ids: readonly string[]): number => ids.reduce((sum, next) => sum + most(next, [...behind, id]), 0)
    const found = Math.min(2, Number(commands(step)) + along(step, all))
    known.set(id, found)
    return found
  }
  return indexed.automation.entry.reduce((sum, id) => sum + most(id, []), 0) < 2
}

function along(step: Step, all: (ids: readonly string[]) => number): number {
  if (step.do === 'wait' || step.do === 'await') return Math.max(all(step.next), all(step.timeout?.next ?? []))
  if (step.do !== 'branch') return all(step.next)
  const each = [...step.cases.map(({ next }) => next), step.next].map(all)
  return step.every ? each.reduce((sum, one) => sum + one, 0) : Math.max(...each)
}
