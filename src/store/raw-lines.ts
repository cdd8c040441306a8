/**
 * Reads NDJSON into coded columns without a model: every top-level field of every object becomes a column, its values kept as canonical JSON. Bytes are
 * compared as they are written; each different value is parsed once per chunk.
 */
import { cappedDiagnostics, type CappedDiagnostics } from '../diagnostics/capped.ts'
import { addBytes, byteDictionary, findBytes, hashBytes, type ByteDictionary } from '../formats/byte-dictionary.ts'
import { LONGEST_LINE } from '../formats/lines.ts'

/** One field of the chunk that is being filled. */
interface RawColumn {
  readonly name: string
  /** Values as written, and the code of each; codes count canonical texts from 1. */
  raw: ByteDictionary
  rawCodes: number[]
  codeOf: Map<string, number>
  texts: string[]
  readonly codes: Int32Array
}

export interface FilledColumn {
  readonly name: string
  readonly codes: Int32Array
  readonly texts: readonly string[]
}

export interface RawReader {
  /** Entry i is the id of row i, over all chunks. */
  readonly ids: ByteDictionary
  /** Names in the order in which they were first met. */
  readonly names: () => readonly string[]
  readonly problems: CappedDiagnostics
  /** Reads one line; rows of the chunk so far. */
  readonly line: (buffer: Buffer, start: number, end: number, line: number) => number
  /** The chunk's columns that hold anything; the next line begins a new chunk. */
  readonly take: () => readonly FilledColumn[]
}

// Deeper values would be a load for everybody who reads them.
const DEEPEST = 64

// Every field costs memory for a whole chunk.
const MOST_FIELDS = 1000

export function rawReader(source: string, idField: string, chunkRows: number): RawReader {
  const ids = byteDictionary()
  const problems = cappedDiagnostics()
  const columns: RawColumn[] = []
  const byName = new Map<string, RawColumn>()
  const names = byteDictionary()
  const byEntry: (RawColumn | 'id')[] = []
  let row = 0

  const columnNamed = (name: string): RawColumn | undefined => {
    const known = byName.get(name)
    if (known !== undefined) return known
    if (columns.length === MOST_FIELDS) return undefined
    const column: RawColumn = {
      name,
      raw: byteDictionary(),
      rawCodes: [],
      codeOf: new Map(),
      texts: [],
      codes: new Int32Array(chunkRows),
    }
    columns.push(column)
    byName.set(name, column)
    return column
  }

  const say = (code: string, message: string, line: number): false => {
    problems.addLazily('error', `formats/${code}`, () => ({
      code: `formats/${code}`,
      severity: 'error',
      message,
      at: { source, range: { start: { line, column: 1 }, end: { line, column: 1 } } },
    }))
    return false
  }

  const codeOf = (column: RawColumn, canonical: string): number => {
    let code = column.codeOf.get(canonical)
    if (code === undefined) {
      code = column.texts.push(canonical)
      column.codeOf.set(canonical, code)
    }
    return code
  }

  /** Undefined where the bytes are no JSON value. */
  const codeOfRaw = (column: RawColumn, buffer: Buffer, start: number, end: number): number | undefined => {
    const hash = hashBytes(buffer, start, end)
    const entry = findBytes(column.raw, buffer, start, end, hash)
    if (entry >= 0) return column.rawCodes[entry]
    const text = buffer.toString('utf8', start, end)
    if (text.includes('\ufffd')) return undefined
    const canonical = canonicalOf(text)
    if (canonical === undefined) return undefined
    const code = codeOf(column, canonical)
    addBytes(column.raw, buffer, start, end, hash)
    column.rawCodes.push(code)
    return code
  }

  /** Adds the id of the row that is being read; false and said where it cannot be. */
  const addId = (id: unknown, line: number): boolean => {
    const text = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id
    if (text === undefined || text === null || text === '') return say('missing-id', `the device has no \`${idField}\``, line)
    if (typeof text !== 'string') return say('wrong-type', `\`${idField}\` must be a text`, line)
    if (/[\0-\x1f\x7f]/.test(text)) return say('control-character', `\`${idField}\` holds a control character`, line)
    const bytes = Buffer.from(text)
    return addIdBytes(bytes, 0, bytes.length, line)
  }

  const addIdBytes = (buffer: Buffer, start: number, end: number, line: number): boolean => {
    const hash = hashBytes(buffer, start, end)
    if (findBytes(ids, buffer, start, end, hash) >= 0)
      return say('duplicate-id', `a device \`${buffer.toString('utf8', start, end)}\` stands further up already`, line)
    addBytes(ids, buffer, start, end, hash)
    return true
  }

  const clear = (): void => {
    for (const column of columns) column.codes[row] = 0
  }

  /** What a key's bytes name; undefined for a key with escapes or of bad UTF-8. */
  const fieldAt = (buffer: Buffer, start: number, end: number): RawColumn | 'id' | undefined => {
    const hash = hashBytes(buffer, start, end)
    const entry = findBytes(names, buffer, start, end, hash)
    if (entry >= 0) return byEntry[entry]
    const name = buffer.toString('utf8', start, end)
    if (name.includes('\ufffd') || name.includes('\\')) return undefined
    const field = name === idField ? 'id' : columnNamed(name)
    if (field === undefined) return undefined
    addBytes(names, buffer, start, end, hash)
    byEntry.push(field)
    return field
  }

  /** True where the line was plain and its device is added; else nothing has happened but perhaps values in the row. */
  const scan = (buffer: Buffer, start: number, end: number, line: number): boolean | 'refused' => {
    let at = skipBlanks(buffer, start, end)
    if (buffer[at] !== 123) return false
    let idStart = -1
    let idEnd = -1
    at = skipBlanks(buffer, at + 1, end)
    while (buffer[at] === 34) {
      const keyEnd = plainEnd(buffer, at + 1, end)
      if (keyEnd < 0) return false
      const field = fieldAt(buffer, at + 1, keyEnd)
      if (field === undefined) return false
      at = skipBlanks(buffer, keyEnd + 1, end)
      if (buffer[at] !== 58) return false
      at = skipBlanks(buffer, at + 1, end)
      const valueEnd = endOfValue(buffer, at, end)
      if (valueEnd < 0) return false
      if (field === 'id') {
        if (buffer[at] !== 34 || idStart >= 0) return false
        idStart = at + 1
        idEnd = valueEnd - 1
      } else {
        const code = codeOfRaw(field, buffer, at, valueEnd)
        if (code === undefined) return false
        field.codes[row] = code
      }
      at = skipBlanks(buffer, valueEnd, end)
      if (buffer[at] === 125) break
      if (buffer[at] !== 44) return false
      at = skipBlanks(buffer, at + 1, end)
    }
    if (buffer[at] !== 125 || skipBlanks(buffer, at + 1, end) !== end || idStart < 0 || !isPlainId(buffer, idStart, idEnd)) return false
    return addIdBytes(buffer, idStart, idEnd, line) || 'refused'
  }

  const readSlowly = (text: string, line: number): boolean => {
    if (text.includes('\ufffd')) return say('not-utf8', 'the line is not UTF-8', line)
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (error) {
      return say('broken-json', `the line is not JSON: ${error instanceof Error ? error.message : String(error)}`, line)
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      return say('not-a-mapping', 'the line is not a JSON object', line)
    const object = parsed as Readonly<Record<string, unknown>>
    for (const [name, value] of Object.entries(object)) {
      if (name === idField) continue
      if (isTooDeep(value, DEEPEST)) return say('too-deep', `\`${name}\` is nested more than ${DEEPEST} deep`, line)
      const column = columnNamed(name)
      if (column === undefined) return say('too-many-fields', `there are more than ${MOST_FIELDS} fields`, line)
      column.codes[row] = codeOf(column, JSON.stringify(value))
    }
    return addId(object[idField], line)
  }

  return {
    ids,
    names: () => columns.map(({ name }) => name),
    problems,
    line: (buffer, start, end, line) => {
      if (end - start > LONGEST_LINE) {
        say('too-large', `the line is longer than ${LONGEST_LINE / 1024 / 1024} MB`, line)
        return row
      }
      if (skipBlanks(buffer, start, end) === end) return row
      const scanned = scan(buffer, start, end, line)
      if (scanned === true) return ++row
      clear()
      if (scanned === false && readSlowly(buffer.toString('utf8', start, end), line)) return ++row
      clear()
      return row
    },
    take: () => {
      const filled = columns
        .filter(({ texts }) => texts.length > 0)
        .map(({ name, codes, texts }): FilledColumn => ({ name, codes: codes.slice(0, row), texts }))
      for (const column of columns) {
        column.raw = byteDictionary()
        column.rawCodes = []
        column.codeOf = new Map()
        column.texts = []
        column.codes.fill(0)
      }
      row = 0
      return filled
    },
  }
}

function canonicalOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isTooDeep(value, DEEPEST) ? undefined : JSON.stringify(value)
  } catch {
    return undefined
  }
}

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1))
}

