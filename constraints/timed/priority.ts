/** K28: a rule of a less important application writes over what a more important one commanded, whose demand still holds. */
import { and, any, FALSE, or } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { AutomationExpression } from '../../src/model/automation.ts'
import { differentValues, oneOf, truth } from '../symbolic-value.ts'
import type { ConflictWords, Rule } from '../reaction.ts'
import type { TimedKind, TimedReaction, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'
import { commanded, incompatible, leaves, pairOf, turnsOver, writesOf } from './causes.ts'

const readsLocals = (expression: AutomationExpression): boolean =>
  expression.is === 'local' || (expression.is === 'apply' && expression.arguments.some(readsLocals))

/** Where a condition that starts the rule, and its guard, hold after the reaction. */
const demands = (rule: Rule, reaction: TimedReaction, words: ConflictWords): Term => {
  const { automation } = rule
  const conditions = automation.triggers.map((trigger) => {
    if (trigger.on === 'becomes') return truth(reaction.evaluate.after(trigger.condition))
    if (trigger.on !== 'change' || trigger.to === undefined) return FALSE
    return oneOf(
      reaction.after(trigger.attribute).value,
      trigger.to.map((value) => words.constant(value)),
    )
  })
  return and(any(conditions), readsLocals(automation.guard) ? and() : truth(reaction.evaluate.after(automation.guard)))
}

const subjects = (structure: TimedStructure): readonly TimedSubject[] => {
  const priority = new Map(
    structure.behaviour.applications.flatMap(({ id, priority: own }) => (own === undefined ? [] : [[id, own] as const])),
  )
  if (priority.size === 0) return []
  const of = (rule: string): number | undefined => priority.get(structure.rule.get(rule)?.automation.application ?? '')
  return [...structure.writers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([attribute, writers]) => {
      if (structure.attributes.get(attribute)?.role !== 'actuator') return []
      const rules = [...new Set(writers.map(({ rule }) => rule))].sort()
      return rules.flatMap((high) =>
        rules.flatMap((low): readonly TimedSubject[] => {
          const [more, less] = [of(high), of(low)]
          if (more === undefined || less === undefined || more <= less) return []
          const automation = structure.rule.get(high)!.automation
          const demanding = automation.triggers.some(
            (trigger) => trigger.on === 'becomes' || (trigger.on === 'change' && trigger.to !== undefined),
          )
          const both = writers.filter(({ rule }) => rule === high || rule === low)
          const constants = new Set(both.map(({ constant }) => constant))
          if (!demanding || (constants.size === 1 && !constants.has(undefined))) return []
          return [{ key: `${attribute} ${high} -> ${low}`, attribute, rules: [high, low].sort(), from: high, at: both.map(({ at }) => at) }]
        }),
      )
    })
}

export const priorityInversion: TimedKind = {
  id: 'conflict/priority-inversion',
  number: 'K28',
  says: 'a less important application is the last writer over a demand of a more important one that still holds',
  strength: 9,
  subjects,
  monitor: (subject, structure, words) => {
    const { attribute = '' } = subject
    const [high, low] = pairOf(subject)
    const rule = structure.rule.get(high)!
    return {
      ...remembersNothing,
      bad: (_, reaction) => {
        const clash = incompatible(structure, attribute)
        const { value } = reaction.after(attribute)
        const stood = and(commanded(reaction, 'before', high, attribute, words), turnsOver(reaction, low, attribute, words, clash))
        const together = and(
          leaves(reaction, low, attribute, words),
          any(
            writesOf(reaction, high, attribute).map((write) =>
              and(write.guard, clash(write.value, value), differentValues(write.value, value)),
            ),
          ),
        )
        return and(or(stood, together), demands(rule, reaction, words))
      },
    }
  },
  severity: () => 'error',
  text: (subject, never, named) => {
    const { attribute = '' } = subject
    const [high = '', low = ''] = pairOf(subject).map(named)
    return never
      ? `${low} never writes over what the more important ${high} still demands of \`${attribute}\``
      : `${low} writes over what the more important ${high} still demands of \`${attribute}\``
  },
}
