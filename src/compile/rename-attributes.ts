/** The same application with every attribute under another name. */
import type { Application, Automation, AutomationExpression, Step, Timeout, Trigger, UnmodelledPart } from '../model/automation.ts'

/** Expressions share parts, before and after: each is renamed once. */
interface Rename {
  readonly name: (id: string) => string
  readonly done: Map<AutomationExpression, AutomationExpression>
}

export function renameAttributes(application: Application, name: (id: string) => string): Application {
  const rename: Rename = { name, done: new Map() }
  return {
    ...application,
    automations: application.automations.map((automation) => inAutomation(automation, rename)),
    unmodelled: application.unmodelled.map((part): UnmodelledPart => ({ ...part, writes: part.writes.map(name) })),
  }
}

function inAutomation(automation: Automation, rename: Rename): Automation {
  return {
    ...automation,
    triggers: automation.triggers.map((trigger) => inTrigger(trigger, rename)),
    guard: inExpression(automation.guard, rename),
    steps: automation.steps.map((step) => inStep(step, rename)),
  }
}

function inTrigger(trigger: Trigger, rename: Rename): Trigger {
  switch (trigger.on) {
    case 'change':
      return { ...trigger, attribute: rename.name(trigger.attribute), ...lasting(trigger, rename) }
    case 'message':
      return { ...trigger, attribute: rename.name(trigger.attribute) }
    case 'becomes':
      return { ...trigger, condition: inExpression(trigger.condition, rename), ...lasting(trigger, rename) }
    case 'outside':
      return { ...trigger, payload: inExpression(trigger.payload, rename) }
    case 'event':
    case 'time':
    case 'start':
    case 'never':
    case 'unmodelled':
      return trigger
  }
}

function inStep(step: Step, rename: Rename): Step {
  switch (step.do) {
    case 'set':
      return { ...step, attribute: rename.name(step.attribute), value: inExpression(step.value, rename) }
    case 'let':
      return { ...step, value: inExpression(step.value, rename) }
    case 'branch':
      return { ...step, cases: step.cases.map(({ when, next }) => ({ when: inExpression(when, rename), next })) }
    case 'delay':
      return { ...step, milliseconds: inExpression(step.milliseconds, rename) }
    case 'wait':
      return { ...step, until: inExpression(step.until, rename), ...inTimeout(step, rename) }
    case 'await':
      return { ...step, triggers: step.triggers.map((trigger) => inTrigger(trigger, rename)), ...inTimeout(step, rename) }
    case 'unmodelled':
      return { ...step, writes: step.writes.map(rename.name) }
    case 'emit':
    case 'call':
      return step
  }
}

const lasting = (trigger: { readonly for?: AutomationExpression }, rename: Rename): { readonly for?: AutomationExpression } =>
  trigger.for === undefined ? {} : { for: inExpression(trigger.for, rename) }

const inTimeout = ({ timeout }: { readonly timeout?: Timeout }, rename: Rename): { readonly timeout?: Timeout } =>
  timeout === undefined ? {} : { timeout: { ...timeout, milliseconds: inExpression(timeout.milliseconds, rename) } }

function inExpression(expression: AutomationExpression, rename: Rename): AutomationExpression {
  if (expression.is !== 'read' && expression.is !== 'apply') return expression
  const known = rename.done.get(expression)
  if (known !== undefined) return known
  const made: AutomationExpression =
    expression.is === 'read'
      ? { ...expression, attribute: rename.name(expression.attribute) }
      : { ...expression, arguments: expression.arguments.map((argument) => inExpression(argument, rename)) }
  rename.done.set(expression, made)
  return made
}
