/** Nodes of node-red-contrib-home-assistant-websocket: entity states are read and set where ids and services are constant. */
import type { AutomationExpression } from '../../model/automation.ts'
import type { FlowContext } from './context.ts'
import {
  ANY,
  assign,
  branch,
  type Draft,
  everyOutput,
  type Item,
  open,
  output,
  pass,
  sequence,
  stepsOrPass,
  unmodelled,
  newId,
  anyMessage,
} from './draft.ts'
import { and, compare, not, number, or, read, same, value } from './expressions.ts'
import { type FlowNode, textOf } from './flow-nodes.ts'

/** An entity's state (a text), or one of its attributes (`climate.hall.temperature`). Others may change either. */
export function entity(context: FlowContext, id: string, commanded: boolean, node: FlowNode): string {
  const known = context.attributes.get(id)
  if (known === undefined || (commanded && known.role !== 'actuator')) {
    const thing = id.split('.').slice(0, 2).join('.')
    const type = id === thing ? ({ is: 'text' } as const) : ({ is: 'any' } as const)
    context.attributes.set(id, {
      id,
      thing,
      type,
      role: commanded ? 'actuator' : 'sensor',
      outside: true,
      delivery: 'state',
      restored: false,
      at: known?.at ?? node.at,
    })
  }
  return id
}

const ENTITY = /^[a-z_0-9]+\.[a-z_0-9]+$/

/** Constant entity ids of a property that is a text (commas separate), a list, or `{entity: [...]}`; undefined where a template or pattern stands there. */
export function entitiesOf(written: unknown): readonly string[] | undefined {
  const listed: readonly unknown[] = Array.isArray(written) ? (written as readonly unknown[]) : textOf(written).split(',')
  const ids = listed.map((one) => textOf(one).trim()).filter((one) => one !== '')
  return ids.every((id) => ENTITY.test(id)) ? ids : undefined
}

/** The entities whose changes start a node; undefined where a pattern chooses them. */
export function watched({ raw }: FlowNode): readonly string[] | undefined {
  const { entities } = raw
  if (typeof entities === 'object' && entities !== null && !Array.isArray(entities)) {
    const { entity: exact, substring, regex } = entities as Readonly<Record<string, unknown>>
    const patterns = [substring, regex].some((list) => Array.isArray(list) && list.length > 0)
    return patterns ? undefined : entitiesOf(exact ?? [])
  }
  const filter = textOf(raw['entityidfiltertype'] ?? raw['entityIdType'] ?? raw['entityIdFilterType'])
  const list = entitiesOf(raw['entityidfilter'] ?? raw['entityid'] ?? raw['entityId'] ?? raw['entity_id'])
  return filter === '' || filter === 'exact' || filter === 'list' ? list : undefined
}

/** Whether a state satisfies a comparison as these nodes write it. */
function compared(draft: Draft, state: AutomationExpression, comparator: string, written: unknown, type: string): AutomationExpression {
  const numeric = type === 'num' || ['<', '<=', '>', '>=', 'lt', 'lte', 'gt', 'gte'].includes(comparator)
  const constant = numeric
    ? value(Number.isFinite(Number(written)) ? Number(written) : null)
    : value(type === 'bool' ? textOf(written) : textOf(written))
  const left = numeric ? number(state) : state
  if (!['', 'str', 'num', 'bool'].includes(type)) return open(draft, { is: 'bool' }, `compares with a value of type \`${type}\``)
  switch (comparator) {
    case '':
    case 'is':
      return same(left, constant)
    case 'is_not':
      return not(same(left, constant))
    case '<':
    case 'lt':
      return compare('<', left, constant)
    case '<=':
    case 'lte':
      return compare('<=', left, constant)
    case '>':
    case 'gt':
      return compare('>', left, constant)
    case '>=':
    case 'gte':
      return compare('>=', left, constant)
    case 'includes':
    case 'does_not_include': {
      const among = or(
        ...textOf(written)
          .split(',')
          .map((one) => same(state, value(one.trim()))),
      )
      return comparator === 'includes' ? among : not(among)
    }
    default:
      return open(draft, { is: 'bool' }, `the comparison \`${comparator}\``)
  }
}

/** First output where the state is as asked, else the second; one output where nothing is asked. */
export function byState(draft: Draft, state: AutomationExpression): readonly string[] {
  const { raw } = draft.node.node
  const wanted = raw['halt_if'] ?? raw['haltifstate'] ?? raw['ifState']
  if (textOf(wanted) === '') return stepsOrPass(draft, [], output(draft, 0))
  const when = compared(
    draft,
    state,
    textOf(raw['halt_if_compare'] ?? raw['ifStateOperator']),
    wanted,
    textOf(raw['halt_if_type'] ?? raw['ifStateType']),
  )
  return branch(draft, false, [{ when, next: () => output(draft, 0) }], () => output(draft, 1))
}

