/** Device triggers, conditions and actions where their entity is known. From documentation: integrations/device_automation, and each domain's page. */
import type { AutomationExpression, Value } from '../../model/automation.ts'
import { not } from '../node-red/expressions.ts'
import { within } from './numeric.ts'
import { entityNamed } from './entities.ts'
import { attribute } from './home.ts'
import { isState, numberOf, spelled } from './states.ts'
import { field, textOf, type YamlNode } from './tree.ts'
import type { Writing } from './writing.ts'

export interface DeviceName {
  readonly domain: string
  readonly type: string
  readonly subtype: string | undefined
  readonly device: string
  /** The entity that it speaks of, where that is written or the registry tells. */
  readonly entity: string | undefined
  readonly node: YamlNode
}

export function deviceNamed(w: Writing, node: YamlNode): DeviceName {
  const written = textOf(field(node, 'entity_id'))
  const domain = textOf(field(node, 'domain')) ?? ''
  const entity = written === undefined ? undefined : (entityNamed(w.home, written) ?? unregistered(w, domain, written))
  return {
    domain,
    type: textOf(field(node, 'type')) ?? '',
    subtype: textOf(field(node, 'subtype')),
    device: textOf(field(node, 'device_id')) ?? '',
    entity,
    node,
  }
}

/** An id of the registry is one entity, though nothing says which: of what is only read it is taken as one of its own, which may do what any other does. */
function unregistered(w: Writing, domain: string, id: string): string | undefined {
  if (!READ_ONLY.has(domain) || !/^[0-9a-f]+$/.test(id)) return undefined
  w.home.assumptions.add('an entity of a device that only an id of the registry names is taken as none of those that have names')
  return `${domain}.registry_${id}`
}

const READ_ONLY = new Set(['binary_sensor', 'sensor'])

/** The states that a type of trigger or condition of an entity's domain stands for: `turned_on` and `is_on` for `on`. */
export function statesOf({ domain, type }: Pick<DeviceName, 'domain' | 'type'>): readonly string[] | undefined {
  const bare = type.replace(/^is_/, '').replace(/^turned_/, '')
  if (domain === 'binary_sensor') return bare.startsWith('no_') || bare.startsWith('not_') || OFF_TYPES.has(bare) ? ['off'] : ['on']
  const known: Readonly<Record<string, readonly string[]>> = {
    on: ['on'],
    off: ['off'],
    open: ['open'],
    opened: ['open'],
    closed: ['closed'],
    opening: ['opening'],
    closing: ['closing'],
    locked: ['locked'],
    unlocked: ['unlocked'],
    home: ['home'],
    not_home: ['not_home'],
    docked: ['docked'],
    cleaning: ['cleaning'],
    playing: ['playing'],
    paused: ['paused'],
    idle: ['idle'],
    triggered: ['triggered'],
    disarmed: ['disarmed'],
    armed_home: ['armed_home'],
    armed_away: ['armed_away'],
    armed_night: ['armed_night'],
  }
  return known[bare]
}

const OFF_TYPES = new Set(['off', 'closed', 'locked', 'vacant', 'unplugged', 'off_update'])

export function deviceState(w: Writing, node: YamlNode): AutomationExpression | undefined {
  const named = deviceNamed(w, node)
  const { entity } = named
  if (entity === undefined) return undefined
  if (field(node, 'above', 'below') !== undefined) return within(w, node, numberOf(w.home, entity, undefined, node.at))
  const states = statesOf(named)
  if (states === undefined) return undefined
  const [state] = states
  return named.type === 'is_not_home'
    ? not(isState(w.home, entity, undefined, 'home', node.at))
    : isState(w.home, entity, undefined, state!, node.at)
}

/** Values of an entity's state that a trigger of a device goes to. */
export function deviceValues(w: Writing, named: DeviceName): readonly Value[] | undefined {
  const states = statesOf(named)
  if (named.entity === undefined || states === undefined) return undefined
  const { type } = attribute(w.home, named.entity, undefined, named.node.at)
  return states.flatMap((state) => spelled(type, state))
}
