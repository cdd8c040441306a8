/**
 * Triggers: one of the document may be several of the model, each with what must hold of its event and what templates see of it.
 * From documentation: docs/automation/trigger, docs/automation/templating.
 */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, Trigger, Value, ValueType } from '../../model/automation.ts'
import { and, compare, local, not, or, read, same, value } from '../node-red/expressions.ts'
import { inZone } from './conditions.ts'
import { derivedStates } from './derived.ts'
import { deviceNamed, deviceValues } from './devices.ts'
import { constantDuration, duration } from './durations.ts'
import { namedEntities } from './entities.ts'
import { ASKED, askedToTurnOn, eventTriggers } from './events.ts'
import { attribute, type Home, messages, mqttTopic, outsideAttribute, say } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import type { Made, MadeTrigger } from './made-trigger.ts'
import { numericSubject, within } from './numeric.ts'
import { numberOf, spelled } from './states.ts'
import { offsetOf, sinceSun } from './sun.ts'
import { templated } from './templates.ts'
import { patternTriggers, timeTriggers } from './time-triggers.ts'
import { entriesOf, field, flat, isTemplate, textOf, textsOf, type YamlNode } from './tree.ts'
import { part, type Writing } from './writing.ts'

const TRUE = value(true)
const text = (constant: string): TemplateValue => ({ is: 'expression', expression: value(constant), text: true })
const PAYLOAD: TemplateValue = { is: 'expression', expression: local('trigger'), text: true }
const BEFORE: TemplateValue = { is: 'expression', expression: local('trigger.before'), text: true }

/** All triggers of a document, in their order; those that are switched off are left out. */
export function readTriggers(w: Writing, node: YamlNode | undefined): readonly MadeTrigger[] {
  return flatTriggers(node).flatMap((one, position) => {
    const enabled = field(one, 'enabled')
    if (enabled?.is === 'scalar' && (enabled.value === false || enabled.value === 'false')) return []
    const platform = textOf(field(one, 'platform', 'trigger')) ?? ''
    const id = textOf(field(one, 'id')) ?? String(position)
    const variables = entriesOf(field(one, 'variables'))
    return readTrigger(w, one, platform).map((made): MadeTrigger => ({
      trigger: made.trigger,
      id,
      test: made.test ?? TRUE,
      sees: new Map<string, TemplateValue>([
        ['id', text(id)],
        ['idx', text(String(position))],
        ['platform', text(platform)],
        ['alias', textOf(field(one, 'alias')) === undefined ? { is: 'undefined' } : text(textOf(field(one, 'alias'))!)],
        ...absent(one, platform),
        ...(made.sees ?? []),
      ]),
      variables,
    }))
  })
}

/** Keys that a trigger of another kind has, and this one surely not. */
function absent(node: YamlNode, platform: string): readonly (readonly [string, TemplateValue])[] {
  const ofEntities = ['state', 'numeric_state', 'zone', 'device', 'template', 'calendar', 'geo_location']
  const keys = [
    ...(ofEntities.includes(platform) ? [] : ['entity_id', 'from_state', 'to_state']),
    ...(platform === 'event' || field(node, 'event') !== undefined || platform === 'calendar' ? [] : ['event']),
    ...(platform === 'mqtt' ? [] : ['topic', 'payload', 'payload_json']),
    ...(ofEntities.includes(platform) ? [] : ['for']),
  ]
  const lasts = field(node, 'for')
  const lasting: TemplateValue | undefined = lasts === undefined ? { is: 'expression', expression: value(null) } : spanOf(lasts)
  return [
    ...keys.map((key): readonly [string, TemplateValue] => [key, { is: 'undefined' }]),
    ...(lasting === undefined || !ofEntities.includes(platform) ? [] : [['for', lasting] as const]),
  ]
}

