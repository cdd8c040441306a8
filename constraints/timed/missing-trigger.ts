/** K20: what a rule’s guard demands can come true while the rule hears none of the attributes that it reads. */
import { and, FALSE, not } from '../../src/smt/build.ts'
import { closedPart, readsOf } from '../conflict/conjuncts.ts'
import type { Rule } from '../reaction.ts'
import { truth } from '../symbolic-value.ts'
import type { TimedKind, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'

/** Attributes that start the rule; nothing where something else does, too: a time or a message is no state that was missed. */
const hears = ({ automation: { triggers } }: Rule): ReadonlySet<string> | undefined => {
  const heard = new Set<string>()
  for (const trigger of triggers) {
    if (trigger.on === 'change' || trigger.on === 'message') heard.add(trigger.attribute)
    else if (trigger.on === 'becomes') readsOf(trigger.condition).forEach((attribute) => heard.add(attribute))
    else if (trigger.on !== 'never') return undefined
  }
  return heard.size === 0 ? undefined : heard
}

const subjects = (structure: TimedStructure): readonly TimedSubject[] =>
  structure.rules.flatMap((rule): readonly TimedSubject[] => {
    const { id, guard, at } = rule.automation
    const demanded = rule.live ? closedPart(guard) : undefined
    const heard = hears(rule)
    if (demanded === undefined || heard === undefined) return []
    const watches = [...readsOf(demanded)].sort()
    return watches.some((attribute) => heard.has(attribute)) ? [] : [{ key: id, rules: [id], watches, at: [at] }]
  })

export const missingTrigger: TimedKind = {
  id: 'conflict/missing-trigger',
  number: 'K20',
  says: 'the guard of a rule can come true while nothing of what it reads starts the rule',
  strength: 0.5,
  onRequest: true,
  subjects,
  monitor: ({ rules: [id = ''] }, structure) => {
    const guard = closedPart(structure.rule.get(id)?.automation.guard ?? { is: 'value', value: true })
    return {
      ...remembersNothing,
      bad: (_, { evaluate }) => (guard === undefined ? FALSE : and(not(truth(evaluate.before(guard))), truth(evaluate.after(guard)))),
    }
  },
  severity: () => 'relation',
  text: ({ rules: [id = ''] }, never, named) =>
    never
      ? `the guard of ${named(id)} never comes true while nothing starts it`
      : `the guard of ${named(id)} comes true, and nothing of what it reads starts it`,
}
