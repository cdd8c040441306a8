// Templates of Home Assistant against values computed by hand from the documentation of Jinja and Home Assistant, against a small evaluator of their own, and against garbage.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TemplateContext, TemplateResult, TemplateValue, Wanted } from '../../src/formats/home-assistant/jinja/template-value.ts'
import { translateTemplate } from '../../src/formats/home-assistant/jinja/translate.ts'
import type { AutomationExpression, Value, ValueType } from '../../src/model/automation.ts'
import { evaluate, toDatum, toValue } from '../../src/verify/values.ts'

const onOff: ValueType = { is: 'enum', values: ['on', 'off'], other: false }
const number: ValueType = { is: 'number', integer: false }
const whole: ValueType = { is: 'number', integer: true }
const any: ValueType = { is: 'any' }
const text: ValueType = { is: 'text' }

/** Attributes of a small home: their types, and what they hold unless a case says otherwise. */
const HOME: Readonly<Record<string, readonly [ValueType, Value]>> = {
  'light.a': [onOff, 'on'],
  'light.b': [onOff, 'off'],
  'light.c': [onOff, 'on'],
  'light.a.brightness': [number, 128],
  'light.a.friendly_name': [text, 'Lamp A'],
  'climate.hall': [{ is: 'enum', values: ['heat', 'off'], other: true }, 'heat'],
  'climate.hall.temperature': [any, 20.5],
  'sensor.temp': [number, 21.5],
  'sensor.open': [any, 'unavailable'],
  'sensor.season': [{ is: 'enum', values: ['Summer', 'winter'], other: true }, 'Summer'],
  'sensor.word': [text, 'hello'],
  'input_select.mode': [{ is: 'enum', values: ['home', 'away', 'Deep Night'], other: false }, 'Deep Night'],
  'input_number.limit': [number, 20],
  'input_boolean.flag': [onOff, 'on'],
  'input_boolean.flag.editable': [{ is: 'bool' }, true],
  'time.second-of-day': [whole, 23_415],
  'time.weekday': [whole, 2],
  'time.day': [whole, 15],
  'time.month': [whole, 6],
  'time.year': [whole, 2024],
  'time.day-of-year': [whole, 167],
  'time.timestamp': [number, 1_718_433_015],
  'time.utc-offset': [whole, 7200],
  'light.a.last_changed': [number, 600],
  'light.b.last_changed': [number, 30],
  'automation.x.last_triggered': [any, 90],
  'input_datetime.wake': [whole, 25_200],
}

const held = (expression: AutomationExpression, type: ValueType): TemplateValue => ({ is: 'expression', expression, type })
const local = (name: string): AutomationExpression => ({ is: 'local', name })
const words = (...values: readonly string[]): TemplateValue => ({
  is: 'list',
  items: values.map((one) => held({ is: 'value', value: one }, text)),
})

const VARIABLES: ReadonlyMap<string, TemplateValue> = new Map<string, TemplateValue>([
  ['lights', words('light.a', 'light.b')],
  ['limit', held(local('limit'), number)],
  ['name', held(local('name'), { is: 'enum', values: ['a', 'b'], other: false })],
  [
    'trigger',
    {
      is: 'mapping',
      entries: new Map<string, TemplateValue>([
        ['id', held(local('trigger.id'), { is: 'enum', values: ['rises', 'falls'], other: false })],
        ['entity_id', held({ is: 'value', value: 'light.a' }, text)],
        [
          'to_state',
          {
            is: 'state',
            entity: 'light.a',
            holds: new Map([['state', { is: 'expression', expression: local('to'), type: onOff, text: true }]]),
          },
        ],
        [
          'from_state',
          {
            is: 'state',
            entity: 'light.a',
            holds: new Map([['state', { is: 'expression', expression: local('from'), type: onOff, text: true }]]),
          },
        ],
      ]),
    },
  ],
  ['wait', { is: 'mapping', entries: new Map([['completed', held(local('done'), { is: 'bool' })]]) }],
])
const LOCALS: Readonly<Record<string, Value>> = { limit: 25, name: 'b', 'trigger.id': 'falls', to: 'off', from: 'on', done: true }

