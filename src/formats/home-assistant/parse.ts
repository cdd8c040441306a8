/** Reads one file of a configuration: YAML 1.1 as Home Assistant's loader takes it (the last of two equal keys counts, `<<` merges), tags kept for later. */
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml'
import { checkText, MAXIMUM_DEPTH } from '../../diagnostics/check-text.ts'
import type { Diagnostic, Source } from '../../diagnostics/diagnostic.ts'
import { locationAt, type TextLines, textLines } from '../../diagnostics/text-lines.ts'
import { yamlProblem } from '../../diagnostics/yaml-problems.ts'
import { mended } from './mend.ts'
import type { MapEntry, Scalar, YamlNode } from './tree.ts'

/** Values that aliases may add to a file by repeating what stands elsewhere. */
const MAXIMUM_REPEATED = 50_000
const MAXIMUM_PROBLEMS = 3

const OPTIONS = { version: '1.1', prettyErrors: false, uniqueKeys: false, merge: false, logLevel: 'silent', strict: false } as const

export interface ParsedFile {
  /** Nothing where the file could not be read. */
  readonly root: YamlNode | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** Mistakes are warnings: the other files are still read. */
export function parseFile(source: Source): ParsedFile {
  const wrong = checkText(source)
  if (wrong.length > 0) return { root: undefined, diagnostics: wrong.map(unread) }
  const lines = textLines(source.name, source.text)
  try {
    const document = parseDocument(source.text, OPTIONS)
    if (document.errors.length > 0) {
      const text = mended(source.text, OPTIONS)
      if (text !== undefined) return parsed(parseDocument(text, OPTIONS), textLines(source.name, text))
      const problems = document.errors.slice(0, MAXIMUM_PROBLEMS)
      return { root: undefined, diagnostics: problems.map((error) => unread(yamlProblem(error.code, error.message, lines, error.pos))) }
    }
    return parsed(document, lines)
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem
    return { root: undefined, diagnostics: [tooDeep(lines, 0)] }
  }
}

function parsed(document: Document.Parsed, lines: TextLines): ParsedFile {
  const reading: Parsing = { document, lines, diagnostics: [], open: new Set(), made: 0, repeated: 0 }
  const root = convert(reading, document.contents, 0)
  return { root, diagnostics: reading.diagnostics }
}

function unread(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: 'warning', message: `${diagnostic.message}; the file is left out` }
}

interface Parsing {
  readonly document: Document.Parsed
  readonly lines: TextLines
  readonly diagnostics: Diagnostic[]
  /** Nodes on the way from the root: an alias to one of them has no end. */
  readonly open: Set<Node>
  made: number
  repeated: number
}

function convert(reading: Parsing, node: Node | null, depth: number, fallback = 0): YamlNode {
  const [start, end] = node?.range ?? [fallback, fallback]
  const at = locationAt(reading.lines, start, end)
  const nothing: YamlNode = { is: 'scalar', value: null, text: '', plain: true, at }
  if (node === null) return nothing
  reading.made += 1
  if (depth > MAXIMUM_DEPTH) {
    if (!reading.diagnostics.some(({ code }) => code === 'formats/too-deep')) reading.diagnostics.push(tooDeep(reading.lines, start))
    return nothing
  }
  if (isAlias(node)) {
    const target = node.resolve(reading.document)
    const problem =
      target === undefined
        ? `no anchor \`&${node.source}\` stands before the alias \`*${node.source}\``
        : reading.open.has(target)
          ? `the alias \`*${node.source}\` stands inside what it repeats`
          : reading.repeated > MAXIMUM_REPEATED
            ? `aliases repeat more than ${MAXIMUM_REPEATED} values`
            : undefined
    if (target === undefined || problem !== undefined) {
      reading.diagnostics.push({ code: 'formats/alias', severity: 'warning', message: problem ?? '', at })
      return nothing
    }
    const before = reading.made
    const made = convert(reading, target, depth + 1)
    reading.repeated += reading.made - before
    return made
  }
  reading.open.add(node)
  const plain = convertPlain(reading, node, depth, start, end)
  reading.open.delete(node)
  const tag = 'tag' in node ? node.tag : undefined
  return tag !== undefined && /^![a-z_]/i.test(tag) ? { is: 'tagged', tag, node: plain, at } : plain
}

function convertPlain(reading: Parsing, node: Node, depth: number, start: number, end: number): YamlNode {
  const at = locationAt(reading.lines, start, end)
  if (isSeq(node)) return { is: 'list', items: node.items.map((item) => convert(reading, item as Node | null, depth + 1, start)), at }
  if (isMap(node)) return { is: 'map', entries: convertEntries(reading, node.items, depth, start), at }
  if (!isScalar(node)) return { is: 'scalar', value: null, text: '', plain: true, at }
  const plain = node.type === 'PLAIN'
  const text = plain ? (node.source ?? '') : typeof node.value === 'string' ? node.value : ''
  return { is: 'scalar', value: scalar(node.value, text), text, plain, at }
}

function scalar(value: unknown, text: string): Scalar {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && !Number.isFinite(value)) return text
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : text
}

function convertEntries(
  reading: Parsing,
  items: readonly { readonly key: unknown; readonly value: unknown }[],
  depth: number,
  start: number,
): readonly MapEntry[] {
  const entries = new Map<string, MapEntry>()
  const merged: MapEntry[] = []
  for (const pair of items) {
    const key = pair.key as Node | null
    const [from, to] = key?.range ?? [start, start]
    const at = locationAt(reading.lines, from, to)
    const node = convert(reading, pair.value as Node | null, depth + 1, to)
    if (!isScalar(key)) {
      // A template without quotes, `{{ x }}`, is a mapping with a mapping as its key.
      const hint = 'maybe a template without quotes around it'
      reading.diagnostics.push({ code: 'formats/odd-key', severity: 'warning', message: 'a key must be a name', hint, at })
      continue
    }
    const text = key.type === 'PLAIN' ? (key.source ?? '') : String(key.value)
    if (text === '<<') {
      for (const one of node.is === 'list' ? node.items : [node]) if (one.is === 'map') merged.push(...one.entries)
      continue
    }
    const first = entries.get(text)
    if (first !== undefined) {
      const line = first.at.range?.start.line ?? 0
      const message = `\`${text}\` stands twice in this mapping, first in line ${line}: only the last counts`
      reading.diagnostics.push({ code: 'formats/duplicate-key', severity: 'warning', message, at })
      entries.delete(text)
    }
    entries.set(text, { key: text, at, node })
  }
  for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry)
  return [...entries.values()]
}

function tooDeep(lines: TextLines, start: number): Diagnostic {
  const message = `lists and mappings are nested deeper than ${MAXIMUM_DEPTH}; what lies deeper is left out`
  return { code: 'formats/too-deep', severity: 'warning', message, at: locationAt(lines, start, start + 1) }
}
