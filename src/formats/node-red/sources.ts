/** Nodes that start messages by themselves: what triggers them, and what their messages hold. */
import type { AutomationExpression, Trigger, ValueType } from '../../model/automation.ts'
import { isPattern, matches, topicId } from './brokers.ts'
import { dangle, type FlowContext } from './context.ts'
import { ANY, anyMessage, assign, type Assigned, branch, type Draft, newId, output, stepsOrPass } from './draft.ts'
import { local, NOTHING, read, value } from './expressions.ts'
import { labelOf, textOf } from './flow-nodes.ts'
import type { GraphNode } from './graph.ts'
import { byConstraints, byState, entity, stateMessage, watched } from './home-assistant.ts'
import { readCode } from './function-node.ts'
import { substituted } from './scope.ts'
import { typedValue } from './typed-value.ts'

export interface Source {
  readonly triggers: readonly Trigger[]
  /** Adds the steps that make the message and send it. */
  readonly write: (draft: Draft) => void
  /** Ends the ids of the steps where the node also receives messages. */
  readonly suffix: string
  /** Why the trigger itself is not modelled. */
  readonly why?: string
}

/** What starts messages at the node; undefined where it only answers to others. `known`: how the node treats messages is modelled. */
export function sourceOf(context: FlowContext, node: GraphNode, known: boolean): Source | undefined {
  const type = node.node.type.replace(/^ui-/, 'ui_')
  switch (type) {
    case 'inject':
      return inject(node)
    case 'mqtt in':
      return mqttIn(context, node)
    case 'http in':
    case 'websocket in':
    case 'tcp in':
    case 'udp in':
    case 'server-events':
      return outside(node, ANY, 'request')
    case 'catch':
    case 'status':
    case 'complete':
      return outside(node, ANY, `${type} of other nodes`)
    case 'ui_button':
      return pressed(node)
    case 'ui_switch':
      return outside(node, switchType(node), 'switched', ':sent')
    case 'ui_slider':
    case 'ui_numeric':
    case 'ui_number_input':
      return outside(node, sliderType(node), 'moved', ':sent')
    case 'ui_dropdown':
      return outside(node, dropdownType(node), 'chosen', ':sent')
    case 'ui_text_input':
      return outside(node, ANY, 'entered', ':sent')
    case 'ui_form':
    case 'ui_colour_picker':
    case 'ui_date_picker':
    case 'ui_template':
    case 'ui_ui_control':
      return node.outputs.flat().length === 0 ? undefined : outside(node, ANY, 'used', ':sent')
    case 'server-state-changed':
    case 'trigger-state':
    case 'poll-state':
      return ofState(context, node, type)
    case 'function':
      return started(node)
    default:
      return known || node.outputs.flat().length === 0 ? undefined : unknown(node)
  }
}

function inject(node: GraphNode): Source {
  const { raw, at } = node.node
  const triggers: Trigger[] = [{ on: 'outside', name: labelOf(node.node), payload: NOTHING, at }]
  if (textOf(raw['repeat']) !== '') triggers.push({ on: 'time', schedule: `every ${textOf(raw['repeat'])} s`, at })
  if (textOf(raw['crontab']) !== '') triggers.push({ on: 'time', schedule: textOf(raw['crontab']), at })
  if (raw['once'] === true) triggers.push({ on: 'time', schedule: `${textOf(raw['onceDelay']) || '0.1'} s after the start`, at })
  const listed: unknown = raw['props']
  const properties = Array.isArray(listed) ? (listed as readonly unknown[]) : [{ p: 'payload' }, { p: 'topic', vt: 'str' }]
  const write = (draft: Draft): void => {
    const items = properties.flatMap((item) => {
      const { p, v, vt } = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>
      const path = textOf(p)
      const payload = path === 'payload' && v === undefined && vt === undefined
      const [type, written] = payload
        ? [raw['payloadType'], raw['payload']]
        : path === 'topic' && v === undefined
          ? ['str', raw['topic']]
          : [vt, v]
      return path === '' ? [] : assign(draft, path, typedValue(draft, textOf(type) || 'str', written))
    })
    stepsOrPass(draft, items, output(draft, 0))
  }
  return { triggers, write, suffix: '' }
}