const context: TemplateContext = {
  entity: (id, attribute) => {
    const key = attribute === undefined ? id : `${id}.${attribute}`
    const known = HOME[key]
    return known === undefined ? undefined : { id: key, type: known[0] }
  },
  age: (id, since) => {
    const key = `${id}.${since}`
    return HOME[key] === undefined ? undefined : { id: key, type: HOME[key][0] }
  },
  clock: (id) => (id === 'input_datetime.wake' ? { id, type: whole } : undefined),
  time: (part) => ({ id: `time.${part}`, type: HOME[`time.${part}`]![0] }),
  variables: VARIABLES,
  registry: (question, about) => {
    if (question === 'domain') return Object.keys(HOME).filter((id) => id.startsWith(`${about}.`) && id.split('.').length === 2)
    if (question === 'members') return about === 'group.lights' ? ['light.a', 'light.b', 'light.c'] : [about]
    return question === 'area_entities' && about === 'hall' ? ['light.a', 'climate.hall'] : undefined
  },
  macros: (file) =>
    file === 'tools.jinja'
      ? "{% macro twice(x) %}{{ x * 2 }}{% endmacro %}{% macro warm() %}{{ states('sensor.temp')|float > 20 }}{% endmacro %}"
      : undefined,
  unmodelled: (why) => why,
}

function valueOf(expression: AutomationExpression, states: Readonly<Record<string, Value>> = {}, open?: () => Value): Value {
  return toValue(
    evaluate(expression, {
      attribute: (id) => toDatum(Object.hasOwn(states, id) ? states[id]! : (HOME[id]?.[1] ?? null)),
      local: (name) => toDatum(Object.hasOwn(states, name) ? states[name]! : (LOCALS[name] ?? null)),
      any: (_, part) => {
        if (open === undefined) throw new Error(`open: ${part}`)
        return toDatum(open())
      },
    }),
  )
}

function translated(template: string, wanted: Wanted): Extract<TemplateResult, { readonly ok: true }> {
  const result = translateTemplate(template, context, wanted)
  if (!result.ok) throw new Error(`${template}: ${result.why}`)
  return result
}

type Row = readonly [template: string, expected: Value, states?: Readonly<Record<string, Value>>, wanted?: Wanted]

