/** What each construct of Home Assistant becomes, seen by the interpreter. Semantics from documentation (home-assistant.io), page by page in the code. */
import { describe, expect, it } from 'vitest'
import { acting, automationOf, homeOf, play } from '../fixtures/homes.ts'

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
