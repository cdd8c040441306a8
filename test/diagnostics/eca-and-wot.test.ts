// Event-condition-action text and Thing Descriptions: what they become, and every mistake at its place.
import { describe, expect, it } from 'vitest'
import type { Read } from '../../src/diagnostics/diagnostic.ts'
import { readEca } from '../../src/formats/eca/read-eca.ts'
import { readThingDescription } from '../../src/formats/wot/read-thing-description.ts'

const said = (read: Read<unknown>): readonly string[] =>
  read.diagnostics.map(({ code, message, at }) => `${at.range?.start.line ?? 0}:${at.range?.start.column ?? 0} ${code} ${message}`)

const DECLARED = 'SENSOR air.co2 400..5000 ppm\nSENSOR motion.seen bool\nACTUATOR window.position {open, closed}\n'

describe('ECA text', () => {
  it('becomes automations', () => {
    const read = readEca(
      {
        name: 'a.eca',
        text: `# airing\n${DECLARED}airing: ON air.co2 > 1000 IF motion.seen DO window.position = "open"\nON motion.seen DO window.position = "closed"`,
      },
      'a',
    )
    expect(said(read)).toEqual([])
    if (!read.ok) return
    const { attributes, application } = read.value
    expect(attributes.map(({ id, role, type }) => [id, role, type.is])).toEqual([
      ['air.co2', 'sensor', 'number'],
      ['motion.seen', 'sensor', 'bool'],
      ['window.position', 'actuator', 'enum'],
    ])
    expect(application.automations.map(({ id, triggers, guard, steps }) => [id, triggers[0]!.on, guard.is, steps.length])).toEqual([
      ['a/airing', 'becomes', 'read', 1],
      ['a/rule 2', 'change', 'value', 1],
    ])
    expect(application.automations[0]!.at.range?.start).toEqual({ line: 5, column: 1 })
  })

  it.each<readonly [string, string, readonly string[]]>([
    ['nothing', '', ['1:1 eca/empty no rule stands in the text']],
    [
      'no action',
      `${DECLARED}ON motion.seen IF true`,
      ['4:1 eca/bad-rule a rule is `ON event DO action`, or `ON event IF condition DO action`'],
    ],
    [
      'a keyword twice',
      `${DECLARED}ON motion.seen ON motion.seen DO window.position = "open"`,
      ['4:1 eca/bad-rule a rule is `ON event DO action`, or `ON event IF condition DO action`'],
    ],
    [
      'an unknown name',
      `${DECLARED}ON motion.sen DO window.position = "open"`,
      ['4:4 expression/unknown-name nothing is called `motion.sen`'],
    ],
    [
      'an unknown actuator',
      `${DECLARED}ON motion.seen DO windows.position = "open"`,
      ['4:19 eca/unknown-attribute nothing is called `windows.position`'],
    ],
    [
      'a sensor that is written',
      `${DECLARED}ON motion.seen DO air.co2 = 400`,
      ['4:19 eca/sensor `air.co2` is a sensor; rules write actuators only'],
    ],
    ['an empty action', `${DECLARED}ON motion.seen DO window.position = "open",`, ['4:44 eca/bad-action an action is `attribute = value`']],
    [
      'a rule twice',
      `${DECLARED}a: ON motion.seen DO window.position = "open"\na: ON motion.seen DO window.position = "open"`,
      ['5:1 eca/duplicate two rules are called `a`'],
    ],
    ['an odd type', 'SENSOR a.b lots\n', ['1:1 eca/bad-type `lots` is no type']],
    ['an empty range', 'SENSOR a.b 5..1\n', ['1:1 eca/bad-type the range 5..1 holds nothing']],
    ['an odd name', 'SENSOR ab bool\n', ['1:1 eca/bad-name `ab` is no name of an attribute']],
  ])('says %s', (_, text, expected) => {
    expect(said(readEca({ name: 'a.eca', text }, 'a'))).toEqual(expected)
  })

  it('says a value that does not fit', () => {
    const read = readEca({ name: 'a.eca', text: `${DECLARED}ON motion.seen DO window.position = "ajar"` }, 'a')
    expect(read.ok).toBe(false)
    expect(read.diagnostics[0]?.at.range?.start).toEqual({ line: 4, column: 37 })
  })
})

const thing = (more: object): string => JSON.stringify({ '@context': 'https://www.w3.org/2022/wot/td/v1.1', title: 'hall lamp', ...more })

describe('a Thing Description', () => {
  it('becomes typed attributes', () => {
    const text = thing({
      properties: {
        power: { type: 'boolean' },
        level: { type: 'integer', minimum: 0, maximum: 100, unit: 'percent' },
        mode: { type: 'string', enum: ['day', 'night'] },
        lux: { type: 'number', readOnly: true },
        raw: { type: 'object' },
      },
      actions: { blink: { input: { type: 'integer', enum: [1, 3] } }, stop: {} },
      events: { burnt: { data: { type: 'string' } } },
    })
    const read = readThingDescription({ name: 't.json', text }, 't')
    expect(read.ok && read.value.attributes.map(({ id, role, delivery, outside, type }) => [id, role, delivery, outside, type])).toEqual([
      ['hall_lamp.power', 'actuator', 'state', false, { is: 'bool' }],
      ['hall_lamp.level', 'actuator', 'state', false, { is: 'number', integer: true, low: 0, high: 100, unit: 'percent' }],
      ['hall_lamp.mode', 'actuator', 'state', false, { is: 'enum', values: ['day', 'night'], other: false }],
      ['hall_lamp.lux', 'sensor', 'state', true, { is: 'number', integer: false }],
      ['hall_lamp.raw', 'actuator', 'state', false, { is: 'any' }],
      ['hall_lamp.blink', 'actuator', 'message', false, { is: 'number', integer: true, low: 1, high: 3 }],
      ['hall_lamp.stop', 'actuator', 'message', false, { is: 'any' }],
      ['hall_lamp.burnt', 'sensor', 'message', true, { is: 'text' }],
    ])
  })

  it.each<readonly [string, string, readonly string[]]>([
    ['no title', '{"@context": ""}', ['1:1 model/missing-key `title` is missing']],
    [
      'an odd type',
      thing({ properties: { a: { type: 'colour' } } }),
      [
        '1:98 model/unknown-value `properties.a.type` can be `boolean`, `integer`, `number`, `string`, `object`, `array` or `null`, not the text "colour"',
      ],
    ],
    [
      'an empty range',
      thing({ properties: { a: { type: 'number', minimum: 2, maximum: 1 } } }),
      ['1:89 wot/empty-range `a` goes from 2 to 1, which holds nothing'],
    ],
    [
      'a name twice',
      thing({ properties: { a: { type: 'boolean' } }, actions: { a: {} } }),
      ['1:124 wot/duplicate-name two affordances of `hall lamp` are called `a`'],
    ],
    ['broken text', '{', ['1:2 formats/broken-json a key in double quotes is expected here']],
  ])('says %s', (_, text, expected) => {
    expect(said(readThingDescription({ name: 't.json', text }, 't'))).toEqual(expected)
  })
})
