/**
 * Reads flat JSON objects from bytes straight into columns. It knows the usual: plain keys, texts without escapes, short numbers, words, lists of texts. For all
 * else it gives up, and the line is read again by `JSON.parse`; so it never accepts what `JSON.parse` refuses, and never says what is wrong.
 */
import { attributeValue } from '../../model/attribute-value.ts'
import { addBytes, byteDictionary, findBytes, HASH_START, HASH_STEP, hashBytes } from '../byte-dictionary.ts'
import { codeFor, type ColumnBuilder } from '../column-builder.ts'
import type { FleetBuilder } from '../fleet-builder.ts'

/** What became of a line: its device is added; it must be read again; its id is known already. */
export type Scanned = 'added' | 'unusual' | 'duplicate'

export interface LineScanner {
  /** INVARIANT: the columns have room for the next row. */
  readonly scan: (buffer: Buffer, start: number, end: number) => Scanned
  /** Names of all fields met so far. */
  readonly fields: ReadonlyMap<string, unknown>
}

/** A field as lines spell it; column -1: the id, -2: not read. `next` is the field that stood behind it last time. */
interface Field {
  readonly bytes: Uint8Array
  readonly column: number
  next: Field | undefined
}

const ID = -1
const IGNORED = -2
const MAXIMUM_NESTING = 64
/** Longer values are not remembered by their bytes. */
const LONGEST_RAW = 4096

