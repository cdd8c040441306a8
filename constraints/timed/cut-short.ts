/** K22c: a delayed command of one rule (or of another run of the same) ends what a rule commanded while that rule’s own timer for it still runs. */
import { and, any, gt } from '../../src/smt/build.ts'
import type { Rule } from '../reaction.ts'
import type { TimedKind, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'
import { commanded, pairOf, turnsOver } from './causes.ts'
import { laterPairs } from './pairs.ts'

/** Waiting steps of the rule from which it may come to write the attribute. */
export const timersFor = (rule: Rule, attribute: string): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const id of rule.reachable) {
    const step = rule.steps.get(id)
    const waits = step?.do === 'delay' || ((step?.do === 'wait' || step?.do === 'await') && step.timeout !== undefined)
    if (waits && laterSteps(rule, id).some((one) => one.do === 'set' && one.attribute === attribute)) found.add(id)
  }
  return found
}

/** The steps that may follow the step. */
export const laterSteps = (rule: Rule, from: string): readonly NonNullable<ReturnType<Rule['steps']['get']>>[] => {
  const seen = new Set<string>()
  const open = [from]
  const found: NonNullable<ReturnType<Rule['steps']['get']>>[] = []
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = rule.steps.get(id)
    if (step === undefined) continue
    const next = [...step.next]
    if (step.do === 'branch') next.push(...step.cases.flatMap((one) => one.next))
    if (step.do === 'wait' || step.do === 'await') next.push(...(step.timeout?.next ?? []))
    for (const to of next)
      if (!seen.has(to)) {
        seen.add(to)
        open.push(to)
        const reached = rule.steps.get(to)
        if (reached !== undefined) found.push(reached)
      }
  }
  return found
}

const subjects = (structure: TimedStructure): readonly TimedSubject[] =>
  laterPairs(structure).filter(({ attribute = '', from = '' }) => timersFor(structure.rule.get(from)!, attribute).size > 0)

export const cutShort: TimedKind = {
  id: 'conflict/cut-short',
  number: 'K22c',
  says: 'a delayed command of one rule ends what another commanded while that one’s own timer for it still runs',
  strength: 8,
  byEvents: true,
  subjects,
  monitor: (subject, structure, words) => {
    const { attribute = '' } = subject
    const [from, other] = pairOf(subject)
    const timers = timersFor(structure.rule.get(from)!, attribute)
    return {
      ...remembersNothing,
      bad: (_, reaction) => {
        const { event } = reaction
        if (reaction.fromOutside || (event.is !== 'resume' && event.is !== 'due')) return any([])
        const running = reaction.later.tokens.filter(({ rule, step }) => rule === from && timers.has(step))
        return and(
          commanded(reaction, 'before', from, attribute, words),
          turnsOver(reaction, other, attribute, words),
          any(running.map(({ waits, deadline }) => and(waits, deadline === undefined ? any([]) : gt(deadline, reaction.later.now)))),
        )
      },
    }
  },
  severity: () => 'error',
  text: ({ attribute = '', from = '', rules }, never, named) => {
    const other = rules.find((rule) => rule !== from) ?? ''
    return never
      ? `no run lets ${named(other)} end what ${named(from)} commanded of \`${attribute}\` while its timer runs`
      : `${named(other)} ends what ${named(from)} commanded of \`${attribute}\` while its timer still runs`
  },
}