/** The parts of a constant duration. */
function spanOf(node: YamlNode): TemplateValue | undefined {
  const given = constantDuration(node)
  if (given === undefined) return undefined
  const seconds = Math.floor(given / 1000)
  const parts = { days: Math.floor(seconds / 86_400), seconds: seconds % 86_400, microseconds: (given % 1000) * 1000 }
  const entries = Object.entries(parts).map(([key, one]): readonly [string, TemplateValue] => [
    key,
    { is: 'expression', expression: value(one) },
  ])
  return { is: 'mapping', entries: new Map(entries), open: 'what else `trigger.for` holds' }
}

/** Lists in lists, and lists that stand under `triggers` in a trigger. */
function flatTriggers(node: YamlNode | undefined): readonly YamlNode[] {
  return flat(node).flatMap((one) => {
    const inner = field(one, 'triggers')
    return inner === undefined ? [one] : flatTriggers(inner)
  })
}

function readTrigger(w: Writing, node: YamlNode, platform: string): readonly Made[] {
  switch (platform) {
    case 'state':
      return stateTriggers(w, node)
    case 'numeric_state':
      return numericTriggers(w, node)
    case 'time':
      return timeTriggers(w, node)
    case 'time_pattern':
    case 'interval':
      return patternTriggers(w, node)
    case 'sun':
      return [sunTrigger(w, node)]
    case 'template': {
      const written = field(node, 'value_template')
      const source = textOf(written) ?? ''
      const condition = isTemplate(source) ? templated(w, source, written?.at ?? node.at, 'truth', withoutTrigger(w)) : value(false)
      return [{ trigger: { on: 'becomes', condition, ...lasting(w, node), at: node.at } }]
    }
    case 'event':
      return eventTriggers(w, node)
    case 'mqtt':
      return [mqttTrigger(w, node)]
    case 'webhook': {
      const id = textOf(field(node, 'webhook_id')) ?? ''
      return [
        { trigger: message(w.home, `webhook:${id}`, { is: 'any' }, node.at), sees: fields(w, `webhook:${id}`, ['json', 'data', 'query']) },
      ]
    }
    case 'homeassistant':
      return textOf(field(node, 'event')) === 'shutdown'
        ? [{ trigger: message(w.home, 'home-assistant.shutdown', { is: 'bool' }, node.at) }]
        : [{ trigger: { on: 'start', at: node.at } }]
    case 'zone':
      return zoneTriggers(w, node)
    case 'geo_location': {
      const name = `${textOf(field(node, 'source')) ?? ''}/${textOf(field(node, 'zone')) ?? ''}/${textOf(field(node, 'event')) ?? ''}`
      return [{ trigger: message(w.home, `geo_location:${name}`, { is: 'text' }, node.at) }]
    }
    case 'tag':
      return textsOf(field(node, 'tag_id')).map((id) => ({ trigger: message(w.home, `tag:${id}`, { is: 'text' }, node.at) }))
    case 'calendar': {
      const entity = namedEntities(w.home, field(node, 'entity_id')).known[0] ?? 'calendar.unknown'
      const name = `${entity}.${textOf(field(node, 'event')) ?? 'start'}${textOf(field(node, 'offset')) ?? ''}`
      return [{ trigger: message(w.home, name, { is: 'text' }, node.at), sees: fields(w, name, ['calendar_event']) }]
    }
    case 'conversation':
      return textsOf(field(node, 'command')).map((sentence) => ({
        trigger: message(w.home, `conversation:${sentence}`, { is: 'text' }, node.at),
        sees: fields(w, `conversation:${sentence}`, ['slots']),
      }))
    case 'persistent_notification': {
      const name = `persistent_notification:${textOf(field(node, 'notification_id')) ?? '*'}/${textsOf(field(node, 'update_type')).join('+') || '*'}`
      return [{ trigger: message(w.home, name, { is: 'text' }, node.at) }]
    }
    case 'device':
      return [deviceTrigger(w, node)]
    default: {
      if (ASKED.test(platform))
        return textsOf(field(node, 'entity_id')).map((entity) => ({
          trigger: message(w.home, askedToTurnOn(entity), { is: 'any' }, node.at),
        }))
      const why = platform === '' ? 'a trigger without a kind' : `a trigger of the kind \`${platform}\``
      if (platform === '') say(w.home, 'no-trigger', 'a trigger names its kind with `trigger` (before 2024: `platform`)', node)
      return [{ trigger: { on: 'unmodelled', part: part(w, why, node.at), at: node.at } }]
    }
  }
}