export function lineScanner(builder: FleetBuilder): LineScanner {
  const { columns, known, ids } = builder
  const fields = new Map<string, Field>()
  const columnOf = new Map<string, number>([[builder.idField, ID]])
  builder.fields.forEach((field, index) => {
    if (!columnOf.has(field)) columnOf.set(field, index)
  })
  const names = byteDictionary()
  const byEntry: Field[] = []
  /** Stands before the first field of every line. */
  const head: Field = { bytes: new Uint8Array(0), column: IGNORED, next: undefined }
  let buffer: Buffer = Buffer.alloc(0)
  let at = 0
  let end = 0

  function blanks(): void {
    while (at < end) {
      const byte = buffer[at]!
      if (byte !== 32 && byte !== 9 && byte !== 13) return
      at += 1
    }
  }

  /** Whether the key at `at` is this field; then `at` is left behind its closing quote. */
  function isField(candidate: Field): boolean {
    const { bytes } = candidate
    const { length } = bytes
    const source = buffer
    const start = at
    if (start + length >= end || source[start + length] !== 34) return false
    for (let same = 0; same < length; same += 1) if (source[start + same] !== bytes[same]) return false
    at = start + length + 1
    return true
  }

  /** The field whose key begins at `at`, mostly the one that came next before; leaves `at` behind its closing quote. */
  function fieldAfter(before: Field): Field | undefined {
    const expected = before.next
    if (expected !== undefined) {
      if (isField(expected)) return expected
      // Fields may be left out: the one behind it is the second guess, and no reason to forget the order.
      if (expected.next !== undefined && isField(expected.next)) return expected.next
    }
    const start = at
    const close = closingQuote()
    if (close < 0) return undefined
    const hash = hashBytes(buffer, start, close)
    const entry = findBytes(names, buffer, start, close, hash)
    let found = entry < 0 ? undefined : byEntry[entry]!
    if (found === undefined) {
      const name = buffer.toString('utf8', start, close)
      if (name.includes('\ufffd')) return undefined
      found = { bytes: Uint8Array.from(buffer.subarray(start, close)), column: columnOf.get(name) ?? IGNORED, next: undefined }
      fields.set(name, found)
      addBytes(names, buffer, start, close, hash)
      byEntry.push(found)
    }
    before.next ??= found
    at = close + 1
    return found
  }

  /** Whether a literal stands at `at`; leaves `at` behind it. */
  function word(text: string): boolean {
    if (at + text.length > end) return false
    for (let each = 0; each < text.length; each += 1) if (buffer[at + each] !== text.charCodeAt(each)) return false
    at += text.length
    return true
  }

  /** Behind the opening quote; the closing quote's place, or -1 for escapes, control characters and no end. */
  function closingQuote(): number {
    const source = buffer
    const stop = end
    for (let each = at; each < stop; each += 1) {
      const byte = source[each]!
      if (byte === 34) return each
      if (byte === 92 || byte < 32) return -1
    }
    return -1
  }

  /** The number at `at` as JSON allows it; leaves `at` behind it. NaN where it is none or has an exponent; `fraction` counts its decimal places. */
  let fraction = 0
  function number(): number {
    const negative = buffer[at] === 45
    if (negative) at += 1
    const first = at
    let value = 0
    while (at < end) {
      const digit = buffer[at]! - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      at += 1
    }
    let digits = at - first
    if (digits === 0 || (digits > 1 && buffer[first] === 48)) return NaN
    fraction = 0
    if (at < end && buffer[at] === 46) {
      const point = ++at
      while (at < end) {
        const digit = buffer[at]! - 48
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
        at += 1
      }
      fraction = at - point
      if (fraction === 0) return NaN
      digits += fraction
    }
    // 15 digits are exact in a double.
    if (digits > 15 || (at < end && (buffer[at]! | 32) === 101)) return NaN
    return negative && value !== 0 ? -value : value
  }

  /** Passes over a number of any length, with or without exponent. */
  function skipNumber(): boolean {
    if (buffer[at] === 45) at += 1
    const first = at
    const whole = skipDigits()
    if (whole === 0 || (whole > 1 && buffer[first] === 48)) return false
    if (at < end && buffer[at] === 46) {
      at += 1
      if (skipDigits() === 0) return false
    }
    if (at < end && (buffer[at]! | 32) === 101) {
      at += 1
      if (buffer[at] === 43 || buffer[at] === 45) at += 1
      if (skipDigits() === 0) return false
    }
    return true
  }

  function skipDigits(): number {
    const first = at
    while (at < end && buffer[at]! >= 48 && buffer[at]! <= 57) at += 1
    return at - first
  }

  /** Passes over a value that is not read, as strictly as JSON demands. */
  function skip(depth: number): boolean {
    const byte = buffer[at]!
    if (byte === 34) {
      at += 1
      const close = closingQuote()
      at = close + 1
      return close >= 0
    }
    if (byte === 45 || (byte >= 48 && byte <= 57)) return skipNumber()
    if (byte === 116) return word('true')
    if (byte === 102) return word('false')
    if (byte === 110) return word('null')
    if ((byte !== 123 && byte !== 91) || depth > MAXIMUM_NESTING) return false
    const last = byte + 2
    at += 1
    blanks()
    if (buffer[at] === last && at < end) {
      at += 1
      return true
    }
    for (;;) {
      if (byte === 123) {
        if (buffer[at] !== 34 || at >= end) return false
        at += 1
        const close = closingQuote()
        if (close < 0) return false
        at = close + 1
        blanks()
        if (buffer[at] !== 58 || at >= end) return false
        at += 1
        blanks()
      }
      if (at >= end || !skip(depth + 1)) return false
      blanks()
      if (at >= end) return false
      const next = buffer[at]!
      at += 1
      if (next === last) return true
      if (next !== 44) return false
      blanks()
    }
  }

  /** The code of a value met for the first time, -1 where it is wrong; right ones are remembered by their bytes. */
  function newCode(column: ColumnBuilder, start: number, stop: number, hash: number, written: unknown): number {
    if (typeof written === 'string' && written.includes('\ufffd')) return -1
    const value = attributeValue(column.type, written)
    if (value.is !== 'stored') return -1
    const code = codeFor(column, String(value.value))
    if (stop - start <= LONGEST_RAW) {
      addBytes(column.raw, buffer, start, stop, hash)
      column.rawCodes.push(code)
    }
    return code
  }

  /** A text that a column wants; false where it is unusual or wrong. */
  function text(column: ColumnBuilder, row: number): boolean {
    // Locals: this loop passes over most of the bytes.
    const source = buffer
    const last = end
    const start = at + 1
    let stop = start
    let hash = HASH_START
    let wide = 0
    for (; stop < last; stop += 1) {
      const byte = source[stop]!
      if (byte === 34) break
      if (byte === 92 || byte < 32) return false
      wide |= byte
      hash = Math.imul(hash ^ byte, HASH_STEP)
    }
    if (stop === last) return false
    at = stop + 1
    if (column.isNumber) {
      const value = attributeValue(column.type, buffer.toString('utf8', start, stop))
      if (value.is !== 'stored' || typeof value.value !== 'number') return false
      column.numbers[row] = value.value
      return true
    }
    if (column.kind === 'bool' || column.kind === 'set') return false
    const entry = findBytes(column.raw, source, start, stop, hash)
    const code =
      entry >= 0
        ? column.rawCodes[entry]!
        : newCode(column, start, stop, hash, source.toString(wide < 128 ? 'latin1' : 'utf8', start, stop))
    if (code < 0) return false
    column.codes[row] = code
    return true
  }

  function value(column: ColumnBuilder, row: number): boolean {
    const byte = buffer[at]!
    if (byte === 34) return text(column, row)
    if (byte === 45 || (byte >= 48 && byte <= 57)) {
      const found = number()
      const { kind, places } = column
      if (kind === 'int' && fraction === 0) column.numbers[row] = found
      else if (kind === 'decimal' && fraction <= places) column.numbers[row] = found * POWERS[places - fraction]!
      else return false
      return Number.isSafeInteger(column.numbers[row])
    }
    if (byte === 116 || byte === 102) {
      if (column.kind !== 'bool' || !word(byte === 116 ? 'true' : 'false')) return false
      column.codes[row] = byte === 116 ? 1 : 0
      return true
    }
    // INVARIANT: the row is clear before it is read, so null has nothing to do. A field that stands twice is unusual.
    if (byte === 110) return word('null')
    if (byte !== 91 || column.kind !== 'set') return false
    const start = at
    if (!skip(0)) return false
    const stop = at
    const hash = hashBytes(buffer, start, stop)
    const entry = findBytes(column.raw, buffer, start, stop, hash)
    const code = entry >= 0 ? column.rawCodes[entry]! : newCode(column, start, stop, hash, JSON.parse(buffer.toString('utf8', start, stop)))
    if (code < 0) return false
    column.codes[row] = code
    return true
  }

  const lastRow = new Int32Array(columns.length).fill(-1)
  let line = 0

  function scan(source: Buffer, from: number, to: number): Scanned {
    buffer = source
    at = from
    end = to
    line += 1
    const row = ids.length
    let idStart = -1
    let idEnd = -1
    blanks()
    if (buffer[at] !== 123) return 'unusual'
    at += 1
    for (let before = head; ;) {
      if (buffer[at]! <= 32) blanks()
      if (at >= end || buffer[at] !== 34) return 'unusual'
      at += 1
      const found = fieldAfter(before)
      if (found === undefined) return 'unusual'
      before = found
      if (buffer[at]! <= 32) blanks()
      if (at >= end || buffer[at] !== 58) return 'unusual'
      at += 1
      if (buffer[at]! <= 32) blanks()
      if (at >= end) return 'unusual'
      if (found.column >= 0) {
        if (lastRow[found.column] === line) return 'unusual'
        lastRow[found.column] = line
        if (!value(columns[found.column]!, row)) return 'unusual'
      } else if (found.column === ID) {
        if (idStart >= 0 || buffer[at] !== 34) return 'unusual'
        at += 1
        idStart = at
        idEnd = closingQuote()
        if (idEnd <= idStart) return 'unusual'
        at = idEnd + 1
      } else if (!skip(0)) return 'unusual'
      if (buffer[at]! <= 32) blanks()
      if (at >= end) return 'unusual'
      const next = buffer[at]!
      at += 1
      if (next === 125) break
      if (next !== 44) return 'unusual'
    }
    blanks()
    if (at < end || idStart < 0) return 'unusual'
    let hash = HASH_START
    let idWide = 0
    for (let each = idStart; each < idEnd; each += 1) {
      const byte = source[each]!
      if (byte > idWide) idWide = byte
      hash = Math.imul(hash ^ byte, HASH_STEP)
    }
    if (findBytes(known, buffer, idStart, idEnd, hash) >= 0) return 'duplicate'
    const id = buffer.toString(idWide < 127 ? 'latin1' : 'utf8', idStart, idEnd)
    if (idWide >= 127 && /[\ufffd\x7f]/.test(id)) return 'unusual'
    addBytes(known, buffer, idStart, idEnd, hash)
    ids.push(id)
    return 'added'
  }

  return { scan, fields }
}

const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)
