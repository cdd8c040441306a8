/**
 * Edits of a model as a user writes them on the command line, so that a question need not be a file: `constraints[2].max = 40%`, `drop constraints[0]`,
 * `devices.gw-0113.ram = 512`, `pin gw-0113 to eco`. They change what was read, not what is written; places still tell of the model's text.
 */
import type { Diagnostic, Location, Read } from '../diagnostics/diagnostic.ts'
import { type DocumentEntry, type DocumentNode, type DocumentPath, structuredText, type StructuredText } from '../diagnostics/document.ts'
import { maybe } from '../diagnostics/suggest.ts'
import { readYaml } from '../diagnostics/yaml.ts'

/** `text` as written; `at` where it stands among the edits. */
export type Edit = { readonly text: string; readonly at: Location } & (
  | { readonly is: 'set'; readonly path: DocumentPath; readonly value: DocumentNode }
  | { readonly is: 'drop'; readonly path: DocumentPath }
  | { readonly is: 'device'; readonly device: string; readonly attribute: string; readonly value: unknown }
  | { readonly is: 'pin'; readonly device: string; readonly variant: string }
)

export const EDITS_SOURCE = '--what-if'

const FORMS = 'maybe `constraints[0].max = 40%`, `drop constraints[0]`, `devices.ID.ram = 512` or `pin ID to VARIANT`'

/** One edit a line. */
export function readEdits(texts: readonly string[]): Read<readonly Edit[]> {
  const edits: Edit[] = []
  const diagnostics: Diagnostic[] = []
  texts.forEach((text, index) => {
    const range = { start: { line: index + 1, column: 1 }, end: { line: index + 1, column: text.length + 1 } }
    const read = readEdit(text, { source: EDITS_SOURCE, range })
    if ('code' in read) diagnostics.push(read)
    else edits.push(read)
  })
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: edits, diagnostics }
}

function readEdit(text: string, at: Location): Edit | Diagnostic {
  const wrong = (message: string, hint = FORMS): Diagnostic => ({ code: 'what-if/form', severity: 'error', message, hint, at })
  const pin = /^\s*pin\s+(\S+|"[^"]*")\s+to\s+(\S+)\s*$/.exec(text)
  if (pin !== null) return { is: 'pin', device: pin[1]!.replaceAll('"', ''), variant: pin[2]!, text, at }
  const drop = /^\s*drop\s+(.+?)\s*$/.exec(text)
  if (drop !== null) {
    const path = readPath(drop[1]!)
    return path === undefined || path.length === 0 ? wrong(`\`${drop[1]!}\` is no path into the model`) : { is: 'drop', path, text, at }
  }
  const set = /^\s*([^=]+?)\s*=(?!=)\s*(.*?)\s*$/s.exec(text)
  if (set === null) return wrong(`\`${text}\` says nothing that can be tried`)
  const path = readPath(set[1]!)
  if (path === undefined || path.length === 0) return wrong(`\`${set[1]!}\` is no path into the model`)
  const value = readValue(set[2]!)
  if (path[0] !== 'devices' || typeof path[1] !== 'string') return { is: 'set', path, value, text, at }
  if (path.length < 3) return wrong(`\`${set[1]!}\` names no attribute of a device`, `maybe \`devices.${path[1]}.ram = 512\``)
  return { is: 'device', device: path[1], attribute: path.slice(2).join('.'), value: plain(value), text, at }
}

/** `a.b[2]["c d"]`; undefined where it is none. */
function readPath(text: string): DocumentPath | undefined {
  const path: (string | number)[] = []
  const step = /\s*(?:\[(\d+)\]|\["([^"]*)"\]|(\.?)([^.[\]\s]+))\s*/y
  while (step.lastIndex < text.length) {
    const found = step.exec(text)
    if (found === null) return undefined
    const [, index, quoted, dot, name] = found
    if (name !== undefined && (dot === '') !== (path.length === 0)) return undefined
    path.push(index !== undefined ? Number(index) : (quoted ?? name!))
  }
  return path
}

