/** What is wrong with files about the world is said with its place, in words. */
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { readBehaviour } from '../../src/engine-check.ts'
import { defaultEffects, readEffects } from '../../src/formats/places/read-effects.ts'
import { readPlaces } from '../../src/formats/places/read-places.ts'
import { readProperties } from '../../src/formats/places/read-properties.ts'

const said = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ at, code, message, hint }) => {
    const { line = 0, column = 0 } = at.range?.start ?? {}
    return `${line}:${column} ${code} ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
const places = (text: string): readonly string[] =>
  said(readPlaces({ name: 'p.yaml', text: `fleetproof-places: 1\n${text}` }, defaultEffects()).diagnostics)

describe('a places file', () => {
  it.each([
    ['places: {kitchen: hose, house: }', ['2:19 model/unknown-place no place is called `hose` (maybe `house`?)']],
    ['places: {a: b, b: c, c: b}', ['2:19 model/place-within-itself `b` is within itself: `b` > `c` > `b`']],
    ['places: {a: a}', ['2:13 model/place-within-itself `a` is within itself: `a` > `a`']],
    ['places: {a: }\nchannels: [{between: [a, a]}]', ['3:22 model/channel-to-itself a channel leads from `a` to itself']],
    ['things: {lamp: {is: ligth}}', ['2:21 model/unknown-class no class of things is called `ligth` (maybe `light`?)']],
    ['things: {lamp: cellar}', ['2:16 model/unknown-place no place is called `cellar`']],
    ['things: {oven: {rates: {power: 2 kW}}}', ['2:32 model/wrong-unit `2 kW` is not in `W` (maybe `2 W`)']],
    ['things: {oven: {silent: [powr]}}', ['2:26 model/unknown-property no physical property is called `powr` (maybe `power`?)']],
    ['places: {k: }\nlimits: [{of: k, property: power, at_most: much}]', ['3:44 model/wrong-value `much` is no amount (maybe `10 W`)']],
    ['rooms: {}', ['2:1 model/unknown-key `rooms` is not known here']],
  ])('%s', (text, expected) => {
    expect(places(text)).toEqual(expected)
  })

  it('reads physical processes and their links as places and channels', () => {
    const text =
      '{"physical_processes":[{"id":"t","name":"Temperature","x":0,"y":0},{"id":"l","name":"Light","x":1,"y":0}],"links":[{"from_id":"t","to_id":"l"}]}'
    const read = readPlaces({ name: 'e.json', text }, defaultEffects())
    expect(read.ok && read.value.places.map(({ id, name }) => `${id} ${name}`)).toEqual(['t Temperature', 'l Light'])
    expect(read.ok && read.value.channels.map(({ between }) => between)).toEqual([['t', 'l']])
  })

  it('names a thing that no automation speaks of, with the nearest one', () => {
    const source = {
      name: 'a.yaml',
      text: 'fleetproof-automations: 1\napplication: home\nthings:\n  heater: {attributes: {power: {bool: true, actuator: true}, cold: {bool: true, sensor: true}}}\nautomations:\n  - {name: warm, when: {change: heater.cold, to: true}, do: [{set: {heater.power: true}}]}\n',
    }
    const world = { name: 'p.yaml', text: 'fleetproof-places: 1\nplaces: {k: }\nthings: {heaters: k}\n' }
    const read = readBehaviour({ sources: [{ format: 'native', source }], places: [world] }, {})
    expect(said(read.diagnostics)).toEqual(['3:10 model/unknown-thing no automation speaks of a thing `heaters` (maybe `heater`?)'])
  })
})

describe('a catalogue of effects', () => {
  it('names unknown properties and rates that go down', () => {
    const text =
      'fleetproof-effects: 1\nclasses:\n  x: {says: an x, effects: [{property: heat, while: {values: [on]}, direction: up, rate: {low: 3, high: 1}, source: mine}]}\n'
    expect(said(readEffects({ name: 'e.yaml', text }, defaultEffects()).diagnostics)).toEqual([
      '3:40 model/unknown-property no physical property is called `heat`',
      '3:90 model/out-of-range the rate goes from 3 down to 1',
    ])
  })
})

describe('safety properties', () => {
  const properties = (text: string): readonly string[] =>
    said(readProperties({ name: 's.yaml', text: `fleetproof-properties: 1\n${text}` }, defaultEffects()).diagnostics)

  it.each([
    [
      'use: [gas-open-at-gas-alrm]',
      ['2:7 model/unknown-safety-property the library has no safety property `gas-open-at-gas-alrm` (maybe `gas-open-at-gas-alarm`?)'],
    ],
    ['use: [{heating-when-warm: {wram: 3}}]', ['2:7 model/unknown-parameter `heating-when-warm` has no parameter `wram` (maybe `warm`?)']],
    [
      'properties: {p: {says: p, never: [{some: hater, is: on}]}}',
      ['2:42 model/unknown-class no class of things is called `hater` (maybe `heater`?)'],
    ],
    [
      'properties: {p: {says: p, never: [{some: heater}]}}',
      ['2:35 model/wrong-value a clause says one of `is`, `is_not`, `does`, or `above` and `below`'],
    ],
    ['properties: {p: {says: p}}', ['2:17 model/wrong-value `p` needs either `never` or `always`']],
  ])('%s', (text, expected) => {
    expect(properties(text)).toEqual(expected)
  })

  it('takes parameters', () => {
    const read = readProperties(
      { name: 's.yaml', text: 'fleetproof-properties: 1\nuse: [{heating-when-warm: {warm: 25}}]\n' },
      defaultEffects(),
    )
    expect(read.ok && read.value[0]?.when[1]?.what).toEqual({ is: 'number', above: 25 })
  })
})