const ROWS: readonly Row[] = [
  // states and attributes
  ["{{ states('light.a') == 'on' }}", true],
  ["{{ states('light.a') == 'on' }}", false, { 'light.a': 'off' }],
  ["{{ states.light.a.state == 'on' }}", true],
  ["{{ states['light.a'].state != 'on' }}", false],
  ["{{ states('light.nowhere') }}", 'unknown'],
  ["{{ is_state('light.nowhere', 'unknown') }}", false],
  ["{{ is_state('light.a', 'on') }}", true],
  ["{{ is_state('light.a', ['on', 'playing']) }}", true],
  ["{{ not is_state('light.b', 'on') and is_state('light.c', 'on') }}", true],
  ["{{ is_state_attr('light.a', 'brightness', 128) }}", true],
  ["{{ state_attr('light.a', 'brightness') > 100 }}", true],
  ["{{ state_attr('light.a', 'nothing') is none }}", true],
  ["{{ state_attr('light.a', 'nothing') }}", null],
  ["{{ state_attr('light.a', 'brightness') / 255 * 100 }}", 12800 / 255],
  ['{{ states.light.a.attributes.brightness }}', 128],
  ["{{ states.light.a.attributes['brightness'] | int }}", 128],
  ["{{ states.light.a.attributes.get('x', 7) }}", 7],
  ['{{ states.light.a.name }}', 'Lamp A'],
  ['{{ states.light.b.name }}', 'b'],
  ['{{ states.light.b.entity_id }}', 'light.b'],
  ['{{ states.light.nowhere is none }}', true],
  ["{{ has_value('sensor.open') }}", false],
  ["{{ has_value('sensor.open') }}", true, { 'sensor.open': 3 }],
  ["{{ is_state_attr('input_boolean.flag', 'editable', true) }}", true],
  // numbers
  ["{{ states('sensor.temp') | float > 20 }}", true],
  ["{{ states('sensor.temp')|float(0) > states('input_number.limit')|float(0) }}", true],
  ["{{ states('sensor.temp') | int }}", 21],
  ["{{ states('sensor.temp') | int }}", -3, { 'sensor.temp': -3.9 }],
  ["{{ states('sensor.open') | float(-1) }}", -1],
  ["{{ states('sensor.open') | float(-1) }}", 19, { 'sensor.open': 19 }],
  ["{{ states('sensor.open') | float(-1) }}", 4.5, { 'sensor.open': '4.5' }],
  ["{{ states('sensor.open') | float > 5 }}", false],
  ["{{ not (states('sensor.open') | float > 5) }}", false],
  ["{{ states('sensor.open') | float(default=9) > 5 }}", true],
  ["{{ float(states('sensor.temp'), 0) * 2 }}", 43],
  ["{{ states('sensor.open') | int(none) is none }}", true],
  ["{{ states('sensor.temp') | round }}", 22],
  ["{{ states('sensor.temp') | float | round(0) }}", 22],
  ["{{ states('sensor.temp') | float | round(0) }}", 20, { 'sensor.temp': 20.5 }],
  ["{{ states('sensor.temp') | float | round(1, 'floor') }}", 21.7, { 'sensor.temp': 21.79 }],
  ["{{ states('sensor.temp') | float | round(0, 'ceil') }}", 22],
  ["{{ (states('sensor.temp')|float - 21) * 2 + 1 }}", 2],
  ['{{ 7 // 2 }}', 3],
  ['{{ -7 // 2 }}', -4],
  ['{{ -7 % 3 }}', 2],
  ["{{ states('sensor.temp') | int % 4 }}", 1],
  ['{{ 2 ** 3 }}', 8],
  ["{{ -(states('sensor.temp')|float) }}", -21.5],
  ["{{ (10 - states('sensor.temp')|float) | abs }}", 11.5],
  ["{{ [states('sensor.temp')|float, 30] | max }}", 30],
  ["{{ min(states('sensor.temp')|float, 30, 25) }}", 21.5],
  ['{{ max([1, 2, 3]) - min([4, 5]) }}', -1],
  ['{{ [1, 2, 3] | sum }}', 6],
  ["{{ is_number(states('sensor.open')) }}", false],
  ["{{ states('sensor.temp') | is_number }}", true],
  ["{{ 15 < states('sensor.temp')|float < 22 }}", true],
  ["{{ states('sensor.temp') == '21.5' }}", true],
  ["{{ states('sensor.temp') in ['unknown', 'unavailable'] }}", false],
  ["{{ states('sensor.open') in ['unknown', 'unavailable'] }}", true],
  ["{{ 1 if states('sensor.temp')|float > 21 else 0 }}", 1],
  ['{{ limit + 5 }}', 30],
  ["{{ limit | int > states('sensor.temp') | float }}", true],
  // texts that are computed while the automation runs
  ["{{ 'it is ' ~ states('sensor.word') ~ '!' }}", 'it is hello!'],
  ["{{ 'ell' in states('sensor.word') }}", true],
  ["{{ 'ell' in states('sensor.word') }}", false, { 'sensor.word': 'help' }],
  ["{{ states('sensor.word')[1:3] }}", 'el'],
  ["{{ states('sensor.word')[-1] == 'o' }}", true],
  ["{{ states('sensor.word') | length }}", 5],
  ["{{ states('sensor.word').split('|')[1] }}", 'door', { 'sensor.word': 'hall|door' }],
  ["{{ 'door' in states('sensor.word').split('|') }}", true, { 'sensor.word': 'hall|door' }],
  ["{{ 'doo' in states('sensor.word').split('|') }}", false, { 'sensor.word': 'hall|door' }],
  ["{{ states('sensor.word').split('|') | length }}", 3, { 'sensor.word': 'a|b|c' }],
  ["{{ states('sensor.word').startswith('he') }}", true],
  ["{{ states('sensor.word') is match('H.*o', true) }}", true],
  ["{{ states('sensor.word') < 'help' }}", true],
  ["{{ (states('sensor.word') ~ '5') | int }}", 25, { 'sensor.word': '2' }],
  // written moments: the clock is two hours ahead of UTC
  ["{{ as_timestamp(states('sensor.word'), 0) }}", 1_718_433_000, { 'sensor.word': '2024-06-15 08:30:00' }],
  ["{{ as_timestamp(states('sensor.word'), 0) }}", 1_718_433_000, { 'sensor.word': '2024-06-15T06:30:00+00:00' }],
  ["{{ as_timestamp(states('sensor.word'), 0) }}", 0],
  ["{{ now() > as_datetime(states('sensor.word')) }}", true, { 'sensor.word': '2024-06-15 08:30:00' }],
  ["{{ as_datetime(states('sensor.word')).date() == now().date() }}", true, { 'sensor.word': '2024-06-15' }],
  ["{{ 1718433000 | timestamp_custom('%d.%m. %H:%M') }}", '15.06. 08:30'],
  ["{{ 1718433000 | timestamp_custom('%d.%m. %H:%M', false) }}", '15.06. 06:30'],
  ['{{ utcnow().hour }}', 6],
  // texts
  ["{{ states('sensor.season') | lower == 'summer' }}", true],
  ["{{ states('sensor.season') | lower == 'summer' }}", true, { 'sensor.season': 'SUMMER' }],
  ["{{ states('sensor.season')|lower in ['winter', 'autumn'] }}", false],
  ["{{ states('input_select.mode') | lower | replace(' ', '_') }}", 'deep_night'],
  ["{{ states('input_select.mode').upper() }}", 'AWAY', { 'input_select.mode': 'away' }],
  ["{{ states('input_select.mode') | title == 'Home' }}", true, { 'input_select.mode': 'home' }],
  ["{{ 'scene.' ~ states('input_select.mode') | lower }}", 'scene.home', { 'input_select.mode': 'home' }],
  ["scene.{{ states('input_select.mode') }}", 'scene.away', { 'input_select.mode': 'away' }],
  ["{{ states('input_select.mode').split(' ')[0] }}", 'Deep'],
  ["{{ 'eep' in states('input_select.mode') }}", true],
  ["{{ states('input_select.mode').startswith('Deep') }}", true],
  ["{{ states('light.a') in 'on, off' }}", true],
  ["{{ 'a' ~ 1 ~ 2.5 ~ true ~ none }}", 'a12.5TrueNone'],
  ["{{ 'x'.upper() + 'y' }}", 'Xy'],
  ["{{ '  on ' | trim }}", 'on'],
  ["{{ 'light.kitchen_lamp'.split('.')[1].replace('_', ' ') | title }}", 'Kitchen Lamp'],
  ["{{ 'light.{}'.format(name) }}", 'light.b'],
  ["{{ 'b-c' | regex_replace('[^a-z]', '+') }}", 'b+c'],
  ["{{ 'abc' | regex_match('b') }}", false],
  ["{{ 'abc' | regex_search('b') }}", true],
  ["{{ 'a,b,c'.split(',') | length }}", 3],
  ["{{ states('sensor.word') == 'hello' }}", true],
  ["{{ 'light.' ~ states('sensor.word') == 'light.hello' }}", true],
  ["{{ states('sensor.word') | length > 0 }}", true, {}, 'condition'],
  ["{{ 'Hello'[1:3] }}", 'el'],
  ["{{ 'Hello'[-1] }}", 'o'],
  // truths, None and undefined
  ['{{ true }}', true],
  ['True', true, {}, 'condition'],
  ['yes', false, {}, 'condition'],
  ['yes', true, {}, 'truth'],
  ['{{ 3 }}', false, {}, 'condition'],
  ['{{ 3 }}', true, {}, 'truth'],
  ["{{ states('light.a') }}", true, {}, 'truth'],
  ["{{ states('light.a') }}", false, {}, 'condition'],
  ['{{ nothing is defined }}', false],
  ['{{ nothing | default(5) }}', 5],
  ['{{ nothing }}', ''],
  ['{{ nothing.part }}', false, {}, 'condition'],
  ["{{ none | default('x', true) }}", 'x'],
  ['{{ limit is defined and limit is number }}', true],
  ["{{ 'x' is string and none is none and [1] is sequence and {} is mapping }}", true],
  ["{{ states('light.a') | bool }}", true],
  ["{{ states('light.b') | bool }}", false],
  ["{{ 'maybe' | bool(false) }}", false],
  ["{{ iif(is_state('light.a', 'on'), 'yes', 'no') }}", 'yes'],
  ["{{ is_state('light.a', 'on') | iif(1, 2) }}", 1],
  ["{{ '' or 'x' }}", 'x'],
  ["{{ (states('light.a') == 'on') == true }}", true],
  ['{{ 1 == true }}', true],
  ["{{ '1' == 1 }}", false],
  ["{{ is_state('light.a', 'on') | string }}", true],
  // statements
  ["{% if is_state('light.a', 'on') %}\n  bright\n{% else %}\n  dark\n{% endif %}", 'bright'],
  ["{% if is_state('light.a', 'on') %}true{% else %}false{% endif %}", true],
  ["{% if states('sensor.temp')|float > 25 %}a{% elif states('sensor.temp')|float > 20 %}b{% else %}c{% endif %}", 'b'],
  ["{% if states('sensor.temp')|float > 25 %}hot{% endif %}", ''],
  ["{% set t = states('sensor.temp')|float %}{% set u = t - 20 %}{{ u > 1 and t < 22 }}", true],
  ["{% set x = 1 %}{% if is_state('light.a', 'on') %}{% set x = 2 %}{% endif %}{{ x }}", 2],
  ['{% set x = 1 %}{% for i in [1, 2] %}{% set x = 5 %}{% endfor %}{{ x }}', 1],
  [
    "{% set ns = namespace(n=0) %}{% for l in lights %}{% if is_state(l, 'on') %}{% set ns.n = ns.n + 1 %}{% endif %}{% endfor %}{{ ns.n }}",
    1,
  ],
  ['{% for i in range(3) %}{{ i }}{% if not loop.last %}-{% endif %}{% endfor %}', '0-1-2'],
  ['{% for i in [1, 2, 3, 4] if i % 2 == 0 %}{{ i }}{% else %}none{% endfor %}', 24],
  ['{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}', 1],
  ['{% macro f(x, y=2) %}{{ x * y }}{% endmacro %}{{ f(4) }}', 8],
  ["{% from 'tools.jinja' import twice %}{{ twice(4) }}", 8],
  ["{% from 'tools.jinja' import warm %}{{ warm() }}", true],
  ['{# nothing #}{{- 1 -}} ', 1],
  ['{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
  ["{%- set m = {'home': 10, 'away': 20} -%}{{ m[states('input_select.mode')] | default(30) }}", 30],
  ["{{ {'home': 10, 'away': 20}.get(states('input_select.mode'), 5) }}", 20, { 'input_select.mode': 'away' }],
  ["{{ ['a', 'b', 'c'][1] }}", 'b'],
  ["{{ ['a', 'b'][now().weekday() - 1] }}", 'b'],
  // collections
  ["{{ states.light | selectattr('state', 'eq', 'on') | list | count }}", 2],
  ["{{ states.light | rejectattr('state', 'eq', 'on') | map(attribute='entity_id') | list | first }}", 'light.b'],
  ["{{ expand('group.lights') | selectattr('state', 'eq', 'on') | map(attribute='entity_id') | join(', ') }}", 'light.a, light.c'],
  ["{{ lights | select('is_state', 'on') | list | length == 1 }}", true],
  ["{{ lights | map('states') | select('eq', 'off') | list | count }}", 1],
  ["{{ states.light | map(attribute='state') | list | unique | list | count }}", 2],
  ["{{ expand(area_entities('hall')) | map(attribute='entity_id') | join(',') }}", 'climate.hall,light.a'],
  ['{{ [3, 1, 2] | sort | first }}', 1],
  ["{{ [3, 1, 2] | sort(reverse=true) | join('') }}", 321],
  ["{{ ['sensor.temp', 'input_number.limit'] | map('states') | map('float') | sum }}", 41.5],
  ["{{ 'light.b' in lights and 'light.c' not in lights }}", true],
  ['{{ [1, 2] + [3] == [1, 2, 3] }}', true],
  // time
  ['{{ now().hour }}', 6],
  ['{{ now().minute }}', 30],
  ['{{ now().hour >= 6 and now().hour < 22 }}', true],
  ["{{ now().strftime('%H:%M') >= '06:30' }}", true],
  ["{{ now().strftime('%H:%M') > '06:30' }}", false],
  ["{{ now().strftime('%H:%M:%S') > '06:30' }}", true],
  ["{{ '06:00' < now().strftime('%H:%M') < '9' }}", true],
  ["{{ now().strftime('%H:%M') == '06:30' }}", true],
  ["{{ now().strftime('%H') | int }}", 6],
  ["{{ now().strftime('%A') == 'Wednesday' }}", true],
  ['{{ now().weekday() in [5, 6] }}', false],
  ['{{ now().isoweekday() }}', 3],
  ['{{ now().month in (6, 7, 8) and now().day == 15 }}', true],
  ["{{ today_at('06:00') <= now() < today_at('07:00') }}", true],
  ["{{ now() > today_at(states('input_datetime.wake')) }}", false],
  ["{{ states('input_datetime.wake').split(':')[0] | int }}", 7],
  ["{{ now().strftime('%H:%M:%S') < states('input_datetime.wake') }}", true],
  ['{{ now() - states.light.a.last_changed > timedelta(minutes=5) }}', true],
  ['{{ (now() - states.light.b.last_changed).total_seconds() | int }}', 30],
  ['{{ as_timestamp(now()) - as_timestamp(states.light.a.last_changed) > 600 }}', false],
  ['{{ (as_timestamp(now()) - as_timestamp(states.light.a.last_changed)) | int // 60 }}', 10],
  ["{{ now() - state_attr('automation.x', 'last_triggered') > timedelta(seconds=60) }}", true],
  ["{{ state_attr('automation.x', 'last_triggered') is none }}", true, { 'automation.x.last_triggered': null }],
  ["{{ (now() - today_at('06:00')).seconds }}", 1815],
  ['{{ timedelta(hours=1, minutes=30).total_seconds() }}', 5400],
  ['{{ as_timestamp(now()) > 1718433000 }}', true],
  ['{{ (now().hour * 60) + now().minute }}', 390],
  // triggers
  ["{{ trigger.id == 'falls' }}", true],
  ["{{ trigger.to_state.state == 'off' and trigger.from_state.state != 'off' }}", true],
  ["{{ trigger.entity_id.split('.')[1] }}", 'a'],
  ['{{ trigger.to_state.attributes.brightness | default(0) }}', 128],
  ["{{ is_state(trigger.entity_id, 'on') }}", true],
  ['{{ not wait.completed }}', false],
  ["{{ {'rises': 'open', 'falls': 'close'}[trigger.id] }}", 'close'],
  ['light.turn_{{ trigger.to_state.state }}', 'light.turn_off'],
]

describe('templates', () => {
  it('has enough cases', () => expect(ROWS.length).toBeGreaterThan(150))

  it.each(ROWS.map(([template, expected, states, wanted]) => ({ template, expected, states, wanted })))(
    '$template is $expected',
    ({ template, expected, states, wanted }) => {
      const result = translated(template, wanted ?? (typeof expected === 'boolean' ? 'condition' : 'any'))
      expect(result.reasons).toEqual([])
      expect(result.exact).toBe(true)
      const found = valueOf(result.value, states)
      if (typeof expected === 'number') expect(found).toBeCloseTo(expected, 9)
      else expect(found).toBe(expected)
    },
  )

  it('gives lists of entities', () => {
    const items = (template: string): unknown => {
      const { structure } = translated(template, 'list')
      return structure.is === 'list'
        ? structure.items.map((item) => (item.is === 'expression' && item.expression.is === 'value' ? item.expression.value : item))
        : structure
    }
    expect(items("{{ ['light.a', 'light.b'] }}")).toEqual(['light.a', 'light.b'])
    expect(items('light.a, light.b')).toEqual(['light.a', 'light.b'])
    expect(items('{% for l in lights %}{{ l }}{% if not loop.last %}, {% endif %}{% endfor %}')).toEqual(['light.a', 'light.b'])
    expect(items("{{ states.light | map(attribute='entity_id') | list }}")).toEqual(['light.a', 'light.b', 'light.c'])
  })

  it('says where a template fails', () => {
    const { fails } = translated("{{ states('sensor.open') | float + 1 }}", 'any')
    expect(valueOf(fails)).toBe(true)
    expect(valueOf(fails, { 'sensor.open': 2 })).toBe(false)
    expect(valueOf(translated("{{ states('sensor.open') | float(0) + 1 }}", 'any').fails)).toBe(false)
    expect(valueOf(translated("{{ is_state('light.a', 'off') and states('sensor.open') | float > 1 }}", 'any').fails)).toBe(false)
  })

  it('keeps what it knows beside what it does not', () => {
    const result = translated("{{ is_state('light.a', 'on') and states('sensor.word') | mystery > 3 }}", 'condition')
    expect(result.exact).toBe(false)
    expect(result.reasons).toEqual(['the filter `mystery` is not modelled'])
    const values = (states: Readonly<Record<string, Value>>): unknown => [
      ...new Set([true, false].map((open) => valueOf(result.value, states, () => open))),
    ]
    expect(values({ 'light.a': 'off' })).toEqual([false])
    expect(values({})).toEqual([true, false])
  })

  it('says what it reads and what it takes for granted', () => {
    const result = translated("{{ states('sensor.season') | lower == 'summer' and is_state('light.a', 'on') }}", 'condition')
    expect(result.reads).toEqual(['light.a', 'sensor.season'])
    expect(result.assumptions).toEqual([])
    expect(translated("{{ 'a' ~ states('sensor.temp') }}", 'text').assumptions).toHaveLength(1)
  })

  it.each([
    ['{{ states( }}', 11],
    ['{{ 1 +', 2],
    ['{% if x %}y', 11],
    ['{% nonsense %}', 0],
    ["{{ 'abc }}", 3],
    ['{{ a b }}', 5],
  ])('refuses %s', (template, offset) => {
    const result = translateTemplate(template, context, 'any')
    expect(result).toMatchObject({ ok: false, offset })
  })
})

/** Random templates over three lights and a number, and what they are by a few plain lines. */
interface Made {
  readonly text: string
  readonly value: (world: World) => boolean
}
interface World {
  readonly a: string
  readonly b: string
  readonly temp: number
  readonly open: Value
}
const made = fc.letrec<{ made: Made }>((tie) => ({
  made: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'made' },
    fc.constantFrom('on', 'off').map((state): Made => ({ text: `is_state('light.a', '${state}')`, value: (w) => w.a === state })),
    fc.constantFrom('on', 'off', 'x').map((state): Made => ({ text: `states.light.b.state == '${state}'`, value: (w) => w.b === state })),
    fc
      .integer({ min: -3, max: 3 })
      .map((n): Made => ({ text: `states('sensor.temp') | int > ${n}`, value: (w) => Math.trunc(w.temp) > n })),
    fc
      .integer({ min: -3, max: 3 })
      .map((n): Made => ({ text: `states('sensor.open')|float(${n}) <= 1`, value: (w) => (typeof w.open === 'number' ? w.open : n) <= 1 })),
    fc.constantFrom('a', 'b').map((of): Made => ({ text: `'f' in states('light.${of}')`, value: (w) => w[of] === 'off' })),
    fc.integer({ min: 0, max: 3 }).map((n): Made => ({
      text: `['light.a', 'light.b'] | select('is_state', 'on') | list | count == ${n}`,
      value: (w) => [w.a, w.b].filter((one) => one === 'on').length === n,
    })),
    tie('made').map((of): Made => ({ text: `not (${of.text})`, value: (w) => !of.value(w) })),
    fc
      .tuple(tie('made'), tie('made'))
      .map(([x, y]): Made => ({ text: `(${x.text}) and (${y.text})`, value: (w) => x.value(w) && y.value(w) })),
    fc
      .tuple(tie('made'), tie('made'))
      .map(([x, y]): Made => ({ text: `(${x.text}) or (${y.text})`, value: (w) => x.value(w) || y.value(w) })),
    fc.tuple(tie('made'), tie('made'), tie('made')).map(([c, x, y]): Made => ({
      text: `((${x.text}) if ${c.text} else (${y.text}))`,
      value: (w) => (c.value(w) ? x.value(w) : y.value(w)),
    })),
    fc
      .tuple(tie('made'), tie('made'))
      .map(([x, y]): Made => ({ text: `(${x.text}) == (${y.text})`, value: (w) => x.value(w) === y.value(w) })),
  ),
}))

