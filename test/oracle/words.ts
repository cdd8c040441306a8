/** Few words to write small behaviours by hand in tests. */
import type {
  Application,
  Automation,
  AutomationExpression,
  AutomationOperator,
  Behaviour,
  Platform,
  Step,
  ThingAttribute,
  Trigger,
  Value,
  ValueType,
} from '../../src/model/automation.ts'

export const at = { source: 'test' }
export const bool: ValueType = { is: 'bool' }
export const enumeration = (...values: string[]): ValueType => ({ is: 'enum', values, other: false })
export const range = (low: number, high: number): ValueType => ({ is: 'number', low, high, integer: true })

export const val = (value: Value): AutomationExpression => ({ is: 'value', value })
export const read = (attribute: string): AutomationExpression => ({ is: 'read', attribute })
export const local = (name: string): AutomationExpression => ({ is: 'local', name })
export const apply = (operator: AutomationOperator, ...given: AutomationExpression[]): AutomationExpression => ({
  is: 'apply',
  operator,
  arguments: given,
})
export const any = (type: ValueType, part: string): AutomationExpression => ({ is: 'any', type, part })
export const yes = val(true)

function attribute(id: string, type: ValueType, rest: Partial<ThingAttribute>): ThingAttribute {
  const plain = { id, thing: id, type, role: 'sensor', outside: false, delivery: 'state', restored: false } as const
  return { ...plain, ...rest }
}
export const sensor = (id: string, type: ValueType, rest: Partial<ThingAttribute> = {}) =>
  attribute(id, type, { role: 'sensor', outside: true, ...rest })
export const actuator = (id: string, type: ValueType, rest: Partial<ThingAttribute> = {}) =>
  attribute(id, type, { role: 'actuator', ...rest })
export const helper = (id: string, type: ValueType, initial: Value, rest: Partial<ThingAttribute> = {}) =>
  attribute(id, type, { role: 'helper', initial: [initial], ...rest })

/** Without the `at` of every part. */
export type Bare<T> = T extends unknown ? Omit<T, 'at'> : never
export type BareStep = Unlinked<Step>
type Unlinked<T> = T extends unknown ? Omit<T, 'at' | 'next'> & { readonly next?: readonly string[] } : never

export const set = (id: string, name: string, value: Value | AutomationExpression, ...next: string[]): BareStep => ({
  id,
  do: 'set',
  attribute: name,
  value: typeof value === 'object' && value !== null ? value : val(value),
  next,
})
export const changed = (name: string, rest: { from?: readonly Value[]; to?: readonly Value[] } = {}): Bare<Trigger> => ({
  on: 'change',
  attribute: name,
  ...rest,
})
export const button = (name: string): Bare<Trigger> => ({ on: 'outside', name, payload: val(null) })

export interface Rule {
  readonly when: readonly Bare<Trigger>[]
  readonly steps: readonly BareStep[]
  readonly entry?: readonly string[]
  readonly guard?: AutomationExpression
  readonly mode?: Automation['mode']
  readonly platform?: Platform
}

function automation(id: string, rule: Rule): Automation {
  const steps = rule.steps.map((step) => ({ ...step, next: step.next ?? [], at }))
  return {
    id,
    name: id,
    application: 'app',
    platform: rule.platform ?? 'native',
    mode: rule.mode ?? { run: 'single', max: 10 },
    triggers: rule.when.map((trigger) => ({ ...trigger, at })),
    guard: rule.guard ?? yes,
    entry: rule.entry ?? steps.slice(0, 1).map((step) => step.id),
    steps,
    at,
  }
}

export function application(id: string, automations: readonly Automation[]): Application {
  return { id, automations: automations.map((one) => ({ ...one, application: id })), unmodelled: [], dangling: [] }
}

export function behaviour(
  attributes: readonly ThingAttribute[],
  rules: Readonly<Record<string, Rule>>,
  rest: Partial<Behaviour> = {},
): Behaviour {
  const automations = Object.entries(rules).map(([id, rule]) => automation(id, rule))
  return { applications: [application('app', automations)], attributes, exclusions: [], assumptions: [], ...rest }
}
