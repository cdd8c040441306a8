/** Writes what a service does to one entity as steps. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, ValueType } from '../../model/automation.ts'
import { apply, choose, compare, is, number, read, same, value } from '../node-red/expressions.ts'
import { domainOf } from './domains.ts'
import { attribute, command, literalFor, outsideAttribute } from './home.ts'
import { concat } from './jinja/printing.ts'
import { sortsOf } from './outcomes.ts'
import type { Effect } from './services.ts'
import { templated } from './templates.ts'
import { isTemplate, type MapEntry, plainOf, textOf, textsIn, type YamlNode } from './tree.ts'
import { anyOf, step, type Writing } from './writing.ts'

export interface Setting {
  readonly attribute: string
  readonly value: AutomationExpression
}

/** Data of a call by key; nothing for what is not given. */
export type Data = readonly MapEntry[]

export const given = (data: Data, keys: readonly string[]): YamlNode | undefined =>
  keys.flatMap((key) => data.find((entry) => entry.key === key)?.node ?? [])[0]

/** What the effects set on an entity, in their order. */
export function settings(w: Writing, entity: string, effects: readonly Effect[], data: Data, at: Location): readonly Setting[] {
  return effects.flatMap((effect): readonly Setting[] => {
    const id = (): string => command(w.home, entity, effect.attribute, at).id
    if ('to' in effect) return [{ attribute: id(), value: value(effect.to) }]
    if ('toggle' in effect) {
      const [first, second] = effect.toggle
      return [{ attribute: id(), value: choose(same(read(id()), value(first)), value(second), value(first)) }]
    }
    if ('leaves' in effect) {
      const now = read(id())
      const { type } = attribute(w.home, entity, effect.attribute, at)
      const known: ValueType = type.is === 'enum' ? { ...type, values: type.values.filter((one) => one !== effect.leaves) } : type
      const own = outsideAttribute(w.home, `${id()}.taken_on`, entity, known, true).id
      w.home.assumptions.add(`${effect.why} is a value that the device holds: any that it can take`)
      return [{ attribute: id(), value: choose(same(now, value(effect.leaves)), read(own), now) }]
    }
    if ('any' in effect) {
      const { type } = command(w.home, entity, effect.attribute, at)
      w.home.assumptions.add(`${effect.any} is a value that the device holds: any that it can take`)
      return [{ attribute: id(), value: read(outsideAttribute(w.home, `${id()}.taken_next`, entity, type, true).id) }]
    }
    if ('choose' in effect) {
      const node = given(data, effect.choose)
      if (node === undefined) return []
      return [{ attribute: id(), value: choose(compare('>', numberGiven(w, node), value(0)), value(effect.above), value(effect.else)) }]
    }
    const node = given(data, effect.from)
    if ('joined' in effect) {
      const text = textOf(node)
      if (text !== undefined && isTemplate(text))
        return [{ attribute: id(), value: anyOf(w, { is: 'text' }, 'a mode that a template says', at) }]
      return [{ attribute: id(), value: value(text === undefined ? effect.otherwise : `${effect.joined}${text}`) }]
    }
    // What is spoken is a message to people, as notifications are.
    if (effect.attribute === 'media_content_id' && /^media-source:\/\/tts\b/.test(textOf(node) ?? '')) return []
    if (node === undefined && effect.absent !== undefined) return [{ attribute: id(), value: value(effect.absent) }]
    if (node === undefined)
      return effect.need === true
        ? []
        : [
            {
              attribute: id(),
              value: anyOf(w, attribute(w.home, entity, effect.attribute, at).type, `\`${effect.from[0]!}\` is not given`, at),
            },
          ]
    const scaled =
      effect.scale === undefined
        ? valueGiven(w, node, command(w.home, entity, effect.attribute, at), effect.as === 'text')
        : scale(numberGiven(w, node), effect.scale)
    return [{ attribute: id(), value: scaled }]
  })
}

function scale(amount: AutomationExpression, factor: number): AutomationExpression {
  if (amount.is === 'value') return value(typeof amount.value === 'number' ? Math.round(amount.value * factor) : null)
  return apply('*', amount, value(factor))
}

export function numberGiven(w: Writing, node: YamlNode): AutomationExpression {
  const text = textOf(node) ?? ''
  if (isTemplate(text)) return templated(w, text, node.at, 'number')
  return number(value(text))
}

/** A value of the data in the type of the attribute that takes it; lists and mappings as their JSON text. */
export function valueGiven(
  w: Writing,
  node: YamlNode,
  { type, id }: { readonly type: Parameters<typeof literalFor>[0]; readonly id: string },
  asText = false,
): AutomationExpression {
  if (node.is === 'list' || node.is === 'map') {
    return textsIn(node).some(isTemplate) ? concat(jsonParts(w, node)) : value(JSON.stringify(plainOf(node)))
  }
  if (node.is !== 'scalar' || node.value === null) return value(null)
  const text = typeof node.value === 'string' ? node.value : (textOf(node) ?? '')
  if (isTemplate(text)) return templated(w, text, node.at, type.is === 'number' ? 'number' : asText ? 'text' : 'any')
  if (asText) return value(text)
  const numeric = /^-?\d+(\.\d+)?$/.test(text)
  // Numbers may stand in quotes; options are texts.
  if (type.is === 'any' && numeric && domainOf(id) !== 'select') return value(Number(text))
  if (type.is === 'any' && typeof node.value === 'boolean') return value(node.value)
  return value(literalFor(type, text))
}

/** The parts of the JSON text of a tree with templates in it: texts in quotes, all else as it prints. */
function jsonParts(w: Writing, node: YamlNode): readonly AutomationExpression[] {
  const listed = (items: readonly (readonly AutomationExpression[])[]): readonly AutomationExpression[] =>
    items.flatMap((item, index) => (index === 0 ? item : [value(','), ...item]))
  if (node.is === 'list') return [value('['), ...listed(node.items.map((item) => jsonParts(w, item))), value(']')]
  if (node.is === 'map')
    return [
      value('{'),
      ...listed(node.entries.map((entry) => [value(`${JSON.stringify(entry.key)}:`), ...jsonParts(w, entry.node)])),
      value('}'),
    ]
  const text = textOf(node)
  if (text === undefined || !isTemplate(text)) return [value(JSON.stringify(plainOf(node) ?? null))]
  const given = templated(w, text, node.at, 'any')
  const sorts = sortsOf(w, given)
  const plain = apply('text', given)
  if (!sorts.has('text')) return [plain]
  return [
    sorts.size === 1
      ? concat([value('"'), given, value('"')])
      : choose(is(given, 'text'), apply('concat', value('"'), given, value('"')), plain),
  ]
}

/** Steps that set one after the other, before `next`. */
export function setAll(w: Writing, list: readonly Setting[], at: Location, next: readonly string[]): readonly string[] {
  return list.reduceRight((after, one) => step(w, at, after, { do: 'set', attribute: one.attribute, value: one.value }), next)
}

/** Steps before `next` that are taken only where `when` holds. */
export function onlyWhen(
  w: Writing,
  when: AutomationExpression,
  at: Location,
  next: readonly string[],
  write: (next: readonly string[]) => readonly string[],
): readonly string[] {
  if (when.is === 'value') return when.value === true ? write(next) : next
  return step(w, at, next, { do: 'branch', every: false, cases: [{ when, next: write(next) }] })
}
