/**
 * What services do, as data: which attribute of each target takes which value. From documentation: integrations/<domain>, section "Actions", for each entry.
 * A service of a known domain that stands neither here nor among the opaque ones may write anything to its targets, and is listed as unmodelled.
 */
import type { Value } from '../../model/automation.ts'

/**
 * `to`: the constant; `from`: the first of these keys of the data that is given; `toggle`: the first of the two unless it stands already, then the second;
 * `choose`: by whether the number is above 0. `attribute` absent: the state. `need`: the effect happens only where a key of `from` is given.
 */
export type Effect = { readonly attribute?: string } & (
  | { readonly to: Value }
  /** `need`: nothing happens where none is given; `absent`: what is taken then. */
  | { readonly from: readonly string[]; readonly scale?: number; readonly need?: true; readonly as?: 'text'; readonly absent?: Value }
  /** A constant before the text that is given. */
  | { readonly joined: string; readonly from: readonly string[]; readonly otherwise: Value }
  | { readonly toggle: readonly [Value, Value] }
  | { readonly choose: readonly string[]; readonly above: Value; readonly else: Value }
  /** Any value that is not `not`, where it is `not` now: the device knows which. */
  | { readonly leaves: Value; readonly why: string }
  /** Any value: the device knows which. */
  | { readonly any: string }
)

const state = (to: Value): readonly Effect[] => [{ to }]
const given = (attribute: string, ...from: readonly string[]): Effect => ({
  attribute,
  from: from.length > 0 ? from : [attribute],
  need: true,
})
const onOff = (...more: readonly Effect[]): Readonly<Record<string, readonly Effect[]>> => ({
  turn_on: [{ to: 'on' }, ...more],
  turn_off: state('off'),
  toggle: [{ toggle: ['on', 'off'] }],
})

const LIGHT: readonly Effect[] = [
  given('brightness'),
  { attribute: 'brightness', from: ['brightness_pct'], scale: 2.55, need: true },
  ...[
    'color_name',
    'rgb_color',
    'rgbw_color',
    'rgbww_color',
    'hs_color',
    'xy_color',
    'color_temp',
    'color_temp_kelvin',
    'kelvin',
    'white',
    'effect',
    'profile',
  ].map((name): Effect => ({ attribute: name, from: [name], need: true, as: 'text' })),
  { attribute: 'brightness', from: ['brightness_step', 'brightness_step_pct'], need: true, as: 'text' },
]

const CLOSING: Readonly<Record<string, readonly Effect[]>> = {
  open_cover: state('open'),
  close_cover: state('closed'),
  toggle: [{ toggle: ['open', 'closed'] }],
  stop_cover: [],
  set_cover_position: [given('current_position', 'position'), { choose: ['position'], above: 'open', else: 'closed' }],
  open_cover_tilt: [{ attribute: 'current_tilt_position', to: 100 }],
  close_cover_tilt: [{ attribute: 'current_tilt_position', to: 0 }],
  stop_cover_tilt: [],
  set_cover_tilt_position: [given('current_tilt_position', 'tilt_position')],
  toggle_cover_tilt: [{ attribute: 'current_tilt_position', toggle: [100, 0] }],
}

