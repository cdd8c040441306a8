/** Service calls of Home Assistant nodes: what they set, where entities and data are constant; else what they may write. */
import { assign, type Draft, everyOutput, type Item, newId, pass, sequence } from './draft.ts'
import { value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { entitiesOf, entity } from './home-assistant.ts'

const SWITCHED = new Set(['switch', 'light', 'fan', 'input_boolean', 'siren', 'humidifier', 'group', 'automation', 'remote'])
/** Media players that are turned on may be idle, paused or playing; `on` stands for all of these. */
const STARTED = new Set(['media_player', 'climate', 'water_heater'])
const OPAQUE =
  /^(notify|tts|persistent_notification|logbook|system_log|telegram_bot|conversation|camera|shopping_list|homeassistant\.update_entity|recorder)\b/
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
  'media_player.media_play': { to: 'playing' },
  'media_player.media_pause': { to: 'paused' },
  'media_player.media_stop': { to: 'idle' },
  'media_player.volume_mute': { suffix: 'is_volume_muted', from: 'is_volume_muted' },
  'cover.set_cover_tilt_position': { suffix: 'current_tilt_position', from: 'tilt_position' },
  'humidifier.set_humidity': { suffix: 'humidity', from: 'humidity' },
  'water_heater.set_temperature': { suffix: 'temperature', from: 'temperature' },
  'fan.set_percentage': { suffix: 'percentage', from: 'percentage' },
  'vacuum.start': { to: 'cleaning' },
  'vacuum.return_to_base': { to: 'returning' },
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
  'input_number.set_value': { from: 'value' },
  'number.set_value': { from: 'value' },
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
    draft.outward = true
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
  if (name === 'turn_on' && STARTED.has(domain)) {
    draft.context.assumptions.add(`\`${service}\` sets the state \`on\`, which stands for every state but \`off\``)
    return targets.map((id) => set(id, 'on'))
  }
  if (service === 'squeezebox.call_method') return squeezed(draft, data, set, targets)
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

/** Commands of a Logitech media server that set what the player shows; those that only choose what it plays start it. */
function squeezed(
  draft: Draft,
  data: Readonly<Record<string, unknown>> | undefined,
  set: (id: string, to: string | number | boolean) => Item,
  targets: readonly string[],
): readonly Item[] | undefined {
  const listed: unknown = data?.['parameters']
  const [first, second] = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).map(textOf)
  switch (data?.['command']) {
    case 'mixer':
      if (first === 'muting' && (second === '0' || second === '1')) return targets.map((id) => set(`${id}.is_volume_muted`, second === '1'))
      return first === 'volume' && /^\d+$/.test(second ?? '')
        ? targets.map((id) => set(`${id}.volume_level`, Number(second) / 100))
        : undefined
    case 'stop':
      return targets.map((id) => set(id, 'idle'))
    case 'pause':
      return first === '1' ? targets.map((id) => set(id, 'paused')) : undefined
    case 'play':
    case 'favorites':
    case 'spotty':
    case 'playlist': {
      if (data['command'] !== 'play' && second !== 'play' && first !== 'play') return undefined
      draft.context.assumptions.add('what a media player plays is not modelled, only that it plays')
      return targets.map((id) => set(id, 'playing'))
    }
    default:
      return undefined
  }
}

/** A state that is posted to the interface of Home Assistant is set; requests that only read answer anything. */
export function readApi(draft: Draft): void {
  const { raw } = draft.node.node
  const [, id] = /^\/?(?:api\/)?states\/([a-z_0-9]+\.[a-z_0-9]+)$/.exec(textOf(raw['path'])) ?? []
  const state = dataOf(raw['data'])?.['state']
  if (textOf(raw['method']).toLowerCase() === 'post' && id !== undefined && isScalar(state)) {
    const attribute = entity(draft.context, id, true, draft.node.node)
    sequence(draft, [{ do: 'set', attribute, value: value(String(state)) }, ...answer(draft)], everyOutput(draft))
  } else unmodelledService(draft, `what \`${textOf(raw['path'])}\` of Home Assistant answers`, id === undefined ? [] : [id])
}

/** The answer to a post replaces the payload; where nothing reads it nothing is left open. */
function answer(draft: Draft): readonly Item[] {
  const path = textOf(draft.node.node.raw['location'])
  return path !== '' && textOf(draft.node.node.raw['locationType']) === 'msg' && everyOutput(draft).length > 0
    ? assign(draft, path, { is: 'open', type: { is: 'any' }, why: 'what Home Assistant answers' })
    : []
}

function isScalar(constant: unknown): constant is string | number | boolean {
  if (typeof constant === 'string') return !constant.includes('{{')
  return typeof constant === 'boolean' || (typeof constant === 'number' && Number.isFinite(constant))
}
