/** What each construct of Home Assistant becomes, seen by the interpreter. Semantics from documentation (home-assistant.io), page by page in the code. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Source } from '../../src/diagnostics/diagnostic.ts'
import { readHome } from '../../src/formats/home-assistant/read-home.ts'
import { exactAutomations } from '../fixtures/exact.ts'
import { acting, automationOf, homeOf, play, readFiles, told } from '../fixtures/homes.ts'

const run = (actions: string, initial: Parameters<typeof play>[1] = {}, more = ''): readonly string[] =>
  play(homeOf(acting(actions, more)), { 'binary_sensor.go': 'off', ...initial }).write('binary_sensor.go', 'on')

/** One automation that turns a light on by these triggers (and conditions). */
const triggered = (lines: string): ReturnType<typeof homeOf> =>
  homeOf(`automation:\n  - alias: test\n${lines.replaceAll(/^/gm, '    ')}\n    actions: {action: light.turn_on, entity_id: light.a}\n`)

const ON = ['light.a=on']

describe('triggers', () => {
  it('state: to, from, several entities, old and new names', () => {
    for (const lines of [
      "trigger: {platform: state, entity_id: [binary_sensor.x, binary_sensor.y], to: 'on', from: 'off'}",
      "triggers:\n  - trigger: state\n    entity_id: binary_sensor.x, binary_sensor.y\n    to: ['on']\n    not_from: [unknown, unavailable]",
    ]) {
      const home = play(triggered(lines), { 'binary_sensor.x': 'off', 'binary_sensor.y': 'unavailable', 'light.a': 'off' })
      expect(home.write('binary_sensor.y', 'on')).toEqual([])
      expect(home.write('binary_sensor.x', 'on')).toEqual(ON)
      expect(home.write('binary_sensor.x', 'off')).toEqual([])
    }
  })
  it('state with `for` comes due later, and not after a change back', () => {
    const home = play(triggered("triggers: {trigger: state, entity_id: binary_sensor.x, to: 'on', for: '00:05:00'}"), {
      'binary_sensor.x': 'off',
      'light.a': 'off',
    })
    expect(home.write('binary_sensor.x', 'on')).toEqual([])
  })
  it('state of an attribute', () => {
    const home = play(triggered('triggers: {trigger: state, entity_id: climate.x, attribute: hvac_action, to: heating}'), {
      'light.a': 'off',
    })
    expect(home.write('climate.x.hvac_action', 'heating')).toEqual(ON)
  })
  it('numeric_state crosses its bounds; bounds may be entities', () => {
    const home = play(triggered('triggers: {trigger: numeric_state, entity_id: sensor.t, above: 20, below: input_number.high}'), {
      'sensor.t': 18,
      'input_number.high': 25,
      'light.a': 'off',
    })
    expect(home.write('sensor.t', 30)).toEqual([])
    expect(home.write('sensor.t', 24)).toEqual(ON)
    expect(home.write('sensor.t', 23)).toEqual([])
  })
  it('time, with offsets of sunset and patterns', () => {
    const at = play(triggered("triggers: {trigger: time, at: '07:30:00'}"), { 'time.second_of_day': 0, 'light.a': 'off' })
    expect(at.write('time.second_of_day', 27_000)).toEqual(ON)
    const helper = play(triggered('triggers: {trigger: time, at: input_datetime.wake}'), {
      'time.second_of_day': 0,
      'input_datetime.wake.of_day': 60,
      'light.a': 'off',
    })
    expect(helper.write('time.second_of_day', 60)).toEqual(ON)
    const pattern = play(triggered("triggers: {trigger: time_pattern, minutes: '/15'}"), { 'time.second_of_day': 1, 'light.a': 'off' })
    expect(pattern.write('time.second_of_day', 899)).toEqual([])
    expect(pattern.write('time.second_of_day', 900)).toEqual(ON)
    const sunset = play(triggered("triggers: {trigger: sun, event: sunset, offset: '-00:30:00'}"), {
      'sun.sun.since_sunset': -4000,
      'light.a': 'off',
    })
    expect(sunset.write('sun.sun.since_sunset', -1900)).toEqual([])
    expect(sunset.write('sun.sun.since_sunset', -1800)).toEqual(ON)
    expect(
      play(triggered('triggers: {trigger: sun, event: sunset}'), { 'sun.sun': 'above_horizon', 'light.a': 'off' }).write(
        'sun.sun',
        'below_horizon',
      ),
    ).toEqual(ON)
  })
  it('mqtt with a payload, events with data, zones, start', () => {
    const mqtt = play(triggered('triggers: {trigger: mqtt, topic: a/b, payload: ring}'), { 'light.a': 'off' })
    expect(mqtt.write('mqtt:home-assistant/a/b', 'other')).toEqual([])
    expect(mqtt.write('mqtt:home-assistant/a/b', 'ring')).toEqual(ON)
    const event = play(triggered('triggers: {trigger: event, event_type: zha_event, event_data: {command: press}}'), {
      'light.a': 'off',
      'event:zha_event.command': 'hold',
    })
    expect(event.write('event:zha_event', 1)).toEqual([])
    event.write('event:zha_event.command', 'press')
    expect(event.write('event:zha_event', 1)).toEqual(ON)
    const zone = play(triggered('triggers: {trigger: zone, entity_id: person.a, zone: zone.home, event: enter}'), {
      'person.a': 'not_home',
      'light.a': 'off',
    })
    expect(zone.write('person.a', 'home')).toEqual(ON)
    expect(play(triggered('triggers: {trigger: homeassistant, event: start}'), { 'light.a': 'off' }).restart()).toEqual(ON)
  })
  it('a device without a registry is listed, with one it is its entity', () => {
    const files = {
      'configuration.yaml':
        'automation:\n  - alias: test\n    triggers: {trigger: device, device_id: d1, domain: light, entity_id: 0123, type: turned_on}\n    actions: {action: light.turn_on, target: {device_id: d2}}\n',
    }
    expect(homeOf(files).application.unmodelled.map(({ why }) => why)).toEqual([
      'a trigger of the device `d1`: no registry says which entity of `light` it is',
      'the device `d2`, whose entities no registry names',
    ])
    const entities = [
      { id: '0123', entity_id: 'light.x', device_id: 'd1', platform: 'zha', unique_id: 'a' },
      { id: '0124', entity_id: 'light.a', device_id: 'd2', platform: 'zha', unique_id: 'b' },
    ]
    const known = homeOf({ ...files, '.storage/core.entity_registry': JSON.stringify({ data: { entities } }) })
    expect(known.application.unmodelled).toEqual([])
    expect(play(known, { 'light.x': 'off', 'light.a': 'off' }).write('light.x', 'on')).toEqual(ON)
  })
  it('an id of the registry is an entity of its own where it is only read', () => {
    const part = triggered('triggers: {trigger: device, device_id: d1, domain: binary_sensor, entity_id: 01ab, type: occupied}')
    expect(part.application.unmodelled).toEqual([])
    expect(play(part, { 'binary_sensor.registry_01ab': 'off', 'light.a': 'off' }).write('binary_sensor.registry_01ab', 'on')).toEqual(ON)
    expect(part.assumptions.some((one) => one.includes('only an id of the registry names'))).toBe(true)
  })
  it('which trigger it was, by its id', () => {
    const part = triggered(
      "triggers:\n  - {trigger: state, entity_id: binary_sensor.x, to: 'on', id: first}\n  - {trigger: state, entity_id: binary_sensor.y, to: 'on', id: second}\nconditions: {condition: trigger, id: second}",
    )
    const home = play(part, { 'binary_sensor.x': 'off', 'binary_sensor.y': 'off', 'light.a': 'off' })
    expect(home.write('binary_sensor.x', 'on')).toEqual([])
    expect(home.write('binary_sensor.y', 'on')).toEqual(ON)
  })
  it('one that is switched off counts no more', () => {
    expect(
      automationOf(
        triggered(
          "triggers:\n  - {trigger: state, entity_id: binary_sensor.x, to: 'on', enabled: false}\n  - {trigger: homeassistant, event: start}",
        ),
        'test',
      ).triggers,
    ).toHaveLength(1)
  })
})

