/** Conditions that tell rules apart: when one would act, and what it leaves behind. */
import type { Automation, AutomationExpression, Behaviour, Step, Trigger, Value } from '../model/automation.ts'

export const value = (of: Value): AutomationExpression => ({ is: 'value', value: of })
export const read = (attribute: string): AutomationExpression => ({ is: 'read', attribute })
export const isEqual = (attribute: string, to: Value): AutomationExpression =>
  to === true
    ? read(attribute)
    : to === false
      ? not(read(attribute))
      : { is: 'apply', operator: '==', arguments: [read(attribute), value(to)] }

export const not = (of: AutomationExpression): AutomationExpression => {
  if (of.is === 'apply' && of.operator === 'not') return of.arguments[0]!
  if (of.is === 'apply' && of.operator === '==') return { ...of, operator: '!=' }
  if (of.is === 'apply' && of.operator === '!=') return { ...of, operator: '==' }
  return { is: 'apply', operator: 'not', arguments: [of] }
}

export const all = (of: readonly AutomationExpression[]): AutomationExpression =>
  of.length === 1 ? of[0]! : { is: 'apply', operator: 'and', arguments: of }

const some = (of: readonly AutomationExpression[]): AutomationExpression =>
  of.length === 1 ? of[0]! : { is: 'apply', operator: 'or', arguments: of }

/** Nothing that only a run of its own knows, and nothing unmodelled. */
const speaksOfState = (expression: AutomationExpression): boolean => {
  switch (expression.is) {
    case 'value':
    case 'read':
      return true
    case 'apply':
      return expression.arguments.every(speaksOfState)
    case 'local':
    case 'any':
      return false
  }
}

/** What holds of the state where the rule acts, as far as the state tells it; nothing where it tells nothing. */
export function wouldAct({ triggers, guard }: Automation): AutomationExpression | undefined {
  const begun = triggers.map(standing)
  const parts = [
    ...(begun.length > 0 && begun.every((one) => one !== undefined) ? [some(begun)] : []),
    ...(guard.is !== 'value' && speaksOfState(guard) ? [guard] : []),
  ]
  return parts.length === 0 ? undefined : all(parts)
}

function standing(trigger: Trigger): AutomationExpression | undefined {
  if (trigger.on === 'becomes') return speaksOfState(trigger.condition) ? trigger.condition : undefined
  if (trigger.on !== 'change' || trigger.to === undefined || trigger.to.length > 4) return undefined
  return some(trigger.to.map((one) => isEqual(trigger.attribute, one)))
}

export type SetStep = Extract<Step, { do: 'set' }>

export const setsOf = ({ steps }: Automation): readonly SetStep[] => steps.filter((step): step is SetStep => step.do === 'set')

export const automationsOf = (behaviour: Behaviour): ReadonlyMap<string, Automation> =>
  new Map(behaviour.applications.flatMap(({ automations }) => automations.map((automation) => [automation.id, automation] as const)))
