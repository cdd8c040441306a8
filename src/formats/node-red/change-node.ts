/** `change`: sets, replaces, deletes and moves properties of messages and context, rule after rule. */
import type { AutomationExpression } from '../../model/automation.ts'
import { contextKey } from './context.ts'
import {
  ANY,
  assign,
  type Assigned,
  type Draft,
  type Item,
  open,
  output,
  pathOf,
  readContext,
  readMessage,
  stepsOrPass,
  valueOf,
} from './draft.ts'
import { choose, is, NOTHING, same } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { typedValue } from './typed-value.ts'

type Rule = Readonly<Record<string, unknown>>

export function readChange(draft: Draft): void {
  stepsOrPass(
    draft,
    rulesOf(draft.node.node.raw).flatMap((rule) => apply(draft, rule)),
    output(draft, 0),
  )
}

/** The rules; before Node-RED 0.11 a node had one, spread over its properties. */
function rulesOf(raw: Readonly<Record<string, unknown>>): readonly Rule[] {
  const listed: unknown = raw['rules']
  if (Array.isArray(listed))
    return (listed as readonly unknown[]).map((rule): Rule => (typeof rule === 'object' && rule !== null ? (rule as Rule) : {}))
  const common = { p: raw['property'], pt: 'msg' }
  switch (textOf(raw['action'])) {
    case 'replace':
      return [{ ...common, t: 'set', to: raw['to'], tot: /^msg\./.test(textOf(raw['to'])) ? 'msg' : 'str' }]
    case 'change':
      return [{ ...common, t: 'change', from: raw['from'], fromt: 'str', to: raw['to'], tot: 'str' }]
    case 'delete':
      return [{ ...common, t: 'delete' }]
    default:
      return []
  }
}

function apply(draft: Draft, rule: Rule): readonly Item[] {
  const type = textOf(rule['pt']) || 'msg'
  const property = textOf(rule['p'])
  switch (textOf(rule['t'])) {
    case 'set':
      return put(draft, type, property, typedValue(draft, textOf(rule['tot']) || 'str', rule['to']))
    case 'delete':
      return put(draft, type, property, { is: 'value', value: NOTHING })
    case 'move': {
      const from = typedValue(draft, type === 'msg' || type === 'flow' || type === 'global' ? type : 'msg', property)
      return [
        ...put(draft, textOf(rule['tot']) || 'msg', textOf(rule['to']), from),
        ...put(draft, type, property, { is: 'value', value: NOTHING }),
      ]
    }
    case 'change':
      return put(draft, type, property, { is: 'value', value: replaced(draft, type, property, rule) })
    default:
      return put(draft, type, property, { is: 'open', type: ANY, why: `the rule \`${textOf(rule['t'])}\`` })
  }
}

export function put(draft: Draft, type: string, property: string, assigned: Assigned): readonly Item[] {
  if (type === 'msg') {
    const path = pathOf(property)
    return path === undefined ? anywhere(draft, property) : assign(draft, path, assigned)
  }
  if (type !== 'flow' && type !== 'global') {
    draft.notes.add(`sets a property of type \`${type}\``)
    return []
  }
  const attribute = contextKey(draft.context, draft.node, type, property)
  return attribute === undefined ? [] : [{ do: 'set', attribute, value: valueOf(draft, assigned) }]
}

/** A path that the message chooses may mean any property. */
function anywhere(draft: Draft, property: string): readonly Item[] {
  const why = `the property \`${property}\` is chosen by the message`
  return [...draft.context.readPaths].sort().map((path) => ({ do: 'let', local: path, value: open(draft, ANY, why) }))
}

/** Search and replace: a value that is equal is replaced, in a text every occurrence. */
function replaced(draft: Draft, type: string, property: string, rule: Rule): AutomationExpression {
  const before = type === 'msg' ? readMessage(draft, property) : readContext(draft, type === 'global' ? 'global' : 'flow', property)
  if (textOf(rule['fromt']) === 're') return open(draft, ANY, 'replaces what a regular expression matches')
  const from = valueOf(draft, typedValue(draft, textOf(rule['fromt']) || 'str', rule['from']))
  const to = valueOf(draft, typedValue(draft, textOf(rule['tot']) || 'str', rule['to']))
  return choose(same(before, from), to, choose(is(before, 'text'), open(draft, { is: 'text' }, 'replaces a part of a text'), before))
}
