/** Members of messages, lists and mappings in a function's code: what stands there, and setting it. */
import type { AnyNode, Expression, Pattern } from 'acorn'
import { not, same, value } from './expressions.ts'
import { demand, plain, type Run } from './function-paths.ts'
import { give, type JsPath, type JsState, type JsValue, primitive, UNDEFINED } from './function-values.ts'

export type MemberNode = Extract<Expression, { type: 'MemberExpression' }>

/** The name after the dot; undefined where it is computed and not constant. */
export function nameOf(run: Run, path: JsPath, node: MemberNode): string | undefined {
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : give('a private name')
  if (node.property.type === 'PrivateIdentifier') return give('a private name')
  const key = plain(run, path, run.evaluate(path, node.property))
  return key.is === 'value' ? String(key.value) : undefined
}

export function member(run: Run, path: JsPath, node: MemberNode): JsValue {
  if (node.object.type === 'Super') return give('a class')
  const object = run.evaluate(path, node.object)
  const name = nameOf(run, path, node)
  if (name === undefined) {
    if (object.is === 'message') return { is: 'unknown', why: 'a property that the message chooses' }
    demandThere(run, path, object)
    return { is: 'unknown', why: 'an entry of a list or mapping' }
  }
  return memberOf(run, path, object, name)
}

export function demandThere(run: Run, path: JsPath, object: JsValue): void {
  if (object.is === 'primitive') demand(run, path, not(same(object.value, value(null))))
  if (object.is === 'input') demand(run, path, not(same(run.world.input(object.path), value(null))))
  if (object.is === 'unknown') demand(run, path, run.world.open({ is: 'bool' }, object.why))
}

function memberOf(run: Run, path: JsPath, object: JsValue, name: string): JsValue {
  switch (object.is) {
    case 'message':
      return propertyOf(path.state, object.id, name)
    case 'input':
      demandThere(run, path, object)
      return { is: 'input', path: `${object.path}.${name}` }
    case 'mapping':
      return object.entries.get(name) ?? UNDEFINED
    case 'list':
      return name === 'length' ? primitive(value(object.items.length)) : (object.items[Number(name)] ?? UNDEFINED)
    case 'primitive':
      demandThere(run, path, object)
      if (name === 'length' && object.value.is === 'value' && typeof object.value.value === 'string')
        return primitive(value(object.value.value.length))
      return { is: 'unknown', why: 'a part of a value' }
    case 'unknown':
      demandThere(run, path, object)
      return { is: 'unknown', why: object.why }
    case 'named':
      if (object.name === 'Math' && name === 'PI') return primitive(value(Math.PI))
      return { is: 'named', name: `${object.name}.${name}` }
    case 'pointed':
    case 'typeof':
      return { is: 'unknown', why: 'a part of a text' }
  }
}

/** What stands at a path of a message of the state: what was set there, above or below it, else what came in. */
export function propertyOf(state: JsState, id: number, at: string): JsValue {
  const { properties, fromInput } = state.messages.get(id)!
  const own = properties.get(at)
  if (own !== undefined) return own
  for (const [key, held] of properties) {
    if (at.startsWith(`${key}.`))
      return held.is === 'mapping' ? (held.entries.get(at.slice(key.length + 1)) ?? UNDEFINED) : { is: 'unknown', why: 'a part of a value' }
    if (key.startsWith(`${at}.`)) return { is: 'unknown', why: 'a mapping that was changed' }
  }
  return fromInput ? { is: 'input', path: at } : UNDEFINED
}

/** A mapping in which a part is set; the mapping itself stays as it was for whoever else holds it. */
function withPart(whole: JsValue, [name, ...below]: readonly string[], held: JsValue): JsValue {
  if (name === undefined) return held
  if (whole.is === 'list' && /^\d+$/.test(name) && Number(name) < whole.items.length)
    return { is: 'list', items: whole.items.map((item, index) => (index === Number(name) ? withPart(item, below, held) : item)) }
  if (whole.is !== 'mapping') return give('changes a part of a mapping that is not known')
  return { is: 'mapping', entries: new Map([...whole.entries, [name, withPart(whole.entries.get(name) ?? UNDEFINED, below, held)]]) }
}

export function setProperty(path: JsPath, id: number, at: string, held: JsValue): void {
  const { properties } = path.state.messages.get(id)!
  for (const key of [...properties.keys()]) {
    if (key.startsWith(`${at}.`)) properties.delete(key)
    else if (at.startsWith(`${key}.`)) {
      properties.set(key, withPart(properties.get(key)!, at.slice(key.length + 1).split('.'), held))
      return
    }
  }
  if (held.is === 'message') give('puts a message into a message')
  properties.set(at, held)
}

export function copyMessage(run: Run, path: JsPath, id: number): number {
  const made = run.messages++
  const { properties, fromInput } = path.state.messages.get(id)!
  path.state.messages.set(made, { properties: new Map(properties), fromInput })
  return made
}

/** The message and the path in it that an expression such as `msg.payload.state` means. */
function messagePath(run: Run, path: JsPath, node: AnyNode): { readonly id: number; readonly at: string } | undefined {
  if (node.type === 'Identifier') {
    const known = path.state.variables.get(node.name)
    return known?.is === 'message' ? { id: known.id, at: '' } : undefined
  }
  if (node.type !== 'MemberExpression') return undefined
  const outer = messagePath(run, path, node.object)
  if (outer === undefined) return undefined
  const name = nameOf(run, path, node)
  if (name === undefined) return give('sets a property that the message chooses')
  return { id: outer.id, at: outer.at === '' ? name : `${outer.at}.${name}` }
}

export function assignMember(run: Run, path: JsPath, node: MemberNode, held: JsValue): void {
  const place = messagePath(run, path, node)
  if (place !== undefined) {
    setProperty(path, place.id, place.at, held)
    return
  }
  const name = nameOf(run, path, node)
  const { variables, messages } = path.state
  const owner = node.object.type === 'Identifier' ? node.object.name : undefined
  const object = owner === undefined ? undefined : variables.get(owner)
  if (owner === undefined || object?.is !== 'mapping' || name === undefined) return give('changes a part of a list or mapping')
  // INVARIANT: a mapping is changed only while one variable alone holds it, so that copies stay what they were.
  const shared =
    [...variables].some(([other, one]) => other !== owner && one === object) ||
    [...messages.values()].some(({ properties }) => [...properties.values()].includes(object))
  if (shared) return give('changes a mapping that stands in two places')
  variables.set(owner, { is: 'mapping', entries: new Map([...object.entries, [name, held]]) })
}

export function bind(run: Run, path: JsPath, pattern: Pattern, bound: JsValue): void {
  if (pattern.type === 'Identifier') path.state.variables.set(pattern.name, bound)
  else if (pattern.type === 'MemberExpression') assignMember(run, path, pattern, bound)
  else if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      if (property.type !== 'Property' || property.computed || property.key.type !== 'Identifier') give('takes a mapping apart')
      else bind(run, path, property.value, memberOf(run, path, bound, property.key.name))
    }
  } else give('takes a value apart')
}
