/** K22b: a command that a delay put off is carried out though what caused it no longer holds, and nobody looked again. */
import { and, any, FALSE, not, or } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { AutomationExpression } from '../../src/model/automation.ts'
import { readsOf } from '../conflict/conjuncts.ts'
import type { ConflictWords, Rule } from '../reaction.ts'
import { oneOf, truth } from '../symbolic-value.ts'
import type { TimedKind, TimedReaction, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'
import { laterSteps } from './cut-short.ts'

type Step = ReturnType<typeof laterSteps>[number]

const isTrue = (expression: AutomationExpression): boolean => expression.is === 'value' && expression.value === true

const readsLocals = (expression: AutomationExpression): boolean =>
  expression.is === 'local' || expression.is === 'any' || (expression.is === 'apply' && expression.arguments.some(readsLocals))

/** Conditions that the rule’s start says hold: one list for its triggers (any of them), and its guard. Nothing: what started it is no condition. */
const causesOf = ({
  automation,
}: Rule): { readonly attributes: ReadonlySet<string>; readonly triggers: boolean; readonly guard: boolean } => {
  const conditions = automation.triggers.every(
    (trigger) => trigger.on === 'becomes' || (trigger.on === 'change' && trigger.to !== undefined) || trigger.on === 'never',
  )
  const guard = !isTrue(automation.guard) && !readsLocals(automation.guard)
  const attributes = new Set<string>(guard ? readsOf(automation.guard) : [])
  if (conditions)
    for (const trigger of automation.triggers) {
      if (trigger.on === 'becomes') readsOf(trigger.condition).forEach((attribute) => attributes.add(attribute))
      if (trigger.on === 'change') attributes.add(trigger.attribute)
    }
  return { attributes, triggers: conditions && automation.triggers.length > 0, guard }
}

const heeds = (step: Step, attributes: ReadonlySet<string>): boolean => {
  const expressions = step.do === 'branch' ? step.cases.map(({ when }) => when) : step.do === 'wait' ? [step.until] : []
  return expressions.some((expression) => [...readsOf(expression)].some((attribute) => attributes.has(attribute)))
}

/** Delays of the rule, each with the attributes whose first command comes after it with nobody looking again. */
const putOff = (
  rule: Rule,
  attributes: ReadonlySet<string>,
): readonly { readonly delay: Step; readonly commands: readonly Extract<Step, { do: 'set' }>[] }[] =>
  [...rule.reachable].sort().flatMap((id) => {
    const delay = rule.steps.get(id)
    if (delay?.do !== 'delay') return []
    const after = laterSteps(rule, id)
    if (after.some((step) => heeds(step, attributes))) return []
    const before = [...rule.reachable].filter((other) => laterSteps(rule, other).some((step) => step.id === id))
    const earlier = new Set(
      before.flatMap((other) => {
        const step = rule.steps.get(other)
        return step?.do === 'set' ? [step.attribute] : []
      }),
    )
    const commands = after.filter((step): step is Extract<Step, { do: 'set' }> => step.do === 'set' && !earlier.has(step.attribute))
    return commands.length === 0 ? [] : [{ delay, commands }]
  })

const subjects = (structure: TimedStructure): readonly TimedSubject[] =>
  structure.rules.flatMap((rule) => {
    if (!rule.live) return []
    const { attributes, triggers, guard } = causesOf(rule)
    if (!triggers && !guard) return []
    const { id } = rule.automation
    if (rule.writes.some(({ attribute }) => attributes.has(attribute))) return []
    const found = new Map<string, TimedSubject>()
    for (const { commands } of putOff(rule, attributes))
      for (const { attribute, at } of commands)
        if (structure.attributes.get(attribute)?.role === 'actuator' && !found.has(attribute))
          found.set(attribute, { key: `${attribute} ${id}`, attribute, rules: [id], watches: [...attributes].sort(), at: [at] })
    return [...found.values()]
  })

/** Where nothing of what caused the rule’s start holds. */
const gone = (rule: Rule, reaction: TimedReaction, words: ConflictWords): Term => {
  const { triggers, guard } = causesOf(rule)
  const holds = rule.automation.triggers.map((trigger) => {
    if (trigger.on === 'becomes') return truth(reaction.evaluate.before(trigger.condition))
    if (trigger.on !== 'change') return FALSE
    return oneOf(
      reaction.before(trigger.attribute).value,
      (trigger.to ?? []).map((value) => words.constant(value)),
    )
  })
  return or(triggers ? not(any(holds)) : FALSE, guard ? not(truth(reaction.evaluate.before(rule.automation.guard))) : FALSE)
}

export const causeGone: TimedKind = {
  id: 'conflict/cause-gone',
  number: 'K22b',
  says: 'a command that a delay put off is carried out though what caused it no longer holds',
  strength: 7,
  byEvents: true,
  subjects,
  monitor: ({ attribute = '', rules }, structure, words) => {
    const [id = ''] = rules
    const rule = structure.rule.get(id)!
    const steps = new Set(putOff(rule, causesOf(rule).attributes).map(({ delay }) => delay.id))
    return {
      ...remembersNothing,
      bad: (_, reaction) => {
        const { event } = reaction
        if (event.is !== 'resume' || event.automation !== id || !steps.has(event.step)) return FALSE
        const written = reaction.writes.filter((write) => write.rule === id && write.attribute === attribute && write.direct)
        return and(any(written.map(({ guard }) => guard)), gone(rule, reaction, words))
      },
    }
  },
  severity: () => 'error',
  text: ({ attribute = '', rules }, never, named) => {
    const [rule = ''] = rules.map(named)
    return never
      ? `${rule} commands \`${attribute}\` after its delay only while its cause holds`
      : `${rule} commands \`${attribute}\` after its delay though its cause is gone`
  },
}