describe('conditions', () => {
  const holds = (conditions: string, initial: Parameters<typeof play>[1]): boolean =>
    run(`- condition: and\n  conditions:\n${conditions.replaceAll(/^/gm, '    ')}\n- action: light.turn_on\n  entity_id: light.a`, {
      'light.a': 'off',
      ...initial,
    }).length > 0
  it.each([
    ["- {condition: state, entity_id: [switch.x, switch.y], state: 'on'}", { 'switch.x': 'on', 'switch.y': 'off' }, false],
    ["- {condition: state, entity_id: [switch.x, switch.y], state: 'on', match: any}", { 'switch.x': 'on', 'switch.y': 'off' }, true],
    [
      "- or:\n    - {condition: state, entity_id: switch.x, state: ['off', unknown]}\n    - {condition: state, entity_id: switch.y, state: 'on'}",
      { 'switch.x': 'unknown', 'switch.y': 'off' },
      true,
    ],
    [
      "- condition: not\n  conditions:\n    - {condition: state, entity_id: switch.x, state: 'on'}\n    - {condition: state, entity_id: switch.y, state: 'on'}",
      { 'switch.x': 'off', 'switch.y': 'on' },
      false,
    ],
    ['- {condition: numeric_state, entity_id: sensor.t, above: 5}', { 'sensor.t': '6' }, true],
    ['- {condition: numeric_state, entity_id: sensor.t, above: 5}', { 'sensor.t': 'unavailable' }, false],
    ["- {condition: time, after: '22:00:00', before: '06:00:00'}", { 'time.second_of_day': 3600 }, true],
    ["- {condition: time, after: '22:00:00', before: '06:00:00'}", { 'time.second_of_day': 43_200 }, false],
    ['- {condition: time, weekday: [sat, sun]}', { 'time.weekday': 6 }, true],
    ['- {condition: sun, after: sunset, before: sunrise}', { 'sun.sun': 'below_horizon', 'time.second_of_day': 3600 }, true],
    ['- {condition: sun, after: sunset}', { 'sun.sun': 'below_horizon', 'time.second_of_day': 3600 }, false],
    ['- {condition: zone, entity_id: person.a, zone: zone.home}', { 'person.a': 'home' }, true],
    ["- \"{{ is_state('switch.x', 'on') }}\"", { 'switch.x': 'on' }, true],
    ['- {condition: template, value_template: "{{ states(\'sensor.t\') | float(0) > 5 }}"}', { 'sensor.t': 4 }, false],
    ["- {condition: state, entity_id: switch.x, state: 'on', enabled: false}", {}, true],
    ['- {condition: state, entity_id: input_select.mode, state: Away}', { 'input_select.mode': 'Away' }, true],
  ] as const)('%s', (conditions, initial, expected) => {
    expect(holds(conditions, initial)).toBe(expected)
  })
})

