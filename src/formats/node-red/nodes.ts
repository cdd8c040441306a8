/** What each type of node does with a message that reaches it. One entry per type; what is not listed is not modelled. */
import { readChange } from './change-node.ts'
import { branch, type Draft, everyOutput, open, output, pass, unmodelled } from './draft.ts'
import { textOf } from './flow-nodes.ts'
import { and, compare, or, value } from './expressions.ts'
import { readFunction } from './function-node.ts'
import { timePart } from './local-time.ts'
import { readCurrentState, readWaitUntil } from './home-assistant.ts'
import { readApi, readCallService } from './home-assistant-services.ts'
import { readDelay } from './delay-node.ts'
import { readReportByException } from './filter-node.ts'
import { readRange, readRequest, readTemplate, readUnknownResult } from './message-nodes.ts'
import { readLoopTimer, readStopTimer } from './timer-nodes.ts'
import { readTrigger } from './trigger-node.ts'
import { readMqttOut } from './mqtt-nodes.ts'
import { readHttpRequest, readModbus, readModbusFlex } from './device-nodes.ts'
import { readSwitch } from './switch-node.ts'
import { writeButton } from './sources.ts'

type NodeReader = (draft: Draft) => void

const hand = (draft: Draft): void => void pass(draft, everyOutput(draft))
const swallow = (draft: Draft): void => void pass(draft, [])
/** Dashboards pass a message through unless told otherwise. */
const through = (draft: Draft): void => void pass(draft, draft.node.node.raw['passthru'] === false ? [] : output(draft, 0))
const result =
  (why: string, drops: boolean, property = 'payload'): NodeReader =>
  (draft) =>
    readUnknownResult(draft, textOf(draft.node.node.raw['property']) || property, why, drops)
const request =
  (why: string): NodeReader =>
  (draft) =>
    readRequest(draft, why)
const several =
  (why: string): NodeReader =>
  (draft) =>
    unmodelled(draft, why)

const clockOf = (written: unknown): number | undefined => {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(textOf(written)) ?? []
  return hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60
}

/** First output between the two times, else the second; sunrise and its like are not known. */
const timeRange: NodeReader = (draft) => {
  const { raw, at } = draft.node.node
  const [from, to] = [clockOf(raw['startTime']), clockOf(raw['endTime'])]
  if (from === undefined || to === undefined || Number(raw['startOffset'] ?? 0) !== 0 || Number(raw['endOffset'] ?? 0) !== 0) {
    timeOfDay(draft)
    return
  }
  const now = timePart(draft.context, 'second_of_day', at)
  const [after, before] = [compare('>=', now, value(from)), compare('<', now, value(to))]
  branch(draft, false, [{ when: from <= to ? and(after, before) : or(after, before), next: () => output(draft, 0) }], () =>
    output(draft, 1),
  )
}

const timeOfDay: NodeReader = (draft) =>
  void branch(draft, false, [{ when: open(draft, { is: 'bool' }, 'the time of day'), next: () => output(draft, 0) }], () =>
    output(draft, 1),
  )

const button: NodeReader = (draft) => {
  const { raw } = draft.node.node
  if (raw['passthru'] === false) pass(draft, [])
  else writeButton(draft, raw)
}

const template: NodeReader = (draft) => void pass(draft, draft.node.node.raw['fwdInMessages'] === false ? [] : output(draft, 0))

/** Tells people or stores: nothing that automations read changes. */
const opaque: NodeReader = (draft) => {
  draft.outward = true
  draft.context.assumptions.add(`\`${draft.node.node.type}\` nodes act on nothing that automations read`)
  pass(draft, everyOutput(draft))
}

const NODES: Readonly<Record<string, NodeReader>> = {
  switch: readSwitch,
  change: readChange,
  function: readFunction,
  delay: readDelay,
  trigger: readTrigger,
  stoptimer: readStopTimer,
  'stoptimer-varidelay': readStopTimer,
  looptimer: readLoopTimer,
  range: readRange,
  rbe: readReportByException,
  template: readTemplate,
  'mqtt out': readMqttOut,
  inject: hand,
  junction: hand,
  'link in': hand,
  'link out': hand,
  debug: swallow,
  comment: swallow,
  'http response': swallow,
  'mqtt in': hand,
  'mosca in': swallow,
  'aedes broker': swallow,
  'aedes-broker': swallow,
  catch: hand,
  status: hand,
  complete: hand,
  json: result('turns JSON text into values or back', true),
  csv: several('turns CSV text into messages or back'),
  xml: result('turns XML text into values or back', true),
  yaml: result('turns YAML text into values or back', true),
  html: several('takes HTML text apart'),
  split: several('splits a message into several'),
  join: several('joins several messages into one'),
  batch: several('groups messages'),
  sort: several('sorts messages'),
  'http request': readHttpRequest,
  'modbus-write': readModbus,
  'modbus-flex-write': readModbusFlex,
  'telegram sender': opaque,
  'telegrambot-notify': opaque,
  'e-mail': opaque,
  email: opaque,
  pushover: opaque,
  pushbullet: opaque,
  'websocket out': opaque,
  'tcp out': opaque,
  'udp out': opaque,
  file: opaque,
  'influxdb out': opaque,
  play_audio: opaque,
  exec: request('what a program prints'),
  'file in': request('what a file holds'),
  mysql: request('the answer of a database'),
  ui_switch: through,
  ui_slider: through,
  ui_numeric: through,
  ui_number_input: through,
  ui_dropdown: through,
  ui_text_input: through,
  ui_button: button,
  ui_template: template,
  ui_text: swallow,
  ui_gauge: swallow,
  ui_chart: swallow,
  ui_audio: swallow,
  ui_toast: swallow,
  'api-call-service': readCallService,
  'ha-api': readApi,
  'api-current-state': readCurrentState,
  'ha-wait-until': readWaitUntil,
  'api-render-template': result('the result of a template', false),
  'api-get-history': request('the history of an entity'),
  'ha-get-entities': request('which entities match'),
  'server-state-changed': hand,
  'poll-state': hand,
  'time-range-switch': timeRange,
  'within-time-switch': timeOfDay,
}

/** Nodes that do nothing which anything else could notice; where nothing is wired to them nothing is amiss. */
const IDLE = new Set([
  'debug',
  'comment',
  'mosca in',
  'aedes broker',
  'aedes-broker',
  'ui_text',
  'ui_gauge',
  'ui_chart',
  'ui_audio',
  'ui_toast',
  'ui_spacer',
  'junction',
])

const plainType = (type: string): string => type.replace(/^ui-/, 'ui_')

export const isIdle = (type: string): boolean => IDLE.has(plainType(type))

/** Whether what the type does with a message is modelled, at least in part. */
export const isKnown = (type: string): boolean => Object.hasOwn(NODES, plainType(type))

export function readNode(draft: Draft): void {
  const { type } = draft.node.node
  const reader = Object.hasOwn(NODES, plainType(type)) ? NODES[plainType(type)] : undefined
  if (reader !== undefined) reader(draft)
  // An instance hands what it gets to the nodes inside.
  else if (type.startsWith('subflow:') && draft.node.outputs.flat().some((id) => id.startsWith(`${draft.node.id}/`))) hand(draft)
  else unmodelled(draft, `nodes of type \`${type}\` are not known`)
}
