/** Files and includes of Home Assistant, the twelve homes as far as they are modelled exactly, and lists that come from outside. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Source } from '../../src/diagnostics/diagnostic.ts'
import { readHome } from '../../src/formats/home-assistant/read-home.ts'
import { exactAutomations } from '../fixtures/exact.ts'
import { acting, homeOf, readFiles } from '../fixtures/homes.ts'

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
  basnijholt: 133,
  billimek: 28,
  burningstone91: 56,
  ccostan: 193,
  denysdovhan: 51,
  dubhad: 400,
  eifinger: 40,
  genestealer: 111,
  mikelawrence: 112,
  skalavala: 144,
  theglus: 53,
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
