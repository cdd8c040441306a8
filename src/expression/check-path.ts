/** Names: from `device.image.target` in the syntax to an attribute of the scope. */
import type { ASTNode } from '@marcbachmann/cel-js'
import { suggest } from '../diagnostics/suggest.ts'
import { additions } from './additions.ts'
import { type Checking, place, refuse, written } from './checking.ts'
import type { TypedExpression } from './typed.ts'
import { typeName } from './types.ts'

/** Whether the node is a name, or a chain of parts of one: `device.ram`, `device["ram"]`, `device.?ram`. */
export function readsPath(node: ASTNode): boolean {
  return partsOf(node) !== undefined
}

/** The attribute that a name stands for. `optional`: `?` is allowed in it, as the caller deals with what is missing. */
export function pathNode(c: Checking, node: ASTNode, how: { readonly optional: boolean }): TypedExpression | undefined {
  const parts = partsOf(node)
  if (parts === undefined) return c.check(node)
  const path = parts.names.join('.')
  const { names, roots } = c.scope
  if (!Object.hasOwn(names, path)) return unknown(c, node, parts.names)
  if (parts.questioned && !how.optional) {
    return refuse(
      c,
      'unsupported',
      `\`${written(node)}\` may be absent and needs a default`,
      node,
      `maybe \`${written(node)}.orValue(...)\`, or \`${path}\` which is unknown where it is missing`,
    )
  }
  return roots.includes(parts.names[0]!) ? { is: 'path', type: names[path]!, at: place(c, node), path } : unknown(c, node, parts.names)
}

function partsOf(node: ASTNode): { readonly names: readonly string[]; readonly questioned: boolean } | undefined {
  const names: string[] = []
  let questioned = false
  let at = node
  for (;;) {
    if (at.op === 'id') return { names: [...names, at.args].reverse(), questioned }
    if (at.op === '.' || at.op === '.?') names.push(at.args[1])
    else if (at.op === '[]' || at.op === '[?]') {
      const index = at.args[1]
      if (index.op !== 'value' || typeof index.args !== 'string') return undefined
      names.push(index.args)
    } else return undefined
    if (at.op === '.?' || at.op === '[?]') questioned = true
    at = at.args[0]
  }
}

function unknown(c: Checking, node: ASTNode, parts: readonly string[]): TypedExpression | undefined {
  const { names, roots } = c.scope
  const all = Object.keys(names)
  const root = parts[0]!
  const path = parts.join('.')
  const code = 'unknown-attribute'
  if (!roots.includes(root)) {
    const rest = parts.slice(1).join('.')
    const full = roots.map((r) => `${r}.${path}`).find((name) => Object.hasOwn(names, name))
    const near = suggest(root, roots)
    const said = near !== undefined && rest !== '' && Object.hasOwn(names, `${near}.${rest}`) ? `${near}.${rest}` : near
    const known = full ?? said
    return refuse(c, code, `nothing is called \`${root}\` here`, node, known === undefined ? knownRoots(roots) : `maybe \`${known}\`?`)
  }
  if (parts.length === 1) return refuse(c, code, `\`${root}\` is not a value, it has attributes`, node, example(all, `${root}.`))
  const within = all.filter((name) => name.startsWith(`${path}.`))
  if (within.length > 0) return refuse(c, code, `\`${path}\` is not a value, it has attributes`, node, example(within, `${path}.`))
  const holder = longestKnown(names, parts)
  if (holder !== undefined) {
    const type = names[holder]!
    if (type.is === 'device')
      return refuse(c, 'unsupported', `\`${holder}\` is a link to another device, whose attributes cannot be read through it`, node)
    const last = parts[parts.length - 1]!
    const isMethod = additions.some((a) => a.name === last && a.on !== undefined)
    return refuse(
      c,
      code,
      `\`${holder}\` is ${typeName(type)} and has no attribute \`${last}\``,
      node,
      isMethod ? `maybe \`${path}(${additions.some((a) => a.name === last && a.arguments.length === 0) ? '' : '...'})\`?` : undefined,
    )
  }
  const siblings = all.filter((name) => name.startsWith(`${root}.`))
  const near = suggest(
    parts.slice(1).join('.'),
    siblings.map((name) => name.slice(root.length + 1)),
  )
  const message = siblings.length === 0 ? `there are no ${root} here, so no \`${path}\`` : `there is no \`${path}\``
  return refuse(c, code, message, node, near === undefined ? undefined : `maybe \`${root}.${near}\`?`)
}

function longestKnown(names: Readonly<Record<string, unknown>>, parts: readonly string[]): string | undefined {
  for (let length = parts.length - 1; length > 1; length--) {
    const path = parts.slice(0, length).join('.')
    if (Object.hasOwn(names, path)) return path
  }
  return undefined
}

function example(names: readonly string[], prefix: string): string | undefined {
  const first = names.filter((name) => name.startsWith(prefix)).sort()[0]
  return first === undefined ? undefined : `maybe \`${first}\`?`
}

function knownRoots(roots: readonly string[]): string | undefined {
  return roots.length === 0 ? undefined : `maybe an attribute of ${roots.map((root) => `\`${root}\``).join(' or ')}?`
}