describe('actions', () => {
  it('services on all targets, in old and new spellings', () => {
    expect(run('- service: light.turn_on\n  data: {entity_id: [light.a, light.b], brightness_pct: 100}')).toEqual([
      'light.a=on',
      'light.a.brightness=255',
      'light.b=on',
      'light.b.brightness=255',
    ])
    expect(run('- action: homeassistant.turn_off\n  target: {entity_id: switch.x}', { 'switch.x': 'on' })).toEqual(['switch.x=off'])
    expect(run('- action: switch.toggle\n  target: {entity_id: switch.x}', { 'switch.x': 'on' })).toEqual(['switch.x=off'])
    expect(run('- action: cover.set_cover_position\n  entity_id: cover.x\n  data: {position: 0}', { 'cover.x': 'open' })).toEqual([
      'cover.x.current_position=0',
      'cover.x=closed',
    ])
  })
  it('a condition ends the list of actions it stands in, `stop` the whole run', () => {
    const inner =
      "- if: [{condition: state, entity_id: binary_sensor.go, state: 'on'}]\n  then:\n    - {condition: state, entity_id: switch.x, state: 'on'}\n    - {action: light.turn_on, entity_id: light.a}\n- {action: light.turn_on, entity_id: light.b}"
    expect(run(inner, { 'switch.x': 'off', 'light.a': 'off', 'light.b': 'off' })).toEqual(['light.b=on'])
    expect(
      run('- choose:\n    - conditions: "{{ true }}"\n      sequence: [{stop: enough}]\n- {action: light.turn_on, entity_id: light.a}'),
    ).toEqual([])
  })
  it('choose takes the first that fits, else its default', () => {
    const choose =
      "- choose:\n    - conditions: [{condition: state, entity_id: switch.x, state: 'on'}]\n      sequence: [{action: light.turn_on, entity_id: light.a}]\n  default: [{action: light.turn_on, entity_id: light.b}]"
    expect(run(choose, { 'switch.x': 'on', 'light.a': 'off' })).toEqual(['light.a=on'])
    expect(run(choose, { 'switch.x': 'off', 'light.b': 'off' })).toEqual(['light.b=on'])
  })
  it('delays and waits end the reaction, parallel branches are waited for', () => {
    const home = play(
      homeOf(
        acting('- {action: light.turn_on, entity_id: light.a}\n- delay: {minutes: 1}\n- {action: light.turn_off, entity_id: light.a}'),
      ),
      { 'binary_sensor.go': 'off', 'light.a': 'off' },
    )
    expect(home.write('binary_sensor.go', 'on')).toEqual(['light.a=on'])
    expect(home.resume()).toEqual(['light.a=off'])
    const side = play(
      homeOf(
        acting(
          '- parallel:\n    - sequence: [{delay: 1}, {action: light.turn_on, entity_id: light.a}]\n    - {action: light.turn_on, entity_id: light.b}\n- {action: light.turn_on, entity_id: light.c}',
        ),
      ),
      {
        'binary_sensor.go': 'off',
        'light.a': 'off',
        'light.b': 'off',
        'light.c': 'off',
      },
    )
    const lights = (writes: readonly string[]): readonly string[] => writes.filter((one) => one.startsWith('light.'))
    expect(lights(side.write('binary_sensor.go', 'on'))).toEqual(['light.b=on'])
    expect(lights(side.resume())).toEqual(['light.a=on', 'light.c=on'])
  })
  it('wait_for_trigger takes what ended it, or its time-out', () => {
    const text = acting(
      "- wait_for_trigger: {trigger: state, entity_id: switch.x, to: 'on'}\n  timeout: '00:01:00'\n- if: \"{{ wait.trigger is none }}\"\n  then: [{action: light.turn_on, entity_id: light.a}]\n  else: [{action: light.turn_on, entity_id: light.b}]",
    )
    const initial = { 'binary_sensor.go': 'off', 'switch.x': 'off', 'light.a': 'off', 'light.b': 'off' }
    const home = play(homeOf(text), initial)
    home.write('binary_sensor.go', 'on')
    expect(home.write('switch.x', 'on')).toEqual(['light.b=on'])
    const late = play(homeOf(text), initial)
    late.write('binary_sensor.go', 'on')
    expect(late.resume(true)).toEqual(['light.a=on'])
  })
  it('repeat: count, for_each, while, until', () => {
    const counter = { 'input_number.n': 0 }
    const more = 'input_number:\n  n: {min: 0, max: 10}\n'
    expect(
      run('- repeat: {count: 3, sequence: [{action: input_number.increment, entity_id: input_number.n}]}', counter, more),
    ).toHaveLength(3)
    expect(
      run('- repeat:\n    for_each: [light.a, light.b]\n    sequence: [{action: light.turn_on, entity_id: "{{ repeat.item }}"}]', {
        'light.a': 'off',
        'light.b': 'off',
      }),
    ).toEqual(['light.a=on', 'light.b=on'])
    const loop = (kind: string): string =>
      `- repeat:\n    ${kind}: [{condition: numeric_state, entity_id: input_number.n, above: 1}]\n    sequence: [{action: input_number.increment, entity_id: input_number.n}]`
    expect(run(loop('until'), counter, more)).toHaveLength(2)
    expect(run(loop('while'), counter, more)).toHaveLength(0)
  })
  it('variables, and templates of services and targets', () => {
    expect(
      run(
        "- variables: {lamp: light.a, level: \"{{ states('sensor.t') | int(0) }}\"}\n- action: light.turn_on\n  target: {entity_id: '{{ lamp }}'}\n  data: {brightness: '{{ level }}'}",
        { 'sensor.t': 7, 'light.a': 'off' },
      ),
    ).toEqual(['light.a=on', 'light.a.brightness=7'])
    expect(
      run(
        "- service_template: \"{% if is_state('switch.x', 'on') %}light.turn_on{% else %}light.turn_off{% endif %}\"\n  entity_id: light.a",
        { 'switch.x': 'off', 'light.a': 'on' },
      ),
    ).toEqual(['light.a=off'])
    expect(
      run(
        '- variables: {which: "{{ states(\'input_select.what\') }}"}\n- action: "{{ which }}"\n  target: {entity_id: light.a}',
        { 'input_select.what': 'light.turn_off', 'light.a': 'on' },
        'input_select: {what: {options: [light.turn_on, light.turn_off]}}\n',
      ),
    ).toEqual(['light.a=off'])
    const named = acting(
      '- action: switch.turn_on\n  target: {entity_id: "switch.{{ states(\'input_text.room\') }}"}\n- {action: switch.turn_off, entity_id: switch.hall}',
    )
    expect(homeOf(named).application.unmodelled).toEqual([])
    expect(
      play(homeOf(named), { 'binary_sensor.go': 'off', 'input_text.room': 'hall', 'switch.hall': 'off' }).write('binary_sensor.go', 'on'),
    ).toEqual(['switch.hall=on', 'switch.hall=off'])
    expect(run('- action: light.turn_{{ states("switch.x") }}\n  entity_id: light.a', { 'switch.x': 'on', 'light.a': 'off' })).toEqual([
      'light.a=on',
    ])
  })
  it('scenes: defined, applied, made of the present states', () => {
    const scene = "scene:\n  - name: Movie night\n    entities: {light.a: {state: 'on', brightness: 9}, switch.x: off}\n"
    expect(run('- scene: scene.movie_night', { 'switch.x': 'on' }, scene)).toEqual(['light.a=on', 'light.a.brightness=9', 'switch.x=off'])
    expect(run("- {action: scene.apply, data: {entities: {light.a: 'on'}}}", { 'light.a': 'off' })).toEqual(['light.a=on'])
    const kept =
      '- {action: scene.create, data: {scene_id: before, snapshot_entities: light.a}}\n- {action: light.turn_on, entity_id: light.a}\n- {action: scene.turn_on, target: {entity_id: scene.before}}'
    expect(run(kept, { 'light.a': 'off' }).filter((one) => one.startsWith('light'))).toEqual(['light.a=on', 'light.a=off'])
  })
  it('groups: commands go to members, states follow them', () => {
    const groups =
      'group:\n  lamps: {entities: [light.a, light.b]}\nlight:\n  - {platform: group, name: All Lamps, entities: [light.a, light.b]}\n'
    expect(run('- {action: homeassistant.turn_on, entity_id: group.lamps}', { 'light.a': 'off', 'light.b': 'off' }, groups)).toEqual([
      'light.a=on',
      'light.b=on',
    ])
    expect(run('- {action: light.turn_off, entity_id: light.all_lamps}', { 'light.a': 'on', 'light.b': 'on' }, groups)).toEqual([
      'light.a=off',
      'light.b=off',
    ])
    const asked = "- {condition: state, entity_id: group.lamps, state: 'on'}\n- {action: switch.turn_on, entity_id: switch.x}"
    expect(run(asked, { 'light.a': 'off', 'light.b': 'on', 'switch.x': 'off' }, groups)).toEqual(['switch.x=on'])
    expect(run(asked, { 'light.a': 'off', 'light.b': 'off', 'switch.x': 'off' }, groups)).toEqual([])
  })
  it('timers run out and say so', () => {
    const part = homeOf(
      "timer:\n  t: {duration: '00:01:00'}\nautomation:\n  - alias: start\n    triggers: {trigger: state, entity_id: binary_sensor.go, to: 'on'}\n    actions: {action: timer.start, target: {entity_id: timer.t}}\n  - alias: end\n    triggers: {trigger: event, event_type: timer.finished, event_data: {entity_id: timer.t}}\n    actions: {action: light.turn_off, entity_id: light.a}\n",
    )
    const home = play(part, { 'binary_sensor.go': 'off', 'timer.t': 'idle', 'light.a': 'on' })
    expect(home.write('binary_sensor.go', 'on')).toEqual(['timer.t=active'])
    expect(home.resume()).toEqual(['timer.t=idle', 'light.a=off'])
  })
  it('fires events that automations of the home hear', () => {
    const part = homeOf(
      "automation:\n  - alias: fire\n    triggers: {trigger: state, entity_id: binary_sensor.go, to: 'on'}\n    actions: {event: mine, event_data: {what: lamp}}\n  - alias: hear\n    triggers: {trigger: event, event_type: mine, event_data: {what: lamp}}\n    actions: {action: light.turn_on, entity_id: light.a}\n  - alias: deaf\n    triggers: {trigger: event, event_type: mine, event_data: {what: other}}\n    actions: {action: light.turn_on, entity_id: light.b}\n",
    )
    expect(play(part, { 'binary_sensor.go': 'off', 'light.a': 'off' }).write('binary_sensor.go', 'on')).toEqual(['light.a=on'])
  })
  it('publishes messages that automations of the home hear', () => {
    expect(run("- {action: mqtt.publish, data: {topic: a/b, payload: 'on'}}")).toEqual(['mqtt:home-assistant/a/b=on'])
  })
})

