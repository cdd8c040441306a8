/** Conditions as expressions. From documentation: docs/scripts/conditions. */
import type { AutomationExpression } from '../../model/automation.ts'
import { and, compare, local, not, or, read, same, value } from '../node-red/expressions.ts'
import { duration, secondsOfDay } from './durations.ts'
import { deviceState } from './devices.ts'
import { namedEntities } from './entities.ts'
import { attribute, outsideAttribute, say } from './home.ts'
import { numericSubject, within } from './numeric.ts'
import { isState } from './states.ts'
import { sunCondition } from './sun.ts'
import { ageAttribute, templated, timeAttribute } from './templates.ts'
import { field, flat, isNothing, isTemplate, listOf, textOf, textsOf, type YamlNode } from './tree.ts'
import { anyOf, type Writing } from './writing.ts'

const BOOL = { is: 'bool' } as const

/** All of a list of conditions; nothing is true. */
export function allConditions(w: Writing, node: YamlNode | undefined): AutomationExpression {
  return and(...listOf(node).flatMap((one) => condition(w, one) ?? []))
}

/** Nothing where the condition is switched off. */
export function condition(w: Writing, node: YamlNode): AutomationExpression | undefined {
  if (isNothing(node)) return undefined
  if (node.is === 'list') return allConditions(w, node)
  if (node.is === 'scalar') {
    const text = textOf(node) ?? ''
    if (typeof node.value === 'boolean') return value(node.value)
    if (isTemplate(text)) return templated(w, text, node.at, 'condition')
    return anyOf(w, BOOL, `a condition \`${text.slice(0, 60)}\` that is none`, node.at)
  }
  if (node.is !== 'map') return anyOf(w, BOOL, 'a condition that cannot be read', node.at)
  const enabled = field(node, 'enabled')
  if (enabled?.is === 'scalar' && enabled.value === false) return undefined
  const guarded = enabled?.is === 'scalar' && isTemplate(enabled.text) ? templated(w, enabled.text, enabled.at, 'truth') : undefined
  const plain = kindOf(w, node)
  return guarded === undefined ? plain : or(not(guarded), plain)
}

function several(w: Writing, node: YamlNode | undefined): readonly AutomationExpression[] {
  return listOf(node).flatMap((one) => condition(w, one) ?? [])
}

function kindOf(w: Writing, node: YamlNode): AutomationExpression {
  const kind = textOf(field(node, 'condition', 'platform'))
  const inner = field(node, 'conditions')
  if (kind !== undefined && isTemplate(kind)) return templated(w, kind, node.at, 'condition')
  switch (kind) {
    case 'and':
      return and(...several(w, inner))
    case 'or':
      return or(...several(w, inner))
    case 'not':
      return and(...several(w, inner).map(not))
    case 'state':
      return stateCondition(w, node)
    case 'numeric_state':
      return numericCondition(w, node)
    case 'time':
      return timeCondition(w, node)
    case 'sun':
      return sunCondition(w, node)
    case 'template': {
      const text = textOf(field(node, 'value_template')) ?? ''
      if (isTemplate(text)) return templated(w, text, field(node, 'value_template')?.at ?? node.at, 'condition')
      return value(text.trim().toLowerCase() === 'true' || text === 'on')
    }
    case 'zone':
      return zoneCondition(w, node)
    case 'trigger':
      return triggerCondition(w, node)
    case 'device':
      return deviceState(w, node) ?? anyOf(w, BOOL, 'a condition on a device that no registry names', node.at)
    default:
      return shorthand(w, node, kind)
  }
}

function shorthand(w: Writing, node: YamlNode, kind: string | undefined): AutomationExpression {
  for (const [key, combine] of [
    ['and', and],
    ['or', or],
    ['not', (...parts: readonly AutomationExpression[]) => and(...parts.map(not))],
  ] as const) {
    const parts = field(node, key)
    if (parts !== undefined) return combine(...several(w, parts))
  }
  // Before 2016 the kind could be left out where the keys tell it.
  if (kind === undefined && field(node, 'conditions') !== undefined) return and(...several(w, field(node, 'conditions')))
  if (kind === undefined && field(node, 'state') !== undefined) return stateCondition(w, node)
  if (kind === undefined && field(node, 'value_template') !== undefined) return condition(w, field(node, 'value_template')!) ?? value(true)
  if (kind === undefined && field(node, 'above', 'below') !== undefined) return numericCondition(w, node)
  if (kind === undefined && field(node, 'after', 'before', 'weekday') !== undefined) return timeCondition(w, node)
  const name = kind === undefined ? 'of no kind' : `of the kind \`${kind}\``
  return anyOf(w, BOOL, `a condition ${name}`, node.at)
}

const INPUT = /^input_(select|text|number|boolean|datetime)\.[a-z0-9_]+$/

