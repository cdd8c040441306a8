/**
 * K23: a run that its mode dropped or cut off would have left an actuator otherwise than it stands when all has been quiet for the horizon, and nothing is on its way that
 * would send it. What the run would have done is played out: alone, from where it was lost, its delays over one after the other, nothing else changing.
 */
import type { Behaviour } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import { compare, exactFromNumber, minus } from '../exact.ts'
import { isActuator } from '../conflict/commands.ts'
import type { OutsideEvent } from '../../model/conflict.ts'
import { plainValue } from '../choices.ts'
import type { Chooser } from '../choices.ts'
import { deadlinesIn, timedStep, zero } from '../timed-state.ts'
import type { TimedState } from '../timed-state.ts'
import type { TimedReaction } from '../timed-interpreter.ts'
import { same, toDatum } from '../values.ts'
import type { Datum } from '../values.ts'
import type { TimedCheck } from './course.ts'
import { quiet } from './course.ts'
import { stepsAfter } from './late-commands.ts'

/** Resumptions of a lost run that are played out. */
const MOST = 50

export const lostRun: TimedCheck = {
  id: 'K23',
  shows: (course, { rules: [rule = ''], actuator, window = 86_400_000 }) => {
    const { behaviour, reactions, end, by } = course
    const last = reactions.length - 1
    const found = reactions.findIndex((one, at) => {
      if (!one.reaction.dropped.some(({ automation }) => automation === rule)) return false
      if (!quiet(course, at, last) || compare(minus(end.now, one.at), exactFromNumber(window)) < 0) return false
      return [...whatIsLost(behaviour, one, rule)].some(([attribute, value]) => {
        if (!isActuator(behaviour, attribute) || (actuator !== undefined && actuator !== attribute)) return false
        const stands = end.rest.values.get(attribute) ?? null
        if (by[last]?.get(attribute) !== rule || same(stands, value)) return false
        return !finalValues(behaviour, rule, attribute).some((final) => same(stands, final)) && !onTheWay(behaviour, end, attribute)
      })
    })
    return found < 0 ? undefined : last
  },
}

/** Something waits, or is armed, that belongs to a rule which commands the attribute. */
function onTheWay(behaviour: Behaviour, { rest: { waiting, timers, pending } }: TimedState, attribute: string): boolean {
  const commands = (rule: string): boolean =>
    indexOf(behaviour)
      .byId.get(rule)
      ?.automation.steps.some((step) => step.do === 'set' && step.attribute === attribute) === true
  return [...waiting, ...timers, ...pending].some(({ automation }) => commands(automation))
}

/** Constants that the rule commands last on some of its ways. */
function finalValues(behaviour: Behaviour, rule: string, attribute: string): readonly Datum[] {
  const automation = indexOf(behaviour).byId.get(rule)?.automation
  return (automation?.steps ?? []).flatMap((step) => {
    if (step.do !== 'set' || step.attribute !== attribute || step.value.is !== 'value') return []
    const later = automation === undefined ? [] : stepsAfter(automation, step.id)
    return later.some((one) => one.do === 'set' && one.attribute === attribute) ? [] : [toDatum(step.value.value)]
  })
}

/** The last commands, by attribute, of the run of the rule that the reaction drops or cuts off. */
function whatIsLost(behaviour: Behaviour, { event, reaction, before }: TimedReaction, rule: string): ReadonlyMap<string, Datum> {
  const cut = reaction.dropped.some(({ automation, because }) => automation === rule && because === 'restarted')
  const own = before.rest.waiting.filter(({ automation }) => automation === rule)
  const alone: TimedState = {
    ...before,
    rest: { ...before.rest, waiting: cut ? own : before.rest.waiting.filter(({ automation }) => automation !== rule), pending: [] },
  }
  const lost = new Map<string, Datum>()
  let state = alone
  const come = (next: OutsideEvent): boolean => {
    const stepped = timedStep(behaviour, state, next, plain, 0, 1000)
    for (const { automation, attribute, exact } of stepped.reaction.writes) if (automation === rule) lost.set(attribute, exact)
    state = stepped.state
    return !stepped.reaction.loop
  }
  if (!cut && !come(event)) return new Map()
  for (let played = 0; played < MOST; played++) {
    const next = deadlinesIn(behaviour, state)
      .flatMap(({ at, of }) =>
        of.is === 'event' && of.event.is === 'resume' && of.event.automation === rule ? [{ at, event: of.event }] : [],
      )
      .sort((a, b) => compare(a.at, b.at))[0]
    if (next === undefined || !come(next.event)) break
  }
  return lost
}

const plain: Chooser = {
  value: (_, type, among) => among?.[0] ?? plainValue(type),
  write: () => ({ none: true }),
  goOn: () => false,
  order: (automations) => automations,
  duration: () => zero,
}