/** The constraints of a `trigger-state` node: first output where they hold, else the second. */
export function byConstraints(draft: Draft, state: AutomationExpression): readonly string[] {
  const { raw } = draft.node.node
  const list: readonly unknown[] = Array.isArray(raw['constraints']) ? (raw['constraints'] as readonly unknown[]) : []
  const conditions = list.map((item) => {
    const one = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>
    const target = textOf(one['targetType'])
    const id = textOf(one['targetValue'])
    const subject =
      target === 'entity_id' && ENTITY.test(id)
        ? read(entity(draft.context, id, false, draft.node.node))
        : target === 'this_entity'
          ? state
          : undefined
    const plainState = /^(new_state\.state|state|)$/.test(textOf(one['propertyValue'])) && textOf(one['propertyType']) !== 'previous_state'
    if (subject === undefined || !plainState) return open(draft, { is: 'bool' }, 'a constraint on an earlier state or on an attribute')
    return compared(draft, subject, textOf(one['comparatorType']), one['comparatorValue'], textOf(one['comparatorValueDatatype']))
  })
  const when = textOf(raw['constraintsmustmatch']) === 'any' ? or(...conditions) : and(...conditions)
  const custom = Array.isArray(raw['customoutputs']) && raw['customoutputs'].length > 0
  const further = custom ? draft.node.outputs.slice(2).flat() : []
  if (custom) draft.notes.add('outputs with conditions of their own')
  return branch(draft, false, [{ when, next: () => [...output(draft, 0), ...further] }], () => [...output(draft, 1), ...further])
}

export function readCurrentState(draft: Draft): void {
  const { node } = draft.node
  const ids = entitiesOf(node.raw['entity_id'] ?? node.raw['entityId'])
  if (ids?.length !== 1) {
    unmodelled(draft, 'reads the state of an entity that the message chooses')
    return
  }
  const state = read(entity(draft.context, ids[0]!, false, node))
  const items = [
    ...assign(draft, 'payload', { is: 'value', value: state }),
    ...assign(draft, 'data', { is: 'open', type: ANY, why: 'the attributes of an entity' }),
  ]
  const first = draft.made
  if (items.length === 0) byState(draft, state)
  else {
    // The branch follows the assignments; it compares the state, not the message.
    const ids = items.map(() => newId(draft))
    const after = byState(draft, state)
    items.forEach((item, index) =>
      draft.steps.splice(first + index, 0, {
        id: ids[index]!,
        at: node.at,
        next: ids[index + 1] === undefined ? after : [ids[index + 1]!],
        ...item,
      }),
    )
  }
}

export function readWaitUntil(draft: Draft): void {
  const { node } = draft.node
  const { raw } = node
  const ids = entitiesOf(raw['entityId'])
  const property = textOf(raw['property']) || 'state'
  if (ids?.length !== 1 || property !== 'state') {
    unmodelled(draft, 'waits for something that is not the state of one entity')
    return
  }
  const until = compared(
    draft,
    read(entity(draft.context, ids[0]!, false, node)),
    textOf(raw['comparator']),
    raw['value'],
    textOf(raw['valueType']),
  )
  const limit = Number(raw['timeout'])
  const wait = (): readonly string[] => {
    const id = newId(draft)
    draft.steps.push({
      id,
      at: node.at,
      do: 'wait',
      until,
      next: output(draft, 0),
      ...(limit > 0 ? { timeout: { milliseconds: value(limit * 1000), next: output(draft, 1) } } : {}),
    })
    return [id]
  }
  if (raw['checkCurrentState'] === false) wait()
  else branch(draft, false, [{ when: until, next: () => output(draft, 0) }], wait)
}

const SWITCHED = new Set(['switch', 'light', 'fan', 'input_boolean', 'siren', 'humidifier', 'group', 'automation', 'remote'])
const OPAQUE = /^(notify|tts|persistent_notification|logbook|system_log|telegram_bot|conversation)\./
/** States and attributes that services set: from the name of the service to what it sets, constant or taken from its data. */
const SERVICES: Readonly<Record<string, { readonly suffix?: string; readonly to?: string; readonly from?: string }>> = {
  'cover.open_cover': { to: 'open' },
  'cover.close_cover': { to: 'closed' },
  'valve.open_valve': { to: 'open' },
  'valve.close_valve': { to: 'closed' },
  'lock.lock': { to: 'locked' },
  'lock.unlock': { to: 'unlocked' },
  'climate.turn_off': { to: 'off' },
  'media_player.turn_off': { to: 'off' },
  'climate.set_hvac_mode': { from: 'hvac_mode' },
  'climate.set_temperature': { suffix: 'temperature', from: 'temperature' },
  'climate.set_fan_mode': { suffix: 'fan_mode', from: 'fan_mode' },
  'climate.set_preset_mode': { suffix: 'preset_mode', from: 'preset_mode' },
  'fan.set_preset_mode': { suffix: 'preset_mode', from: 'preset_mode' },
  'cover.set_cover_position': { suffix: 'current_position', from: 'position' },
  'media_player.volume_set': { suffix: 'volume_level', from: 'volume_level' },
  'media_player.select_source': { suffix: 'source', from: 'source' },
  'select.select_option': { from: 'option' },
  'input_select.select_option': { from: 'option' },
  'input_text.set_value': { from: 'value' },
}