describe('scripts', () => {
  const lights = (writes: readonly string[]): readonly string[] => writes.filter((one) => one.startsWith('light.'))
  const scripts =
    "script:\n  lamp:\n    sequence:\n      - action: light.turn_on\n        target: {entity_id: '{{ which }}'}\n  slow:\n    sequence:\n      - {action: light.turn_on, entity_id: light.a}\n      - delay: '00:01:00'\n      - {action: light.turn_off, entity_id: light.a}\n"
  it('that never wait stand in their callers, with their fields', () => {
    expect(run('- {action: script.lamp, data: {which: light.b}}', { 'light.b': 'off' }, scripts)).toEqual(['light.b=on'])
    expect(
      run(
        '- {action: script.turn_on, target: {entity_id: script.lamp}, data: {variables: {which: light.b}}}',
        { 'light.b': 'off' },
        scripts,
      ),
    ).toEqual(['light.b=on'])
  })
  it('that wait are called; who calls them by name waits for their end', () => {
    const initial = { 'binary_sensor.go': 'off', 'light.a': 'off', 'light.b': 'off' }
    const waiting = play(homeOf(acting('- {action: script.slow}\n- {action: light.turn_on, entity_id: light.b}', scripts)), initial)
    expect(lights(waiting.write('binary_sensor.go', 'on'))).toEqual(['light.a=on'])
    expect(waiting.waiting()).toBe(2)
    expect(lights(waiting.resume())).toEqual(['light.a=off', 'light.b=on'])
    const going = play(
      homeOf(acting('- {action: script.turn_on, entity_id: script.slow}\n- {action: light.turn_on, entity_id: light.b}', scripts)),
      initial,
    )
    expect(lights(going.write('binary_sensor.go', 'on'))).toEqual(['light.a=on', 'light.b=on'])
  })
  it('that wait are given lists as what they are', () => {
    const list = "- {action: script.picked, data: {which: [light.a, light.b], how: 'on'}}"
    const picked = 'script:\n  picked:\n    sequence: [{delay: 1}, {action: light.turn_on, target: {entity_id: "{{ which }}"}}]\n'
    const home = homeOf(acting(list, picked))
    expect(home.application.unmodelled).toEqual([])
    const playing = play(home, { 'binary_sensor.go': 'off', 'light.a': 'off', 'light.b': 'off' })
    expect(lights(playing.write('binary_sensor.go', 'on'))).toEqual([])
    expect(lights(playing.resume())).toEqual(['light.a=on', 'light.b=on'])
  })
  it('that wait have no field of an earlier call', () => {
    const slow = "- {action: script.slow, data: {how: 'on'}}\n- {delay: 5}\n- {action: script.slow}"
    const body =
      'script:\n  slow:\n    sequence: [{delay: 1}, {action: input_text.set_value, target: {entity_id: input_text.a}, data: {value: "{{ how }}"}}]\n'
    const { automations } = homeOf(acting(slow, body)).application
    const given = automations[0]!.steps.flatMap((one) => (one.do === 'set' && one.attribute === 'script.slow.how' ? [one.value] : []))
    expect(given).toContainEqual({ is: 'value', value: null })
    expect(given).toContainEqual({ is: 'value', value: 'on' })
  })
  it('see what all callers hand over, where these are constants', () => {
    const call = '- {action: script.said, data: {who: person.a}}'
    const said =
      'script:\n  said:\n    sequence: [{delay: 1}, {if: "{{ is_state(who, \'home\') }}", then: [{action: light.turn_on, target: {entity_id: light.a}}]}]\n'
    expect(homeOf(acting(call, said)).application.unmodelled).toEqual([])
  })
  it('that no integration has end the run, and dangle', () => {
    const home = homeOf(acting('- {action: scene.activate, target: {entity_id: scene.a}}\n- {action: light.turn_on, entity_id: light.a}'))
    expect(home.application.dangling.map(({ text }) => text)).toEqual(['there is no service `scene.activate`'])
    expect(home.application.automations[0]!.steps).toEqual([])
  })
  it('that wait can be stopped', () => {
    const home = play(
      homeOf(acting('- {action: script.turn_on, entity_id: script.slow}\n- {action: script.turn_off, entity_id: script.slow}', scripts)),
      { 'binary_sensor.go': 'off', 'light.a': 'off' },
    )
    home.write('binary_sensor.go', 'on')
    expect(home.waiting()).toBe(0)
  })
  it('that no file defines are said, where all scripts are in the files', () => {
    expect(homeOf(acting('- {action: script.nobody}')).application.dangling.map(({ text }) => text)).toEqual([
      'no script is called `nobody`',
    ])
  })
})

