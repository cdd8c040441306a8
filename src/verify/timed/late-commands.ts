/** K22: commands that come out of order (a), after what caused them is gone (b), or in the midst of what another timer still holds (c). */
import type { Automation, AutomationExpression, Step, Trigger } from '../../model/automation.ts'
import { indexOf, readsOf, stepKey } from '../behaviour-index.ts'
import { compare } from '../exact.ts'
import { isActuator } from '../conflict/commands.ts'
import { demandsOf, holdsIn } from '../conflict/relations.ts'
import type { State } from '../state.ts'
import { isOutsideCause } from '../timed-state.ts'
import type { Course, TimedCheck } from './course.ts'
import { firstAt, inForce, instantOf, pairsOf, startsOf, turnsOver } from './course.ts'

/** The first rule's command stands, and its cause came later than that of the second's, whose delayed command lands after it all the same. */
export const outOfOrder: TimedCheck = {
  id: 'K22a',
  shows: (course, subject) => {
    const { actuator = '' } = subject
    const starts = startsOf(course)
    const { reactions } = course
    const begun = (at: number, rule: string): number | undefined => {
      const { writes } = reactions[at]!.reaction
      const write = writes.findLast(({ automation, attribute }) => automation === rule && attribute === actuator)
      return write === undefined ? undefined : starts.get(write.run)?.at
    }
    return firstAt(course, (k) =>
      pairsOf(subject).some(([first, late]) => {
        const j = inForce(course, k, first, actuator)
        if (j === undefined || reactions[k]!.event.is !== 'resume' || !turnsOver(course, k, late, actuator)) return false
        const [meant, earlier] = [begun(j, first), begun(k, late)]
        if (meant === undefined || earlier === undefined || earlier === k) return false
        return compare(instantOf(reactions, earlier), instantOf(reactions, meant)) < 0
      }),
    )
  },
}

/**
 * A command that a delay put off is given though what caused it no longer holds: the condition of none of the rule's triggers (where each has one), or what its guard
 * demands of attributes; and no step after the delay looked at it again. What only takes back a command of the same run is no such command.
 */
export const afterItsCause: TimedCheck = {
  id: 'K22b',
  shows: (course, { rules: [rule = ''], actuator }) => {
    const { behaviour, reactions } = course
    const automation = indexOf(behaviour).byId.get(rule)?.automation
    if (automation === undefined) return undefined
    const starts = startsOf(course)
    return firstAt(course, (at) => {
      const { event, reaction, before } = reactions[at]!
      if (event.is !== 'resume' || event.automation !== rule || isOutsideCause(behaviour, event) || reaction.loop) return false
      const gone = goneCauses(course, automation, before.rest)
      if (!gone.some((attributes) => !readAgain(automation, reaction.executed, attributes))) return false
      return reaction.writes.some((write) => {
        if (write.automation !== rule || !isActuator(behaviour, write.attribute)) return false
        const begun = starts.get(write.run)
        if ((actuator !== undefined && write.attribute !== actuator) || begun === undefined || begun.at === at) return false
        return !reactions
          .slice(0, at)
          .some((one) => one.reaction.writes.some((w) => w.run === write.run && w.attribute === write.attribute))
      })
    })
  },
}

/** Attributes of each part of the rule's cause that no longer holds. */
function goneCauses({ behaviour }: Course, automation: Automation, state: State): readonly (readonly string[])[] {
  const conditions = automation.triggers.filter(({ on }) => on !== 'never').map(lasting)
  const known = conditions.filter((one) => one !== undefined)
  const started = known.length === conditions.length && known.length > 0 && !known.some((one) => holdsIn([one], state))
  const demands = (demandsOf(behaviour, automation.id) ?? []).filter((part) => !holdsIn([part], state))
  return [...(started ? [known.flatMap(readsOf)] : []), ...demands.map(readsOf)]
}

/** What a trigger says that can go on holding. */
export function lasting(source: Trigger): AutomationExpression | undefined {
  if (source.on === 'becomes') return source.condition
  if (source.on !== 'change' || source.to === undefined) return undefined
  const is = source.to.map((value): AutomationExpression => ({
    is: 'apply',
    operator: '==',
    arguments: [
      { is: 'read', attribute: source.attribute },
      { is: 'value', value },
    ],
  }))
  return { is: 'apply', operator: 'or', arguments: is }
}

/** A step that was executed looks at one of the attributes. */
function readAgain(automation: Automation, executed: ReadonlyMap<string, number>, attributes: readonly string[]): boolean {
  const looks = (step: Step): readonly string[] =>
    step.do === 'branch' ? step.cases.flatMap(({ when }) => readsOf(when)) : step.do === 'wait' ? readsOf(step.until) : []
  return automation.steps.some(
    (step) => executed.has(stepKey(automation.id, step.id)) && looks(step).some((attribute) => attributes.includes(attribute)),
  )
}

/** By time, a rule ends what another commanded, while a timer of that one for the same actuator still runs. */
export const cutShort: TimedCheck = {
  id: 'K22c',
  shows: (course, subject) => {
    const { actuator = '' } = subject
    const { behaviour, reactions } = course
    return firstAt(course, (at) => {
      const { event, at: now, after } = reactions[at]!
      if ((event.is !== 'resume' && event.is !== 'due') || isOutsideCause(behaviour, event)) return false
      return pairsOf(subject).some(([from, other]) => {
        if (course.by[at - 1]?.get(actuator) !== from || !turnsOver(course, at, other, actuator)) return false
        const automation = indexOf(behaviour).byId.get(from)?.automation
        const timers = automation === undefined ? new Set<string>() : timersFor(automation, actuator)
        return after.rest.waiting.some((token) => {
          const due = after.deadlines.get(token)
          return token.automation === from && timers.has(token.step) && due !== undefined && compare(due, now) > 0
        })
      })
    })
  },
}

/** Steps that wait for a time, from which the rule may come to command the attribute. */
function timersFor(automation: Automation, attribute: string): ReadonlySet<string> {
  const timed = automation.steps.filter(
    (step) => step.do === 'delay' || ((step.do === 'wait' || step.do === 'await') && step.timeout !== undefined),
  )
  const leads = (id: string): boolean => stepsAfter(automation, id).some((step) => step.do === 'set' && step.attribute === attribute)
  return new Set(timed.map(({ id }) => id).filter(leads))
}

/** The steps that may follow the step. */
export function stepsAfter(automation: Automation, from: string): readonly Step[] {
  const steps = new Map(automation.steps.map((step) => [step.id, step]))
  const found = new Map<string, Step>()
  const open = [...nextOf(steps.get(from)!)]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = steps.get(id)
    if (step === undefined || found.has(id)) continue
    found.set(id, step)
    open.push(...nextOf(step))
  }
  return [...found.values()]
}

const nextOf = (step: Step): readonly string[] => [
  ...step.next,
  ...(step.do === 'branch' ? step.cases.flatMap(({ next }) => next) : []),
  ...(step.do === 'wait' || step.do === 'await' ? (step.timeout?.next ?? []) : []),
]

/** Whether the condition of one of the rule's triggers holds, and what its guard demands of attributes. */
export function stillDemands({ behaviour }: Course, automation: Automation, state: State): boolean {
  const asked = automation.triggers.map(lasting).filter((one) => one !== undefined)
  return asked.some((one) => holdsIn([one], state)) && holdsIn(demandsOf(behaviour, automation.id) ?? [], state)
}
