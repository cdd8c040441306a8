/** Calls in a function's code: methods of texts, what Node-RED and JavaScript provide, and the messages that are sent. */
import type { Expression, SpreadElement } from 'acorn'
import type { AutomationExpression } from '../../model/automation.ts'
import { choose, is, same, value } from './expressions.ts'
import { copyMessage, demandThere, nameOf } from './function-members.ts'
import { isTextMethod, mathOf, parsed, textMethod } from './function-operators.ts'
import { bounded, demand, plain, type Run, settled, tooLarge, truthyOf } from './function-paths.ts'
import { give, type JsPath, type JsValue, primitive, UNDEFINED } from './function-values.ts'

type CallNode = Extract<Expression, { type: 'CallExpression' }>

export function call(run: Run, path: JsPath, node: CallNode): JsValue {
  const { callee } = node
  if (callee.type === 'Super' || callee.type === 'ArrowFunctionExpression' || callee.type === 'FunctionExpression')
    return give('calls a function of its own')
  const parts = (): readonly JsValue[] =>
    node.arguments.map((part: Expression | SpreadElement) =>
      part.type === 'SpreadElement' ? give('spreads a list') : run.evaluate(path, part),
    )
  if (callee.type === 'MemberExpression' && callee.object.type !== 'Super') {
    const object = run.evaluate(path, callee.object)
    const name = nameOf(run, path, callee)
    if (name === undefined) return give('calls a method that the message chooses')
    if (object.is === 'named') return named(run, path, `${object.name}.${name}`, parts())
    return method(run, path, object, name, parts)
  }
  const target = run.evaluate(path, callee)
  return target.is === 'named' ? named(run, path, target.name, parts()) : give('calls a value')
}

export function method(run: Run, path: JsPath, object: JsValue, name: string, parts: () => readonly JsValue[]): JsValue {
  const { open } = run.world
  if (object.is === 'unknown') {
    demandThere(run, path, object)
    if (parts().some((part) => part.is === 'message')) return give('hands the message to a method')
    return { is: 'unknown', why: object.why }
  }
  if (object.is === 'pointed') return textMethod(name, open({ is: 'text' }, 'replaces a part of a text'), parts(), open)
  if (object.is !== 'primitive' && object.is !== 'input') return give(`calls \`${name}\` of a list or mapping`)
  const subject = plain(run, path, object)
  if (name === 'toString')
    return subject.is === 'value'
      ? primitive(value(String(subject.value)))
      : primitive(choose(is(subject, 'text'), subject, open({ is: 'text' }, 'a value as text')))
  if (name === 'toFixed') return primitive(open({ is: 'text' }, 'a number as text'))
  if (!isTextMethod(name)) return give(`calls \`${name}\``)
  demand(run, path, is(subject, 'text'))
  return textMethod(name, subject, parts(), open)
}

const SILENT = /^(console\.\w+|node\.(warn|error|log|debug|trace|status|done)|clearTimeout|clearInterval)$/