/** In the condition of a trigger nothing has triggered yet. */
function withoutTrigger(w: Writing): Writing['scope'] {
  return new Map([...w.scope].filter(([name]) => name !== 'trigger'))
}

/** Something from outside that starts all automations which wait for it. */
const message = (home: Home, id: string, type: ValueType, at: Location): Trigger => ({
  on: 'message',
  attribute: messages(home, id, type, at),
  at,
})

/** Parts of an event that templates may ask for: values from outside. */
export function fields(w: Writing, id: string, names: readonly string[]): ReadonlyMap<string, TemplateValue> {
  return new Map(
    names.map((name) => [
      name,
      {
        is: 'mapping',
        entries: new Map(
          [...asked(w, name)].map((key) => [
            key,
            { is: 'expression', expression: read(outsideAttribute(w.home, `${id}/${name}.${key}`, id, { is: 'any' }, true).id) },
          ]),
        ),
        open: `what else \`trigger.${name}\` holds`,
      },
    ]),
  )
}

/** Keys that texts of the automation ask for behind a name: `data.x`, `data['x']`, `data.get('x'`. */
function asked(w: Writing, name: string): ReadonlySet<string> {
  const pattern = new RegExp(String.raw`\b${name}(?:\.(?!get\b)([a-zA-Z_]\w*)|\[\s*['"]([^'"]+)['"]\s*\]|\.get\(\s*['"]([^'"]+)['"])`, 'g')
  return new Set([...w.source.join('\n').matchAll(pattern)].map((found) => found[1] ?? found[2] ?? found[3]!))
}

function lasting(w: Writing, node: YamlNode): { readonly for?: AutomationExpression } {
  const written = field(node, 'for')
  return written === undefined ? {} : { for: duration(w, written) }
}

function stateTriggers(w: Writing, node: YamlNode): readonly Made[] {
  const { known, unknown } = namedEntities(w.home, field(node, 'entity_id', 'entity'))
  const name = textOf(field(node, 'attribute'))
  const made = known.flatMap((entity): readonly Made[] => {
    const sees = (before: TemplateValue, after: TemplateValue): MadeTrigger['sees'] =>
      new Map<string, TemplateValue>([
        ['entity_id', text(entity)],
        ['from_state', { is: 'state', entity, holds: new Map([[name ?? 'state', before]]) }],
        ['to_state', { is: 'state', entity, holds: new Map([[name ?? 'state', after]]) }],
      ])
    const now: TemplateValue = { is: 'state', entity }
    const derived = name === undefined ? derivedStates(w.home, entity) : undefined
    if (derived !== undefined) {
      const wanted =
        listed(node, 'to') ??
        difference(derived.states, listed(node, 'not_to')) ??
        (listed(node, 'from') ? difference(derived.states, listed(node, 'from')) : undefined)
      return (wanted ?? derived.states).map((state) => ({
        trigger: {
          on: 'becomes',
          condition: same(read(attribute(w.home, entity, name, node.at).id), value(state)),
          ...lasting(w, node),
          at: node.at,
        },
        sees: new Map<string, TemplateValue>([
          ['entity_id', text(entity)],
          ['from_state', { is: 'state', entity, holds: new Map([['state', otherState(derived.states, state)]]) }],
          ['to_state', { ...now, holds: new Map([['state', text(state)]]) }],
        ]),
      }))
    }
    const { id, type } = attribute(w.home, entity, name, node.at)
    const values = (key: string): readonly Value[] | undefined => listed(node, key)?.flatMap((one) => spelled(type, one))
    if (w.home.attributes.get(id)!.delivery === 'message')
      return [{ trigger: { on: 'message', attribute: id, at: node.at }, sees: sees(BEFORE, PAYLOAD) }]
    const [from, to, notFrom, notTo] = [values('from'), values('to'), values('not_from'), values('not_to')]
    if (from === undefined && to === undefined && name === undefined && field(node, 'from', 'to', 'not_from', 'not_to') === undefined)
      w.home.assumptions.add('a trigger on any change of an entity means a change of its state, not of its attributes')
    return [
      {
        trigger: {
          on: 'change',
          attribute: id,
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...lasting(w, node),
          at: node.at,
        },
        test: and(
          ...(notFrom ?? []).map((one) => not(same(local('trigger.before'), value(one)))),
          ...(notTo ?? []).map((one) => not(same(local('trigger'), value(one)))),
        ),
        sees: sees(BEFORE, PAYLOAD),
      },
    ]
  })
  return [...made, ...unknown.map((one): Made => ({ trigger: unknownEntity(w, one, node) }))]
}