export function readCallService(draft: Draft): void {
  const { node } = draft.node
  const { raw } = node
  const action = textOf(raw['action'])
  const service = action.includes('.') ? action : `${textOf(raw['service_domain'] ?? raw['domain'])}.${textOf(raw['service'])}`
  const data = dataOf(raw['data'])
  const ids = entitiesOf(isFilled(raw['entityId']) ? raw['entityId'] : (data?.['entity_id'] ?? ''))
  const targets = ids ?? []
  draft.context.assumptions.add('messages do not override what service calls of Home Assistant nodes say themselves')
  if (OPAQUE.test(service)) {
    draft.context.assumptions.add(`the service \`${service}\` acts on nothing that automations read`)
    pass(draft, everyOutput(draft))
    return
  }
  const wide = isFilled(raw['areaId']) || isFilled(raw['deviceId']) || isFilled(raw['floorId']) || isFilled(raw['labelId'])
  const items = ids === undefined || wide ? undefined : effectOf(draft, service, data, targets)
  if (items === undefined || items.length === 0) {
    const writes = targets.map((id) => entity(draft.context, id, true, node))
    unmodelledService(draft, `what the service \`${service}\` does`, writes)
  } else sequence(draft, items, everyOutput(draft))
}

/** May write its targets; the message goes on, perhaps with the answer. */
function unmodelledService(draft: Draft, why: string, writes: readonly string[]): void {
  draft.reasons.add(why)
  const id = newId(draft)
  draft.steps.push({ id, at: draft.node.node.at, do: 'unmodelled', part: draft.node.id, writes, next: everyOutput(draft) })
}

const isFilled = (written: unknown): boolean => (Array.isArray(written) ? written.length > 0 : textOf(written) !== '')

function dataOf(written: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof written === 'object' && written !== null && !Array.isArray(written)) return written as Readonly<Record<string, unknown>>
  if (textOf(written).trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(textOf(written))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function effectOf(
  draft: Draft,
  service: string,
  data: Readonly<Record<string, unknown>> | undefined,
  targets: readonly string[],
): readonly Item[] | undefined {
  const set = (id: string, to: string | number | boolean): Item => ({
    do: 'set',
    attribute: entity(draft.context, id, true, draft.node.node),
    value: value(to),
  })
  const [domain = '', name = ''] = service.split('.')
  if (name === 'turn_on' || name === 'turn_off') {
    const kinds = domain === 'homeassistant' ? targets.map((id) => id.split('.')[0]!) : [domain]
    if (kinds.every((kind) => SWITCHED.has(kind))) return targets.map((id) => set(id, name === 'turn_on' ? 'on' : 'off'))
  }
  if (service === 'mqtt.publish') {
    const { topic, payload } = data ?? {}
    if (typeof topic !== 'string' || topic.includes('{{') || !isScalar(payload)) return undefined
    const id = `mqtt:home-assistant/${topic}`
    const at = draft.node.node.at
    draft.context.attributes.set(id, {
      id,
      thing: id,
      type: { is: 'any' },
      role: 'actuator',
      outside: false,
      delivery: 'message',
      restored: false,
      at,
    })
    return [{ do: 'set', attribute: id, value: value(payload) }]
  }
  const effect = SERVICES[service]
  if (effect === undefined) return undefined
  const to = effect.to ?? data?.[effect.from ?? '']
  if (!isScalar(to)) return undefined
  return targets.map((id) =>
    set(effect.suffix === undefined ? id : `${id}.${effect.suffix}`, effect.suffix === undefined ? String(to) : to),
  )
}

function isScalar(constant: unknown): constant is string | number | boolean {
  if (typeof constant === 'string') return !constant.includes('{{')
  return typeof constant === 'boolean' || (typeof constant === 'number' && Number.isFinite(constant))
}

/** What a state node puts into its message when it starts one. */
export function stateMessage(draft: Draft, state: AutomationExpression): readonly Item[] {
  return [...assign(draft, 'payload', { is: 'value', value: state }), ...anyMessage(draft, 'the event of an entity', ['payload'])]
}
