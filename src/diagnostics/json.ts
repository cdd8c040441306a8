/**
 * Reads JSON text (RFC 8259) into a tree with places; every broken rule becomes one located diagnostic, nothing is thrown.
 * Stricter than `JSON.parse` in three ways: duplicate keys, nesting deeper than 200 and the key `__proto__` are refused.
 */
import { checkText, MAXIMUM_DEPTH } from './check-text.ts'
import type { Diagnostic, Read, Source } from './diagnostic.ts'
import { type DocumentEntry, type DocumentNode, structuredText, type StructuredText } from './document.ts'
import { positionAt } from './position.ts'
import { locationAt, type TextLines, textLines } from './text-lines.ts'

export function readJson(source: Source): Read<StructuredText> {
  const unreadable = checkText(source)
  if (unreadable.length > 0) return { ok: false, diagnostics: unreadable }
  const lines = textLines(source.name, source.text)
  const cursor: Cursor = { text: source.text, at: source.text.startsWith('\ufeff') ? 1 : 0, lines, wrong: undefined }
  const root = readValue(cursor, 0)
  if (root !== undefined) {
    skipBlanks(cursor)
    if (cursor.at < cursor.text.length) fail(cursor, 'formats/broken-json', 'the text goes on after the end of the JSON value')
  }
  if (cursor.wrong !== undefined) return { ok: false, diagnostics: [cursor.wrong] }
  return { ok: true, value: structuredText(root!, lines), diagnostics: [] }
}

interface Cursor {
  readonly text: string
  readonly lines: TextLines
  at: number
  /** Set once; everything unwinds when it is. */
  wrong: Diagnostic | undefined
}

function fail(cursor: Cursor, code: string, message: string, start = cursor.at, end = start + 1): undefined {
  cursor.wrong ??= { code, severity: 'error', message, at: locationAt(cursor.lines, start, Math.min(end, cursor.text.length)) }
  return undefined
}

function skipBlanks(cursor: Cursor): void {
  for (;;) {
    const unit = cursor.text.charCodeAt(cursor.at)
    if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9) return
    cursor.at += 1
  }
}

function readValue(cursor: Cursor, depth: number): DocumentNode | undefined {
  skipBlanks(cursor)
  if (depth > MAXIMUM_DEPTH) {
    fail(cursor, 'formats/too-deep', `lists and mappings are nested deeper than ${MAXIMUM_DEPTH}`)
    return
  }
  const first = cursor.text[cursor.at]
  if (first === undefined) {
    fail(cursor, 'formats/broken-json', 'the text ends where a value is expected', cursor.at)
    return
  }
  if (first === '{') return readMap(cursor, depth)
  if (first === '[') return readList(cursor, depth)
  if (first === '"') return readText(cursor)
  return readWord(cursor)
}

function readMap(cursor: Cursor, depth: number): DocumentNode | undefined {
  const start = cursor.at
  const entries: DocumentEntry[] = []
  const lineOf = new Map<string, number>()
  cursor.at += 1
  skipBlanks(cursor)
  if (cursor.text[cursor.at] === '}') return { is: 'map', entries, start, end: (cursor.at += 1) }
  for (;;) {
    skipBlanks(cursor)
    if (cursor.text[cursor.at] !== '"') {
      fail(cursor, 'formats/broken-json', 'a key in double quotes is expected here')
      return
    }
    const key = readText(cursor)
    if (key?.is !== 'scalar') return undefined
    const first = lineOf.get(key.text)
    if (first !== undefined) {
      fail(cursor, 'formats/duplicate-key', `\`${key.text}\` stands twice in this mapping, first in line ${first}`, key.start, key.end)
      return
    }
    if (key.text === '__proto__') {
      fail(cursor, 'formats/reserved-key', '`__proto__` cannot be a key', key.start, key.end)
      return
    }
    lineOf.set(key.text, positionAt(cursor.lines.starts, key.start).line)
    skipBlanks(cursor)
    if (cursor.text[cursor.at] !== ':') {
      fail(cursor, 'formats/broken-json', `a colon is expected after the key \`${key.text}\``)
      return
    }
    cursor.at += 1
    const node = readValue(cursor, depth + 1)
    if (node === undefined) return undefined
    entries.push({ key: key.text, start: key.start, end: key.end, node })
    const closed = readSeparator(cursor, '}', 'mapping', start)
    if (closed === undefined) return undefined
    if (closed) return { is: 'map', entries, start, end: cursor.at }
  }
}

function readList(cursor: Cursor, depth: number): DocumentNode | undefined {
  const start = cursor.at
  const items: DocumentNode[] = []
  cursor.at += 1
  skipBlanks(cursor)
  if (cursor.text[cursor.at] === ']') return { is: 'list', items, start, end: (cursor.at += 1) }
  for (;;) {
    const node = readValue(cursor, depth + 1)
    if (node === undefined) return undefined
    items.push(node)
    const closed = readSeparator(cursor, ']', 'list', start)
    if (closed === undefined) return undefined
    if (closed) return { is: 'list', items, start, end: cursor.at }
  }
}

/** Whether the collection ended; undefined where neither a comma nor its end stands. */
function readSeparator(cursor: Cursor, close: string, what: string, start: number): boolean | undefined {
  skipBlanks(cursor)
  const unit = cursor.text[cursor.at]
  if (unit !== ',' && unit !== close) {
    const opened = positionAt(cursor.lines.starts, start)
    fail(
      cursor,
      'formats/broken-json',
      `the ${what} that begins in line ${opened.line}, column ${opened.column} goes on without a comma or \`${close}\``,
    )
    return
  }
  cursor.at += 1
  return unit === close
}

function readText(cursor: Cursor): DocumentNode | undefined {
  const start = cursor.at + 1
  let end = start
  for (; ; end += 1) {
    const unit = cursor.text.charCodeAt(end)
    if (unit === 34) break
    if (unit === 92) end += 1
    else if (Number.isNaN(unit) || unit === 10 || unit === 13) {
      fail(cursor, 'formats/broken-json', 'a text is not closed by `"` on its line', start - 1, end)
      return
    }
  }
  cursor.at = end + 1
  const raw = cursor.text.slice(start, end)
  const value = raw.includes('\\') || raw.includes('\t') ? parsed(`"${raw}"`) : raw
  if (typeof value !== 'string') {
    fail(cursor, 'formats/broken-json', 'a text holds a tab or an unknown escape', start, end)
    return
  }
  return { is: 'scalar', value, text: value, start, end }
}

function readWord(cursor: Cursor): DocumentNode | undefined {
  const start = cursor.at
  const word = /[^\s,\]}:"[{]*/y
  word.lastIndex = start
  const text = word.exec(cursor.text)?.[0] ?? ''
  const value = /^(?:true|false|null|-?[\d.eE+-]+)$/.test(text) ? parsed(text) : undefined
  if (value === undefined) {
    const shown = text === '' ? cursor.text[start]! : text.slice(0, 40)
    fail(cursor, 'formats/broken-json', `\`${shown}\` is not a JSON value`, start, start + Math.max(1, text.length))
    return
  }
  cursor.at = start + text.length
  const exact = typeof value === 'number' && /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value
  return { is: 'scalar', value: exact, text, start, end: cursor.at }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
