/** Lists and sums that grow in branches, open texts among parts, data computed once for many targets: exact, and as Home Assistant does it. */
import { describe, expect, it } from 'vitest'
import { homeOf, play } from '../fixtures/homes.ts'

const begins = `
  - alias: test
    triggers: {trigger: state, entity_id: binary_sensor.go, to: 'on'}
    actions:
`

describe('what grows in branches', () => {
  const sources = Array.from({ length: 12 }, (_, index) => `'sensor.s${index}'`).join(', ')
  const home = homeOf(`
input_number: {mean: {min: -100, max: 100}}
automation:${begins}
      - action: input_number.set_value
        target: {entity_id: input_number.mean}
        data:
          value: >
            {% set ns = namespace(values=[], total=0) %}
            {% for source in [${sources}] %}
              {% set now = states(source) | float(0) %}
              {% if now > 0 %}{% set ns.values = ns.values + [now] %}{% set ns.total = ns.total + 1 %}{% endif %}
            {% endfor %}
            {{ ((ns.values | sum) / (ns.values | count)) | round(1) + ns.total if ns.values | count > 0 else -1 }}
`)

  it('is modelled exactly', () => {
    expect(home.application.unmodelled).toEqual([])
  })

  it.each([
    [{ 'sensor.s0': 10, 'sensor.s3': 20 }, 'input_number.mean=17'],
    [{ 'sensor.s0': 1, 'sensor.s1': 2, 'sensor.s2': 0 }, 'input_number.mean=3.5'],
    [{}, 'input_number.mean=-1'],
  ])('computes what Home Assistant does of %j', (given, set) => {
    const all = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`sensor.s${index}`, 0]))
    expect(play(home, { 'binary_sensor.go': 'off', ...all, ...given }).write('binary_sensor.go', 'on')).toEqual([set])
  })
})

describe('an open text among the parts of one', () => {
  const home = homeOf(`
input_text: {allowed: }
input_boolean: {found: }
automation:${begins}
      - condition: template
        value_template: "{{ states('sensor.who') in states('input_text.allowed').split(',') }}"
      - action: input_boolean.turn_on
        target: {entity_id: input_boolean.found}
`)

  it.each([
    ['b', 'a,b,c', true],
    ['c', 'a,b,c', true],
    ['bc', 'a,b,c', false],
    ['a,b', 'a,b,c', false],
    ['', 'a,,c', true],
    ['', 'a,c', false],
  ])('%j of %j: %s', (who, allowed, found) => {
    expect(home.application.unmodelled).toEqual([])
    const player = play(home, { 'binary_sensor.go': 'off', 'sensor.who': who, 'input_text.allowed': allowed })
    expect(player.write('binary_sensor.go', 'on')).toEqual(found ? ['input_boolean.found=on'] : [])
  })
})

it('computes data once, before the first of many targets takes it', () => {
  const numbers = Array.from({ length: 10 }, (_, index) => `n${index}`)
  const home = homeOf(`
input_number: {${numbers.map((name) => `${name}: {min: 0, max: 100}`).join(', ')}}
automation:${begins}
      - action: input_number.set_value
        target: {entity_id: [${numbers.map((name) => `input_number.${name}`).join(', ')}]}
        data: {value: "{{ states('input_number.n0') | float(0) + 1 }}"}
`)
  const player = play(home, { 'binary_sensor.go': 'off', ...Object.fromEntries(numbers.map((name) => [`input_number.${name}`, 0])) })
  expect(player.write('binary_sensor.go', 'on')).toEqual(numbers.map((name) => `input_number.${name}=1`))
})