/** Effects by domain and service. */
export const SERVICES: Readonly<Record<string, Readonly<Record<string, readonly Effect[]>>>> = {
  light: onOff(...LIGHT),
  switch: onOff(),
  input_boolean: onOff(),
  automation: onOff(),
  siren: onOff(given('tone'), given('volume_level')),
  remote: { ...onOff(given('activity')), send_command: [{ attribute: 'command', from: ['command'], as: 'text' }] },
  humidifier: { ...onOff(), set_humidity: [given('humidity')], set_mode: [given('mode')] },
  fan: {
    ...onOff(given('percentage'), given('preset_mode')),
    set_percentage: [given('percentage'), { choose: ['percentage'], above: 'on', else: 'off' }],
    set_preset_mode: [{ to: 'on' }, given('preset_mode')],
    set_direction: [given('direction')],
    oscillate: [given('oscillating')],
    increase_speed: [{ attribute: 'percentage', any: 'the step of a speed' }, { to: 'on' }],
    decrease_speed: [{ attribute: 'percentage', any: 'the step of a speed' }],
  },
  cover: CLOSING,
  valve: {
    open_valve: state('open'),
    close_valve: state('closed'),
    toggle: [{ toggle: ['open', 'closed'] }],
    stop_valve: [],
    set_valve_position: [given('current_position', 'position'), { choose: ['position'], above: 'open', else: 'closed' }],
  },
  lock: { lock: state('locked'), unlock: state('unlocked'), open: state('open') },
  climate: {
    turn_off: state('off'),
    turn_on: [{ leaves: 'off', why: 'which mode a thermostat takes when it is turned on' }],
    toggle: [{ any: 'which mode a thermostat takes when it is turned on' }],
    set_hvac_mode: [{ from: ['hvac_mode'] }],
    set_temperature: [given('temperature'), given('target_temp_high'), given('target_temp_low'), { from: ['hvac_mode'], need: true }],
    set_preset_mode: [given('preset_mode')],
    set_fan_mode: [given('fan_mode')],
    set_swing_mode: [given('swing_mode')],
    set_humidity: [given('humidity')],
    set_aux_heat: [given('aux_heat')],
    // A service of broadlink thermostats, from their integration's page.
    hysen_set_remotelock: [given('remotelock')],
  },
  water_heater: {
    turn_off: state('off'),
    turn_on: [{ leaves: 'off', why: 'which mode a water heater takes when it is turned on' }],
    set_operation_mode: [{ from: ['operation_mode'] }],
    set_temperature: [given('temperature'), { from: ['operation_mode'], need: true }],
    set_away_mode: [given('away_mode')],
  },
  media_player: {
    turn_on: state('on'),
    turn_off: state('off'),
    toggle: [{ toggle: ['on', 'off'] }],
    media_play: state('playing'),
    media_pause: state('paused'),
    media_stop: state('idle'),
    media_play_pause: [{ toggle: ['playing', 'paused'] }],
    media_next_track: [{ attribute: 'track', to: 'next' }],
    media_previous_track: [{ attribute: 'track', to: 'previous' }],
    media_seek: [given('media_position', 'seek_position')],
    play_media: [{ to: 'playing' }, { attribute: 'media_content_id', from: ['media_content_id', 'media'], need: true, as: 'text' }],
    volume_set: [given('volume_level')],
    volume_up: [{ attribute: 'volume_level', any: 'the step of a volume' }],
    volume_down: [{ attribute: 'volume_level', any: 'the step of a volume' }],
    volume_mute: [given('is_volume_muted')],
    select_source: [given('source')],
    select_sound_mode: [given('sound_mode')],
    shuffle_set: [given('shuffle')],
    repeat_set: [given('repeat')],
    clear_playlist: [],
    join: [{ attribute: 'group_members', from: ['group_members'], as: 'text' }],
    unjoin: [{ attribute: 'group_members', to: null }],
  },
  vacuum: {
    start: state('cleaning'),
    turn_on: state('cleaning'),
    turn_off: state('returning'),
    stop: state('idle'),
    pause: state('paused'),
    start_pause: [{ toggle: ['cleaning', 'paused'] }],
    return_to_base: state('returning'),
    clean_spot: state('cleaning'),
    locate: [],
    set_fan_speed: [given('fan_speed')],
    send_command: [{ attribute: 'command', from: ['command'], as: 'text' }],
  },
  lawn_mower: { start_mowing: state('mowing'), dock: state('returning'), pause: state('paused') },
  alarm_control_panel: {
    alarm_disarm: state('disarmed'),
    alarm_arm_home: state('armed_home'),
    alarm_arm_away: state('armed_away'),
    alarm_arm_night: state('armed_night'),
    alarm_arm_vacation: state('armed_vacation'),
    alarm_arm_custom_bypass: state('armed_custom_bypass'),
    alarm_trigger: state('triggered'),
  },
  camera: {
    turn_on: state('idle'),
    turn_off: [{ attribute: 'is_on', to: false }],
    enable_motion_detection: [{ attribute: 'motion_detection', to: true }],
    disable_motion_detection: [{ attribute: 'motion_detection', to: false }],
    snapshot: [],
    record: [],
    play_stream: [],
  },
  number: { set_value: [{ from: ['value'] }] },
  select: {
    select_option: [{ from: ['option'] }],
    select_first: [{ any: 'which options a select has' }],
    select_last: [{ any: 'which options a select has' }],
    select_next: [{ any: 'which options a select has' }],
    select_previous: [{ any: 'which options a select has' }],
  },
  text: { set_value: [{ from: ['value'] }] },
  button: { press: state('pressed') },
  input_button: { press: state('pressed') },
  input_select: { select_option: [{ from: ['option'] }] },
  input_text: { set_value: [{ from: ['value'], as: 'text' }] },
  input_number: { set_value: [{ from: ['value'] }] },
  counter: { set_value: [{ from: ['value'] }] },
  update: { install: [], skip: [], clear_skipped: [] },
  image_processing: { scan: [] },
  todo: { add_item: [], remove_item: [], update_item: [], remove_completed_items: [], get_items: [] },
  calendar: { create_event: [], get_events: [] },
  weather: { get_forecasts: [], get_forecast: [] },
  alert: onOff(),
  conversation: { process: [], reload: [] },
  notify: { send_message: [] },
  // Integrations from outside, as their own pages say: alarmo, denonavr, dreame_vacuum, adaptive_lighting (the lights are not touched).
  alarmo: {
    arm: [
      { attribute: 'arm_mode', from: ['mode'], need: true, as: 'text' },
      { joined: 'armed_', from: ['mode'], otherwise: 'armed_away' },
    ],
    disarm: state('disarmed'),
  },
  androidtv: { adb_command: [{ attribute: 'command', from: ['command'], as: 'text' }] },
  denonavr: { get_command: [{ attribute: 'command', from: ['command'], as: 'text' }] },
  dreame_vacuum: { vacuum_clean_segment: [{ to: 'cleaning' }, { attribute: 'segments', from: ['segments'], as: 'text' }] },
  webostv: {
    command: [{ attribute: 'command', from: ['command'], as: 'text' }],
    button: [{ attribute: 'command', from: ['button'], as: 'text' }],
    select_sound_output: [given('sound_output')],
  },
  sonos: {
    snapshot: [],
    // What stood when the snapshot was made: the speaker knows it.
    restore: [
      { any: 'what a speaker plays after its state is restored' },
      { attribute: 'volume_level', any: 'how loud a speaker is after its state is restored' },
      { attribute: 'group_members', any: 'whom a speaker plays with after its state is restored' },
    ],
    join: [{ attribute: 'group_members', from: ['master'], need: true, as: 'text' }],
    unjoin: [{ attribute: 'group_members', to: null }],
  },
  adaptive_lighting: { set_manual_control: [{ attribute: 'manual_control', from: ['manual_control'], as: 'text', absent: 'true' }] },
}