function stateCondition(w: Writing, node: YamlNode): AutomationExpression {
  const { known, unknown } = namedEntities(w.home, field(node, 'entity_id', 'entity'))
  const name = textOf(field(node, 'attribute'))
  const states = flat(field(node, 'state'))
  const lasting = field(node, 'for')
  if (unknown.length > 0) return anyOf(w, BOOL, `a condition on the entity \`${unknown[0]!}\`, which no registry names`, node.at)
  const one = (entity: string): AutomationExpression => {
    const fits = or(
      ...states.map((state) => {
        const text = textOf(state) ?? ''
        if (state.is === 'scalar' && typeof state.value === 'boolean' && state.plain && name === undefined)
          say(
            w.home,
            'unquoted-state',
            `\`${state.text}\` without quotes is no text: Home Assistant refuses it as a state`,
            state,
            `maybe '${text}' in quotes`,
          )
        if (name === undefined && INPUT.test(text))
          return same(read(attribute(w.home, entity, name, node.at).id), read(attribute(w.home, text, undefined, state.at).id))
        return isState(w.home, entity, name, text, node.at)
      }),
    )
    if (lasting === undefined) return fits
    const age = read(ageAttribute(w.home, entity, 'last_changed').id)
    return and(fits, compare('>=', age, secondsOf(duration(w, lasting))))
  }
  const all = known.map(one)
  return textOf(field(node, 'match')) === 'any' ? or(...all) : and(...all)
}

function secondsOf(milliseconds: AutomationExpression): AutomationExpression {
  if (milliseconds.is === 'value') return value(typeof milliseconds.value === 'number' ? milliseconds.value / 1000 : null)
  return { is: 'apply', operator: '/', arguments: [milliseconds, value(1000)] }
}

function numericCondition(w: Writing, node: YamlNode): AutomationExpression {
  const { known, unknown } = namedEntities(w.home, field(node, 'entity_id'))
  if (unknown.length > 0) return anyOf(w, BOOL, `a condition on the entity \`${unknown[0]!}\`, which no registry names`, node.at)
  return and(...known.map((entity) => within(w, node, numericSubject(w, node, entity))))
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

function timeCondition(w: Writing, node: YamlNode): AutomationExpression {
  const now = read(timeAttribute(w.home, 'second-of-day').id)
  const [after, before] = [field(node, 'after'), field(node, 'before')]
  const since = after === undefined ? undefined : compare('>=', now, timeOf(w, after))
  const until = before === undefined ? undefined : compare('<', now, timeOf(w, before))
  const days = textsOf(field(node, 'weekday')).map((day) => WEEKDAYS.indexOf(day))
  const day = days.length === 0 ? value(true) : or(...days.map((one) => same(read(timeAttribute(w.home, 'weekday').id), value(one))))
  if (since === undefined || until === undefined) return and(since ?? value(true), until ?? value(true), day)
  // A window over midnight: it begins after it ends. From documentation: docs/scripts/conditions, section "Time condition".
  const over = compare('>=', timeOf(w, after!), timeOf(w, before!))
  const window =
    over.is === 'value'
      ? over.value === true
        ? or(since, until)
        : and(since, until)
      : or(and(not(over), since, until), and(over, or(since, until)))
  return and(window, day)
}

/** Seconds since midnight: of a literal, an `input_datetime`, a sensor with a timestamp. */
export function timeOf(w: Writing, node: YamlNode): AutomationExpression {
  const text = textOf(node) ?? ''
  const [entity] = namedEntities(w.home, node).known
  if (entity !== undefined) return read(attribute(w.home, entity, 'of_day', node.at).id)
  if (isTemplate(text)) return anyOf(w, { is: 'number', low: 0, high: 86_399, integer: true }, 'a time that a template says', node.at)
  // YAML reads 12:30:00 without quotes as a number.
  const seconds = secondsOfDay(text)
  return seconds === undefined
    ? anyOf(w, { is: 'number', low: 0, high: 86_399, integer: true }, `the time \`${text}\``, node.at)
    : value(seconds)
}

function zoneCondition(w: Writing, node: YamlNode): AutomationExpression {
  const people = namedEntities(w.home, field(node, 'entity_id')).known
  const zones = namedEntities(w.home, field(node, 'zone')).known
  return and(...people.map((entity) => or(...zones.map((zone) => inZone(w, entity, zone, node)))))
}

/** Whether somebody is in a zone: at home by the state, elsewhere by an attribute of their own. */
export function inZone(w: Writing, entity: string, zone: string, node: YamlNode): AutomationExpression {
  if (zone === 'zone.home') return isState(w.home, entity, undefined, 'home', node.at)
  return same(read(outsideAttribute(w.home, `${entity}.in_${zone.replace('.', '_')}`, entity, BOOL).id), value(true))
}

function triggerCondition(w: Writing, node: YamlNode): AutomationExpression {
  const ids = flat(field(node, 'id')).flatMap((one) => textOf(one) ?? [])
  const unknown = ids.find((id) => !w.triggerIds.includes(id))
  if (unknown !== undefined && !isTemplate(unknown) && w.inside.length === 0)
    say(w.home, 'unknown-trigger', `no trigger of this automation has the id \`${unknown}\``, field(node, 'id') ?? node)
  return or(...w.triggerIds.flatMap((id, index) => (ids.includes(id) ? [same(local('trigger.index'), value(index))] : [])))
}
