/** What the readers of one configuration share: everything that was found, and what is being made. */
import type { Diagnostic, Location } from '../../diagnostics/diagnostic.ts'
import type {
  Automation,
  AutomationExpression,
  Dangling,
  ThingAttribute,
  UnmodelledPart,
  Value,
  ValueType,
} from '../../model/automation.ts'
import { domainOf, isMoment, stateType } from './domains.ts'
import type { Inventory } from './inventory.ts'
import { MOMENT_ATTRIBUTES } from './services.ts'
import type { YamlNode } from './tree.ts'

/** What a caller hands to a field of a script. */
export interface Handed {
  readonly node: YamlNode
  /** The script whose action hands it over; nothing: an automation's. */
  readonly by: string | undefined
}

export interface Home {
  readonly application: string
  readonly inventory: Inventory
  readonly attributes: Map<string, ThingAttribute>
  /** Attributes that some automation writes. */
  readonly commanded: Set<string>
  readonly automations: Automation[]
  readonly unmodelled: UnmodelledPart[]
  readonly dangling: Map<string, Dangling>
  readonly assumptions: Set<string>
  readonly diagnostics: Diagnostic[]
  /** Services that act on nothing here. */
  readonly opaque: Set<string>
  /** Automations whose entity some action turns on or off, or a condition reads. */
  readonly switched: ReadonlySet<string>
  /** Automations that some action triggers past their conditions. */
  readonly called: ReadonlySet<string>
  /** Events that actions fire, by type, with their constant data. */
  readonly fired: ReadonlyMap<string, readonly FiredEvent[]>
  /** Scenes that actions make, with the entities whose states they keep. */
  readonly created: ReadonlyMap<string, readonly string[]>
  /** Trees of blueprints by their path below the folder. */
  readonly blueprints: ReadonlyMap<string, YamlNode>
  /** Every script is in the files: a name that none has is wrong. */
  readonly scriptsKnown: boolean
  /** Scripts that some action stops. */
  readonly stopped: ReadonlySet<string>
  /** Whether runs of a script may last, as far as asked. */
  readonly waiting: Map<string, boolean>
  /** Automations of the model by the entity ids of Home Assistant. */
  readonly automationIds: ReadonlyMap<string, string>
  /** Texts of `custom_templates`, by file. */
  readonly macros: ReadonlyMap<string, string>
  /** Expressions for entities that follow others: groups, template entities; made when first asked for. */
  readonly derived: Map<string, Followed | undefined>
  /** Template entities that have an automation which sets them. */
  readonly followers: Set<string>
  /** What locals are given, by automation and name. */
  readonly locals: Map<string, readonly AutomationExpression[]>
  /** Entities that texts of the documents or the registry name, by domain. */
  readonly names: ReadonlyMap<string, readonly string[]>
  /** Topics that the documents name, with wildcards in those that are listened to so. */
  readonly topics: readonly string[]
  /** What callers hand to each script, by its fields. */
  readonly handed: ReadonlyMap<string, ReadonlyMap<string, readonly Handed[]>>
  /** Entities that triggers hear being asked to turn on. */
  readonly asked: ReadonlySet<string>
}

/** `at-once`: the state is the expression; `late`: it takes what the expression is by an automation of its own. */
export type Followed =
  | { readonly is: 'at-once'; readonly expression: AutomationExpression }
  | { readonly is: 'late'; readonly truth: boolean; readonly expression: AutomationExpression; readonly w: unknown }

export interface FiredEvent {
  /** The event's name in the model. */
  readonly id: string
  /** Nothing for a value that is a template. */
  readonly data: ReadonlyMap<string, Value | undefined>
}

/** The id of the attribute for an entity's state, or one of its attributes. */
export function attributeId(entity: string, name?: string): string {
  return name === undefined ? entity : `${entity}.${name}`
}

/** Registers what is read or written; the first place that names it is its place. */
export function attribute(home: Home, entity: string, name: string | undefined, at: Location | undefined): ThingAttribute {
  const id = attributeId(entity, name)
  const known = home.attributes.get(id)
  if (known !== undefined) return known
  const domain = domainOf(entity)
  const helper = home.inventory.helpers.get(entity)
  const moment = name === undefined ? isMoment(domain) : MOMENT_ATTRIBUTES.has(name)
  const made: ThingAttribute = {
    id,
    thing: entity,
    ...placeOf(home, entity),
    type: name === undefined ? (helper?.type ?? stateType(domain)) : attributeType(entity, name),
    role: helper === undefined ? 'sensor' : 'helper',
    outside: helper?.outside ?? true,
    delivery: moment ? 'message' : 'state',
    ...(name === undefined && helper?.initial !== undefined ? { initial: helper.initial } : {}),
    restored: helper?.restored ?? false,
    ...((helper?.at ?? at) === undefined ? {} : { at: (helper?.at ?? at)! }),
  }
  home.attributes.set(id, made)
  return made
}

function attributeType(entity: string, name: string): ValueType {
  if (name === 'of_day') return { is: 'number', low: 0, high: 86_399, integer: true, unit: 's' }
  return domainOf(entity) === 'event' || name === '' ? { is: 'text' } : { is: 'any' }
}

function placeOf(home: Home, entity: string): { place?: string } {
  const area = home.inventory.areaOf.get(entity)
  return area === undefined ? {} : { place: area }
}

export function command(home: Home, entity: string, name: string | undefined, at: Location): ThingAttribute {
  const made = attribute(home, entity, name, at)
  home.commanded.add(made.id)
  return made
}

/** An attribute of the world that no entity carries: the time, how long a state stands, what an event says. */
export function outsideAttribute(home: Home, id: string, thing: string, type: ValueType, helper = false): ThingAttribute {
  const known = home.attributes.get(id)
  if (known !== undefined) return known
  const made: ThingAttribute = {
    id,
    thing,
    type,
    role: helper ? 'helper' : 'sensor',
    outside: true,
    delivery: 'state',
    restored: false,
  }
  home.attributes.set(id, made)
  return made
}

/** A value of a document in the type of an attribute: "5" for a number is 5. */
export function literalFor(type: ValueType, text: string): Value {
  if (type.is === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (type.is === 'bool') return text === 'true' || text === 'on' ? true : text === 'false' || text === 'off' ? false : text
  return text
}

export function say(home: Pick<Home, 'diagnostics'>, code: string, message: string, node: Pick<YamlNode, 'at'>, hint?: string): void {
  const diagnostic: Diagnostic = { code: `home-assistant/${code}`, severity: 'warning', message, at: node.at }
  home.diagnostics.push(hint === undefined ? diagnostic : { ...diagnostic, hint })
}

/** An attribute that takes messages: from outside, and from whoever here sends them. Returns its id. */
export function messages(home: Home, id: string, type: ValueType, at: Location): string {
  if (!home.attributes.has(id))
    home.attributes.set(id, { id, thing: id, type, role: 'sensor', outside: true, delivery: 'message', restored: false, at })
  return id
}

/** Messages of a topic: of this home's broker. */
export const mqttTopic = (home: Home, topic: string, at: Location): string =>
  messages(home, `mqtt:home-assistant/${topic}`, { is: 'any' }, at)