const otherState = (states: readonly string[], state: string): TemplateValue =>
  states.length === 2
    ? text(states.find((one) => one !== state)!)
    : { is: 'unknown', why: 'the earlier state of an entity that follows others' }

const difference = (states: readonly string[], less: readonly string[] | undefined): readonly string[] | undefined =>
  less === undefined ? undefined : states.filter((state) => !less.includes(state))

function unknownEntity(w: Writing, name: string, node: YamlNode): Trigger {
  const why = isTemplate(name)
    ? 'a trigger on entities that a template names'
    : `a trigger on the entity \`${name}\`, which no registry names`
  return { on: 'unmodelled', part: part(w, why, node.at), at: node.at }
}

/** The states that a key lists; `null` stands for any. */
function listed(node: YamlNode, key: string): readonly string[] | undefined {
  const written = field(node, key)
  if (written === undefined) return undefined
  const texts = flat(written).flatMap((one) => textOf(one) ?? [])
  return texts.length === 0 || texts.includes('*') ? undefined : texts
}

function numericTriggers(w: Writing, node: YamlNode): readonly Made[] {
  const { known, unknown } = namedEntities(w.home, field(node, 'entity_id'))
  const name = textOf(field(node, 'attribute'))
  // Only a write of the entity itself can cross bounds that are numbers: then the event tells what was before it.
  const told =
    field(node, 'value_template') === undefined &&
    [field(node, 'above'), field(node, 'below')].every((one) => one === undefined || isNumeral(one))
  return [
    ...known.map((entity): Made => ({
      trigger: { on: 'becomes', condition: within(w, node, numericSubject(w, node, entity)), ...lasting(w, node), at: node.at },
      sees: new Map<string, TemplateValue>([
        ['entity_id', text(entity)],
        [
          'from_state',
          {
            is: 'state',
            entity,
            holds: new Map([[name ?? 'state', told ? BEFORE : { is: 'unknown', why: 'the earlier state of a crossed bound' }]]),
          },
        ],
        ['to_state', { is: 'state', entity }],
        ['above', numberValue(node, 'above')],
        ['below', numberValue(node, 'below')],
      ]),
    })),
    ...unknown.map((one): Made => ({ trigger: unknownEntity(w, one, node) })),
  ]
}

const isNumeral = (node: YamlNode): boolean =>
  Number.isFinite(Number.parseFloat(textOf(node) ?? '')) && Number.isFinite(Number(textOf(node)))

function numberValue(node: YamlNode, key: string): TemplateValue {
  const number = Number(textOf(field(node, key)))
  return Number.isFinite(number) ? { is: 'expression', expression: value(number) } : { is: 'undefined' }
}

