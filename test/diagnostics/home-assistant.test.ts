/** What broken configurations of Home Assistant are told; the files beside the broken one are still read. */
import { describe, expect, it } from 'vitest'
import { homeOf, readFiles, told } from '../fixtures/homes.ts'

const AUTOMATION =
  '- alias: a\n  triggers: {trigger: homeassistant, event: start}\n  actions: {action: light.turn_on, entity_id: light.a}\n'

describe('files', () => {
  it('that are broken are left out, the others are read', () => {
    const files = {
      'configuration.yaml': 'automation: !include_dir_merge_list a\n',
      'a/one.yaml': '- alias: [\n',
      'a/two.yaml': AUTOMATION,
    }
    const [first] = told(files)
    expect(first?.[0]).toMatch(/^formats\//)
    expect(first?.[1]).toMatch(/; the file is left out$/)
    expect(first?.[2]).toMatch(/^a\/one\.yaml:/)
    expect(homeOf(files).application.automations).toHaveLength(1)
  })
  it('a broken first file is an error', () => {
    const read = readFiles({ 'configuration.yaml': 'a: [\n' })
    expect(read.ok).toBe(false)
    expect(read.diagnostics[0]).toMatchObject({ code: 'home-assistant/unreadable', severity: 'error' })
  })
  it('that include themselves', () => {
    expect(told({ 'configuration.yaml': 'automation: !include a.yaml\n', 'a.yaml': '- !include a.yaml\n' })).toEqual([
      ['home-assistant/include-circle', '`a.yaml` is included inside itself', 'a.yaml:1:12'],
    ])
  })
  it('that are not there, and folders without files', () => {
    expect(told('automation: !include a.yaml\nscript: !include_dir_named s/\n')).toEqual([
      ['home-assistant/missing-include', 'no file `a.yaml` is there to include', 'configuration.yaml:1:22'],
      ['home-assistant/missing-include', 'no file `s/` is there to include', 'configuration.yaml:2:28'],
    ])
  })
  it('that nothing includes, with automations in them', () => {
    expect(told({ 'configuration.yaml': 'automation: []\n', 'old.yaml': AUTOMATION })).toEqual([
      ['home-assistant/not-included', 'nothing includes this file: its 1 automation is not read (old.yaml)', 'old.yaml::'],
    ])
  })
  it('out of the folder are never reached', () => {
    expect(told('automation: !include ../../etc/passwd\n')).toEqual([
      ['home-assistant/missing-include', 'no file `../../etc/passwd` is there to include', 'configuration.yaml:1:22'],
    ])
  })
  it('with keys that stand twice, of which the last counts', () => {
    const text = `automation:\n${AUTOMATION}automation:\n- alias: b\n  triggers: []\n  actions: []\n`
    expect(told(text)).toEqual([
      [
        'formats/duplicate-key',
        '`automation` stands twice in this mapping, first in line 1: only the last counts',
        'configuration.yaml:5:1',
      ],
    ])
    expect(homeOf(text).application.automations.map(({ name }) => name)).toEqual(['b'])
  })
  it('with tags, keys and aliases that are none', () => {
    expect(told('a: !lambda x\n? [b]\n: 1\nc: *d\n').map(([code]) => code)).toContain('formats/odd-key')
    expect(told('a: &b [*b]\nautomation: []\n')[0]?.[1]).toBe('the alias `*b` stands inside what it repeats')
  })
})

describe('automations', () => {
  it('with a trigger of no kind, an unknown run mode, a state without quotes, an id that no trigger has', () => {
    const text =
      'automation:\n  - alias: a\n    mode: twice\n    triggers:\n      - {entity_id: light.a}\n    conditions:\n      - {condition: state, entity_id: light.a, state: on}\n      - {condition: trigger, id: nobody}\n    actions: []\n'
    expect(told(text).map(([code, , at]) => [code, at])).toEqual([
      ['home-assistant/no-trigger', 'configuration.yaml:5:9'],
      ['home-assistant/unquoted-state', 'configuration.yaml:7:55'],
      ['home-assistant/unknown-trigger', 'configuration.yaml:8:34'],
      ['home-assistant/unknown-mode', 'configuration.yaml:3:11'],
    ])
  })
  it('with parts that are not modelled list them, with what these may write', () => {
    const text =
      'automation:\n  - alias: a\n    triggers: {trigger: hologram}\n    actions:\n      - {action: light.glow, entity_id: light.a}\n      - {action: light.turn_on, target: {area_id: attic}}\n      - {action: notify.me, data: {message: "{{ oh no }}"}}\n      - {wave: hand}\n'
    const { application, assumptions } = homeOf(text)
    expect(application.unmodelled.map(({ why, writes }) => [why, writes])).toEqual([
      ['a trigger of the kind `hologram`', []],
      ['an action of no known kind', []],
      ['the area `attic`, whose entities no registry names', ['light.a']],
      ['what the service `light.glow` does', ['light.a']],
    ])
    expect(assumptions.at(-1)).toBe('services that act on nothing which automations read: `notify.me`')
  })
  it('never throw on odd shapes', () => {
    const odd = ['1', '[]', '[[1]]', '{}', 'x', 'null', '{a: {b: [1]}}', '"{{"', '[null, {}]']
    for (const one of odd) {
      for (const key of ['automation', 'script', 'scene', 'group', 'light', 'template', 'input_number', 'timer', 'homeassistant'])
        expect(readFiles({ 'configuration.yaml': `${key}: ${one}\n` }).ok).toBe(true)
      for (const key of ['triggers', 'conditions', 'actions', 'mode', 'variables', 'id', 'use_blueprint'])
        expect(readFiles({ 'configuration.yaml': `automation:\n  - alias: a\n    ${key}: ${one}\n` }).ok).toBe(true)
      for (const key of [
        'choose',
        'if',
        'repeat',
        'parallel',
        'delay',
        'wait_template',
        'wait_for_trigger',
        'event',
        'variables',
        'action',
        'scene',
        'condition',
        'device_id',
        'data',
        'target',
      ])
        expect(
          readFiles({ 'configuration.yaml': `automation:\n  - alias: a\n    triggers: []\n    actions: [{${key}: ${one}}]\n` }).ok,
        ).toBe(true)
      for (const key of [
        'state',
        'numeric_state',
        'time',
        'sun',
        'template',
        'event',
        'mqtt',
        'zone',
        'device',
        'calendar',
        'time_pattern',
      ])
        expect(
          readFiles({
            'configuration.yaml': `automation:\n  - alias: a\n    triggers: [{trigger: ${key}, entity_id: ${one}, at: ${one}, for: ${one}, to: ${one}, minutes: ${one}, above: ${one}}]\n    conditions: [{condition: ${key}, entity_id: ${one}, state: ${one}, after: ${one}}]\n`,
          }).ok,
        ).toBe(true)
    }
  })
})