describe('what is written to helpers', () => {
  it('stays open where its template is, though nothing here reads it: others may', () => {
    const text = acting(
      '- action: input_text.set_value\n  target: {entity_id: input_text.note}\n  data: {value: "{{ states.light | list | length }}"}',
    )
    expect(homeOf(text).application.unmodelled).toHaveLength(1)
  })
  it('is told apart for times, whatever way they are printed', () => {
    const set = (data: string): readonly string[] =>
      run(`- action: input_datetime.set_datetime\n  target: {entity_id: input_datetime.t}\n  data: {${data}}`, {
        'input_text.at': '06:30:00',
        'input_datetime.t': '00:00:00',
        'input_datetime.t.of_day': 0,
      })
    expect(set('time: "{{ states(\'input_text.at\') }}"')).toEqual(['input_datetime.t.of_day=23400', 'input_datetime.t=06:30:00'])
    expect(set('datetime: "2024-06-15 {{ states(\'input_text.at\') }}"')).toEqual([
      'input_datetime.t.of_day=23400',
      'input_datetime.t=2024-06-15 06:30:00',
    ])
  })
})

describe('what a run can meet', () => {
  it('decimals as bounds, which look like names of entities', () => {
    const home = play(triggered('triggers: {trigger: numeric_state, entity_id: sensor.t, above: 0.5}'), { 'sensor.t': 0, 'light.a': 'off' })
    expect(home.write('sensor.t', 0.4)).toEqual([])
    expect(home.write('sensor.t', 0.6)).toEqual(ON)
  })
  it('targets that the trigger names, each by its own', () => {
    const text =
      "automation:\n  - alias: test\n    triggers: {trigger: state, entity_id: [switch.a, switch.b, switch.c], to: 'on'}\n    actions: {action: switch.turn_off, target: {entity_id: '{{ trigger.entity_id }}'}}\n"
    for (const one of ['switch.a', 'switch.b', 'switch.c'])
      expect(play(homeOf(text), { 'switch.a': 'off', 'switch.b': 'off', 'switch.c': 'off' }).write(one, 'on')).toEqual([`${one}=off`])
  })
  it('calls that are refused: no target, no field that they need; the run ends there', () => {
    const after = '\n- {action: switch.turn_on, entity_id: switch.x}'
    const refused = [
      '- {action: media_player.media_pause}',
      '- {action: water_heater.set_operation_mode, entity_id: water_heater.x, data: {state: eco}}',
    ]
    for (const one of refused) {
      expect(run(one + after, { 'switch.x': 'off' })).toEqual([])
      expect(run(one.replace('}', ', continue_on_error: true}') + after, { 'switch.x': 'off' })).toEqual(
        one.includes('pause') ? ['switch.x=on'] : [],
      )
      expect(told(acting(one)).map(([code]) => code)).toContain('home-assistant/refused-action')
    }
  })
  it('targets of another domain, which a service leaves alone', () => {
    expect(run('- {action: light.turn_on, entity_id: [switch.x, light.a]}', { 'light.a': 'off' })).toEqual(ON)
  })
  it('passes of a counted repeat, names of variables, formatted numbers', () => {
    const loop =
      "- repeat:\n    count: 3\n    sequence:\n      - {action: light.turn_on, target: {entity_id: \"light.{{ ['a', 'b', 'c'][repeat.index - 1] }}\"}}"
    expect(run(loop, { 'light.a': 'off', 'light.b': 'off' })).toEqual(['light.a=on', 'light.b=on', 'light.c=on'])
    const named =
      "- variables: {who: \"{{ 'a' if is_state('switch.x', 'on') else 'b' }}\", lamp: 'light.{{ who }}'}\n- if: \"{{ is_state(lamp, 'off') }}\"\n  then: [{action: light.turn_on, target: {entity_id: '{{ lamp }}'}}]"
    expect(homeOf(acting(named)).application.unmodelled).toEqual([])
    expect(run(named, { 'switch.x': 'off', 'light.a': 'off', 'light.b': 'off' })).toEqual(['light.b=on'])
    const text =
      "- {action: input_text.set_value, entity_id: input_text.t, data: {value: \"{{ '%02d:%02d' | format(states('sensor.m') | int // 60, states('sensor.m') | int % 60) }}\"}}"
    expect(run(text, { 'sensor.m': 125, 'input_text.t': '' })).toEqual(['input_text.t=02:05'])
  })
  it('lists and mappings from outside, of which only parts are asked for', () => {
    const text =
      "- {action: weather.get_forecasts, entity_id: weather.home, data: {type: daily}, response_variable: answer}\n- if: \"{{ answer['weather.home'].forecast[0].temperature | float(0) > 20 and answer['weather.home'].forecast | length > 1 }}\"\n  then: [{action: light.turn_on, entity_id: light.a}]"
    expect(homeOf(acting(text)).application.unmodelled).toEqual([])
  })
  it('events whose data a template says', () => {
    const text =
      "- variables: {mine: \"DO_{{ states('input_text.t') }}\"}\n- wait_for_trigger: {trigger: event, event_type: mobile_app_notification_action, event_data: {action: '{{ mine }}'}}\n- {action: light.turn_on, entity_id: light.a}"
    const home = play(homeOf(acting(text)), {
      'binary_sensor.go': 'off',
      'input_text.t': 'it',
      'light.a': 'off',
      'event:mobile_app_notification_action.action': 'DO_other',
    })
    home.write('binary_sensor.go', 'on')
    expect(home.write('event:mobile_app_notification_action', 1)).toEqual([])
    home.write('event:mobile_app_notification_action.action', 'DO_it')
    expect(home.write('event:mobile_app_notification_action', 1)).toEqual(ON)
  })
  it('quoted texts whose further lines stand too far to the left', () => {
    const text =
      "automation:\n  - alias: x\n    triggers: []\n    actions:\n      - action: notify.me\n        data:\n          photo:\n            - file: \"{{ 'a' ~\n              states('sensor.x') }}\"\n              caption: door\n  - {alias: z, triggers: [], actions: []}\n"
    expect(told(text)).toEqual([])
    expect(homeOf(text).application.automations.map(({ name }) => name)).toEqual(['x', 'z'])
  })
})