function skipBlanks(buffer: Buffer, from: number, end: number): number {
  let at = from
  while (at < end) {
    const byte = buffer[at]
    if (byte !== 32 && byte !== 9 && byte !== 13) break
    at += 1
  }
  return at
}

/** The closing quote of a text without escapes and control characters, or -1. */
function plainEnd(buffer: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const byte = buffer[at]!
    if (byte === 34) return at
    if (byte === 92 || byte < 32) return -1
  }
  return -1
}

/** Behind the value at `from`, which need not be valid; -1 where it has no end. */
function endOfValue(buffer: Buffer, from: number, end: number): number {
  const first = buffer[from]
  if (first === 34) {
    const close = plainEnd(buffer, from + 1, end)
    return close < 0 ? -1 : close + 1
  }
  if (first === 123 || first === 91) return endOfNested(buffer, from, end)
  let at = from
  while (at < end) {
    const byte = buffer[at]!
    if (byte === 44 || byte === 125 || byte === 32 || byte === 9 || byte === 13) break
    at += 1
  }
  return at === from ? -1 : at
}

function endOfNested(buffer: Buffer, from: number, end: number): number {
  let depth = 0
  for (let at = from; at < end; at += 1) {
    const byte = buffer[at]!
    if (byte === 34) {
      at += 1
      while (at < end && buffer[at] !== 34) at += buffer[at] === 92 ? 2 : 1
      if (at >= end) return -1
    } else if (byte === 123 || byte === 91) {
      depth += 1
      if (depth > DEEPEST) return -1
    } else if (byte === 125 || byte === 93) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return -1
}

/** Visible ASCII: everything else is looked at more closely. */
function isPlainId(buffer: Buffer, start: number, end: number): boolean {
  if (start === end) return false
  for (let at = start; at < end; at += 1) {
    const byte = buffer[at]!
    if (byte < 32 || byte > 126) return false
  }
  return true
}
