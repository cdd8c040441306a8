/** What is wrong with what files say of quantities, sensors, bounds, times and priorities is said with its place, in words. */
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { readBehaviour } from '../../src/engine-check.ts'
import { readNativeBehaviour } from '../../src/formats/native/read-behaviour.ts'
import { defaultEffects, readEffects } from '../../src/formats/places/read-effects.ts'
import { readPlaces } from '../../src/formats/places/read-places.ts'
import { readProperties } from '../../src/formats/places/read-properties.ts'
import type { SettledEnvironment } from '../../src/model/environment.ts'

const said = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ at, code, message, hint }) => {
    const { line = 0, column = 0 } = at.range?.start ?? {}
    return `${line}:${column} ${code} ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
const places = (text: string): readonly string[] =>
  said(readPlaces({ name: 'p.yaml', text: `fleetproof-places: 1\nplaces: {hall: , attic: hall}\n${text}` }, defaultEffects()).diagnostics)
const properties = (text: string): readonly string[] =>
  said(
    readProperties({ name: 'p.yaml', text: `fleetproof-properties: 1\nproperties:\n  p: {says: so, ${text}}` }, defaultEffects())
      .diagnostics,
  )

describe('a places file', () => {
  it.each([
    ['observations: {t.x: {property: heat}}', ['3:32 model/unknown-property no physical property is called `heat`']],
    ['observations: {t.x: {place: hal}}', ['3:29 model/unknown-place no place is called `hal` (maybe `hall`?)']],
    [
      'observations: {t.x: {within: 1, every: 5 min}}',
      ['3:21 model/wrong-value `t.x` reports either `within` a change or `every` so often'],
    ],
    ['observations: {t.x: {within: 0}}', ['3:30 model/out-of-range a sensor tells only after some change: `within` is more than 0']],
    ['observations: {t.x: {property: temperature, within: 1 K}}', ['3:53 model/wrong-unit `1 K` is not in `°C` (maybe `1 °C`)']],
    [
      'observations: {t.x: {every: 5 mins}}',
      ['3:29 model/wrong-duration `mins` is no unit that is known here (maybe one of `ms`, `s`, `min`, `h`, `d`)'],
    ],
    [
      'observations: {t.x: {every: often}}',
      ['3:29 model/wrong-duration a time such as `5 min` stands here, not the text "often" (maybe one of `ms`, `s`, `min`, `h`, `d`)'],
    ],
    ['influences: [{property: temperature, place: hall, low: 1}]', ['3:14 model/missing-key a rate has both ends: `high` is missing']],
    ['influences: [{property: temperature, low: 2, high: 1}]', ['3:14 model/out-of-range the rate goes from 2 down to 1']],
    ['influences: [{property: temperature, least: 2, most: 1}]', ['3:14 model/out-of-range `least` is 2, more than `most`, which is 1']],
    [
      'influences: [{property: temperatur, low: 1, high: 2}]',
      ['3:25 model/unknown-property no physical property is called `temperatur` (maybe `temperature`?)'],
    ],
    ['bounds: [{property: temperature, place: hall}]', ['3:10 model/empty bounds need `least` or `most`, or both']],
    ['bounds: [{property: temperature, place: loft, most: 3}]', ['3:41 model/unknown-place no place is called `loft`']],
    [
      'properties: {heat: {says: heat, unit: J, outside: {low: 1, high: 0, source: mine}}}',
      ['3:51 model/out-of-range the rate goes from 1 down to 0'],
    ],
  ])('%s', (text, expected) => {
    expect(places(text)).toEqual(expected)
  })
})

describe('a property over time', () => {
  const a = '[{attribute: a, is: true}]'
  it.each([
    [`after: ${a}, then: ${a}`, ['3:6 model/missing-key `after` needs `within`, a time (maybe `within: 5 min`)']],
    [
      `after: ${a}, then: ${a}, within: soon`,
      ['3:94 model/wrong-duration a time such as `5 min` stands here, not `soon` (maybe one of `ms`, `s`, `min`, `h`, `d`)'],
    ],
    [`after: ${a}, within: 5 s`, ['3:6 model/wrong-value `p` needs either `then` or `never` beside `after`']],
    [`after: ${a}, then: ${a}, never: ${a}, within: 5 s`, ['3:6 model/wrong-value `p` needs either `then` or `never` beside `after`']],
    [`after: ${a}, always: ${a}, then: ${a}, within: 5 s`, ['3:60 model/wrong-value `always` does not go with `after`']],
    [`never: ${a}, within: 5 s`, ['3:60 model/wrong-value `within` belongs to `after`']],
    [`never: ${a}, while: ${a}`, ['3:59 model/wrong-value `while` belongs to `always`']],
    [`always: ${a}, while: ${a}, when: ${a}`, ['3:60 model/wrong-value `while` says the same as `when`: one of them is enough']],
  ])('%s', (text, expected) => {
    expect(properties(text)).toEqual(expected)
  })
})

describe('a catalogue of effects', () => {
  it('names an observed property that it does not know', () => {
    const text = 'fleetproof-effects: 1\nclasses:\n  x: {says: an x, senses: true, observes: heat}\n'
    expect(said(readEffects({ name: 'e.yaml', text }, defaultEffects()).diagnostics)).toEqual([
      '3:43 model/unknown-property no physical property is called `heat`',
    ])
  })
})

describe('a native application', () => {
  it('has a number as priority and times as `for`', () => {
    const text =
      'fleetproof-automations: 1\napplication: home\npriority: high\nthings: {a: {attributes: {x: {bool: true, sensor: true}}}}\nautomations:\n  - {name: n, when: {change: a.x, for: long}, do: []}\n'
    expect(said(readNativeBehaviour({ name: 'a.yaml', text }).diagnostics)).toEqual([
      '6:40 model/wrong-duration a duration such as `5 min` stands here, not the text "long" (maybe one of `ms`, `s`, `min`, `h`, `d`)',
      '3:11 model/wrong-type `priority` must be a number, not the text "high" (maybe `10`: the larger goes before)',
    ])
  })
})

const things = `
things:
  room_thermometer: {place: hall, attributes: {temperature: {number: {low: -20, high: 50}, sensor: true}, name: {text: true, sensor: true}}}
  box: {attributes: {level: {number: true, sensor: true}, step: {integer: true, sensor: true}, dial: {number: true, actuator: true}}}
automations:
  - {name: n, when: {change: room_thermometer.temperature}, if: "box.level > 1 && box.step > 2 && room_thermometer.name == 'x'", do: [{set: {box.dial: 1}}]}
`
const settled = (world: string): { readonly environment?: SettledEnvironment; readonly says: readonly string[] } => {
  const text = `fleetproof-automations: 1\napplication: home\nworld: {places: {hall: , attic: hall}, ${world}}${things}`
  const read = readBehaviour({ sources: [{ format: 'native', source: { name: 'a.yaml', text } }] }, {})
  return { says: said(read.diagnostics), ...(read.ok ? { environment: read.value.environment! } : {}) }
}

describe('what is settled', () => {
  it('takes what shows a property for certain from name, place and catalogue', () => {
    const { environment, says } = settled('')
    expect(says).toEqual([])
    expect(environment?.observations).toEqual([
      { attribute: 'room_thermometer.temperature', property: 'temperature', place: 'hall', reports: { within: 0.5 } },
    ])
    expect(environment?.influences).toEqual([
      { property: 'temperature', place: 'hall', low: -6, high: 6, least: -20, most: 50, stated: false },
    ])
  })
  it('takes what is stated before that, the nearer before the general', () => {
    const { environment, says } = settled(
      'observations: {room_thermometer.temperature: {place: attic, every: 5 min}, box.step: {property: co2, place: hall, within: 0.1}}, ' +
        'influences: [{property: temperature, low: 0, high: 1}, {property: temperature, place: attic, most: 40}], bounds: [{property: humidity, place: hall, most: 70}]',
    )
    expect(says).toEqual([])
    expect(environment?.observations).toEqual([
      { attribute: 'box.step', property: 'co2', place: 'hall', reports: { within: 0.5 } },
      { attribute: 'room_thermometer.temperature', property: 'temperature', place: 'attic', reports: { everyMilliseconds: 300_000 } },
    ])
    expect(environment?.influences).toEqual([
      { property: 'co2', place: 'hall', low: -1000, high: 3000, least: 350, most: 10_000, stated: false },
      { property: 'humidity', place: 'hall', low: -20, high: 20, least: 0, most: 100, stated: false },
      { property: 'temperature', place: 'attic', low: 0, high: 1, least: -20, most: 40, stated: true },
    ])
    expect(environment?.bounds?.map(({ property, most }) => [property, most])).toEqual([['humidity', 70]])
  })
  it.each([
    ['observations: {box.levl: {within: 1}}', ['3:55 model/unknown-attribute no automation speaks of `box.levl` (maybe `box.level`?)']],
    [
      'observations: {box.dial: {property: co2, place: hall}}',
      ['3:55 model/observation-role `box.dial` is no sensor: it shows no quantity (maybe declare it with `sensor: true`)'],
    ],
    [
      'observations: {room_thermometer.name: {}}',
      ['3:55 model/observation-type `room_thermometer.name` is no number: it shows no quantity'],
    ],
    [
      'observations: {box.level: {within: 1}}',
      ['3:55 model/open-observation nothing says which property `box.level` shows (maybe `property: temperature`)'],
    ],
    [
      'observations: {box.level: {within: 1, property: co2}}',
      ['3:55 model/open-observation nothing says where `box.level` stands (maybe `place:` with the name of a place)'],
    ],
    [
      'observations: {box.level: {place: hall, property: power}}',
      ['3:55 model/open-observation nothing says how soon `box.level` tells (maybe `within: 0.1` or `every: 5 min`)'],
    ],
    [
      'observations: {box.level: {place: hall, property: power, within: 1}}',
      [
        '3:55 model/no-influence nobody says how power changes by itself in `hall` (maybe in the places file: `influences: [{property: power, place: hall, low: 0, high: 0}]`)',
      ],
    ],
    [
      'influences: [{property: temperature, place: hall, least: 60}]',
      ['3:53 model/empty-range temperature in `hall` has no value that its sensors can show'],
    ],
  ])('%s', (world, expected) => {
    expect(settled(world).says).toEqual(expected)
  })
  it('puts properties over time on the things they speak of', () => {
    const text = `fleetproof-properties: 1\nproperties:\n  soon: {says: heat comes, after: [{attribute: room_thermometer.temperature, below: 15}], then: [{attribute: box.dial, is: 1}], within: 10 min}\n  late: {says: no heat, after: [{attribute: box.dial, is: 0}], never: [{attribute: box.dial, is: 1}], within: 500}`
    const source = { name: 'a.yaml', text: `fleetproof-automations: 1\napplication: home${things}` }
    const read = readBehaviour({ sources: [{ format: 'native', source }], properties: [{ name: 'p.yaml', text }] }, {})
    expect(
      read.ok && read.value.environment?.timed?.map(({ id, form, milliseconds, after, then }) => [id, form, milliseconds, after, then]),
    ).toEqual([
      [
        'soon: room_thermometer, box',
        'leads',
        600_000,
        { is: 'all', of: [[{ attribute: 'room_thermometer.temperature', values: [], below: 15 }]] },
        { is: 'all', of: [[{ attribute: 'box.dial', values: [1] }]] },
      ],
      [
        'late: box',
        'never-after',
        500,
        { is: 'all', of: [[{ attribute: 'box.dial', values: [0] }]] },
        { is: 'all', of: [[{ attribute: 'box.dial', values: [1] }]] },
      ],
    ])
  })
})
