/** Bad automations: each fault is said with its code, its words, its place; and the good ones mean what they say. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mergeBehaviours } from '../../src/compile/merge-behaviours.ts'
import type { Read } from '../../src/diagnostics/diagnostic.ts'
import { readAliases } from '../../src/formats/aliases/read-aliases.ts'
import { readNativeBehaviour } from '../../src/formats/native/read-behaviour.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import type { BehaviourPart } from '../../src/model/behaviour-part.ts'
import type { Finding, Run } from '../../src/model/conflict.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { replay } from '../../src/verify/interpreter.ts'

const things = `
things:
  lamp: {place: hall, attributes: {power: {bool: true, actuator: true}}}
  shade: {attributes: {position: {enum: [open, closed], actuator: true}, up: {bool: true, actuator: true}, down: {bool: true, actuator: true}}}
  air: {attributes: {co2: {number: {low: 400, high: 5000}, unit: ppm}}}
helpers: {away: {bool: true, initial: false}}
`
const read = (automations: string, head = things): Read<BehaviourPart> =>
  readNativeBehaviour({ name: 'a.yaml', text: `fleetproof-automations: 1\napplication: a${head}${automations}` })
const rule = (body: string): string => `automations:\n  - {name: r, ${body}}`

/** \`code line:column message (hint)\` of each diagnostic. */
function said<T>(result: Read<T>): readonly string[] {
  return result.diagnostics.map(({ code, message, hint, at }) => {
    const start = at.range?.start
    return `${code} ${start?.line ?? 0}:${start?.column ?? 0} ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
}
function good<T>(result: Read<T>): T {
  if (!result.ok) throw new Error(said(result).join('\n'))
  return result.value
}

describe('faults', () => {
  it.each([
    [
      'an unknown attribute in a guard',
      'if: air.co3 > 5, do: []',
      ['expression/unknown-name 9:19 nothing is called `air.co3` (maybe `air.co2`?)'],
    ],
    [
      'an unknown attribute that is set',
      'do: [{set: {lamp.powr: true}}]',
      ['model/unknown-attribute 9:27 no attribute is called `lamp.powr` (maybe `lamp.power`?)'],
    ],
    [
      'a sensor that is set',
      'do: [{set: {air.co2: 500}}]',
      ['model/sets-sensor 9:27 `air.co2` is a sensor, nothing sets it (maybe declare it with `actuator: true`)'],
    ],
    [
      'a value that is none',
      'do: [{set: {shade.position: opne}}]',
      ['model/wrong-value 9:43 `opne` is not one of `open`, `closed` (maybe `open`?)'],
    ],
    ['a number for true or false', 'do: [{set: {lamp.power: 1}}]', ['model/wrong-value 9:39 `1` is not true or false']],
    [
      'a guard that is a number',
      'if: air.co2 + 1, do: []',
      ['expression/type 9:19 true or false is needed here, `air.co2 + 1` is a number'],
    ],
    [
      'a comparison that can never hold',
      `if: "shade.position == 'ajar'", do: []`,
      ["expression/type 9:38 `'ajar'` is not one of `open`, `closed`"],
    ],
    ['a constant out of range', 'if: air.co2 == 7000, do: []', ['expression/type 9:30 `7000` is not a number from 400 to 5000']],
    ['a broken expression', 'if: "air.co2 >", do: []', [expect.stringMatching(/^expression\/syntax 9:/)]],
    [
      'an unknown trigger',
      'when: {chnage: lamp.power}, do: []',
      [expect.stringMatching(/^model\/no-trigger 9:21 a trigger is a mapping with one of `change`, `message`/)],
    ],
    ['an unknown step', 'do: [{sett: {lamp.power: true}}]', [expect.stringMatching(/^model\/no-step 9:20 .*\(maybe `set`\?\)$/)]],
    [
      'a wrong duration',
      'do: [{delay: 5 parsecs}]',
      ['model/wrong-duration 9:28 `parsecs` is no unit that is known here (maybe one of `ms`, `s`, `min`, `h`, `d`)'],
    ],
    [
      'a step after branches',
      'do: [{parallel: [[{set: {lamp.power: true}}]]}, {set: {lamp.power: false}}]',
      [expect.stringMatching(/^model\/step-after-branches 9:20 /)],
    ],
    ['a call of nobody', 'do: [{call: s}]', ['model/unknown-automation 9:27 no automation is called `s` (maybe `r`?)']],
    ['a circle of calls', 'do: [{call: r}]', ['model/call-cycle 9:27 automations call each other in a circle: `r` > `r`']],
    [
      'an unknown run mode',
      'do: [], mode: singel',
      ['model/unknown-value 9:29 `mode` can be `single`, `restart`, `queued`, `parallel`, not the text "singel" (maybe `single`?)'],
    ],
    ['an unknown key', 'do: [], iff: away', ['model/unknown-key 9:23 `iff` is not known here (maybe `if`?)']],
    ['a number beyond 2^53', 'if: air.co2 > 9007199254740993, do: []', [expect.stringMatching(/^expression\/number-too-large 9:29/)]],
  ])('%s', (_, body, expected) => {
    const result = read(rule(body))
    expect(result.ok).toBe(false)
    expect(said(result)).toEqual(expected)
  })
  it('says everything at once', () => {
    expect(said(read(rule('if: nobody, do: [{set: {lamp.power: 1}}, {call: s}], mode: x')))).toHaveLength(4)
  })
  it('refuses what is no list of automations', () => {
    expect(said(readNativeBehaviour({ name: 'a.yaml', text: '- 1' }))[0]).toMatch(/^model\/no-automations 1:1/)
    expect(said(readNativeBehaviour({ name: 'a.yaml', text: 'fleetproof-automations: 2' }))).toEqual([
      'model/unknown-format 1:25 format 1 is understood, not the number 2',
    ])
    expect(said(readNativeBehaviour({ name: 'a.yaml', text: 'a: [' }))).toHaveLength(1)
    expect(said(read('automations: [{name: r, do: []}, {name: r, do: []}]'))).toEqual([
      'model/duplicate 8:41 two automations are called `r`',
    ])
  })
  it('refuses names that expressions cannot read, and types that are none', () => {
    expect(said(read('', '\nthings: {living-room: {attributes: {}}}'))).toEqual([
      'model/bad-name 3:10 the thing `living-room` must be a word of letters, digits and `_` that does not begin with a digit (maybe `living_room`?)',
    ])
    expect(said(read('', '\nhelpers: {x: {enum: []}, y: {}, z: {bool: true, initial: 3}}'))).toEqual([
      'model/wrong-type 3:21 `enum` must be a list of texts, not an empty list',
      'model/no-type 3:26 one of `bool`, `enum`, `number`, `integer`, `text`, `any` must give the type',
      'model/wrong-value 3:58 `3` is not true or false',
    ])
  })
})

describe('what is read', () => {
  const everything = read(`
automations:
  - name: one
    id: first
    when:
      - {change: lamp.power, from: false, to: [true]}
      - {message: air.co2}
      - {becomes: "air.co2 > 1000 && !(shade.position in ['open'])"}
      - {outside: button, payload: {integer: {low: 1, high: 3}}}
      - {event: dusk}
      - {time: '07:00'}
      - {start: true}
      - {never: no instance, causes: [x]}
      - {unmodelled: a card reader}
    if: any("a template", "bool") || is(trigger, "number") && min(air.co2, 900) < number("850.5")
    mode: {queued: 3}
    do:
      - let: {level: "air.co2 > 800 ? 1 : -1"}
      - set: {lamp.power: level == 1, shade.position: open}
      - set: {shade.position: {value: "away ? 'closed' : 'open'"}}
      - delay: 1.5 min
      - wait: away
        timeout: {value: 10 * 1000}
        otherwise: [{emit: gave up}, {stop: true}]
      - choose: [{if: away, do: [{call: second}]}]
      - unmodelled: a script
        writes: [lamp.power]
      - every: [{if: away, do: [{emit: a}]}, {if: away, do: [{emit: b}]}]
        otherwise: [{parallel: [[{emit: c}], [{emit: d}]]}]
  - {name: second, do: [{set: {away: true}}], mode: restart}
exclusions: [{name: shade, members: {shade.up: true, shade.down: true}}]
assumptions: [nobody opens the shade by hand]
dangling: [{id: 'link:1', text: a link to nowhere, automation: second}]
`)
  it('says everything that the model can', () => {
    const { application, exclusions, attributes } = good(everything)
    const [one] = application.automations
    expect(one!.id).toBe('a/first')
    expect(one!.triggers.map(({ on }) => on)).toEqual([
      'change',
      'message',
      'becomes',
      'outside',
      'event',
      'time',
      'start',
      'never',
      'unmodelled',
    ])
    expect(one!.steps.map((step) => `${step.id} ${step.do} > ${step.next.join(' ')}`)).toEqual([
      'do.0 let > do.1.lamp.power',
      'do.1.lamp.power set > do.1.shade.position',
      'do.1.shade.position set > do.2',
      'do.2 set > do.3',
      'do.3 delay > do.4',
      'do.4 wait > do.5',
      'do.4.otherwise.0 emit > ',
      'do.5 branch > do.6',
      'do.5.choose.0.do.0 call > do.6',
      'do.6 unmodelled > do.7',
      'do.7 branch > do.7.otherwise.0.parallel.0.0 do.7.otherwise.0.parallel.1.0',
      'do.7.every.0.do.0 emit > ',
      'do.7.every.1.do.0 emit > ',
      'do.7.otherwise.0.parallel.0.0 emit > ',
      'do.7.otherwise.0.parallel.1.0 emit > ',
    ])
    expect(one!.mode).toEqual({ run: 'queued', max: 3 })
    expect(application.unmodelled.map(({ why, writes }) => [why, writes])).toEqual(
      expect.arrayContaining([
        ['a card reader', []],
        ['a template', []],
        ['a script', ['lamp.power']],
      ]),
    )
    expect(application.dangling).toMatchObject([{ id: 'link:1', automation: 'a/second' }])
    expect(exclusions).toMatchObject([
      {
        name: 'shade',
        members: [
          { attribute: 'shade.up', value: true },
          { attribute: 'shade.down', value: true },
        ],
      },
    ])
    expect(attributes.find(({ id }) => id === 'a/away')).toMatchObject({ role: 'helper', initial: [false], outside: false })
    expect(attributes.find(({ id }) => id === 'lamp.power')).toMatchObject({
      role: 'actuator',
      place: 'hall',
      outside: false,
      delivery: 'state',
    })
    expect(attributes.find(({ id }) => id === 'air.co2')).toMatchObject({
      role: 'sensor',
      outside: true,
      type: { is: 'number', low: 400, high: 5000, unit: 'ppm' },
    })
  })
  it('runs in the interpreter', () => {
    const behaviour = good(mergeBehaviours([good(everything)]))
    const run: Run = {
      initial: { 'air.co2': 900 },
      events: [{ is: 'pull', automation: 'a/first', trigger: 3, payload: 2 }],
      choices: [{ is: 'value', part: 'a/first#2', value: false }],
    }
    const replayed = replay(behaviour, run)
    expect(replayed.diagnostics).toEqual([])
    expect(replayed.reactions[0]!.started).toEqual([])
    const other = replay(behaviour, { ...run, choices: [{ is: 'value', part: 'a/first#2', value: true }] })
    expect(other.reactions[0]!.writes.map(({ attribute, after }) => `${attribute}=${String(after)}`)).toEqual([
      'lamp.power=true',
      'shade.position=open',
      'shade.position=open',
    ])
  })
})

describe('together', () => {
  const part = (application: string, power: string): BehaviourPart =>
    good(
      readNativeBehaviour({
        name: `${application}.yaml`,
        text: `fleetproof-automations: 1\napplication: ${application}\nthings: {${application}_lamp: {attributes: {power: ${power}}}}\nautomations: [{name: r, when: {change: ${application}_lamp.power}, do: [{set: {${application}_lamp.power: true}}]}]`,
      }),
    )
  const aliases = (text: string) => good(readAliases({ name: 'aliases.yaml', text }))
  const [a, b] = [part('a', '{bool: true, actuator: true}'), part('b', '{bool: true, actuator: true, manual: true}')]
  it('makes one thing of two names', () => {
    for (const same of ['[a_lamp, b_lamp]', '[a_lamp.power, b_lamp.power]']) {
      const merged = good(mergeBehaviours([a, b], aliases(`same: [${same}]`)))
      expect(merged.attributes.map(({ id, outside }) => [id, outside])).toEqual([['a_lamp.power', true]])
      expect(merged.applications[1]!.automations[0]!.steps[0]).toMatchObject({ attribute: 'a_lamp.power' })
      expect(merged.applications[1]!.automations[0]!.triggers[0]).toMatchObject({ attribute: 'a_lamp.power' })
    }
    expect(good(mergeBehaviours([a, b])).attributes).toHaveLength(2)
  })
  it('makes one broker of two', () => {
    const mqtt = (name: string, broker: string): BehaviourPart => {
      const id = `mqtt:${broker}/home/A`
      const plain = part(name, '{bool: true, actuator: true}')
      const automations = plain.application.automations.map((one) => ({
        ...one,
        triggers: [],
        steps: one.steps.map((step) => (step.do === 'set' ? { ...step, attribute: id } : step)),
      }))
      return {
        ...plain,
        application: { ...plain.application, automations },
        attributes: plain.attributes.map((one) => ({ ...one, id, thing: id })),
      }
    }
    const parts = [mqtt('a', 'x:1883'), mqtt('b', 'y:1883')]
    expect(good(mergeBehaviours(parts, aliases('brokers: {same: [["x:1883", "y:1883"]]}'))).attributes.map(({ id }) => id)).toEqual([
      'mqtt:x:1883/home/A',
    ])
    expect(said(mergeBehaviours(parts, aliases('brokers: {same: [["x:1883", "z:1883"]]}')))[0]).toMatch(
      /^model\/unknown-broker 1:18 no broker is called `z:1883` \(maybe `x:1883`\?\)$/,
    )
  })
  it('says what does not fit', () => {
    expect(said(mergeBehaviours([a, b], aliases('same: [[a_lamp, c_lamp]]')))).toEqual([
      'model/unknown-attribute 1:8 no attribute and no thing is called `c_lamp` (maybe `a_lamp`?)',
    ])
    expect(said(mergeBehaviours([a, b], aliases('same: [[a_lamp, b_lamp]]\ndifferent: [[a_lamp.power, b_lamp.power]]')))[0]).toMatch(
      /^model\/same-and-different 2:13/,
    )
    expect(said(mergeBehaviours([a, a]))).toEqual([
      expect.stringMatching(/^model\/duplicate 4:15 two applications/),
      expect.stringMatching(/^model\/duplicate 4:15 two automations/),
    ])
    expect(
      said(mergeBehaviours([a, part('b', '{bool: true, actuator: true, delivery: message}')], aliases('same: [[a_lamp, b_lamp]]')))[0],
    ).toMatch(/different-delivery/)
    const number = mergeBehaviours(
      [a, part('b', '{any: true, actuator: true}')],
      aliases('same: [[a_lamp, b_lamp]]\nexclusive: [[a_lamp.power, b_lamp.power]]'),
    )
    expect(good(number).attributes[0]!.type).toEqual({ is: 'any' })
    expect(said(readAliases({ name: 'x', text: 'sam: []\nsame: [[a]]' }))).toEqual([
      'model/unknown-key 1:1 `sam` is not known here (maybe `same`?)',
      'model/empty 2:8 a group needs at least two names',
    ])
  })
})

describe('the examples', () => {
  const example = (name: string): BehaviourPart =>
    good(readNativeBehaviour({ name, text: readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8') }))
  const home: Behaviour = good(mergeBehaviours([example('comfort.yaml'), example('energy.yaml')]))
  const claim = (verdict: Finding['verdict'], actuator: string, rules: readonly string[], run?: Run): Finding => ({
    ...{
      kind: 'conflict/opposite-actuation',
      id: 'K1',
      severity: 'error',
      checkedBy: 'nobody',
      subject: actuator,
      locations: [],
      text: '',
      trace: [],
      leansOn: [],
      fingerprint: '',
    },
    ...{ verdict, actuator, rules, ...(run === undefined ? {} : { run }) },
  })
  it('quarrel over the window', () => {
    const run: Run = {
      initial: { 'meter.price': 0.3, 'air.co2': 800, 'window.position': 'closed' },
      events: [
        { is: 'write', attribute: 'meter.price', value: 0.5 },
        { is: 'write', attribute: 'air.co2', value: 1200 },
      ],
      choices: [],
    }
    expect(
      verifyFinding(home, claim('conflict', 'window.position', ['comfort/ventilate when CO2 is high', 'energy/keep the warmth in'], run)),
    ).toEqual({ agrees: true, checkedBy: 'interpreter' })
  })
  it('agree about lamp, fan and heater', () => {
    expect(verifyFinding(home, claim('proved', 'lamp.power', []))).toEqual({ agrees: true, checkedBy: 'enumeration' })
    expect(verifyFinding(home, claim('proved', 'fan.speed', []))).toEqual({ agrees: true, checkedBy: 'structure' })
    expect(verifyFinding(home, claim('proved', 'heater.power', []))).toEqual({ agrees: true, checkedBy: 'enumeration' })
  })
})