const worlds: readonly World[] = ['on', 'off'].flatMap((a) =>
  ['on', 'off'].flatMap((b) => [-1.5, 0, 2.5].flatMap((temp) => ['unavailable', 0.5, 3].map((open) => ({ a, b, temp, open })))),
)

describe('random templates', () => {
  it('mean what a few plain lines say', () => {
    let both = 0
    fc.assert(
      fc.property(
        made.made,
        fc.constantFrom('{{ X }}', '{% if X %} true {% endif %}', '{% set v = X %}{{ v }}', "{{ iif(X, 'TRUE', 'no') }}"),
        (of, frame) => {
          const result = translated(frame.replace('X', of.text), 'condition')
          expect(result.exact).toBe(true)
          const truths = worlds.map((world) => {
            const states = { 'light.a': world.a, 'light.b': world.b, 'sensor.temp': world.temp, 'sensor.open': world.open }
            expect(valueOf(result.value, states), of.text).toBe(of.value(world))
            return of.value(world)
          })
          if (new Set(truths).size === 2) both += 1
        },
      ),
      { seed: 7, numRuns: 400 },
    )
    expect(both).toBeGreaterThan(100)
  })
})

describe('garbage', () => {
  it('never throws and never hangs', () => {
    const templates = ROWS.map(([template]) => template)
    const pieces = [
      '{{',
      '}}',
      '{%',
      '%}',
      '|',
      '(',
      ')',
      '[',
      ']',
      "'",
      '~',
      ' if ',
      ' else ',
      '.',
      ',',
      'states',
      'for',
      '{% endif %}',
      '{% endfor %}',
      'namespace',
      '\\',
      '0',
      'x',
    ]
    let refused = 0
    let read = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...templates),
        fc.constantFrom(...templates),
        fc.array(fc.tuple(fc.nat(200), fc.nat(6), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Wanted>('condition', 'truth', 'number', 'text', 'list', 'any'),
        (first, second, edits, wanted) => {
          const mutated = edits.reduce(
            (now, [at, cut, piece]) => now.slice(0, at % (now.length + 1)) + piece + now.slice((at % (now.length + 1)) + cut),
            edits.length % 2 === 0 ? first : first + second,
          )
          if (translateTemplate(mutated, context, wanted).ok) read += 1
          else refused += 1
        },
      ),
      { seed: 11, numRuns: 2000 },
    )
    expect(refused).toBeGreaterThan(300)
    expect(read).toBeGreaterThan(300)
  })

  it.each([
    ['nested brackets', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
    ['a long chain', `{{ 1${' + 1'.repeat(20_000)} }}`],
    ['loops in loops', `${'{% for i in range(100) %}'.repeat(4)}{{ i }}${'{% endfor %}'.repeat(4)}`],
    ['a macro that calls itself', '{% macro f(x) %}{{ f(x + 1) }}{% endmacro %}{{ f(0) }}'],
    ['many choices', "{{ states('input_select.mode') }}".repeat(40)],
    ['growing sums', `{% set x = states('sensor.temp')|float %}${'{% set x = x * x + x %}'.repeat(60)}{{ x }}`],
    ['a slow pattern', "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | regex_match('(a+)+$') }}"],
    ['nested lists', `{{ ${'['.repeat(90)}${']'.repeat(90)} }}`],
    ['an endless text', `{{ 'x' * 100000000 }}`],
  ])('ends on %s', (_, template) => {
    expect(translateTemplate(template, context, 'any')).toHaveProperty('ok')
  })
})
