/** Services whose meaning is more than an attribute and a value: timers, counters, choices, times, messages. From documentation: integrations/<domain> of each. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression } from '../../model/automation.ts'
import { apply, choose, holdsOpen, same, read, value } from '../node-red/expressions.ts'
import { secondsOfDay } from './durations.ts'
import { type Data, given, numberGiven, setAll, type Setting, valueGiven } from './effects.ts'
import { command, mqttTopic } from './home.ts'
import { opaque } from './integration-calls.ts'
import { field, flat, isTemplate, textOf } from './tree.ts'
import { anyOf, step, unmodelledStep, type Writing } from './writing.ts'
import { ending, opening, outcomes } from './outcomes.ts'
import { templated, timeAttribute } from './templates.ts'

/** Settings of a service on one entity; nothing where the service is not one of these. */
export function helperSettings(w: Writing, service: string, entity: string, data: Data, at: Location): readonly Setting[] | undefined {
  const helper = w.home.inventory.helpers.get(entity)
  const id = command(w.home, entity, undefined, at).id
  const now = read(id)
  const option = (name: string): number | undefined => {
    const number = Number(textOf(field(helper?.node, name)))
    return Number.isFinite(number) && field(helper?.node, name) !== undefined ? number : undefined
  }
  const bounded = (amount: AutomationExpression): AutomationExpression => {
    const [low, high] = [option('min') ?? option('minimum'), option('max') ?? option('maximum')]
    const above = low === undefined ? amount : apply('max', amount, value(low))
    return high === undefined ? above : apply('min', above, value(high))
  }
  switch (service) {
    case 'input_number.increment':
    case 'input_number.decrement':
    case 'counter.increment':
    case 'counter.decrement':
      return [{ attribute: id, value: bounded(apply(service.endsWith('increment') ? '+' : '-', now, value(option('step') ?? 1))) }]
    case 'input_number.set_value':
      return [{ attribute: id, value: givenNumber(w, data, at) }]
    case 'number.set_value':
    case 'counter.set_value':
      return [{ attribute: id, value: givenNumber(w, data, at) }]
    case 'counter.reset':
      return [{ attribute: id, value: value(option('initial') ?? 0) }]
    case 'counter.configure':
      return []
    case 'input_datetime.set_datetime':
      return datetime(w, entity, data, at)
    case 'input_select.select_next':
    case 'input_select.select_previous':
    case 'input_select.select_first':
    case 'input_select.select_last': {
      const options = flat(field(helper?.node, 'options')).flatMap((one) => textOf(one) ?? [])
      if (options.length === 0) return [{ attribute: id, value: anyOf(w, { is: 'text' }, `the options of \`${entity}\``, at) }]
      if (service.endsWith('first')) return [{ attribute: id, value: value(options[0]!) }]
      if (service.endsWith('last')) return [{ attribute: id, value: value(options.at(-1)!) }]
      const cycle = given(data, ['cycle'])
      const round = !(cycle?.is === 'scalar' && cycle.value === false)
      const move = service.endsWith('next') ? 1 : -1
      const made = options.reduceRight<AutomationExpression>((rest, one, index) => {
        const to = options[index + move] ?? (round ? options.at(move === 1 ? 0 : -1)! : one)
        return choose(same(now, value(one)), value(to), rest)
      }, now)
      return [{ attribute: id, value: made }]
    }
    case 'input_select.set_options':
      return [{ attribute: id, value: anyOf(w, { is: 'text' }, `new options of \`${entity}\``, at) }]
    default:
      return undefined
  }
}

function givenNumber(w: Writing, data: Data, at: Location): AutomationExpression {
  const node = given(data, ['value'])
  return node === undefined ? anyOf(w, { is: 'number', integer: false }, '`value` is not given', at) : numberGiven(w, node)
}