describe('groups', () => {
  it('and areas are handed over', () => {
    const files = {
      'configuration.yaml': `group:\n  lamps: {entities: [light.a, light.b]}\n${acting('- {action: light.turn_on, entity_id: group.lamps}').trim()}\n`,
      '.storage/core.area_registry': JSON.stringify({ data: { areas: [{ id: 'hall', name: 'Hall' }] } }),
      '.storage/core.entity_registry': JSON.stringify({ data: { entities: [] } }),
    }
    const part = homeOf(files)
    expect(part.groups?.map(({ id, members }) => [id, members])).toEqual([['group.lamps', ['light.a', 'light.b']]])
    expect(part.places?.places).toEqual([{ id: 'hall', name: 'Hall' }])
  })
})

describe('automations', () => {
  it('have run modes', () => {
    const text =
      'automation:\n  - {alias: a, mode: queued, max: 3, triggers: [], actions: []}\n  - {alias: b, mode: restart, triggers: [], actions: []}\n  - {alias: c, triggers: [], actions: []}\n'
    expect(homeOf(text).application.automations.map(({ mode }) => mode)).toEqual([
      { run: 'queued', max: 3 },
      { run: 'restart', max: 10 },
      { run: 'single', max: 10 },
    ])
  })
  it('are switched on and off by others, and triggered past their conditions', () => {
    const text =
      "automation:\n  - alias: Lamp\n    triggers: {trigger: state, entity_id: binary_sensor.go, to: 'on'}\n    conditions: {condition: state, entity_id: switch.never, state: 'on'}\n    actions: {action: light.turn_on, entity_id: light.a}\n  - alias: Off\n    triggers: {trigger: state, entity_id: binary_sensor.stop, to: 'on'}\n    actions: {action: automation.turn_off, target: {entity_id: automation.lamp}}\n  - alias: Pull\n    triggers: {trigger: state, entity_id: binary_sensor.pull, to: 'on'}\n    actions: {action: automation.trigger, target: {entity_id: automation.lamp}}\n"
    const initial = {
      'binary_sensor.go': 'off',
      'binary_sensor.stop': 'off',
      'binary_sensor.pull': 'off',
      'switch.never': 'on',
      'light.a': 'off',
      'automation.lamp': 'on',
    }
    expect(play(homeOf(text), initial).write('binary_sensor.go', 'on')).toEqual(['light.a=on'])
    const off = play(homeOf(text), initial)
    expect(off.write('binary_sensor.stop', 'on')).toEqual(['automation.lamp=off'])
    expect(off.write('binary_sensor.go', 'on')).toEqual([])
    expect(play(homeOf(text), { ...initial, 'switch.never': 'off' }).write('binary_sensor.pull', 'on')).toEqual(['light.a=on'])
  })
  it('of a blueprint take its inputs; a blueprint that is missing is listed with what it may write', () => {
    const use =
      'automation:\n  - alias: motion\n    use_blueprint: {path: me/motion.yaml, input: {sensor: binary_sensor.x, lamp: light.a}}\n'
    const blueprint =
      "blueprint:\n  domain: automation\n  name: Motion\n  input:\n    sensor: {}\n    lamp: {}\n    level: {default: 5}\ntrigger: {platform: state, entity_id: !input sensor, to: 'on'}\naction: {service: light.turn_on, target: {entity_id: !input lamp}, data: {brightness: !input level}}\n"
    const part = homeOf({ 'configuration.yaml': use, 'blueprints/automation/me/motion.yaml': blueprint })
    expect(part.application.unmodelled).toEqual([])
    expect(play(part, { 'binary_sensor.x': 'off', 'light.a': 'off' }).write('binary_sensor.x', 'on')).toEqual([
      'light.a=on',
      'light.a.brightness=5',
    ])
    const [step] = homeOf(use).application.unmodelled
    expect(step?.why).toBe('the blueprint `me/motion.yaml` is not among the files')
    expect(homeOf(use).application.unmodelled.flatMap(({ writes }) => writes)).toEqual(['light.a'])
  })
  it('keep the place of each part', () => {
    const { triggers, steps, at } = automationOf(
      homeOf({
        'configuration.yaml': 'automation: !include a.yaml',
        'a.yaml':
          "- alias: x\n  triggers:\n    - trigger: state\n      entity_id: switch.a\n      to: 'on'\n  actions:\n    - action: light.turn_on\n      entity_id: light.a\n",
      }),
      'x',
    )
    expect([at, triggers[0]!.at, steps[0]!.at].map(({ source, range }) => `${source}:${range!.start.line}:${range!.start.column}`)).toEqual(
      ['a.yaml:1:3', 'a.yaml:3:7', 'a.yaml:7:15'],
    )
  })
})

