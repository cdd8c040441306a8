/** A structured text (YAML or JSON) with the place of every value: what its readers make, and what locates diagnostics. */
import type { Location } from './diagnostic.ts'
import { locationAt, type TextLines } from './text-lines.ts'

/** Offsets are of the content: inside the quotes, after the mark of a block text. `text` is the scalar as written, without quotes. */
export type DocumentNode =
  | { readonly is: 'scalar'; readonly value: unknown; readonly text: string; readonly start: number; readonly end: number }
  | { readonly is: 'list'; readonly items: readonly DocumentNode[]; readonly start: number; readonly end: number }
  | { readonly is: 'map'; readonly entries: readonly DocumentEntry[]; readonly start: number; readonly end: number }

export interface DocumentEntry {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly node: DocumentNode
}

export type DocumentPath = readonly (string | number)[]

/** Plain values: null, booleans, texts, numbers (bigint where an integer is beyond 2^53), lists, mappings without prototype surprises. */
export interface StructuredText {
  readonly value: unknown
  /** Where the value at `path` stands; where the path leads nowhere, the nearest value above it. */
  readonly locate: (path: DocumentPath) => Location
  /** Where the last key of `path` stands (an entry of a list: the entry). */
  readonly locateKey: (path: DocumentPath) => Location
  /** The scalar at `path` as it was written (`2.10` stays `2.10`); nothing for lists and mappings. */
  readonly written: (path: DocumentPath) => string | undefined
  readonly root: DocumentNode
  readonly lines: TextLines
}

export function structuredText(root: DocumentNode, lines: TextLines): StructuredText {
  return {
    value: plainValue(root),
    root,
    lines,
    locate: (path) => {
      const { node, depth } = follow(root, path)
      return locationAt(lines, node.start, node.end, path.slice(0, depth))
    },
    locateKey: (path) => {
      const { node, depth, entry } = follow(root, path)
      const place = depth === path.length && entry !== undefined ? entry : node
      return locationAt(lines, place.start, place.end, path.slice(0, depth))
    },
    written: (path) => {
      const { node, depth } = follow(root, path)
      return depth === path.length && node.is === 'scalar' ? node.text : undefined
    },
  }
}

/** JSON pointer (RFC 6901) of a path; the root is the empty text. */
export function pointer(path: DocumentPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The place of every value below the root, by JSON pointer. */
export function allPlaces(document: StructuredText): ReadonlyMap<string, Location> {
  const places = new Map<string, Location>()
  const walk = (node: DocumentNode, path: DocumentPath, at: string): void => {
    places.set(at, locationAt(document.lines, node.start, node.end, path))
    if (node.is === 'list') node.items.forEach((item, index) => walk(item, [...path, index], `${at}/${index}`))
    if (node.is === 'map') for (const entry of node.entries) walk(entry.node, [...path, entry.key], at + pointer([entry.key]))
  }
  walk(document.root, [], '')
  return places
}

/** How messages call a value: `text "abc"`, `the number 3`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'nothing (null)'
  if (typeof value === 'string') return value.length > 60 ? `text of ${value.length} characters` : `the text ${JSON.stringify(value)}`
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`
  if (typeof value === 'boolean') return `\`${value}\``
  return Array.isArray(value) ? 'a list' : 'a mapping'
}

function follow(root: DocumentNode, path: DocumentPath): { node: DocumentNode; depth: number; entry: DocumentEntry | undefined } {
  let node = root
  let entry: DocumentEntry | undefined
  for (let depth = 0; depth < path.length; depth += 1) {
    const step = path[depth]!
    entry = node.is === 'map' ? node.entries.find((candidate) => candidate.key === String(step)) : undefined
    const next: DocumentNode | undefined = node.is === 'list' && typeof step === 'number' ? node.items[step] : entry?.node
    if (next === undefined) return { node, depth, entry: undefined }
    node = next
  }
  return { node, depth: path.length, entry }
}

function plainValue(node: DocumentNode): unknown {
  if (node.is === 'scalar') return node.value
  if (node.is === 'list') return node.items.map(plainValue)
  return Object.fromEntries(node.entries.map((entry) => [entry.key, plainValue(entry.node)]))
}