function mqttIn(context: FlowContext, node: GraphNode): Source {
  const { raw, at } = node.node
  const broker = context.brokers.of(node)
  const topic = substituted(node.scope, textOf(raw['topic']))
  const write = (draft: Draft): void => {
    const json = ['json', 'auto-detect', 'base64', 'buffer'].includes(textOf(raw['datatype']))
    const payload: Assigned = json ? { is: 'event', parts: 'a message may hold a list or mapping' } : { is: 'event' }
    const named: Assigned =
      topic === undefined || isPattern(topic)
        ? { is: 'open', type: { is: 'text' }, why: 'which topic of many' }
        : { is: 'value', value: value(topic) }
    stepsOrPass(draft, [...assign(draft, 'payload', payload), ...assign(draft, 'topic', named)], output(draft, 0))
  }
  if ('missing' in broker) {
    const text = `\`${labelOf(node.node)}\` subscribes at the broker \`${broker.missing}\`, which the flow does not have`
    const cause = dangle(context, node, `broker ${broker.missing}`, text, at)
    return {
      triggers: [{ on: 'never', because: `its broker \`${broker.missing}\` is not in the flow`, causes: [cause], at }],
      write,
      suffix: '',
    }
  }
  const name = labelOf(node.node)
  if (topic === undefined || topic === '') return { triggers: [{ on: 'outside', name, payload: anything(name), at }], write, suffix: '' }
  if (!isPattern(topic)) return { triggers: [{ on: 'message', attribute: topicId(broker.name, topic), at }], write, suffix: '' }
  const heard = context.brokers.topics.filter((one) => one.broker === broker.name && matches(topic, one.topic))
  context.assumptions.add(`topics that \`${topic}\` covers and \`${context.application}\` does not name can bring any message at any time`)
  return {
    triggers: [
      ...heard.map((one): Trigger => ({ on: 'message', attribute: topicId(one.broker, one.topic), at })),
      { on: 'outside', name, payload: anything(name), at },
    ],
    write,
    suffix: '',
  }
}

const anything = (name: string, type: ValueType = ANY): AutomationExpression => ({ is: 'any', type, part: `payload of ${name}` })

function outside(node: GraphNode, type: ValueType, what: string, suffix = ''): Source {
  const name = labelOf(node.node)
  const topic = textOf(node.node.raw['topic'])
  return {
    triggers: [{ on: 'outside', name, payload: anything(name, type), at: node.node.at }],
    suffix,
    write: (draft) => {
      const why = `what comes with a ${what}`
      const unclear = type.is === 'any'
      const payload = assign(draft, 'payload', unclear ? { is: 'event', parts: why } : { is: 'event' })
      const rest = unclear ? anyMessage(draft, why, ['payload']) : assign(draft, 'topic', { is: 'value', value: value(topic) })
      stepsOrPass(draft, [...payload, ...rest], draft.node.outputs.flat())
    },
  }
}

function pressed(node: GraphNode): Source {
  const { raw, at } = node.node
  return {
    triggers: [{ on: 'outside', name: labelOf(node.node), payload: NOTHING, at }],
    suffix: ':sent',
    write: (draft) => writeButton(draft, raw),
  }
}

export function writeButton(draft: Draft, raw: Readonly<Record<string, unknown>>): void {
  const items = [
    ...assign(draft, 'payload', typedValue(draft, textOf(raw['payloadType']) || 'str', raw['payload'])),
    ...assign(draft, 'topic', typedValue(draft, textOf(raw['topicType']) || 'str', raw['topic'])),
  ]
  stepsOrPass(draft, items, output(draft, 0))
}

