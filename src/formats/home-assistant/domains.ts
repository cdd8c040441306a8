/** The entity domains of Home Assistant: which states each can take. From documentation: integrations/<domain>, developers.home-assistant.io docs/core/entity/<domain>. */
import type { ValueType } from '../../model/automation.ts'

const NO_STATE = ['unavailable', 'unknown'] as const

const closed = (...values: readonly string[]): ValueType => ({ is: 'enum', values: [...values, ...NO_STATE], other: false })
const open = (...values: readonly string[]): ValueType => ({ is: 'enum', values: [...values, ...NO_STATE], other: true })
const ON_OFF = closed('on', 'off')

/** States by domain. A sensor's state is a number, a text, or a word for having none. */
const STATES: Readonly<Record<string, ValueType>> = {
  alarm_control_panel: open(
    'disarmed',
    'armed_home',
    'armed_away',
    'armed_night',
    'armed_vacation',
    'armed_custom_bypass',
    'pending',
    'arming',
    'disarming',
    'triggered',
  ),
  automation: ON_OFF,
  binary_sensor: ON_OFF,
  calendar: ON_OFF,
  camera: open('idle', 'recording', 'streaming'),
  climate: open('off', 'heat', 'cool', 'heat_cool', 'auto', 'dry', 'fan_only'),
  cover: closed('open', 'opening', 'closed', 'closing'),
  device_tracker: open('home', 'not_home'),
  fan: ON_OFF,
  humidifier: ON_OFF,
  input_boolean: { is: 'enum', values: ['on', 'off'], other: false },
  lawn_mower: open('mowing', 'docked', 'paused', 'returning', 'error'),
  light: ON_OFF,
  lock: closed('locked', 'unlocked', 'locking', 'unlocking', 'jammed', 'open', 'opening'),
  media_player: open('off', 'on', 'idle', 'playing', 'paused', 'standby', 'buffering'),
  person: open('home', 'not_home'),
  plant: open('ok', 'problem'),
  proximity: { is: 'any' },
  remote: ON_OFF,
  schedule: { is: 'enum', values: ['on', 'off'], other: false },
  script: ON_OFF,
  sensor: { is: 'any' },
  number: { is: 'any' },
  zone: { is: 'any' },
  siren: ON_OFF,
  sun: { is: 'enum', values: ['above_horizon', 'below_horizon'], other: false },
  switch: ON_OFF,
  timer: { is: 'enum', values: ['idle', 'active', 'paused'], other: false },
  update: ON_OFF,
  vacuum: open('cleaning', 'docked', 'idle', 'paused', 'returning', 'error'),
  valve: closed('open', 'opening', 'closed', 'closing'),
  water_heater: open('off', 'eco', 'electric', 'gas', 'heat_pump', 'high_demand', 'performance'),
}

/** Domains whose entities only exist to be pressed, or tell a moment: each write counts, though it be the same. */
const MOMENTS = new Set(['button', 'input_button', 'event', 'scene', 'image', 'stt', 'tts'])

/** Domains of entities besides those with listed states. */
const FURTHER = [
  'group',
  'counter',
  'input_number',
  'input_select',
  'input_text',
  'input_datetime',
  'select',
  'text',
  'weather',
  'date',
  'time',
  'datetime',
  'todo',
  'geo_location',
  'image_processing',
  'conversation',
  'air_quality',
  'alert',
  'ai_task',
  'notify',
]

export const entityDomains: ReadonlySet<string> = new Set([...Object.keys(STATES), ...MOMENTS, ...FURTHER])

/** Helpers: entities that exist only inside Home Assistant. */
export const helperDomains: ReadonlySet<string> = new Set([
  'input_boolean',
  'input_number',
  'input_select',
  'input_text',
  'input_datetime',
  'input_button',
  'counter',
  'timer',
  'automation',
  'script',
  'group',
])

/** Domains whose entities only report: no service sets what they say. */
export const reportingDomains: ReadonlySet<string> = new Set([
  'binary_sensor',
  'sensor',
  'person',
  'device_tracker',
  'sun',
  'zone',
  'weather',
  'calendar',
  'event',
  'camera',
  'image',
  'image_processing',
  'geo_location',
  'update',
  'air_quality',
])

/** Domains that no service commands in the physical world. */
export const passiveDomains: ReadonlySet<string> = new Set([...helperDomains, ...reportingDomains, 'scene', 'notify', 'tts'])

export const isMoment = (domain: string): boolean => MOMENTS.has(domain)

/** The type of the state of an entity of the domain that nothing more is known of. */
export function stateType(domain: string): ValueType {
  if (isMoment(domain)) return { is: 'text' }
  return STATES[domain] ?? (domain === 'group' ? open('on', 'off', 'home', 'not_home') : { is: 'any' })
}

export const domainOf = (entity: string): string => entity.slice(0, entity.indexOf('.'))

export const ENTITY = /^[a-z_0-9]+\.[a-z_0-9]+$/

/** The one entity of which only the secret is known that names it: no other name means it. */
export function secretEntity(text: string): string | undefined {
  const name = /^secret ([a-z_0-9]+)$/i.exec(text.trim())?.[1]
  return name === undefined ? undefined : `secret.${name.toLowerCase()}`
}

/** The name that Home Assistant makes of a title: `Front door (1)` is `front_door_1`. */
export function slug(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll("'", '')
  const made = plain.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '')
  return made === '' ? 'unknown' : made
}
