/** YAML as Home Assistant writes it, with the place of every value; files that are included become part of the tree and keep their own places. */
import type { Location } from '../../diagnostics/diagnostic.ts'

export type Scalar = string | number | boolean | null

/** `text` is the scalar as written; `plain`: without quotes; `secret`: what stands for a value that is not to be seen. */
export interface ScalarNode {
  readonly is: 'scalar'
  readonly value: Scalar
  readonly text: string
  readonly plain: boolean
  readonly secret?: boolean
  readonly at: Location
}

export interface ListNode {
  readonly is: 'list'
  readonly items: readonly YamlNode[]
  readonly at: Location
}

export interface MapEntry {
  readonly key: string
  readonly at: Location
  readonly node: YamlNode
}

export interface MapNode {
  readonly is: 'map'
  readonly entries: readonly MapEntry[]
  readonly at: Location
}

/** A value with a tag of Home Assistant: `!include`, `!secret`, `!input` and so on. */
export interface TaggedNode {
  readonly is: 'tagged'
  readonly tag: string
  readonly node: YamlNode
  readonly at: Location
}

export type YamlNode = ScalarNode | ListNode | MapNode | TaggedNode

export function field(node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  if (node?.is !== 'map') return undefined
  for (const key of keys) {
    const found = node.entries.find((entry) => entry.key === key)
    if (found !== undefined) return found.node
  }
  return undefined
}

export function isNothing(node: YamlNode | undefined): boolean {
  return node === undefined || (node.is === 'scalar' && node.value === null)
}

/** Text of a scalar as Home Assistant takes it for a state: `on` without quotes is a boolean and stands for `on`. */
export function textOf(node: YamlNode | undefined): string | undefined {
  if (node?.is !== 'scalar' || node.value === null) return undefined
  if (typeof node.value === 'boolean') return node.value ? 'on' : 'off'
  return typeof node.value === 'string' ? node.value : node.text
}

/** A list as it is, one value as a list of it, nothing as an empty list. */
export function listOf(node: YamlNode | undefined): readonly YamlNode[] {
  if (node === undefined || isNothing(node)) return []
  return node.is === 'list' ? node.items : [node]
}

/** All items of lists in lists. */
export function flat(node: YamlNode | undefined): readonly YamlNode[] {
  return listOf(node).flatMap((item) => (item.is === 'list' ? flat(item) : isNothing(item) ? [] : [item]))
}

export function entriesOf(node: YamlNode | undefined): readonly MapEntry[] {
  return node?.is === 'map' ? node.entries : []
}

/** Texts of a list, or of a text with commas. */
export function textsOf(node: YamlNode | undefined): readonly string[] {
  return flat(node).flatMap((item) => {
    const text = textOf(item)
    return text === undefined
      ? []
      : text.includes('{{') || text.includes('{%')
        ? [text]
        : text.split(',').flatMap((one) => one.trim() || [])
  })
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%')
}

/** Plain JSON of a constant tree; undefined where something in it is not constant. */
export function plainOf(node: YamlNode): unknown {
  if (node.is === 'scalar') return node.value
  if (node.is === 'list') return node.items.map(plainOf)
  if (node.is === 'map') return Object.fromEntries(node.entries.map((entry) => [entry.key, plainOf(entry.node)]))
  return undefined
}

/** Every text in a tree, keys left out. */
export function textsIn(node: YamlNode | undefined): readonly string[] {
  if (node === undefined) return []
  if (node.is === 'scalar') return typeof node.value === 'string' ? [node.value] : []
  if (node.is === 'list') return node.items.flatMap(textsIn)
  return node.is === 'map' ? node.entries.flatMap((entry) => textsIn(entry.node)) : textsIn(node.node)
}

export function mapNodes(node: YamlNode, change: (node: YamlNode) => YamlNode | undefined): YamlNode {
  const changed = change(node)
  if (changed !== undefined) return changed
  if (node.is === 'list') return { ...node, items: node.items.map((item) => mapNodes(item, change)) }
  if (node.is === 'map') return { ...node, entries: node.entries.map((entry) => ({ ...entry, node: mapNodes(entry.node, change) })) }
  return node.is === 'tagged' ? { ...node, node: mapNodes(node.node, change) } : node
}

/** Whether an action, trigger or option is switched off, or nothing. */
export function switchedOff(item: YamlNode): boolean {
  const enabled = field(item, 'enabled')
  return isNothing(item) || (enabled?.is === 'scalar' && (enabled.value === false || enabled.value === 'false'))
}