function switchType({ node: { raw } }: GraphNode): ValueType {
  const [on, off] = [
    [raw['onvalue'], raw['onvalueType']],
    [raw['offvalue'], raw['offvalueType']],
  ].map(([written, type]) => ({ text: textOf(written) || String(written), type: textOf(type) || 'bool' }))
  if (on!.type === 'bool' && off!.type === 'bool') return { is: 'bool' }
  if (on!.type === 'str' && off!.type === 'str') return { is: 'enum', values: [...new Set([on!.text, off!.text])], other: false }
  const [a, b] = [Number(on!.text), Number(off!.text)]
  if (on!.type === 'num' && off!.type === 'num' && Number.isInteger(a) && Number.isInteger(b) && Math.abs(a - b) === 1)
    return { is: 'number', low: Math.min(a, b), high: Math.max(a, b), integer: true }
  return ANY
}

function sliderType({ node: { raw } }: GraphNode): ValueType {
  const [low, high, step] = [Number(raw['min']), Number(raw['max']), Number(raw['step'] ?? 1)]
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { is: 'number', integer: false }
  return { is: 'number', low: Math.min(low, high), high: Math.max(low, high), integer: Number.isInteger(low) && Number.isInteger(step) }
}

function dropdownType({ node: { raw } }: GraphNode): ValueType {
  const listed: unknown = raw['options']
  if (!Array.isArray(listed) || raw['multiple'] === true) return ANY
  const options = (listed as readonly unknown[]).map((item) =>
    typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>) : {},
  )
  if (options.length === 0 || options.some((option) => (textOf(option['type']) || 'str') !== 'str')) return ANY
  return { is: 'enum', values: [...new Set(options.map((option) => textOf(option['value'])))], other: false }
}

function ofState(context: FlowContext, node: GraphNode, type: string): Source {
  const { at } = node.node
  const ids = watched(node.node)
  const name = labelOf(node.node)
  if (ids === undefined || ids.length === 0) return { ...unknown(node), why: 'listens to entities that a pattern chooses' }
  const [first] = ids
  const attributes = ids.map((id) => entity(context, id, false, node.node))
  const always = type === 'server-state-changed' && node.node.raw['output_only_on_state_change'] === false
  const polled: Trigger = {
    on: 'time',
    schedule: `every ${textOf(node.node.raw['updateinterval'] ?? node.node.raw['updateInterval']) || '60'} s`,
    at,
  }
  const changes = attributes.map((attribute): Trigger => ({ on: 'change', attribute, at }))
  const triggers =
    type === 'poll-state'
      ? [polled]
      : always
        ? [...changes, { on: 'outside', name: `${name}: attributes`, payload: anything(name), at } satisfies Trigger]
        : changes
  return {
    triggers,
    suffix: type === 'trigger-state' ? ':sent' : '',
    write: (draft) => {
      const state = ids.length === 1 && (type === 'poll-state' || always) ? read(first!) : local('trigger')
      const items = stateMessage(draft, state, ids.length === 1 ? first : undefined)
      const made = items.map(() => newId(draft))
      const place = draft.steps.length
      const after = type === 'trigger-state' ? byConstraints(draft, state) : byState(draft, state)
      items.forEach((item, index) =>
        draft.steps.splice(place + index, 0, {
          id: made[index]!,
          at,
          next: made[index + 1] === undefined ? after : [made[index + 1]!],
          ...item,
        }),
      )
    },
  }
}

/** Code that a function node runs when it starts. */
function started(node: GraphNode): Source | undefined {
  const code = textOf(node.node.raw['initialize'])
  if (code.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '').trim() === '') return undefined
  return { triggers: [{ on: 'start', at: node.node.at }], suffix: ':start', write: (draft) => readCode(draft, code) }
}

/** A node of a type that is not known may send anything at any time. */
function unknown(node: GraphNode): Source {
  const why = `nodes of type \`${node.node.type}\` are not known and may send messages by themselves`
  return {
    triggers: [{ on: 'unmodelled', part: node.id, at: node.node.at }],
    suffix: ':sent',
    why,
    write: (draft) => {
      draft.notes.add(why)
      const items = anyMessage(draft, why)
      if (items.length === 0) branch(draft, false, [], () => draft.node.outputs.flat())
      else stepsOrPass(draft, items, draft.node.outputs.flat())
    },
  }
}
