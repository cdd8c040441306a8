/** The entities that a configuration itself defines: helpers, groups, scripts, scenes, template entities; and what its registries know. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { Value, ValueType } from '../../model/automation.ts'
import { listedItems, namedEntries } from './configuration.ts'
import { domainOf, secretEntity, slug, stateType } from './domains.ts'
import type { Folder } from './include.ts'
import { type Registry, readRegistry } from './registry.ts'
import { entriesOf, field, flat, listOf, type MapEntry, plainOf, textOf, textsOf, type YamlNode } from './tree.ts'

export interface Helper {
  readonly type: ValueType
  readonly initial?: readonly Value[]
  readonly restored: boolean
  readonly outside: boolean
  readonly at: Location | undefined
  /** As it is configured: `step`, `min`, `max`, `options`, `duration`. */
  readonly node: YamlNode | undefined
}

export interface Group {
  readonly members: readonly string[]
  /** On only while all are. */
  readonly all: boolean
  readonly at: Location
}

/** An entity whose state is a template; its commands are sequences of actions. */
export interface TemplateEntity {
  readonly domain: string
  readonly state: YamlNode | undefined
  readonly node: YamlNode
  readonly at: Location
}

export interface Inventory {
  readonly helpers: { readonly get: (entity: string) => Helper | undefined }
  /** Lights of each switch of `adaptive_lighting`. */
  readonly adaptive: ReadonlyMap<string, readonly string[]>
  /** Helpers that the files define. */
  readonly declared: readonly string[]
  readonly groups: ReadonlyMap<string, Group>
  readonly scripts: ReadonlyMap<string, MapEntry>
  readonly scenes: ReadonlyMap<string, YamlNode>
  readonly templates: ReadonlyMap<string, TemplateEntity>
  readonly registry: Registry | undefined
  readonly areaOf: ReadonlyMap<string, string>
}

export function readInventory(sections: ReadonlyMap<string, readonly YamlNode[]>, folder: Folder): Inventory {
  const registry = readRegistry(folder)
  const scripts = new Map(namedEntries(sections.get('script')).map((entry) => [entry.key, entry]))
  return {
    helpers: helpersOf(sections),
    adaptive: new Map(
      listedItems(sections.get('adaptive_lighting')).map((node) => [
        `switch.adaptive_lighting_${slug(textOf(field(node, 'name')) ?? 'default')}`,
        textsOf(field(node, 'lights')),
      ]),
    ),
    declared: DECLARED.flatMap((domain) => namedEntries(sections.get(domain)).map(({ key }) => `${domain}.${slug(key)}`)),
    groups: groupsOf(sections),
    scripts,
    scenes: scenesOf(sections, registry),
    templates: templatesOf(sections),
    registry,
    areaOf: registry?.areaOf ?? new Map<string, string>(),
  }
}

const DECLARED = [
  'input_boolean',
  'input_number',
  'input_select',
  'input_text',
  'input_datetime',
  'input_button',
  'counter',
  'timer',
  'schedule',
]

function helpersOf(sections: ReadonlyMap<string, readonly YamlNode[]>): Inventory['helpers'] {
  const declared = new Map<string, Helper>()
  for (const domain of DECLARED)
    for (const { key, at, node } of namedEntries(sections.get(domain))) declared.set(`${domain}.${slug(key)}`, helperOf(domain, node, at))
  const made = new Map<string, Helper>()
  return {
    get: (entity) => {
      const known = declared.get(entity) ?? made.get(entity)
      const domain = domainOf(entity)
      if (known !== undefined || !(DECLARED.includes(domain) || domain === 'automation' || domain === 'script')) return known
      const helper = helperOf(domain, undefined, undefined)
      made.set(entity, helper)
      return helper
    },
  }
}

