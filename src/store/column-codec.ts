/**
 * Columns of one chunk as bytes. Values are JSON texts in canonical form; a chunk keeps each different one once and a code of 1, 2 or 4 bytes per row, or
 * plain numbers where nearly all differ. Little-endian, as every machine that runs this is.
 *
 * Layout: kind (1 byte), width of a code (1), two bytes of nothing, rows (u32), entries (u32), bytes of texts (u32), texts joined by line feeds, padding to 8, rows.
 */

/** The codes of one chunk, by row: 0 is missing, code k is texts[k - 1]. */
export interface CodedColumn {
  readonly is: 'codes'
  readonly codes: Uint8Array | Uint16Array | Uint32Array
  readonly texts: readonly string[]
}

/** NaN is missing. */
export interface NumberColumn {
  readonly is: 'numbers'
  readonly numbers: Float64Array | Int32Array
  /** What stands for missing in `numbers`. */
  readonly missing: number
}

export type ChunkColumn = CodedColumn | NumberColumn

const CODES = 1
const DOUBLES = 2
const INTEGERS = 3
const HEAD = 16
// Never a value of an integer column.
const NO_INTEGER = -2147483648
// Fewer different numbers are better kept once.
const FEW = 256

/** `codes` by row, 0 missing. Texts are canonical JSON. */
export function encodeCodes(codes: ArrayLike<number>, rows: number, texts: readonly string[]): Uint8Array {
  const numbers = texts.length > FEW ? numbersOf(texts) : undefined
  if (numbers !== undefined) return encodeNumbers(codes, rows, numbers)
  const width = texts.length < 0xff ? 1 : texts.length < 0xffff ? 2 : 4
  return written(CODES, width, rows, texts, (into) => {
    for (let row = 0; row < rows; row += 1) into[row] = codes[row]!
  })
}

/** Codes whose meaning is kept elsewhere: -1 is missing. */
export function encodePlain(codes: Int32Array, most: number): Uint8Array {
  const width = most < 0xff ? 1 : most < 0xffff ? 2 : 4
  return written(CODES, width, codes.length, [], (into) => {
    for (let row = 0; row < codes.length; row += 1) into[row] = codes[row]! + 1
  })
}

function written(
  kind: number,
  width: 1 | 2 | 4 | 8,
  rows: number,
  texts: readonly string[],
  fill: (into: { [row: number]: number }) => void,
): Uint8Array {
  const text = Buffer.from(texts.join('\n'))
  const start = Math.ceil((HEAD + text.length) / 8) * 8
  const bytes = new Uint8Array(start + rows * width)
  const view = new DataView(bytes.buffer)
  bytes[0] = kind
  bytes[1] = width
  view.setUint32(4, rows, true)
  view.setUint32(8, texts.length, true)
  view.setUint32(12, text.length, true)
  bytes.set(text, HEAD)
  fill(rowsAt(bytes, kind, width, start, rows))
  return bytes
}

function rowsAt(
  { buffer, byteOffset }: Uint8Array,
  kind: number,
  width: number,
  start: number,
  rows: number,
): Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array {
  if (kind === DOUBLES) return new Float64Array(buffer, byteOffset + start, rows)
  if (kind === INTEGERS) return new Int32Array(buffer, byteOffset + start, rows)
  if (width === 1) return new Uint8Array(buffer, byteOffset + start, rows)
  return width === 2 ? new Uint16Array(buffer, byteOffset + start, rows) : new Uint32Array(buffer, byteOffset + start, rows)
}

/** The numbers that all of the texts are, or undefined. */
function numbersOf(texts: readonly string[]): Float64Array | undefined {
  const numbers = new Float64Array(texts.length)
  for (let entry = 0; entry < texts.length; entry += 1) {
    const first = texts[entry]!.charCodeAt(0)
    if (first !== 45 && (first < 48 || first > 57)) return undefined
    numbers[entry] = Number(texts[entry])
  }
  return numbers
}

function encodeNumbers(codes: ArrayLike<number>, rows: number, numbers: Float64Array): Uint8Array {
  const integers = numbers.every((number) => (number | 0) === number && number !== NO_INTEGER && !Object.is(number, -0))
  return written(integers ? INTEGERS : DOUBLES, integers ? 4 : 8, rows, [], (into) => {
    for (let row = 0; row < rows; row += 1) into[row] = codes[row] === 0 ? (integers ? NO_INTEGER : NaN) : numbers[codes[row]! - 1]!
  })
}

export function decodeColumn(stored: Uint8Array): ChunkColumn {
  // Drivers hand out pieces of larger buffers: rows must begin at a multiple of their width.
  const bytes = stored.byteOffset % 8 === 0 ? stored : Uint8Array.from(stored)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const kind = bytes[0]!
  const rows = view.getUint32(4, true)
  const entries = view.getUint32(8, true)
  const length = view.getUint32(12, true)
  const values = rowsAt(bytes, kind, bytes[1]!, Math.ceil((HEAD + length) / 8) * 8, rows)
  if (kind === CODES) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + HEAD, length).toString()
    return { is: 'codes', codes: values as CodedColumn['codes'], texts: entries === 0 ? [] : text.split('\n') }
  }
  return { is: 'numbers', numbers: values as NumberColumn['numbers'], missing: kind === INTEGERS ? NO_INTEGER : NaN }
}

/** The JSON text of a row, or undefined where there is none. */
export function textAt(column: ChunkColumn, row: number): string | undefined {
  if (column.is === 'codes') {
    const code = column.codes[row]!
    return code === 0 ? undefined : column.texts[code - 1]
  }
  const number = column.numbers[row]!
  return number === column.missing || Number.isNaN(number) ? undefined : numberText(number)
}

const numberText = (number: number): string => (Object.is(number, -0) ? '0' : String(number))

/** Ids of a chunk: rows (u32), then where each ends (u32), then all of them as UTF-8. */
export function encodeIds(bytes: Uint8Array, starts: Int32Array, from: number, to: number): Uint8Array {
  const rows = to - from
  const base = starts[from]!
  const encoded = new Uint8Array(4 + 4 * rows + starts[to]! - base)
  const view = new DataView(encoded.buffer)
  view.setUint32(0, rows, true)
  for (let row = 0; row < rows; row += 1) view.setUint32(4 + 4 * row, starts[from + row + 1]! - base, true)
  encoded.set(bytes.subarray(base, starts[to]), 4 + 4 * rows)
  return encoded
}

export function decodeIds(encoded: Uint8Array): readonly string[] {
  const view = new DataView(encoded.buffer, encoded.byteOffset)
  const rows = view.getUint32(0, true)
  const first = 4 + 4 * rows
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset + first, encoded.byteLength - first)
  const text = bytes.toString()
  const ids = new Array<string>(rows)
  let start = 0
  // Where every id is ASCII, places in the text are places in the bytes.
  const plain = text.length === bytes.length
  for (let row = 0; row < rows; row += 1) {
    const end = view.getUint32(4 + 4 * row, true)
    ids[row] = plain ? text.slice(start, end) : bytes.toString('utf8', start, end)
    start = end
  }
  return ids
}

/** Whether the id stands in that row, without reading any other. */
export function isIdAt(encoded: Uint8Array, row: number, id: string): boolean {
  const view = new DataView(encoded.buffer, encoded.byteOffset)
  const rows = view.getUint32(0, true)
  if (row >= rows) return false
  const ends = (at: number): number => 4 + 4 * rows + (at < 0 ? 0 : view.getUint32(4 + 4 * at, true))
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset + ends(row - 1), ends(row) - ends(row - 1))
  return bytes.equals(Buffer.from(id))
}
