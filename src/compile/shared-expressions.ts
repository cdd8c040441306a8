/** The same behaviour with equal expressions as one value: what is known of an expression is then known wherever it stands, and large ones are looked at once. */
import type { Automation, AutomationExpression, Behaviour, Step, Trigger } from '../model/automation.ts'

/** Equal to what is given. What is not modelled stays apart: it may be another value at each place. */
export const withSharedExpressions = (behaviour: Behaviour): Behaviour => {
  const share = sharing()
  const trigger = (one: Trigger): Trigger => {
    switch (one.on) {
      case 'becomes':
        return { ...one, condition: share(one.condition) }
      case 'outside':
        return { ...one, payload: share(one.payload) }
      case 'change':
      case 'message':
      case 'event':
      case 'time':
      case 'start':
      case 'never':
      case 'unmodelled':
        return one
    }
  }
  const step = (one: Step): Step => {
    switch (one.do) {
      case 'set':
      case 'let':
        return { ...one, value: share(one.value) }
      case 'branch':
        return { ...one, cases: one.cases.map((each) => ({ ...each, when: share(each.when) })) }
      case 'wait':
        return { ...one, until: share(one.until) }
      case 'await':
        return { ...one, triggers: one.triggers.map(trigger) }
      case 'delay':
      case 'emit':
      case 'call':
      case 'unmodelled':
        return one
    }
  }
  const automation = (one: Automation): Automation => ({
    ...one,
    triggers: one.triggers.map(trigger),
    guard: share(one.guard),
    steps: one.steps.map(step),
  })
  return {
    ...behaviour,
    applications: behaviour.applications.map((application) => ({ ...application, automations: application.automations.map(automation) })),
  }
}

const sharing = (): ((expression: AutomationExpression) => AutomationExpression) => {
  const numbers = new Map<AutomationExpression, number>()
  const known = new Map<string, AutomationExpression>()
  const done = new Map<AutomationExpression, AutomationExpression>()
  const keep = (key: string, expression: AutomationExpression): AutomationExpression => {
    const before = known.get(key)
    if (before !== undefined) return before
    known.set(key, expression)
    numbers.set(expression, numbers.size)
    return expression
  }
  const share = (expression: AutomationExpression): AutomationExpression => {
    const before = done.get(expression)
    if (before !== undefined) return before
    const made = shared(expression)
    done.set(expression, made)
    return made
  }
  const shared = (expression: AutomationExpression): AutomationExpression => {
    switch (expression.is) {
      case 'value':
        return keep(`value ${typeof expression.value} ${String(expression.value)}`, expression)
      case 'read':
        return keep(`read ${expression.attribute}`, expression)
      case 'local':
        return keep(`local ${expression.name}`, expression)
      case 'any':
        return expression
      case 'apply': {
        const parts = expression.arguments.map(share)
        const same = parts.every((part, at) => part === expression.arguments[at])
        const made = same ? expression : { ...expression, arguments: parts }
        const named = parts.map((part) => numbers.get(part))
        return named.includes(undefined) ? made : keep(`${expression.operator} ${named.join(' ')}`, made)
      }
    }
  }
  return share
}
