/** Events: those that actions of this home fire have names of their own, so that a trigger hears just those whose data fit; the rest come from outside. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, Value } from '../../model/automation.ts'
import { and, read, same, value } from '../node-red/expressions.ts'
import type { FiredEvent, Home } from './home.ts'
import { messages, outsideAttribute } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { templated } from './templates.ts'
import type { Made, MadeTrigger } from './made-trigger.ts'
import { entriesOf, field, flat, isTemplate, mapNodes, plainOf, textOf, textsOf, type YamlNode } from './tree.ts'
import { part, type Writing } from './writing.ts'

/** Fired when `media_player.turn_on` is called for an entity that cannot turn itself on. From documentation: integrations/webostv, integrations/samsungtv. */
export const askedToTurnOn = (entity: string): string => `${entity} is asked to turn on`

/** Every `event:` action in the documents, by type. */
export function firedEvents(nodes: readonly YamlNode[]): ReadonlyMap<string, readonly FiredEvent[]> {
  const found = new Map<string, Map<string, FiredEvent>>()
  for (const node of nodes)
    mapNodes(node, (one) => {
      const type = textOf(field(one, 'event'))
      if (type !== undefined && isFiring(one)) {
        const event = firedBy(type, one)
        found.set(type, (found.get(type) ?? new Map<string, FiredEvent>()).set(event.id, event))
      }
      return undefined
    })
  return new Map([...found].map(([type, events]) => [type, [...events.values()]]))
}

function isFiring(node: YamlNode): boolean {
  return field(node, 'platform', 'trigger', 'condition', 'zone') === undefined
}

export function firedBy(type: string, node: YamlNode): FiredEvent {
  const written = [field(node, 'event_data'), field(node, 'event_data_template')].flatMap(entriesOf)
  const data = new Map(written.map(({ key, node: one }): [string, Value | undefined] => [key, constant(one)]))
  const key = JSON.stringify([...data].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, one === undefined ? '?' : one]))
  return { id: data.size === 0 ? `event:${type}` : `event:${type} ${key}`, data }
}

/** The value of a constant; nothing for a template or a tree. */
function constant(node: YamlNode): Value | undefined {
  if (node.is !== 'scalar' || (typeof node.value === 'string' && isTemplate(node.value))) return undefined
  return node.value
}

export function eventTriggers(w: Writing, node: YamlNode): readonly Made[] {
  return flat(field(node, 'event_type')).flatMap((one): readonly Made[] => {
    const type = textOf(one) ?? ''
    if (isTemplate(type)) return [{ trigger: { on: 'unmodelled', part: part(w, 'an event that a template names', node.at), at: node.at } }]
    const asked = new Map(entriesOf(field(node, 'event_data')).map((entry) => [entry.key, constant(entry.node)]))
    const sees = eventSees(w, type, asked)
    const fired = (w.home.fired.get(type) ?? []).filter(({ data }) => mayFit(data, asked))
    const inside = fired.map((event): Made => ({ trigger: { on: 'event', event: event.id, at: node.at }, sees: firedSees(event, sees) }))
    if (fired.length > 0 && !type.startsWith('timer.') && !isKnownOutside(type)) return inside
    const outside = outsideEvent(w, type, asked, node.at, sees)
    const computed = entriesOf(field(node, 'event_data')).flatMap(({ key, node: written }) => {
      const text = textOf(written)
      return text === undefined || !isTemplate(text)
        ? []
        : [same(read(eventField(w.home, type, key)), templated(w, text, written.at, 'any'))]
    })
    return [...inside, computed.length === 0 ? outside : { ...outside, test: and(outside.test ?? value(true), ...computed) }]
  })
}

/** Events that Home Assistant and its integrations fire themselves. */
function isKnownOutside(type: string): boolean {
  return /^(state_changed|call_service|automation_|script_|homeassistant_|mobile_app|ios\.|zha_|deconz_|hue_|tag_scanned|telegram_|timer\.|button|xiaomi|html5|component_|service_|.*_event$)/.test(
    type,
  )
}

function mayFit(data: ReadonlyMap<string, Value | undefined>, asked: ReadonlyMap<string, Value | undefined>): boolean {
  return [...asked].every(([key, wanted]) => {
    if (wanted === undefined) return data.has(key)
    return data.has(key) && (data.get(key) === undefined || String(data.get(key)) === String(wanted))
  })
}

