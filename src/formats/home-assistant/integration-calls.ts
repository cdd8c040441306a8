/** Calls of what is no domain of entities: services of integrations, and what all calls share. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import { read, same, TRUE, value } from '../node-red/expressions.ts'
import { domainOf, entityDomains, passiveDomains } from './domains.ts'
import { type Data, given, onlyWhen, setAll, settings } from './effects.ts'
import { entityNamed } from './entities.ts'
import { command, outsideAttribute } from './home.ts'
import { activateScene } from './scenes.ts'
import { meaningOf } from './services.ts'
import { type Targets, targetsOf } from './targets.ts'
import { field, textsIn, type YamlNode } from './tree.ts'
import { unmodelledStep, type Writing } from './writing.ts'

export function opaque(w: Writing, name: string, next: readonly string[]): readonly string[] {
  w.home.opaque.add(name)
  return next
}

/** The same for each target, where it is one; targets that are not known are a part of their own. */
export function eachTarget(
  w: Writing,
  node: YamlNode,
  { targets, unknown }: Targets,
  domain: string,
  at: Location,
  next: readonly string[],
  write: (entity: string, next: readonly string[]) => readonly string[],
): readonly string[] {
  const writes = domain === 'homeassistant' ? GENERIC.map((one) => `*${one}`) : [`*${domain}`]
  const rest = unknown.length === 0 ? next : unmodelledStep(w, [...new Set(unknown)].join('; '), node.at, writes, next)
  return targets.reduceRight((after, { entity, when }) => onlyWhen(w, when, at, after, (then) => write(entity, then)), rest)
}

const GENERIC = [
  'light',
  'switch',
  'fan',
  'cover',
  'input_boolean',
  'media_player',
  'climate',
  'automation',
  'script',
  'siren',
  'humidifier',
  'lock',
]

export function entitiesIn(w: Writing, node: YamlNode | undefined): readonly string[] {
  return textsIn(node).flatMap((text) => entityNamed(w.home, text) ?? [])
}

/** Services of integrations command nothing that is known here, unless they name an actuator. */
export function integrationService(
  w: Writing,
  node: YamlNode,
  name: string,
  data: Data,
  at: Location,
  next: readonly string[],
): readonly string[] {
  const [domain = '', service = ''] = name.split('.')
  const meaning = meaningOf(domain, service)
  if (meaning.is === 'opaque') return opaque(w, name, next)
  if (name === 'adaptive_lighting.apply') return adapt(w, node, data, at, next)
  // From documentation: integrations/hue, section "Action: hue.activate_scene".
  if (name === 'hue.activate_scene')
    return eachTarget(w, node, targetsOf(w, node, data, 'scene'), 'scene', at, next, (entity, after) => activateScene(w, entity, at, after))
  const named = [
    ...entitiesIn(w, field(node, 'entity_id')),
    ...entitiesIn(w, field(node, 'target')),
    ...data.flatMap((entry) => (entry.key.startsWith('entity') || entry.key === 'lights' ? entitiesIn(w, entry.node) : [])),
  ]
  const writes = [...new Set(named.filter((entity) => !passiveDomains.has(domainOf(entity)) && entityDomains.has(domainOf(entity))))]
  if (writes.length === 0) return opaque(w, name, next)
  if (meaning.is === 'effects')
    return writes.reduceRight((after, entity) => setAll(w, settings(w, entity, meaning.effects, data, at), at, after), next)
  for (const entity of writes) command(w.home, entity, undefined, at)
  return unmodelledStep(w, `what the service \`${name}\` of an integration does`, at, writes, next)
}

/**
 * Lights take the brightness and colour that the integration computes, those that are off only where `turn_on_lights` says so.
 * From documentation: basnijholt/adaptive-lighting, section "adaptive_lighting.apply".
 */
function adapt(w: Writing, node: YamlNode, data: Data, at: Location, next: readonly string[]): readonly string[] {
  const lights = given(data, ['lights'])
  const listed =
    lights === undefined ? undefined : targetsOf(w, { ...node, is: 'map', entries: [{ key: 'entity_id', at, node: lights }] }, [], 'light')
  const switches = targetsOf(w, node, data, 'switch').targets.map(({ entity }) => w.home.inventory.adaptive.get(entity))
  const targets: Targets =
    listed ??
    (switches.length > 0 && switches.every((one) => one !== undefined)
      ? { targets: switches.flat().map((entity) => ({ entity, when: TRUE })), unknown: [], named: true }
      : { targets: [], unknown: ['the lights of `adaptive_lighting`, which no file names'], named: true })
  const on = given(data, ['turn_on_lights'])
  const turns = on?.is === 'scalar' && on.value === true
  const groups = w.home.inventory.groups
  const members: Targets = {
    ...targets,
    targets: targets.targets.flatMap((one) => (groups.get(one.entity)?.members ?? [one.entity]).map((entity) => ({ ...one, entity }))),
  }
  return eachTarget(w, node, members, 'light', at, next, (entity, after) => {
    const state = command(w.home, entity, undefined, at).id
    const taken = ['brightness', 'color_temp'].map((name) => {
      const { id, type } = command(w.home, entity, name, at)
      return { attribute: id, value: read(outsideAttribute(w.home, `${id}.adapted`, entity, type, true).id) }
    })
    if (turns) return setAll(w, [{ attribute: state, value: value('on') }, ...taken], at, after)
    return onlyWhen(w, same(read(state), value('on')), at, after, (then) => setAll(w, taken, at, then))
  })
}
