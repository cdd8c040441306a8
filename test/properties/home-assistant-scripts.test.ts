/** Scripts, helpers, groups and run modes of Home Assistant as the interpreter runs what is read of them, and what a run can meet. */
import { describe, expect, it } from 'vitest'
import { acting, automationOf, homeOf, play, told } from '../fixtures/homes.ts'

const run = (actions: string, initial: Parameters<typeof play>[1] = {}, more = ''): readonly string[] =>
  play(homeOf(acting(actions, more)), { 'binary_sensor.go': 'off', ...initial }).write('binary_sensor.go', 'on')

/** One automation that turns a light on by these triggers (and conditions). */
const triggered = (lines: string): ReturnType<typeof homeOf> =>
  homeOf(`automation:\n  - alias: test\n${lines.replaceAll(/^/gm, '    ')}\n    actions: {action: light.turn_on, entity_id: light.a}\n`)
const ON = ['light.a=on']

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