/** A call of something that Node-RED or JavaScript provides. */
function named(run: Run, path: JsPath, name: string, parts: readonly JsValue[]): JsValue {
  const { world } = run
  const [first = UNDEFINED, second = UNDEFINED] = parts
  if (SILENT.test(name)) return UNDEFINED
  const store = /^(flow|global|context|context\.flow|context\.global)\.(get|set)$/.exec(name)
  if (store !== null) return stored(run, path, store[1]!, store[2]!, parts)
  if (name.startsWith('Math.')) {
    if (name === 'Math.random') return primitive(world.open({ is: 'number', integer: false, low: 0, high: 1 }, 'a random number'))
    return bounded(
      primitive(
        mathOf(
          name.slice(5),
          parts.map((part) => plain(run, path, part)),
          world.open,
        ),
      ),
    )
  }
  if (name.startsWith('Date().')) {
    const known = world.today(name.slice('Date().'.length))
    return known === undefined ? { is: 'unknown', why: 'the time of day' } : primitive(known)
  }
  switch (name) {
    case 'parseFloat':
    case 'parseInt':
    case 'Number':
      return primitive(parsed(name, settled(run, path, first), world.open))
    case 'Number.parseFloat':
    case 'Number.parseInt':
      return primitive(parsed(name === 'Number.parseInt' ? 'parseInt' : 'parseFloat', settled(run, path, first), world.open))
    case 'Boolean':
      return primitive(truthyOf(run, path, first))
    case 'String':
      return method(run, path, settled(run, path, first), 'toString', () => [])
    case 'isNaN':
    case 'Number.isNaN':
      return primitive(same(parsed('Number', settled(run, path, first), world.open), value(null)))
    case 'Date.now':
      return primitive(world.open({ is: 'number', integer: true, low: 0 }, 'the time of day'))
    case 'JSON.parse':
      demand(run, path, world.open({ is: 'bool' }, 'a text may be no JSON'))
      return { is: 'unknown', why: 'what a JSON text holds' }
    case 'JSON.stringify':
      return primitive(world.open({ is: 'text' }, 'a value as JSON text'))
    case 'Array.isArray':
      return first.is === 'list' ? primitive(value(true)) : primitive(world.open({ is: 'bool' }, 'asks whether a value is a list'))
    case 'env.get': {
      const key = plain(run, path, first)
      return primitive(key.is === 'value' ? world.environment(String(key.value)) : world.open({ is: 'any' }, 'an environment variable'))
    }
    case 'RED.util.cloneMessage':
      return first.is === 'message' ? { is: 'message', id: copyMessage(run, path, first.id) } : first
    case 'node.send':
      send(path, second === UNDEFINED ? first : first)
      return UNDEFINED
    default:
      return give(`calls \`${name}\``)
  }
}

function stored(run: Run, path: JsPath, owner: string, how: string, parts: readonly JsValue[]): JsValue {
  const { world } = run
  const which = owner.endsWith('flow') ? 'flow' : owner.endsWith('global') ? 'global' : 'node'
  const [first = UNDEFINED, second = UNDEFINED, third] = parts
  const key = plain(run, path, first)
  if (key.is !== 'value' || typeof key.value !== 'string') return give('the name of a context variable is computed')
  const storeName = how === 'get' ? second : third
  const store =
    storeName?.is === 'primitive' && storeName.value.is === 'value' && typeof storeName.value.value === 'string'
      ? storeName.value.value
      : undefined
  const attribute = world.attribute(which, store === undefined ? key.value : `#:(${store})::${key.value}`)
  if (attribute === undefined) return UNDEFINED
  if (how === 'get') return primitive(path.state.stored.get(attribute) ?? world.stored(attribute))
  path.state.stored.set(attribute, tooLarge(storable(run, path, second)))
  return UNDEFINED
}

function storable(run: Run, path: JsPath, held: JsValue): AutomationExpression {
  if (held.is === 'mapping' || held.is === 'list' || held.is === 'message') return run.world.open({ is: 'any' }, 'stores a list or mapping')
  return plain(run, path, held)
}

/** `return x` and `node.send(x)`: one message, or a list with one entry (or a list of messages) per output. */
export function send(path: JsPath, what: JsValue): void {
  const { sent, messages } = path.state
  const one = (port: number, item: JsValue, list?: number): void => {
    if (item.is === 'primitive' && item.value.is === 'value') return
    if (item.is === 'list') {
      const place = sent.length
      item.items.forEach((inner) => one(port, inner, place))
    } else if (item.is === 'message') {
      const { properties, fromInput } = messages.get(item.id)!
      sent.push({ port, list, properties: new Map(properties), fromInput })
    } else if (item.is === 'mapping') sent.push({ port, list, properties: item.entries, fromInput: false })
    else give('sends a message that is not known')
  }
  if (what.is === 'list') what.items.forEach((item, port) => one(port, item))
  else one(0, what)
}
