/** Reads a whole configuration folder of Home Assistant as one application. What is not modelled is listed; a broken file is said and the others are read. */
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import type { ThingGroup } from '../../model/environment.ts'
import { blueprintOf } from './blueprints.ts'
import { listedItems, sectionsOf } from './configuration.ts'
import { domainOf, entityDomains, slug } from './domains.ts'
import { askedBy, firedEvents } from './events.ts'
import { finishAttributes, finishAutomations, finishParts } from './finish.ts'
import { addFollowers } from './follow.ts'
import { handedToScripts } from './handed.ts'
import type { Home } from './home.ts'
import { type Folder, including, type Including, readIncluded } from './include.ts'
import { type Inventory, readInventory } from './inventory.ts'
import { parseFile } from './parse.ts'
import { type AutomationDocument, readAutomation, readScript } from './read-automation.ts'
import { createdScenes } from './scenes.ts'
import { meaningOf } from './services.ts'
import { timerAutomation, timerEvents } from './timers.ts'
import { entriesOf, field, mapNodes, textOf, textsIn, textsOf, type YamlNode } from './tree.ts'

export interface HomeOptions {
  /** The application's id. */
  readonly application: string
  /** Path of `configuration.yaml` below the folder. */
  readonly root: string
}

/** Files by their path below the folder; `secrets.yaml` is not needed and not looked at. */
export function readHome(files: ReadonlyMap<string, Source>, { application, root }: HomeOptions): Read<BehaviourPart> {
  const base = root.includes('/') ? root.slice(0, root.lastIndexOf('/') + 1) : ''
  const folder: Folder = new Map(
    [...files].filter(([path]) => path.startsWith(base)).map(([path, source]) => [path.slice(base.length), source]),
  )
  const name = root.slice(base.length)
  const state = including(folder)
  const tree = readIncluded(state, name)
  if (tree === undefined) {
    const at = { source: folder.get(name)?.name ?? root }
    const missing: Diagnostic = {
      code: 'home-assistant/unreadable',
      severity: 'error',
      message: `\`${root}\` cannot be read, and everything begins there`,
      at,
    }
    return { ok: false, diagnostics: [missing, ...state.diagnostics] }
  }
  const sections = sectionsOf(tree)
  const inventory = readInventory(sections, folder)
  const blueprints = readBlueprints(state, folder)
  const documents = automationDocuments(application, sections, inventory)
  const home = homeOf({ application, folder, inventory, blueprints, documents, state, name, sections })
  for (const document of documents) home.automations.push(readAutomation(home, document))
  for (const entry of inventory.scripts.values()) home.automations.push(readScript(home, entry))
  for (const timer of home.timers) if (home.attributes.has(timer)) home.automations.push(timerAutomation(home, timer))
  addFollowers(home)
  const automations = finishAutomations(home)
  const unmodelled = finishParts(home, automations)
  const opaque = [...home.opaque].sort()
  return {
    ok: true,
    value: {
      application: { id: application, automations, unmodelled, dangling: [...home.dangling.values()] },
      attributes: finishAttributes(home, automations, unmodelled),
      exclusions: [],
      ...worldOf(inventory),
      assumptions: [
        ...[...home.assumptions].sort(),
        ...(opaque.length === 0
          ? []
          : [`services that act on nothing which automations read: ${opaque.map((one) => `\`${one}\``).join(', ')}`]),
      ],
    },
    diagnostics: [...home.diagnostics, ...missingIncludes(state), ...unreached(state, folder, base)],
  }
}

/** Groups as things that are commanded as one; areas as places, where a registry names them. */
function worldOf({ groups, registry }: Inventory): Pick<BehaviourPart, 'groups' | 'places'> {
  const things = [...groups].flatMap(([id, { members, at }]): readonly ThingGroup[] => (members.length === 0 ? [] : [{ id, members, at }]))
  const areas = [...(registry?.areaNames ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, name]) => ({ id, name }))
  return {
    ...(things.length === 0 ? {} : { groups: things }),
    ...(areas.length === 0 ? {} : { places: { places: areas, channels: [], properties: [], things: [], limits: [] } }),
  }
}

interface Parts {
  readonly application: string
  readonly folder: Folder
  readonly inventory: Inventory
  readonly blueprints: ReadonlyMap<string, YamlNode>
  readonly documents: readonly AutomationDocument[]
  readonly state: Including
  readonly name: string
  readonly sections: ReadonlyMap<string, readonly YamlNode[]>
}

function homeOf({
  application,
  folder,
  inventory,
  blueprints,
  documents,
  state,
  name,
  sections,
}: Parts): Home & { readonly bodies: readonly YamlNode[]; readonly timers: readonly string[] } {
  const whole = (node: YamlNode, domain: 'automation' | 'script'): YamlNode => {
    if (field(node, 'use_blueprint') === undefined) return node
    const made = blueprintOf({ blueprints }, domain, node)
    return made.is === 'made' ? made.node : node
  }
  const bodies = [
    ...documents.map(({ node }) => whole(node, 'automation')),
    ...[...inventory.scripts.values()].map(({ node }) => whole(node, 'script')),
  ]
  const texts = bodies.flatMap(textsIn)
  const timers = [...new Set(texts.flatMap((text) => [...text.matchAll(/\btimer\.[a-z0-9_]+/g)].map(([one]) => one)))]
    .filter((one) => inventory.helpers.get(one) !== undefined && !TIMER_WORDS.has(one))
    .sort()
  const mentioned = new Set(texts.flatMap((text) => [...text.matchAll(/\bautomation\.[a-z0-9_]+/g)].map(([one]) => one)))
  const byEntity = new Map(documents.map(({ entity, id }) => [entity, id]))
  return {
    application,
    inventory,
    attributes: new Map(),
    commanded: new Set(),
    automations: [],
    unmodelled: [],
    dangling: new Map(),
    assumptions: new Set(),
    diagnostics: [...state.diagnostics],
    opaque: new Set(),
    switched: new Set([...mentioned].filter((one) => byEntity.has(one))),
    called: calledPast(bodies),
    fired: new Map([...firedEvents(bodies), ...timerEvents(timers)]),
    created: createdScenes({ inventory }, bodies),
    blueprints,
    scriptsKnown: !state.missing.some(({ path, at }) =>
      at.source === folder.get(name)?.name ? keyOf(state, name, at) : /script|package/.test(path),
    ),
    stopped: new Set(bodies.flatMap(stoppedBy)),
    waiting: new Map(),
    automationIds: byEntity,
    macros: new Map(
      [...folder].flatMap(([path, { text }]) =>
        path.startsWith('custom_templates/') ? [[path.slice('custom_templates/'.length), text]] : [],
      ),
    ),
    derived: new Map(),
    followers: new Set(),
    locals: new Map(),
    names: namesIn(texts, inventory, [...byEntity.keys()]),
    topics: topicsIn(sections),
    asked: new Set(bodies.flatMap(askedBy)),
    handed: handedToScripts([
      ...documents.map(({ node }) => ({ body: whole(node, 'automation') })),
      ...[...inventory.scripts].map(([script, { node }]) => ({ body: whole(node, 'script'), script })),
    ]),
    bodies,
    timers,
  }
}

/** Texts that may be topics: parts between slashes. */
function topicsIn(sections: ReadonlyMap<string, readonly YamlNode[]>): readonly string[] {
  const texts = [...sections.values()].flat().flatMap(textsIn)
  return [...new Set(texts.map((text) => text.trim()).filter((text) => /^[^\s{}]+\/[^\s{}]+$/.test(text)))].sort()
}

/** Entities by domain, sorted: in texts of the documents, defined by them, known to the registry. */
function namesIn(texts: readonly string[], inventory: Inventory, automations: readonly string[]): Home['names'] {
  const all = new Set<string>([
    ...texts.flatMap((text) => [...text.matchAll(/(?<![\w.])[a-z_]+\.[a-z0-9_]+(?![\w.(])/g)].map(([one]) => one)),
    ...(inventory.registry?.entities ?? []),
    ...inventory.groups.keys(),
    ...inventory.templates.keys(),
    ...inventory.scenes.keys(),
    ...[...inventory.scripts.keys()].map((name) => `script.${name}`),
    ...automations,
    ...inventory.declared,
  ])
  const found = new Map<string, string[]>()
  for (const one of [...all].sort()) {
    const domain = domainOf(one)
    const object = one.slice(domain.length + 1)
    // The beginning of a name that a template completes is none.
    if (!entityDomains.has(domain) || object.endsWith('_') || OWN_SERVICES.has(object) || meaningOf(domain, object).is !== 'unknown')
      continue
    const known = found.get(domain) ?? []
    known.push(one)
    found.set(domain, known)
  }
  return found
}

/** Services of scripts, scenes, groups and automations, which are no entities. */
const OWN_SERVICES = new Set(['turn_on', 'turn_off', 'toggle', 'reload', 'apply', 'create', 'delete', 'set', 'remove', 'trigger'])

const TIMER_WORDS = new Set([
  'timer.start',
  'timer.pause',
  'timer.cancel',
  'timer.finish',
  'timer.change',
  'timer.started',
  'timer.paused',
  'timer.cancelled',
  'timer.finished',
  'timer.restarted',
  'timer.reload',
])

/** Whether an include of the first file that leads nowhere stands under a key that can hold scripts. */
function keyOf(state: Including, name: string, at: YamlNode['at']): boolean {
  const line = at.range?.start.line ?? 0
  const entries = entriesOf(state.parsed.get(name))
  const entry = entries.findLast((one) => (one.at.range?.start.line ?? 0) <= line)
  return /^(script|homeassistant)\b/.test(entry?.key ?? '')
}

/** Automations that an action triggers without asking their conditions. */
function calledPast(bodies: readonly YamlNode[]): ReadonlySet<string> {
  const found = new Set<string>()
  for (const body of bodies)
    mapNodes(body, (node) => {
      if (textOf(field(node, 'action', 'service')) !== 'automation.trigger') return undefined
      const data = field(node, 'data', 'data_template')
      const skip = field(data, 'skip_condition')
      if (skip?.is === 'scalar' && skip.value === false) return undefined
      for (const one of [field(node, 'entity_id'), field(data, 'entity_id'), field(field(node, 'target'), 'entity_id')])
        for (const text of textsOf(one)) found.add(text)
      return undefined
    })
  return found
}

/** Names of scripts that an action of the document turns off. */
function stoppedBy(body: YamlNode): readonly string[] {
  const found: string[] = []
  mapNodes(body, (node) => {
    if (/^(script|homeassistant)\.(turn_off|toggle)$/.test(textOf(field(node, 'action', 'service')) ?? ''))
      found.push(...textsIn(node).flatMap((text) => [...text.matchAll(/\bscript\.([a-z0-9_]+)/g)].map((one) => one[1]!)))
    return undefined
  })
  return found
}

function automationDocuments(
  application: string,
  sections: ReadonlyMap<string, readonly YamlNode[]>,
  inventory: Inventory,
): readonly AutomationDocument[] {
  const used = new Set<string>()
  return listedItems(sections.get('automation')).map((node, position) => {
    const alias = textOf(field(node, 'alias'))
    const id = textOf(field(node, 'id'))
    const name = alias ?? id ?? `automation ${position}`
    const registered = id === undefined ? undefined : inventory.registry?.byUnique.get(`automation ${id}`)
    const object = registered?.slice('automation.'.length) ?? slug(name)
    let free = object
    for (let count = 2; used.has(free); count += 1) free = `${object}_${count}`
    used.add(free)
    return { node, id: `${application}/${free}`, entity: `automation.${free}`, name }
  })
}

function readBlueprints(state: Including, folder: Folder): ReadonlyMap<string, YamlNode> {
  const found = new Map<string, YamlNode>()
  for (const path of [...folder.keys()].sort()) {
    if (!path.startsWith('blueprints/')) continue
    const tree = readIncluded(state, path)
    if (tree !== undefined) found.set(path, tree)
  }
  return found
}

function missingIncludes({ missing }: Including): readonly Diagnostic[] {
  return missing.map(({ path, at }) => ({
    code: 'home-assistant/missing-include',
    severity: 'warning',
    message: `no file \`${path}\` is there to include`,
    at,
  }))
}

/** Files with automations that no include reaches are named: nothing is left out without a word. */
function unreached({ reached }: Including, folder: Folder, base: string): readonly Diagnostic[] {
  return [...folder].flatMap(([path, source]): readonly Diagnostic[] => {
    if (reached.has(path) || !path.endsWith('.yaml') || path.startsWith('.') || path.endsWith('secrets.yaml')) return []
    const { root, diagnostics } = parseFile(source)
    const count = root === undefined ? 0 : automationsIn(root)
    if (diagnostics.length > 0 && root === undefined) return diagnostics
    if (count === 0) return []
    const message = `nothing includes this file: its ${count} ${count === 1 ? 'automation is' : 'automations are'} not read (${base}${path})`
    return [{ code: 'home-assistant/not-included', severity: 'warning', message, at: { source: source.name } }]
  })
}

/** Mappings with triggers and actions. */
function automationsIn(root: YamlNode): number {
  let count = 0
  mapNodes(root, (node) => {
    if (field(node, 'trigger', 'triggers') === undefined || field(node, 'action', 'actions') === undefined) return undefined
    count += 1
    return node
  })
  return count
}