describe('files', () => {
  const one = (name: string): string =>
    `alias: ${name}\ntriggers: {trigger: homeassistant, event: start}\nactions: {action: light.turn_on, entity_id: light.${name}}\n`
  const listed = (name: string): string => `- ${one(name).trim().replaceAll('\n', '\n  ')}\n`
  const names = (files: Readonly<Record<string, string>>): readonly string[] =>
    homeOf(files).application.automations.map(({ name }) => name)
  it.each([
    ['!include list.yaml', { 'list.yaml': listed('a') + listed('b') }, ['a', 'b']],
    ['!include_dir_list dir', { 'dir/a.yaml': one('a'), 'dir/sub/b.yaml': listed('b'), 'dir/.hidden.yaml': one('c') }, ['a', 'b']],
    ['!include_dir_merge_list dir/', { 'dir/a.yaml': listed('a'), 'dir/b.yaml': listed('b') }, ['a', 'b']],
  ] as const)('automation: %s', (include, files, expected) => {
    expect(names({ 'configuration.yaml': `automation: ${include}\n`, ...files })).toEqual(expected)
  })
  it('packages in both forms, and keys with suffixes', () => {
    expect(
      names({
        'configuration.yaml': `homeassistant:\n  packages: !include_dir_named packs\nautomation ui: !include list.yaml\nautomation manual:\n  ${one('m').trim().replaceAll('\n', '\n  ')}\n`,
        'list.yaml': listed('a'),
        'packs/p.yaml': `automation:\n${listed('p')}`,
      }),
    ).toEqual(['a', 'm', 'p'])
    expect(
      names({
        'configuration.yaml': `homeassistant:\n  packages:\n    one: !include one.yaml\n`,
        'one.yaml': `automation two:\n${listed('p')}`,
      }),
    ).toEqual(['p'])
  })
  it('!include_dir_named and _merge_named for scripts', () => {
    const script = 'sequence: [{action: light.turn_on, entity_id: light.a}]\n'
    expect(names({ 'configuration.yaml': 'script: !include_dir_named s\n', 's/x.yaml': script })).toEqual(['x'])
    expect(names({ 'configuration.yaml': 'script: !include_dir_merge_named s\n', 's/x.yaml': `y:\n  ${script}` })).toEqual(['y'])
  })
  it('anchors, merges, and secrets that are never shown', () => {
    const text =
      'automation:\n  - &base\n    alias: a\n    triggers: {trigger: homeassistant, event: start}\n    actions: [{action: light.turn_on, entity_id: light.a}]\n  - <<: *base\n    alias: b\n  - alias: c\n    triggers: {trigger: webhook, webhook_id: !secret hook}\n    actions: []\n'
    const files = { 'configuration.yaml': text, 'secrets.yaml': 'hook: hunter2\n' }
    expect(names(files)).toEqual(['a', 'b', 'c'])
    expect(JSON.stringify(readFiles(files))).not.toContain('hunter2')
  })
})