function datetime(w: Writing, entity: string, data: Data, at: Location): readonly Setting[] {
  const time = given(data, ['time', 'datetime', 'timestamp'])
  const text = textOf(time) ?? ''
  const seconds = isTemplate(text) ? undefined : secondsOfDay(text.replace(/^\d{4}-\d\d-\d\d[ T]/, ''))
  const state = command(w.home, entity, undefined, at).id
  const day = command(w.home, entity, 'of_day', at).id
  if (time === undefined) {
    const date = given(data, ['date'])
    const whole = option(w, entity, 'has_time') || date === undefined
    // Of a helper with a time of day the new date stands before the time that it has.
    if (whole) return [{ attribute: state, value: anyOf(w, { is: 'text' }, 'a date', at) }]
    return [{ attribute: state, value: valueGiven(w, date, { type: { is: 'text' }, id: state }, true) }]
  }
  if (seconds !== undefined)
    return [
      { attribute: day, value: value(seconds) },
      { attribute: state, value: value(text) },
    ]
  const stamp = data.some(({ key }) => key === 'timestamp') && given(data, ['time', 'datetime']) === undefined
  if (stamp) {
    const moment = isTemplate(text) ? templated(w, text, time.at, 'number') : value(Number(text))
    const zone = read(timeAttribute(w.home, 'utc-offset').id)
    return [
      { attribute: day, value: apply('mod', apply('+', moment, zone), value(86_400)) },
      { attribute: state, value: apply('date', moment, zone, value('%Y-%m-%d %H:%M:%S')) },
    ]
  }
  const whole = isTemplate(text) ? templated(w, text, time.at, 'text') : value(text)
  // Of a moment the time of day stands behind the date.
  const clock = choose(
    apply('contains', whole, value('-')),
    apply('clock', apply('slice', whole, value(11), value(19))),
    apply('clock', whole),
  )
  return [
    { attribute: day, value: clock },
    { attribute: state, value: whole },
  ]
}

/** Whether a helper that the files define has it; one that they do not may. */
function option(w: Writing, entity: string, name: string): boolean {
  const node = w.home.inventory.helpers.get(entity)?.node
  const written = field(node, name)
  return node === undefined || (written?.is === 'scalar' && written.value === true)
}

/** Timers: their states and events; what makes them run out is an automation of its own (`timers.ts`). */
export function timerService(
  w: Writing,
  service: string,
  entity: string,
  at: Location,
  next: readonly string[],
): readonly string[] | undefined {
  const id = command(w.home, entity, undefined, at).id
  const set = (state: string, after: readonly string[]): readonly string[] =>
    step(w, at, after, { do: 'set', attribute: id, value: value(state) })
  const emit = (what: string, after: readonly string[]): readonly string[] =>
    step(w, at, after, { do: 'emit', event: timerEvent(what, entity) })
  switch (service) {
    case 'timer.start':
      return set('active', emit('timer.started', next))
    case 'timer.pause':
      return set('paused', emit('timer.paused', next))
    case 'timer.cancel':
      return set('idle', emit('timer.cancelled', next))
    case 'timer.finish':
      return set('idle', emit('timer.finished', next))
    case 'timer.change':
    case 'timer.reload':
      return next
    default:
      return undefined
  }
}

export const timerEvent = (type: string, entity: string): string => `event:${type} ${JSON.stringify([['entity_id', entity]])}`

/** Messages to the broker of the home. */
export function publish(w: Writing, data: Data, at: Location, next: readonly string[]): readonly string[] {
  const topic = textOf(given(data, ['topic', 'topic_template'])) ?? ''
  const payload = given(data, ['payload', 'payload_template'])
  const type = { is: 'any' } as const
  const on = (one: string): readonly string[] => {
    const id = mqttTopic(w.home, one, at)
    w.home.commanded.add(id)
    return setAll(w, [{ attribute: id, value: payload === undefined ? value('') : valueGiven(w, payload, { type, id }) }], at, next)
  }
  if (!isTemplate(topic)) return on(topic)
  const chosen = templated({ ...w, home: { ...w.home, unmodelled: [] } }, topic, at, 'text')
  const named = outcomes(w, chosen) ?? topicsLike(w, chosen)
  if (named === undefined) return unmodelledStep(w, 'a topic that a template names', at, ['*mqtt'], next)
  if (named.length === 0) return opaque(w, 'mqtt.publish', next)
  if (named.length === 1) return on(named[0]!)
  return step(w, at, [], { do: 'branch', every: false, cases: named.map((one) => ({ when: same(chosen, value(one)), next: on(one) })) })
}

/** The topics that texts of the home name and that a computed one may be; nothing where it may be any. */
function topicsLike(w: Writing, chosen: AutomationExpression): readonly string[] | undefined {
  const [begins, ends] = [opening(w, chosen), ending(chosen)]
  if (holdsOpen(chosen) || !begins.includes('/')) return undefined
  w.home.assumptions.add('a topic that a template computes is one that this home names, or one that nothing here listens to')
  const heard = w.home.topics.filter((one) => /[+#]/.test(one)).map((one) => one.slice(0, one.search(/[+#]/)))
  if (heard.some((one) => one.startsWith(begins) || begins.startsWith(one))) return undefined
  return w.home.topics.filter((one) => !/[+#]/.test(one) && one.startsWith(begins) && one.endsWith(ends))
}