/** Entities whose being asked to turn on a document hears. */
export function askedBy(body: YamlNode): readonly string[] {
  const found: string[] = []
  mapNodes(body, (node) => {
    if (ASKED.test(textOf(field(node, 'platform', 'trigger')) ?? '')) found.push(...textsOf(field(node, 'entity_id')))
    return undefined
  })
  return found
}

/** Kinds of triggers that hear it. */
export const ASKED = /^(webostv|samsungtv|philips_js|androidtv_remote)\.turn_on$/

/** One attribute per type and data that are asked for: those who ask the same hear the same event. */
function outsideEvent(
  w: Writing,
  type: string,
  asked: ReadonlyMap<string, Value | undefined>,
  at: Location,
  sees: MadeTrigger['sees'],
): Made {
  const fixed = [...asked]
    .flatMap(([key, wanted]) => (wanted === undefined ? [] : [[key, wanted] as const]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const id = messages(w.home, `event:${type}`, { is: 'any' }, at)
  // The fields that are asked for are attributes of the event: whoever asks for others hears the same message.
  const test: AutomationExpression = and(
    ...fixed.map(([key, wanted]) =>
      same(read(eventField(w.home, type, key)), value(typeof wanted === 'number' || typeof wanted === 'boolean' ? wanted : String(wanted))),
    ),
  )
  return { trigger: { on: 'message', attribute: id, at }, test, sees }
}

/** The attribute that stands for a field of an event's data. */
export function eventField(home: Home, type: string, key: string): string {
  return outsideAttribute(home, `event:${type}.${key}`, `event:${type}`, { is: 'any' }, true).id
}

function eventSees(w: Writing, type: string, asked: ReadonlyMap<string, Value | undefined>): ReadonlyMap<string, TemplateValue> {
  const keys = new Set([...asked.keys(), ...keysRead(w)])
  const entries = new Map<string, TemplateValue>(
    [...keys].map((key) => {
      const wanted = asked.get(key)
      const expression = wanted === undefined ? read(eventField(w.home, type, key)) : value(wanted)
      return [key, { is: 'expression', expression }]
    }),
  )
  const data: TemplateValue = { is: 'mapping', entries, open: 'what else the data of an event hold' }
  const typed: TemplateValue = { is: 'expression', expression: value(type), text: true }
  return new Map<string, TemplateValue>([
    [
      'event',
      {
        is: 'mapping',
        entries: new Map<string, TemplateValue>([
          ['data', data],
          ['event_type', typed],
        ]),
        open: 'what else an event says',
      },
    ],
  ])
}

/** What an event that this home fires says: its constants, the rest from its attributes. */
function firedSees({ data }: FiredEvent, sees: ReadonlyMap<string, TemplateValue>): ReadonlyMap<string, TemplateValue> {
  const event = sees.get('event')
  const held = event?.is === 'mapping' ? event.entries.get('data') : undefined
  if (event?.is !== 'mapping' || held?.is !== 'mapping') return sees
  const entries = new Map(held.entries)
  for (const [key, one] of data) if (one !== undefined) entries.set(key, { is: 'expression', expression: value(one) })
  return new Map(sees).set('event', { ...event, entries: new Map(event.entries).set('data', { ...held, entries }) })
}

/** Keys of `trigger.event.data` that texts of the automation ask for. */
function keysRead(w: Writing): readonly string[] {
  const pattern = /\bevent\.data(?:\.(?!get\b)([a-zA-Z_]\w*)|\[\s*['"]([^'"]+)['"]\s*\]|\.get\(\s*['"]([^'"]+)['"])/g
  return [...new Set([...w.source.join('\n').matchAll(pattern)].map((found) => found[1] ?? found[2] ?? found[3]!))]
}

/** What a constant of fired data is, for those who read it. */
export function firedFields(
  home: Home,
  type: string,
  node: YamlNode,
): readonly { readonly attribute: string; readonly node: YamlNode; readonly value: Value | undefined }[] {
  return [field(node, 'event_data'), field(node, 'event_data_template')].flatMap(entriesOf).flatMap(({ key, node: one }) => {
    const attribute = `event:${type}.${key}`
    return home.attributes.has(attribute)
      ? [{ attribute, node: one, value: constant(one) ?? (typeof plainOf(one) === 'object' ? undefined : constant(one)) }]
      : []
  })
}
