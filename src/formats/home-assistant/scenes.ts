/** What scenes set. From documentation: integrations/scene, integrations/homeassistant.scene (docs/scene). */
import type { Location } from '../../diagnostics/diagnostic.ts'
import { read } from '../node-red/expressions.ts'
import { domainOf, helperDomains, passiveDomains } from './domains.ts'
import { setAll, type Setting, valueGiven } from './effects.ts'
import { namedEntities } from './entities.ts'
import { attribute, command, type Home } from './home.ts'
import { entriesOf, field, isNothing, isTemplate, mapNodes, textOf, type YamlNode } from './tree.ts'
import { unmodelledStep, type Writing } from './writing.ts'

/** Attributes of entities in a scene that are no commands. */
const DESCRIBING = new Set([
  'friendly_name',
  'icon',
  'supported_features',
  'supported_color_modes',
  'effect_list',
  'min_mireds',
  'max_mireds',
  'entity_picture',
  'device_class',
  'unit_of_measurement',
  'assumed_state',
  'attribution',
  'options',
  'min',
  'max',
  'step',
  'mode',
  'editable',
  'color_mode',
  'min_color_temp_kelvin',
  'max_color_temp_kelvin',
  'source_list',
  'sound_mode_list',
  'restored',
  'preset_modes',
  'speed_list',
  'percentage_step',
  'hvac_modes',
  'fan_modes',
  'swing_modes',
  'min_temp',
  'max_temp',
  'target_temp_step',
  'current_temperature',
  'hvac_action',
  'hue_scene',
])

/** What `entities:` of a scene sets: states, and the attributes of entities that are written as mappings. */
export function sceneSettings(w: Writing, entities: YamlNode | undefined, at: Location): readonly Setting[] {
  return entriesOf(entities).flatMap(({ key, node }) => {
    const members = w.home.inventory.groups.get(key)?.members ?? [key]
    return members.flatMap((entity) => {
      const set = (name: string | undefined, written: YamlNode): Setting => {
        const made = command(w.home, entity, name, at)
        return {
          attribute: made.id,
          value:
            name === undefined && domainOf(entity) !== 'input_number'
              ? valueGiven(w, textual(written), made)
              : valueGiven(w, written, made),
        }
      }
      if (!commandable(entity)) return []
      if (node.is !== 'map') return isCommand(node) ? [set(undefined, node)] : []
      // A state that is none is not brought back, nor what stands beside it.
      const held = field(node, 'state')
      if (held !== undefined && !isCommand(held)) return []
      return node.entries
        .filter((one) => !DESCRIBING.has(one.key) && isCommand(one.node))
        .map((one) => set(one.key === 'state' ? undefined : one.key, one.node))
    })
  })
}

/** Whether something can be brought back: core's `reproduce_state` leaves alone what has no value or no state. */
const isCommand = (node: YamlNode): boolean => !isNothing(node) && !['unavailable', 'unknown'].includes(textOf(node) ?? '')

/** Entities that only tell something have nothing that a scene could bring back. */
const commandable = (entity: string): boolean => !passiveDomains.has(domainOf(entity)) || helperDomains.has(domainOf(entity))

/** States are texts, `on` without quotes among them. */
function textual(node: YamlNode): YamlNode {
  const text = textOf(node)
  return node.is === 'scalar' && text !== undefined ? { ...node, value: text, text } : node
}

/** Scenes that actions make while the home runs: the entities whose states they keep. */
export function createdScenes(home: Pick<Home, 'inventory'>, documents: readonly YamlNode[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const document of documents)
    mapNodes(document, (node) => {
      if (textOf(field(node, 'action', 'service')) !== 'scene.create') return undefined
      const data = field(node, 'data')
      const id = textOf(field(data, 'scene_id'))
      if (id === undefined || isTemplate(id)) return undefined
      const { known } = namedEntities(home, field(data, 'snapshot_entities'))
      found.set(`scene.${id}`, [...new Set([...(found.get(`scene.${id}`) ?? []), ...known])])
      return undefined
    })
  return found
}

/** The helper that keeps an entity's state for a scene. */
function kept(w: Writing, scene: string, entity: string, at: Location): string {
  const id = `${scene}/${entity}`
  const { type } = attribute(w.home, entity, undefined, at)
  if (!w.home.attributes.has(id))
    w.home.attributes.set(id, { id, thing: scene, type, role: 'helper', outside: false, delivery: 'state', restored: false, at })
  return id
}

/** Keeps the states of entities: their other attributes are not kept by the model. */
export function snapshot(w: Writing, scene: string, entities: readonly string[], at: Location): readonly Setting[] {
  w.home.assumptions.add('a scene that is made of present states keeps states, not brightness, colours and the like')
  return entities.map((entity) => ({ attribute: kept(w, scene, entity, at), value: read(attribute(w.home, entity, undefined, at).id) }))
}

/** Steps that activate a scene. */
export function activateScene(w: Writing, scene: string, at: Location, next: readonly string[]): readonly string[] {
  const { home } = w
  const defined = home.inventory.scenes.get(scene)
  if (defined !== undefined) return setAll(w, sceneSettings(w, field(defined, 'entities'), at), at, next)
  const created = home.created.get(scene)
  if (created !== undefined) {
    const settings = created.map((entity) => ({
      attribute: command(home, entity, undefined, at).id,
      value: read(kept(w, scene, entity, at)),
    }))
    return setAll(w, settings, at, next)
  }
  // Scenes of bridges (hue, deconz) live outside the files; they set lights and plugs.
  return unmodelledStep(w, `what the scene \`${scene}\` sets, which no file defines`, at, ['*light', '*switch'], next)
}
