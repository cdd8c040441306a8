/** Reads YAML 1.2 (and with it JSON) into plain values with the place of each; every mistake becomes a located diagnostic, nothing is thrown. */
import { isAlias, isMap, isScalar, isSeq, Lexer, parseDocument, type Document, type Node, type YAMLMap } from 'yaml'
import { checkText, MAXIMUM_DEPTH } from './check-text.ts'
import type { Diagnostic, Read, Source } from './diagnostic.ts'
import { type DocumentEntry, type DocumentNode, structuredText, type StructuredText } from './document.ts'
import { readJson } from './json.ts'
import { positionAt } from './position.ts'
import { locationAt, type TextLines, textLines } from './text-lines.ts'
import { yamlProblem } from './yaml-problems.ts'

/** Values that aliases may add by repeating what stands elsewhere: more is an attack or a mistake. */
const MAXIMUM_ALIASED = 10_000
/** After the first mistakes the parser reports what follows from them. */
const MAXIMUM_PROBLEMS = 3
const KNOWN_TAGS = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`))

export function readYaml(source: Source): Read<StructuredText> {
  const unreadable = checkText(source)
  if (unreadable.length > 0) return { ok: false, diagnostics: unreadable }
  if (source.name.endsWith('.json')) return readJson(source)
  if (!/^\ufeff?\s*[[{]/.test(source.text)) return readYamlOnly(source)
  const json = readJson(source)
  // Flow style YAML looks like JSON: only mistakes that both forbid are final, and what begins like JSON is told the rules of JSON.
  if (json.ok || json.diagnostics[0]?.code !== 'formats/broken-json') return json
  const yaml = readYamlOnly(source)
  return yaml.ok || !/^\ufeff?\s*[[{]\s*["[{\]}]/.test(source.text) ? yaml : json
}

function readYamlOnly(source: Source): Read<StructuredText> {
  const lines = textLines(source.name, source.text)
  const deep = tooDeepFlow(source.text)
  if (deep !== undefined) return { ok: false, diagnostics: [tooDeep(lines, deep)] }
  try {
    return readDocument(lines)
  } catch (problem) {
    // Block collections nested beyond the stack are the one thing that the parser throws on.
    if (!(problem instanceof RangeError)) throw problem
    return { ok: false, diagnostics: [tooDeep(lines, 0)] }
  }
}

function readDocument(lines: TextLines): Read<StructuredText> {
  const document = parseDocument(lines.text, { prettyErrors: false, uniqueKeys: false, intAsBigInt: true, logLevel: 'silent' })
  if (document.errors.length > 0)
    return {
      ok: false,
      diagnostics: document.errors
        // The parser reports one place once per bracket that it closes there.
        .filter(({ code, pos }, index, all) => all.findIndex((other) => other.code === code && other.pos[0] === pos[0]) === index)
        .slice(0, MAXIMUM_PROBLEMS)
        .map((error) => yamlProblem(error.code, error.message, lines, error.pos)),
    }
  const conversion: Conversion = { document, lines, wrong: [], open: new Set(), made: new Map(), aliased: 0 }
  const root = convert(conversion, document.contents, 0)
  if (conversion.wrong.length > 0) return { ok: false, diagnostics: conversion.wrong }
  return { ok: true, value: structuredText(root, lines), diagnostics: [] }
}

interface Conversion {
  readonly document: Document.Parsed
  readonly lines: TextLines
  readonly wrong: Diagnostic[]
  /** Nodes on the way from the root: an alias to one of them has no end. */
  readonly open: Set<Node>
  readonly made: Map<Node, { readonly node: DocumentNode; readonly size: number }>
  aliased: number
}

const NOTHING: DocumentNode = { is: 'scalar', value: null, text: '', start: 0, end: 0 }

function convert(conversion: Conversion, node: Node | null, depth: number, fallback = 0): DocumentNode {
  if (node === null) return { ...NOTHING, start: fallback, end: fallback }
  const [start, end] = node.range ?? [fallback, fallback]
  if (conversion.wrong.length > 0) return NOTHING
  if (depth > MAXIMUM_DEPTH) return refuse(conversion, tooDeep(conversion.lines, start))
  if (isAlias(node)) return convertAlias(conversion, node.resolve(conversion.document), node.source, start, end)
  const tag = 'tag' in node ? node.tag : undefined
  if (tag !== undefined && tag !== '!' && !KNOWN_TAGS.has(tag)) {
    return refuse(
      conversion,
      problem(conversion, 'formats/unknown-tag', `the tag \`${tag.slice(0, 60)}\` is not understood here`, start, end),
    )
  }
  conversion.open.add(node)
  const made = convertPlain(conversion, node, depth, start, end)
  conversion.open.delete(node)
  if ((node as { readonly anchor?: string | undefined }).anchor !== undefined) conversion.made.set(node, { node: made, size: sizeOf(made) })
  return made
}