/** From documentation: integrations/input_boolean and its like, section "Restore state"; without `initial` the last state comes back. */
function helperOf(domain: string, node: YamlNode | undefined, at: Location | undefined): Helper {
  const option = (name: string): Value | undefined => {
    const found = field(node, name)
    return found?.is === 'scalar' && found.value !== null ? found.value : undefined
  }
  const number = (name: string): number | undefined => {
    const found = option(name)
    return typeof found === 'number' ? found : undefined
  }
  const base = { at, node, outside: true, restored: true }
  const initial = option('initial')
  const starts = (value: Value | undefined): Partial<Helper> => (value === undefined ? {} : { initial: [value], restored: false })
  switch (domain) {
    case 'input_boolean':
      return {
        ...base,
        type: stateType(domain),
        ...starts(initial === undefined ? undefined : initial === true || initial === 'on' ? 'on' : 'off'),
      }
    case 'input_number': {
      const [low, high] = [number('min'), number('max')]
      const type = { is: 'number', ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }), integer: false } as const
      return { ...base, type, ...starts(typeof initial === 'number' ? initial : undefined) }
    }
    case 'input_select': {
      const options = flat(field(node, 'options')).flatMap((one) => textOf(one) ?? [])
      const type: ValueType = options.length > 0 ? { is: 'enum', values: [...new Set(options)], other: false } : { is: 'text' }
      return { ...base, type, ...starts(initial === undefined ? undefined : String(initial)) }
    }
    case 'input_text':
      return { ...base, type: { is: 'text' }, ...starts(initial === undefined ? undefined : String(initial)) }
    case 'counter':
      return {
        ...base,
        outside: false,
        type: { is: 'number', integer: true },
        ...(option('restore') === false ? starts(number('initial') ?? 0) : {}),
      }
    case 'timer':
      return { ...base, outside: false, type: stateType(domain), ...(option('restore') === true ? {} : starts('idle')) }
    case 'automation':
      return { ...base, outside: false, type: { is: 'enum', values: ['on', 'off'], other: false } }
    case 'script':
      return { ...base, outside: false, restored: false, initial: ['off'], type: { is: 'enum', values: ['on', 'off'], other: false } }
    case 'schedule':
      return { ...base, type: stateType(domain) }
    default:
      return { ...base, type: { is: 'text' } }
  }
}

/** Domains whose platform `group` makes one entity of several. From documentation: integrations/group. */
const GROUPED = ['light', 'switch', 'cover', 'fan', 'lock', 'binary_sensor', 'media_player', 'valve']

function groupsOf(sections: ReadonlyMap<string, readonly YamlNode[]>): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const { key, at, node } of namedEntries(sections.get('group'))) {
    const members = node.is === 'map' ? textsOf(field(node, 'entities')) : textsOf(node)
    groups.set(`group.${slug(key)}`, { members: members.map(memberNamed), all: plain(field(node, 'all')) === true, at })
  }
  for (const domain of GROUPED)
    for (const node of listedItems(sections.get(domain))) {
      if (textOf(field(node, 'platform')) !== 'group') continue
      const name = textOf(field(node, 'name')) ?? `${domain} group`
      groups.set(`${domain}.${slug(name)}`, {
        members: textsOf(field(node, 'entities')).map(memberNamed),
        all: plain(field(node, 'all')) === true,
        at: node.at,
      })
    }
  return groups
}

/** A member as written, or the entity that its secret stands for. */
const memberNamed = (text: string): string => secretEntity(text) ?? text.toLowerCase()

const plain = (node: YamlNode | undefined): unknown => (node === undefined ? undefined : plainOf(node))

function scenesOf(sections: ReadonlyMap<string, readonly YamlNode[]>, registry: Registry | undefined): ReadonlyMap<string, YamlNode> {
  const scenes = new Map<string, YamlNode>()
  for (const node of listedItems(sections.get('scene'))) {
    const name = textOf(field(node, 'name'))
    const id = textOf(field(node, 'id'))
    if (name === undefined && id === undefined) continue
    const entity = (id === undefined ? undefined : registry?.byUnique.get(`homeassistant ${id}`)) ?? `scene.${slug(name ?? id!)}`
    scenes.set(entity, node)
  }
  return scenes
}

const TEMPLATED = [
  'binary_sensor',
  'sensor',
  'switch',
  'light',
  'cover',
  'fan',
  'lock',
  'number',
  'select',
  'button',
  'vacuum',
  'alarm_control_panel',
  'weather',
  'image',
]

/** Template entities in the form of today (`template:`) and of before (`platform: template`). From documentation: integrations/template. */
function templatesOf(sections: ReadonlyMap<string, readonly YamlNode[]>): ReadonlyMap<string, TemplateEntity> {
  const found = new Map<string, TemplateEntity>()
  for (const block of listedItems(sections.get('template'))) {
    const triggered = field(block, 'trigger', 'triggers') !== undefined
    for (const domain of TEMPLATED)
      for (const node of listOf(field(block, domain))) {
        const name =
          textOf(field(node, 'default_entity_id'))?.split('.')[1] ??
          textOf(field(node, 'object_id')) ??
          textOf(field(node, 'name')) ??
          textOf(field(node, 'unique_id'))
        if (name === undefined || name.includes('{{')) continue
        // What a trigger refreshes keeps its value in between: it is read as a value from outside.
        found.set(`${domain}.${slug(name)}`, { domain, state: triggered ? undefined : field(node, 'state'), node, at: node.at })
      }
  }
  for (const domain of TEMPLATED)
    for (const node of listedItems(sections.get(domain))) {
      if (textOf(field(node, 'platform')) !== 'template') continue
      for (const { key, at, node: one } of entriesOf(
        field(node, 'sensors', 'switches', 'lights', 'covers', 'fans', 'locks', 'vacuums', 'panels'),
      ))
        found.set(`${domain}.${slug(key)}`, { domain, state: field(one, 'value_template'), node: one, at })
    }
  return found
}
