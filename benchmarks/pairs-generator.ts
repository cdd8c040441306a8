// Seeded rules of one home: each with 1 to 6 conditions over 40 attributes of mixed kinds, time windows and differences, that command one actuator.
import type {
  AutomationExpression,
  AutomationOperator,
  Automation,
  Behaviour,
  ThingAttribute,
  Value,
  ValueType,
} from '../src/model/automation.ts'
import { randomNumbers } from './random.ts'

const at = { source: 'generated' }
const read = (attribute: string): AutomationExpression => ({ is: 'read', attribute })
const value = (constant: Value): AutomationExpression => ({ is: 'value', value: constant })
const apply = (operator: AutomationOperator, ...given: AutomationExpression[]): AutomationExpression => ({
  ...{ is: 'apply', operator, arguments: given },
})

export interface PairRulesOptions {
  readonly rules: number
  readonly seed: number
  /** Actuators; each rule commands one of them. */
  readonly actuators?: number
  readonly prefix?: string
}

/** Temperatures in tenths, luxes and percents in whole numbers, modes, switches, a clock of minutes and a day of the week: 40 in all. */
function attributesOf(prefix: string, actuators: number): readonly ThingAttribute[] {
  const sensor = (id: string, type: ValueType): ThingAttribute => ({
    ...{ id: `${prefix}${id}`, thing: `${prefix}${id}`, type, role: 'sensor', outside: true, delivery: 'state', restored: false },
  })
  const several = (count: number, name: string, type: ValueType): readonly ThingAttribute[] =>
    Array.from({ length: count }, (_, index) => sensor(`${name}-${index}`, type))
  return [
    ...several(12, 'temperature', { is: 'number', low: -40, high: 80, integer: false }),
    ...several(8, 'level', { is: 'number', low: 0, high: 1000, integer: true }),
    ...several(8, 'mode', { is: 'enum', values: ['home', 'away', 'night', 'guests', 'holiday'], other: false }),
    ...several(9, 'switch', { is: 'bool' }),
    sensor('minute', { is: 'number', low: 0, high: 1439, integer: true }),
    sensor('weekday', { is: 'number', low: 0, high: 6, integer: true }),
    sensor('motion', { is: 'bool' }),
    ...Array.from({ length: actuators }, (_, index): ThingAttribute => ({
      ...sensor(`lamp-${index}`, { is: 'enum', values: ['off', 'low', 'high'], other: false }),
      role: 'actuator',
      outside: false,
    })),
  ]
}

export function generatePairRules({ rules, seed, actuators = 1, prefix = '' }: PairRulesOptions): Behaviour {
  const next = randomNumbers(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  const name = (word: string, count: number): AutomationExpression => read(`${prefix}${word}-${below(count)}`)
  const compare = (): AutomationOperator => (['<', '<=', '>', '>='] as const)[below(4)]!
  const tenths = (): number => (below(400) - 50) / 10
  const condition = (): AutomationExpression => {
    switch (below(8)) {
      case 0:
      case 1:
        return apply(compare(), name('temperature', 12), value(tenths()))
      case 2:
        return apply(compare(), name('level', 8), value(below(1000)))
      case 3: {
        const mode = name('mode', 8)
        const modes = ['home', 'away', 'night', 'guests', 'holiday'].filter(() => below(2) === 0)
        return apply('or', ...[...modes, 'home'].map((one) => apply('==', mode, value(one))))
      }
      case 4:
        return below(2) === 0 ? name('switch', 9) : apply('not', name('switch', 9))
      case 5: {
        const [from, to] = [below(288) * 5, below(288) * 5]
        const clock = read(`${prefix}minute`)
        // Past midnight the window wraps around.
        return apply(from <= to ? 'and' : 'or', apply('>=', clock, value(from)), apply('<', clock, value(to)))
      }
      case 6: {
        const days = [0, 1, 2, 3, 4, 5, 6].filter(() => below(2) === 0)
        return apply('or', ...[...days, below(7)].map((day) => apply('==', read(`${prefix}weekday`), value(day))))
      }
      default: {
        const [one, other] = [below(12), below(11)]
        const [x, y] = [one, other >= one ? other + 1 : other].map((index) => read(`${prefix}temperature-${index}`)) as [
          AutomationExpression,
          AutomationExpression,
        ]
        return apply(compare(), apply('-', x, y), value(tenths()))
      }
    }
  }
  const automations = Array.from({ length: rules }, (_, index): Automation => ({
    id: `${prefix}rule-${String(index).padStart(5, '0')}`,
    name: `rule ${index}`,
    application: `${prefix}home`,
    platform: 'native',
    mode: { run: 'single', max: 1 },
    triggers: [{ on: 'change', attribute: `${prefix}motion`, to: [true], at }],
    guard: apply('and', ...Array.from({ length: 1 + below(6) }, condition)),
    entry: ['set'],
    steps: [
      {
        id: 'set',
        at,
        next: [],
        do: 'set',
        attribute: `${prefix}lamp-${below(actuators)}`,
        value: value(['off', 'low', 'high'][below(3)]!),
      },
    ],
    at,
  }))
  return {
    applications: [{ id: `${prefix}home`, automations, unmodelled: [], dangling: [] }],
    attributes: attributesOf(prefix, actuators),
    exclusions: [],
    assumptions: [],
  }
}