function sunTrigger(w: Writing, node: YamlNode): Made {
  const event = textOf(field(node, 'event')) === 'sunrise' ? 'sunrise' : 'sunset'
  const offset = offsetOf(field(node, 'offset'))
  const sees = new Map<string, TemplateValue>([['event', text(event)]])
  if (offset !== 0)
    return { trigger: { on: 'becomes', condition: compare('>=', sinceSun(w.home, event), value(offset)), at: node.at }, sees }
  const sun = attribute(w.home, 'sun.sun', undefined, node.at).id
  return { trigger: { on: 'change', attribute: sun, to: [event === 'sunrise' ? 'above_horizon' : 'below_horizon'], at: node.at }, sees }
}

function mqttTrigger(w: Writing, node: YamlNode): Made {
  const topic = textOf(field(node, 'topic')) ?? ''
  const at = node.at
  if (isTemplate(topic) || /[+#]/.test(topic)) {
    const why = isTemplate(topic) ? 'a topic that a template names' : `the topic \`${topic}\`, which stands for many`
    return {
      trigger: { on: 'unmodelled', part: part(w, why, at), at },
      sees: new Map([['payload', { is: 'unknown', why }], ...fields(w, `mqtt:${topic}`, ['payload_json'])]),
    }
  }
  const id = mqttTopic(w.home, topic, at)
  const payload = textOf(field(node, 'payload'))
  const transform = textOf(field(node, 'value_template'))
  const asked = { is: 'expression', expression: local('trigger'), text: true } as const
  const json = fields(w, id, ['payload_json', 'value_json'])
  const values = new Map<string, TemplateValue>([
    ['value', asked],
    ['value_json', json.get('value_json')!],
  ])
  const found = transform === undefined ? local('trigger') : templated(w, transform, at, 'text', new Map([...w.scope, ...values]))
  const test =
    payload === undefined
      ? TRUE
      : isTemplate(payload)
        ? same(found, templated(w, payload, at, 'text'))
        : or(...spelled({ is: 'any' }, payload).map((one) => same(found, value(one))))
  return {
    trigger: { on: 'message', attribute: id, at },
    test,
    sees: new Map<string, TemplateValue>([['topic', text(topic)], ['payload', asked], ...json]),
  }
}

function zoneTriggers(w: Writing, node: YamlNode): readonly Made[] {
  const people = namedEntities(w.home, field(node, 'entity_id')).known
  const zones = namedEntities(w.home, field(node, 'zone')).known
  const leaving = textOf(field(node, 'event')) === 'leave'
  return people.flatMap((entity) =>
    zones.map((zone): Made => {
      const inside = inZone(w, entity, zone, node)
      return {
        trigger: { on: 'becomes', condition: leaving ? not(inside) : inside, at: node.at },
        sees: new Map<string, TemplateValue>([
          ['entity_id', text(entity)],
          ['event', text(leaving ? 'leave' : 'enter')],
          ['zone', { is: 'state', entity: zone }],
          ['to_state', { is: 'state', entity }],
        ]),
      }
    }),
  )
}

function deviceTrigger(w: Writing, node: YamlNode): Made {
  const named = deviceNamed(w, node)
  const { domain, type, subtype, device, entity } = named
  const at = node.at
  const values = deviceValues(w, named)
  if (entity !== undefined && field(node, 'above', 'below') !== undefined)
    return { trigger: { on: 'becomes', condition: within(w, node, numberOf(w.home, entity, undefined, at)), ...lasting(w, node), at } }
  if (entity !== undefined && (values !== undefined || type === 'changed_states')) {
    const id = attribute(w.home, entity, undefined, at).id
    return { trigger: { on: 'change', attribute: id, ...(values === undefined ? {} : { to: values }), ...lasting(w, node), at } }
  }
  if (field(node, 'entity_id') !== undefined) {
    const why = `a trigger of the device \`${device.slice(0, 8)}\`: no registry says which entity of \`${domain}\` it is`
    return { trigger: { on: 'unmodelled', part: part(w, why, at), at } }
  }
  // A press of a button and its like: all automations that name it hear it.
  const name = ['device:', device, domain, type, subtype ?? textOf(field(node, 'discovery_id')) ?? ''].join('/')
  return { trigger: message(w.home, name, { is: 'bool' }, at) }
}
