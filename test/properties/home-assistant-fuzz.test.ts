/**
 * Damaged configurations: never a crash, never more than five seconds of work, and no automation lost without a word: as many in the model as another parser counts in the file.
 * A thousand files; ten thousand with FLEETPROOF_LONG=1.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { ownAutomations } from '../fixtures/exact.ts'
import { readFiles } from '../fixtures/homes.ts'
import { damaged, numbersFrom } from '../fixtures/mutations.ts'

const HOMES = '../shared/data/homes'
const COUNT = process.env['FLEETPROOF_LONG'] === '1' ? 10_000 : 1000
const LARGEST = 12_000
const MOST_SECONDS = 5

/** A file with most constructs, for where no homes are at hand. */
const SAMPLE = `- alias: hall
  id: '1'
  mode: restart
  trigger:
    - platform: state
      entity_id: [binary_sensor.hall, binary_sensor.stairs]
      from: 'off'
      to: 'on'
      for: {minutes: 5}
      id: moved
    - platform: numeric_state
      entity_id: sensor.lux
      below: input_number.dark
    - {platform: time, at: '06:30:00'}
    - {platform: template, value_template: "{{ states('sensor.t') | float(0) > 20 }}"}
  condition:
    - or:
        - {condition: state, entity_id: input_select.mode, state: Home}
        - "{{ trigger.id == 'moved' and is_state('sun.sun', 'below_horizon') }}"
  action:
    - variables: {lamp: "light.{{ 'hall' if is_state('switch.x', 'on') else 'stairs' }}"}
    - choose:
        - conditions: "{{ state_attr(lamp, 'brightness') | int(0) < 20 }}"
          sequence:
            - service: light.turn_on
              target: {entity_id: '{{ lamp }}'}
              data: {brightness_pct: 80, rgb_color: [1, 2, "{{ range(0, 255) | random }}"]}
      default:
        - {delay: '00:00:10'}
    - repeat:
        count: 3
        sequence: [{service: switch.toggle, entity_id: switch.x}, {delay: "{{ repeat.index }}"}]
    - wait_for_trigger: {platform: event, event_type: pressed, event_data: {button: 2}}
      timeout: 60
      continue_on_timeout: false
    - parallel: [{service: script.turn_on, target: {entity_id: script.night}}, {scene: scene.movie}]
- alias: lists
  trigger: {platform: mqtt, topic: a/b, payload: ring}
  action:
    - service: notify.me
      data: {message: "{% for s in expand('group.doors') if s.state == 'on' %}{{ s.name }}{% if not loop.last %}, {% endif %}{% endfor %}"}
    - if: "{{ ['a', 'b'] | map('upper') | select('in', states('input_text.t')) | list | count > 0 }}"
      then: [{stop: enough}]
- alias: blueprint
  use_blueprint: {path: me/motion.yaml, input: {sensor: binary_sensor.x}}
`

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesIn(path) : name.endsWith('.yaml') && statSync(path).size < LARGEST ? [path] : []
    })
}

/** Automations of a file that is a list of them or a package, by a plain parser; nothing where it cannot tell. */
function counted(text: string): { readonly kind: 'list' | 'package'; readonly automations: number } | undefined {
  const document = parseDocument(text, {
    version: '1.1',
    logLevel: 'silent',
    uniqueKeys: false,
    merge: false,
    strict: false,
    customTags: [],
  })
  if (document.errors.length > 0) return undefined
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 10_000 })
  } catch {
    return undefined
  }
  const items = (of: unknown): number =>
    Array.isArray(of) ? of.reduce<number>((sum, one) => sum + items(one), 0) : of === null || of === undefined ? 0 : 1
  if (Array.isArray(value)) return { kind: 'list', automations: items(value) }
  if (typeof value !== 'object' || value === null) return undefined
  const sections = Object.entries(value).filter(([key]) => key.split(' ')[0] === 'automation')
  return { kind: 'package', automations: sections.reduce((sum, [, one]) => sum + items(one), 0) }
}

describe('damaged configurations', () => {
  const found = existsSync(HOMES) ? filesIn(HOMES).map((path) => readFileSync(path, 'utf8')) : []
  const acting = found.filter((text) => /trigger/.test(text) && /action/.test(text))
  const texts = [SAMPLE, ...acting]
  it(`${COUNT} of them`, { timeout: 3_600_000 }, () => {
    const next = numbersFrom(20261123)
    let compared = 0
    for (let nth = 0; nth < COUNT; nth += 1) {
      const source = texts[nth % 10 === 0 ? 0 : Math.floor(next() * texts.length)]!
      const text = damaged(source, next, texts)
      const plain = counted(text)
      const use = plain?.kind === 'package' ? 'homeassistant: {packages: {one: !include a.yaml}}\n' : 'automation: !include a.yaml\n'
      const before = process.cpuUsage()
      const read = ((): ReturnType<typeof readFiles> => {
        try {
          return readFiles({ 'configuration.yaml': use, 'a.yaml': text })
        } catch (error) {
          throw new Error(`number ${nth} crashes:\n${text}`, { cause: error })
        }
      })()
      const { user, system } = process.cpuUsage(before)
      expect((user + system) / 1e6, `seconds for number ${nth}:\n${text}`).toBeLessThan(MOST_SECONDS)
      expect(read.ok).toBe(true)
      if (!read.ok || plain === undefined) continue
      // What is said of the file's form is said: an alias without an end, a key that is none, what lies too deep.
      if (read.diagnostics.some(({ code }) => code.startsWith('formats/'))) continue
      if (/^\s*(- )?\S+: *!|!\w/m.test(text) || /\*\w|<</.test(text)) continue
      compared += 1
      expect(ownAutomations(read.value.application).length, `automations of number ${nth}:\n${text}`).toBe(plain.automations)
    }
    expect(compared).toBeGreaterThan(COUNT / 5)
  })
})