const HOMES = '../shared/data/homes'
/** Automations that are exact with all that they call, of all: none may get lost again. */
const REACHED: Readonly<Record<string, number>> = {
  basnijholt: 130,
  billimek: 27,
  burningstone91: 55,
  ccostan: 187,
  denysdovhan: 49,
  dubhad: 396,
  eifinger: 40,
  genestealer: 108,
  mikelawrence: 112,
  skalavala: 138,
  theglus: 51,
  thijsputman: 158,
}

describe.skipIf(!existsSync(HOMES))('12 homes', () => {
  const files = (folder: string, below = ''): ReadonlyMap<string, Source> => {
    const found = new Map<string, Source>()
    for (const name of readdirSync(join(folder, below)).sort()) {
      const path = below === '' ? name : `${below}/${name}`
      if (statSync(join(folder, path)).isDirectory()) for (const [key, source] of files(folder, path)) found.set(key, source)
      else found.set(path, { name: path, text: readFileSync(join(folder, path), 'utf8') })
    }
    return found
  }
  it.each(existsSync(HOMES) ? readdirSync(HOMES) : [])('%s: every automation is there', (name) => {
    const all = files(join(HOMES, name))
    const root = ['configuration.yaml', 'config/configuration.yaml', 'home-assistant/configuration.yaml'].find((path) => all.has(path))!
    const read = readHome(all, { application: name, root })
    if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
    const { application } = read.value
    const ids = new Set(application.automations.map(({ id }) => id))
    expect(ids.size).toBe(application.automations.length)
    // Counted by another parser: everything that has an id or alias with triggers and actions, in files that some include reaches.
    const lost = read.diagnostics.flatMap(({ code, at }) =>
      code === 'home-assistant/not-included' || code.startsWith('formats/') ? [at.source] : [],
    )
    const named = [...all].flatMap(([path, { text }]) =>
      path.includes('blueprints/') || lost.includes(path) || !path.endsWith('.yaml') ? [] : counted(text),
    )
    const found = new Set(application.automations.map((one) => one.name))
    expect(named.filter((one) => !found.has(one))).toEqual([])
    expect(exactAutomations(application).length).toBeGreaterThanOrEqual(REACHED[name] ?? 0)
    for (const { writes } of application.unmodelled)
      for (const id of writes) expect(read.value.attributes.some((one) => one.id === id)).toBe(true)
  })
})

/** Names of automations in a text, by a plain parser: mappings with triggers and actions. */
function counted(text: string): readonly string[] {
  const found: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const one = value as Readonly<Record<string, unknown>>
    const starts = one['trigger'] ?? one['triggers']
    if (starts !== undefined && starts !== null && (one['action'] ?? one['actions']) !== undefined && typeof starts === 'object') {
      const name = one['alias'] ?? one['id']
      if (typeof name === 'string') found.push(name)
      return
    }
    Object.values(value).forEach(walk)
  }
  try {
    walk(parse(text, { logLevel: 'silent', uniqueKeys: false, version: '1.1', merge: true }))
  } catch {
    return []
  }
  return found
}

describe('lists from outside', () => {
  const open = (template: string): readonly string[] =>
    homeOf(
      acting(`- action: input_text.set_value\n  target: {entity_id: input_text.note}\n  data: {value: ${JSON.stringify(template)}}`),
    ).application.unmodelled.map(({ why }) => why)
  it('give what loops make of them', () => {
    expect(open("{% for one in state_attr('sensor.a', 'trains') %}{{ one.name }}{% if not loop.last %}, {% endif %}{% endfor %}")).toEqual(
      [],
    )
    expect(
      open('{% set n = namespace(c=0) %}{% for s in states.sensor if s.state | int(0) < 5 %}{% set n.c = n.c + 1 %}{% endfor %}{{ n.c }}'),
    ).toEqual([])
  })
  it('stay open where a round reads what automations set', () => {
    expect(open("{% for one in state_attr('sensor.a', 'trains') %}{{ states('light.a') }}{% endfor %}")).toHaveLength(1)
  })
  it('tell loops apart that say different things', () => {
    const read = (limit: number): readonly string[] =>
      homeOf(
        acting(
          `- if: "{% set n = namespace(c=0) %}{% for s in states.sensor if s.state | int(0) < ${limit} %}{% set n.c = n.c + 1 %}{% endfor %}{{ n.c > 0 }}"\n  then: [{action: light.turn_on, entity_id: light.a}]`,
        ),
      ).attributes.flatMap(({ id }) => (/loop \w+ c$/.test(id) ? [id] : []))
    expect(read(5)).toHaveLength(1)
    expect(read(5)).not.toEqual(read(6))
  })
  it('leave a condition open that a loop nobody knows decides, whatever blanks are printed beside it', () => {
    const text = '{% set n = namespace(low=false) %}{% for x in states if x.state == 1 %} {% set n.low = true %}{% endfor %} {{ n.low }}'
    const { guard } = homeOf(
      acting('- {action: light.turn_on, entity_id: light.a}').replace(
        '  action:',
        `  condition: [{condition: template, value_template: "${text}"}]\n  action:`,
      ),
    ).application.automations[0]!
    expect(guard).not.toEqual({ is: 'value', value: false })
  })
  it('are passed over any number of times', () => {
    const home = homeOf(
      acting(
        "- repeat:\n    for_each: \"{{ state_attr('sensor.a', 'rooms') | list }}\"\n    sequence: [{action: light.toggle, entity_id: light.a}]",
      ),
    )
    expect(home.application.unmodelled).toEqual([])
    expect(home.assumptions).toContain('the passes over a list from outside are any number, with any items')
  })
})