function convertPlain(conversion: Conversion, node: Node, depth: number, start: number, end: number): DocumentNode {
  if (isMap(node)) return { is: 'map', entries: convertEntries(conversion, node, depth), start, end }
  if (isSeq(node))
    return { is: 'list', items: node.items.map((item) => convert(conversion, item as Node | null, depth + 1, start)), start, end }
  if (!isScalar(node)) return NOTHING
  const { type, value } = node
  const content = contentRange(conversion.lines.text, type, start, end)
  if (typeof value === 'bigint') {
    const number = Number(value)
    return { is: 'scalar', value: Number.isSafeInteger(number) ? number : value, text: node.source ?? String(value), ...content }
  }
  const text = type === 'PLAIN' ? (node.source ?? '') : typeof value === 'string' ? value : ''
  return { is: 'scalar', value: value === undefined ? null : value, text, ...content }
}

function convertEntries(conversion: Conversion, map: YAMLMap, depth: number): DocumentEntry[] {
  const entries: DocumentEntry[] = []
  const lineOf = new Map<string, number>()
  for (const pair of map.items) {
    const key = pair.key as Node | null
    const [start, end] = key?.range ?? map.range ?? [0, 0]
    if (!isScalar(key) || key.value === null) {
      refuse(conversion, problem(conversion, 'formats/odd-key', 'a key must be a name, not empty and not a list or mapping', start, end))
      continue
    }
    const text = key.type === 'PLAIN' ? (key.source ?? '') : scalarText(key.value)
    const first = lineOf.get(text)
    if (first !== undefined)
      refuse(
        conversion,
        problem(conversion, 'formats/duplicate-key', `\`${text}\` stands twice in this mapping, first in line ${first}`, start, end),
      )
    else if (text === '__proto__')
      refuse(conversion, problem(conversion, 'formats/reserved-key', '`__proto__` cannot be a key', start, end))
    lineOf.set(text, positionAt(conversion.lines.starts, start).line)
    entries.push({
      key: text,
      ...contentRange(conversion.lines.text, key.type, start, end),
      node: convert(conversion, pair.value as Node | null, depth + 1, end),
    })
  }
  return entries
}

function convertAlias(conversion: Conversion, target: Node | undefined, name: string, start: number, end: number): DocumentNode {
  if (target === undefined)
    return refuse(
      conversion,
      problem(conversion, 'formats/unknown-alias', `no anchor \`&${name}\` stands before the alias \`*${name}\``, start, end),
    )
  if (conversion.open.has(target))
    return refuse(
      conversion,
      problem(conversion, 'formats/alias-circle', `the alias \`*${name}\` stands inside what it repeats`, start, end),
    )
  const made = conversion.made.get(target)
  conversion.aliased += made?.size ?? 1
  if (conversion.aliased > MAXIMUM_ALIASED) {
    return refuse(conversion, problem(conversion, 'formats/alias-bomb', `aliases repeat more than ${MAXIMUM_ALIASED} values`, start, end))
  }
  return made?.node ?? NOTHING
}

/** Values in a tree, aliased ones counted as often as they stand, up to just beyond what is refused anyway. */
function sizeOf(node: DocumentNode): number {
  let size = 0
  const walk = (current: DocumentNode): void => {
    size += 1
    if (size > MAXIMUM_ALIASED) return
    if (current.is === 'list') current.items.forEach(walk)
    if (current.is === 'map') current.entries.forEach((entry) => walk(entry.node))
  }
  walk(node)
  return size
}

function contentRange(
  text: string,
  type: string | undefined,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } {
  if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') return { start: start + 1, end: Math.max(start + 1, end - 1) }
  if (type !== 'BLOCK_FOLDED' && type !== 'BLOCK_LITERAL') return { start, end }
  const content = /[^\n]*\n\s*/y
  content.lastIndex = start
  const header = content.exec(text)?.[0].length ?? 0
  return { start: Math.min(start + header, end), end }
}

/** Where lists and mappings in flow style go beyond the depth, found without recursion; brackets are counted roughly first, exactly where that is too many. */
function tooDeepFlow(text: string): number | undefined {
  let open = 0
  let most = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at) | 32
    if (unit === 123) most = Math.max(most, ++open)
    else if (unit === 125) open = Math.max(0, open - 1)
  }
  if (most <= MAXIMUM_DEPTH) return undefined
  let depth = 0
  let offset = 0
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth += 1
    if (token === ']' || token === '}') depth -= 1
    if (depth > MAXIMUM_DEPTH) return offset
    if (!(token.length === 1 && '\u0002\u0018\u001f'.includes(token))) offset += token.length
  }
  return undefined
}

function tooDeep(lines: TextLines, start: number): Diagnostic {
  return {
    code: 'formats/too-deep',
    severity: 'error',
    message: `lists and mappings are nested deeper than ${MAXIMUM_DEPTH}`,
    at: locationAt(lines, start, start + 1),
  }
}

function problem(conversion: Conversion, code: string, message: string, start: number, end: number): Diagnostic {
  return { code, severity: 'error', message, at: locationAt(conversion.lines, start, end) }
}

function refuse(conversion: Conversion, diagnostic: Diagnostic): DocumentNode {
  conversion.wrong.push(diagnostic)
  return NOTHING
}

function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