/** As YAML; what is none is a text. */
function readValue(text: string): DocumentNode {
  const read = readYaml({ name: EDITS_SOURCE, text })
  return read.ok ? read.value.root : { is: 'scalar', value: text, text, start: 0, end: 0 }
}

function plain(node: DocumentNode): unknown {
  if (node.is === 'scalar') return node.value
  return node.is === 'list' ? node.items.map(plain) : Object.fromEntries(node.entries.map(({ key, node: value }) => [key, plain(value)]))
}

/** The document with the edits that speak of it, in order. Numbers of list entries are those of the text, whatever was dropped before. */
export function editDocument(document: StructuredText, edits: readonly Edit[]): Read<StructuredText> {
  const diagnostics: Diagnostic[] = []
  let { root } = document
  const dropped = new Map<DocumentNode, true>()
  for (const edit of edits) {
    if (edit.is === 'device') continue
    if (edit.is === 'pin') {
      root = pinned(root, edit)
      continue
    }
    const found = resolve(root, edit)
    if ('code' in found) {
      diagnostics.push(found)
      continue
    }
    if (edit.is === 'drop') dropped.set(nodeAt(root, found)!, true)
    else root = withValue(root, found, edit.value)
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  return { ok: true, value: structuredText(without(root, dropped), document.lines), diagnostics }
}

// What a model may leave out.
const OPTIONAL: readonly string[] = ['constraints', 'objectives', 'leave', 'current', 'unmanaged', 'links']

/** The whole path that an edit means: as written, or where a key is missing, through the only mapping below that has it. */
function resolve(root: DocumentNode, edit: Extract<Edit, { readonly is: 'set' | 'drop' }>): DocumentPath | Diagnostic {
  const wrong = (message: string, hint: { readonly hint?: string }): Diagnostic => ({
    code: 'what-if/path',
    severity: 'error',
    message,
    ...hint,
    at: edit.at,
  })
  let node = root
  const path: (string | number)[] = []
  for (const [depth, step] of edit.path.entries()) {
    const here = path.length === 0 ? 'the model' : `\`${shown(path)}\``
    const last = depth === edit.path.length - 1
    if (typeof step === 'number') {
      const next = node.is === 'list' ? node.items[step] : undefined
      if (next === undefined) {
        const what =
          node.is !== 'list' ? 'is no list' : node.items.length === 0 ? 'is empty' : `has the entries 0 to ${node.items.length - 1}`
        return wrong(`there is no \`${shown([...path, step])}\`: ${here} ${what}`, {})
      }
      path.push(step)
      node = next
      continue
    }
    if (node.is !== 'map') return wrong(`there is no \`${shown([...path, step])}\`: ${here} is no mapping`, {})
    const next = node.entries.find(({ key }) => key === step)
    if (next !== undefined) {
      path.push(step)
      node = next.node
      continue
    }
    const below = path.length === 0 ? [] : pathsTo(node, step)
    if (below.length > 1) {
      const ways = below.map((way) => `\`${shown([...path, ...way])}\``)
      return wrong(`${here} has \`${step}\` in several places`, { hint: `maybe ${ways.slice(0, -1).join(', ')} or ${ways.at(-1)!}` })
    }
    if (below.length === 1) {
      path.push(...below[0]!)
      node = nodeAt(node, below[0]!)!
      continue
    }
    const near = maybe(step, keysBelow(node, path.length === 0 ? 1 : 3))
    if (edit.is === 'set' && last && (path.length > 0 ? near.hint === undefined : OPTIONAL.includes(step))) return [...path, step]
    return wrong(
      `${here} has no \`${step}\``,
      near.hint === undefined ? { hint: `maybe one of ${node.entries.map(({ key }) => key).join(', ')}` } : near,
    )
  }
  return path
}

function pathsTo(node: DocumentNode, key: string): readonly DocumentPath[] {
  if (node.is !== 'map') return []
  return node.entries.flatMap((entry) => (entry.key === key ? [[key]] : pathsTo(entry.node, key).map((rest) => [entry.key, ...rest])))
}

function keysBelow(node: DocumentNode, depth: number): readonly string[] {
  if (node.is !== 'map' || depth === 0) return []
  return node.entries.flatMap((entry) => [entry.key, ...keysBelow(entry.node, depth - 1)])
}

/** `constraints[2].quota.max`. */
export function shown(path: DocumentPath): string {
  return path
    .map((step, i) =>
      typeof step === 'number' ? `[${step}]` : /^[^.[\]\s="]+$/.test(step) ? `${i === 0 ? '' : '.'}${step}` : `[${JSON.stringify(step)}]`,
    )
    .join('')
}

function nodeAt(root: DocumentNode, path: DocumentPath): DocumentNode | undefined {
  let node: DocumentNode | undefined = root
  for (const step of path) {
    if (node?.is === 'list' && typeof step === 'number') node = node.items[step]
    else if (node?.is === 'map') node = node.entries.find(({ key }) => key === String(step))?.node
    else return undefined
  }
  return node
}

function withValue(node: DocumentNode, [step, ...rest]: DocumentPath, value: DocumentNode): DocumentNode {
  if (step === undefined) return placed(value, node.start, node.end)
  if (node.is === 'list') return { ...node, items: node.items.map((item, i) => (i === step ? withValue(item, rest, value) : item)) }
  if (node.is === 'scalar') return node
  const key = String(step)
  if (node.entries.some((entry) => entry.key === key))
    return {
      ...node,
      entries: node.entries.map((entry) => (entry.key === key ? { ...entry, node: withValue(entry.node, rest, value) } : entry)),
    }
  const { start, end } = node
  return { ...node, entries: [...node.entries, { key, start, end, node: placed(value, start, end) }] }
}

/** Everything that comes from outside the text stands where it is put. */
function placed(node: DocumentNode, start: number, end: number): DocumentNode {
  if (node.is === 'scalar') return { ...node, start, end }
  if (node.is === 'list') return { ...node, items: node.items.map((item) => placed(item, start, end)), start, end }
  const entries = node.entries.map((entry): DocumentEntry => ({ ...entry, start, end, node: placed(entry.node, start, end) }))
  return { ...node, entries, start, end }
}

function pinned(root: DocumentNode, { device, variant }: Extract<Edit, { readonly is: 'pin' }>): DocumentNode {
  if (root.is !== 'map') return root
  const text = (value: string): DocumentNode => ({ is: 'scalar', value, text: value, start: root.start, end: root.start })
  const map = (entries: readonly (readonly [string, DocumentNode])[]): DocumentNode => ({
    is: 'map',
    entries: entries.map(([key, node]) => ({ key, start: root.start, end: root.start, node })),
    start: root.start,
    end: root.start,
  })
  const use = map([
    [
      'pin',
      map([
        ['of', text(`device.id == ${JSON.stringify(device)}`)],
        ['variant', text(variant)],
      ]),
    ],
  ])
  const before = nodeAt(root, ['constraints'])
  const items = before?.is === 'list' ? [...before.items, use] : [use]
  return withValue(root, ['constraints'], { is: 'list', items, start: root.start, end: root.start })
}

function without(node: DocumentNode, dropped: ReadonlyMap<DocumentNode, true>): DocumentNode {
  if (dropped.size === 0 || node.is === 'scalar') return node
  if (node.is === 'list') return { ...node, items: node.items.filter((item) => !dropped.has(item)).map((item) => without(item, dropped)) }
  return {
    ...node,
    entries: node.entries.filter((entry) => !dropped.has(entry.node)).map((entry) => ({ ...entry, node: without(entry.node, dropped) })),
  }
}