/** Attributes of things that are written, each write counting, though it be the same: commands and moments. */
export const MOMENT_ATTRIBUTES: ReadonlySet<string> = new Set(['command', 'track'])

/** Domains that command nothing which automations read. */
const OPAQUE_DOMAINS: ReadonlySet<string> = new Set([
  'notify',
  'persistent_notification',
  'tts',
  'logbook',
  'logger',
  'system_log',
  'repairs',
  'recorder',
  'history',
  'frontend',
  'telegram_bot',
  'conversation',
  'assist_satellite',
  'rest_command',
  'shell_command',
  'python_script',
  'pyscript',
  'homeassistant_alerts',
  'backup',
  'hassio',
  'cloud',
  'device_tracker',
  'zone',
  'person',
  'wake_on_lan',
  'ffmpeg',
  'downloader',
  // Integrations that talk, look, keep or show: integrations/<domain> of each.
  'ai_task',
  'browser_mod',
  'camera_proxy',
  'google_assistant_sdk',
  'google_generative_ai_conversation',
  'image',
  'influxdb',
  'intent_script',
  'local_calendar',
  'openai_conversation',
  'profiler',
  'repair',
  'rest',
  'stt',
  'system_health',
  'template',
  'trace',
  'watchman',
])

export type ServiceMeaning =
  | { readonly is: 'effects'; readonly effects: readonly Effect[] }
  | { readonly is: 'opaque' }
  /** Of a domain of entities, or of an integration; what it does to its targets is not known. */
  | { readonly is: 'unknown' }

export function meaningOf(domain: string, service: string): ServiceMeaning {
  const effects = SERVICES[domain]?.[service]
  if (effects !== undefined) return { is: 'effects', effects }
  return OPAQUE_DOMAINS.has(domain) || service === 'reload' ? { is: 'opaque' } : { is: 'unknown' }
}
