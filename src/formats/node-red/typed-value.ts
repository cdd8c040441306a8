/** The typed inputs of Node-RED's editor: a type and a text that is read according to it. */
import { value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { ANY, type Assigned, type Draft, pathOf, readContext } from './draft.ts'
import { lookUp, type Scope } from './scope.ts'

export function typedValue(draft: Draft, type: string, written: unknown): Assigned {
  switch (type) {
    case 'str':
      return { is: 'value', value: value(textOf(written)) }
    case 'num': {
      const number = Number(written)
      return { is: 'value', value: value(Number.isFinite(number) ? number : null) }
    }
    case 'bool':
      return { is: 'value', value: value(written === true || /^true$/i.test(textOf(written))) }
    case 'json':
      return jsonValue(written)
    case 'msg': {
      const path = pathOf(textOf(written))
      return path === undefined
        ? { is: 'open', type: ANY, why: `the property \`${textOf(written)}\` is chosen by the message` }
        : { is: 'copy', path }
    }
    case 'flow':
    case 'global':
      return { is: 'value', value: readContext(draft, type, textOf(written)) }
    case 'env':
      return environmentValue(draft, draft.node.scope, textOf(written))
    case 'date':
      return { is: 'open', type: { is: 'number', integer: true, low: 0 }, why: 'the time of day' }
    case 'jsonata':
      return jsonataValue(draft, textOf(written))
    case 'nul':
    case 'none':
      return { is: 'value', value: value(null) }
    default:
      return { is: 'open', type: ANY, why: `a value of type \`${type}\`` }
  }
}

function jsonValue(written: unknown): Assigned {
  try {
    const parsed: unknown = typeof written === 'string' ? JSON.parse(written) : written
    if (typeof parsed === 'object' && parsed !== null) return { is: 'object', object: parsed }
    if (typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'boolean')
      return { is: 'value', value: value(parsed) }
    return { is: 'value', value: value(null) }
  } catch {
    return { is: 'open', type: ANY, why: 'a JSON value that cannot be read' }
  }
}

function environmentValue(draft: Draft, scope: Scope, written: string): Assigned {
  const name = /^\$\{([^}]+)\}$/.exec(written)?.[1] ?? written
  if (name === 'NR_NODE_ID') return { is: 'value', value: value(draft.node.node.id) }
  if (name === 'NR_NODE_NAME') return { is: 'value', value: value(draft.node.node.name) }
  const found = lookUp(scope, name)
  if (found === undefined || found.entry.type === 'cred')
    return { is: 'open', type: ANY, why: `the environment variable \`${name}\` comes from outside the flow` }
  const { entry } = found
  if (entry.type === 'env')
    return found.scope.parent === undefined
      ? { is: 'open', type: ANY, why: `the environment variable \`${name}\` comes from outside the flow` }
      : environmentValue(draft, found.scope.parent, textOf(entry.value))
  if (entry.type === 'bool' || entry.type === 'num' || entry.type === 'str' || entry.type === 'json')
    return typedValue(draft, entry.type, entry.value)
  return { is: 'open', type: ANY, why: `an environment variable of type \`${entry.type}\`` }
}

/** Constants, paths and reads of context; other JSONata is not modelled. */
function jsonataValue(draft: Draft, written: string): Assigned {
  const text = written.trim()
  if (/^("[^"\\]*"|'[^'\\]*')$/.test(text)) return { is: 'value', value: value(text.slice(1, -1)) }
  if (/^-?\d+(\.\d+)?$/.test(text)) return { is: 'value', value: value(Number(text)) }
  if (text === 'true' || text === 'false') return { is: 'value', value: value(text === 'true') }
  const stored = /^\$(flow|global)Context\(\s*(?:"([^"]*)"|'([^']*)')\s*\)$/.exec(text)
  if (stored !== null) return { is: 'value', value: readContext(draft, stored[1] as 'flow' | 'global', stored[2] ?? stored[3] ?? '') }
  if (/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(text) && !['and', 'or', 'in', 'null'].includes(text)) return { is: 'copy', path: text }
  return { is: 'open', type: ANY, why: `the JSONata expression \`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\`` }
}
