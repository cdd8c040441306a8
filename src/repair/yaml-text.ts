/** Changes a YAML text at single places and leaves every other character as it is: comments, quotes, indentation, tags. */
import { isMap, isNode, isPair, isScalar, isSeq, parseDocument, stringify, type Node, type Pair, type YAMLMap } from 'yaml'

export type YamlPath = readonly (string | number)[]

/** Why a text cannot be changed there. */
export interface Unpatchable {
  readonly why: string
}

export type Patched = string | Unpatchable

export const isPatched = (patched: Patched): patched is string => typeof patched === 'string'

const splice = (text: string, from: number, to: number, by: string): string => text.slice(0, from) + by + text.slice(to)

const columnAt = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)

function documentOf(text: string) {
  return parseDocument(text, { logLevel: 'silent', uniqueKeys: false })
}

export function nodeAt(text: string, path: YamlPath): Node | undefined {
  let node: unknown = documentOf(text).contents
  for (const key of path) {
    if (isMap(node)) node = pairOf(node, key)?.value
    else if (isSeq(node)) node = node.items[Number(key)]
    else return undefined
  }
  return isNode(node) ? node : undefined
}

const pairOf = (map: YAMLMap, key: string | number): Pair | undefined =>
  map.items.find((pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(key))

/** The paths of all nodes, each before those within it. */
export function pathsIn(text: string): readonly { readonly path: YamlPath; readonly node: Node }[] {
  const found: { path: YamlPath; node: Node }[] = []
  const walk = (node: unknown, path: YamlPath): void => {
    if (!isNode(node)) return
    found.push({ path, node })
    if (isMap(node)) for (const { key, value } of node.items) walk(value, [...path, isScalar(key) ? String(key.value) : ''])
    if (isSeq(node)) node.items.forEach((item, at) => walk(item, [...path, at]))
  }
  walk(documentOf(text).contents, [])
  return found
}

/** Where a position stands in the text. */
export function offsetOf(text: string, { line, column }: { readonly line: number; readonly column: number }): number {
  let at = 0
  for (let n = 1; n < line; n++) {
    const end = text.indexOf('\n', at)
    if (end < 0) return text.length
    at = end + 1
  }
  return at + column - 1
}

/** A value in block style, each line but the first moved to the column. */
export function blockText(value: unknown, column: number): string {
  // What older readers of YAML take for a truth value is quoted.
  return stringify(value, { lineWidth: 0, version: '1.1' })
    .trimEnd()
    .split('\n')
    .join(`\n${' '.repeat(column)}`)
}

/** The column that a node begins at, from 0. */
export function columnOf(text: string, path: YamlPath): number {
  const start = nodeAt(text, path)?.range?.[0]
  return start === undefined ? 0 : columnAt(text, start)
}

/** The value of a scalar; nothing where something else stands. */
export function scalarAt(text: string, path: YamlPath): string | number | boolean | undefined {
  const node = nodeAt(text, path)
  const value: unknown = isScalar(node) ? node.value : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

/** Puts other text in place of a node, which stands on lines of its own or within one. */
export function replaceAt(text: string, path: YamlPath, by: string): Patched {
  const node = nodeAt(text, path)
  if (!node?.range) return { why: 'nothing stands there' }
  return splice(text, node.range[0], node.range[1], by)
}

/** Puts `key: value` before the first of the other keys that is there, or after the last pair. */
export function insertKey(text: string, path: YamlPath, key: string, value: string, before: readonly string[]): Patched {
  const map = nodeAt(text, path)
  if (!isMap(map) || !map.range || map.items.length === 0) return { why: 'no mapping stands there' }
  const next = before.map((one) => pairOf(map, one)).find((pair) => pair !== undefined)
  const start = next !== undefined && isNode(next.key) ? next.key.range?.[0] : undefined
  const flow = map.flow === true
  if (start !== undefined)
    return splice(text, start, start, flow ? `${key}: ${value}, ` : `${key}: ${value}\n${' '.repeat(columnAt(text, start))}`)
  const last = map.items.at(-1)!
  const end = isNode(last.value) ? last.value.range?.[1] : isNode(last.key) ? last.key.range?.[1] : undefined
  const first = isNode(map.items[0]!.key) ? map.items[0]!.key.range?.[0] : undefined
  if (end === undefined || first === undefined) return { why: 'the mapping ends nowhere' }
  if (flow) return splice(text, end, end, `, ${key}: ${value}`)
  // After what ends the line: a comment stays with its value.
  const line = text.indexOf('\n', end)
  const at = isCollection(last.value) ? endOfBlock(text, end) : line < 0 ? text.length : line
  return splice(text, at, at, `\n${' '.repeat(columnAt(text, first))}${key}: ${value}`)
}

const isCollection = (value: unknown): boolean => isMap(value) || isSeq(value)

/** The end of the last line of a block that ends there, without blank lines. */
function endOfBlock(text: string, end: number): number {
  const before = text.slice(0, end).trimEnd().length
  const line = text.indexOf('\n', before)
  return line < 0 ? text.length : line
}

/** Puts an item, in flow style, before an item of a list. */
export function insertItem(text: string, path: YamlPath, item: string): Patched {
  const seq = nodeAt(text, path.slice(0, -1))
  const node = nodeAt(text, path)
  if (!isSeq(seq) || !node?.range) return { why: 'no list stands there' }
  const start = node.range[0]
  if (seq.flow === true) return splice(text, start, start, `${/^[{[]/.test(item) ? item : `{${item}}`}, `)
  const dash = text.lastIndexOf('-', start)
  return splice(text, dash, dash, `- ${item}\n${' '.repeat(columnAt(text, dash))}`)
}

/**
 * Puts an item of a list into a wrapping: `flow` for an item in flow style (its text handed in), `block` for one on lines of its own: the lines before it, and by how many columns it moves.
 */
export function wrapItem(
  text: string,
  path: YamlPath,
  wrapping: { readonly flow: (item: string) => string; readonly block: readonly string[]; readonly by: number; readonly lead: string },
): Patched {
  const node = nodeAt(text, path)
  if (!node?.range) return { why: 'no step stands there' }
  const [start, end] = [node.range[0], text.slice(0, node.range[1]).trimEnd().length]
  const item = text.slice(start, end)
  if ((isMap(node) || isSeq(node)) && node.flow === true) return splice(text, start, end, wrapping.flow(item))
  if (isScalar(node)) return splice(text, start, end, wrapping.flow(item))
  const column = columnAt(text, start)
  const pad = ' '.repeat(column)
  const moved = item.split('\n').map((line, at) => (at === 0 || line.trim() === '' ? line : ' '.repeat(wrapping.by) + line))
  const lines = [
    ...wrapping.block.map((line, at) => (at === 0 ? line : pad + line)),
    `${pad}${wrapping.lead}${moved[0]!}`,
    ...moved.slice(1),
  ]
  return splice(text, start, end, lines.join('\n'))
}

/** Text in double quotes, which YAML takes as JSON does. */
export const quoted = (text: string): string => JSON.stringify(text)

/** Every change in turn; the first that cannot be made ends it. */
export function inTurn(text: string, changes: readonly ((text: string) => Patched)[]): Patched {
  let now: Patched = text
  for (const change of changes) {
    if (!isPatched(now)) return now
    now = change(now)
  }
  return now
}
