/**
 * Payloads of Sparkplug B (Eclipse Sparkplug 3.0, `sparkplug_b.proto`), the part that is needed: a time, a sequence number and metrics with plain values. Protocol
 * Buffers' wire format: every field is a tag (number << 3 | type) and a value; unknown fields are passed over.
 */

type MetricValue = string | number | bigint | boolean | null

export interface SparkplugMetric {
  readonly name?: string
  /** Stands for the name after a birth that named both. */
  readonly alias?: number
  readonly value: MetricValue
}

export interface SparkplugPayload {
  /** Milliseconds since 1970. */
  readonly timestamp?: number
  /** 0..255, one more with every message of a node. */
  readonly seq?: number
  readonly metrics: readonly SparkplugMetric[]
}

const INT64 = 4
const UINT64 = 8
const DOUBLE = 10
const BOOLEAN = 11
const STRING = 12

/** Text becomes String, a whole number UInt64 (Int64 below zero), any other number Double, null a String without a value. */
export function writeSparkplug({ timestamp, seq, metrics }: SparkplugPayload): Uint8Array {
  const bytes: number[] = []
  if (timestamp !== undefined) field(bytes, 1, BigInt(timestamp))
  for (const one of metrics) nested(bytes, 2, metricBytes(one, timestamp))
  if (seq !== undefined) field(bytes, 3, BigInt(seq))
  return Uint8Array.from(bytes)
}

function metricBytes({ name, alias, value }: SparkplugMetric, timestamp: number | undefined): number[] {
  const bytes: number[] = []
  if (name !== undefined) nested(bytes, 1, Buffer.from(name))
  if (alias !== undefined) field(bytes, 2, BigInt(alias))
  if (timestamp !== undefined) field(bytes, 3, BigInt(timestamp))
  field(bytes, 4, BigInt(datatypeOf(value)))
  if (value === null) field(bytes, 7, 1n)
  else if (typeof value === 'string') nested(bytes, 15, Buffer.from(value))
  else if (typeof value === 'boolean') field(bytes, 14, value ? 1n : 0n)
  else if (typeof value === 'bigint' || Number.isSafeInteger(value)) field(bytes, 11, BigInt.asUintN(64, BigInt(value)))
  else {
    varint(bytes, (13n << 3n) | 1n)
    const eight = Buffer.alloc(8)
    eight.writeDoubleLE(value)
    bytes.push(...eight)
  }
  return bytes
}

function datatypeOf(value: MetricValue): number {
  if (value === null || typeof value === 'string') return STRING
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return DOUBLE
  return value < 0 ? INT64 : UINT64
}

function varint(bytes: number[], value: bigint): void {
  let rest = value
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
}

function field(bytes: number[], number: number, value: bigint): void {
  varint(bytes, BigInt(number << 3))
  varint(bytes, value)
}

function nested(bytes: number[], number: number, inside: Iterable<number>): void {
  const content = [...inside]
  varint(bytes, BigInt((number << 3) | 2))
  varint(bytes, BigInt(content.length))
  for (const byte of content) bytes.push(byte)
}

/** Nothing where the bytes are no payload. Values of other sorts than the plain ones (data sets, templates) are left out with their metric. */
export function readSparkplug(bytes: Uint8Array): SparkplugPayload | undefined {
  const fields = readFields(bytes)
  if (fields === undefined) return undefined
  const metrics: SparkplugMetric[] = []
  let timestamp: number | undefined
  let seq: number | undefined
  for (const { number, value } of fields) {
    if (number === 1 && typeof value === 'bigint') timestamp = Number(value)
    else if (number === 3 && typeof value === 'bigint') seq = Number(value)
    else if (number === 2 && typeof value !== 'bigint') {
      const inside = readFields(value)
      if (inside === undefined) return undefined
      const metric = readMetric(inside)
      if (metric !== undefined) metrics.push(metric)
    }
  }
  return { ...(timestamp === undefined ? {} : { timestamp }), ...(seq === undefined ? {} : { seq }), metrics }
}

interface Field {
  readonly number: number
  /** A whole number, or bytes: nested messages, texts, and the fixed sizes as they stand. */
  readonly value: bigint | Uint8Array
}

function readMetric(fields: readonly Field[]): SparkplugMetric | undefined {
  let name: string | undefined
  let alias: number | undefined
  let datatype = 0
  let value: MetricValue | undefined
  for (const field of fields) {
    const whole = typeof field.value === 'bigint' ? field.value : undefined
    const inside = typeof field.value === 'bigint' ? undefined : Buffer.from(field.value)
    if (field.number === 1) name = inside?.toString()
    else if (field.number === 2) alias = Number(whole)
    else if (field.number === 4) datatype = Number(whole)
    else if (field.number === 7 && whole === 1n) value = null
    else if (field.number === 10 && whole !== undefined) value = datatype <= 3 ? Number(BigInt.asIntN(32, whole)) : Number(whole)
    else if (field.number === 11 && whole !== undefined) value = numberOf(datatype === INT64 ? BigInt.asIntN(64, whole) : whole)
    else if (field.number === 12 && inside?.length === 4) value = inside.readFloatLE()
    else if (field.number === 13 && inside?.length === 8) value = inside.readDoubleLE()
    else if (field.number === 14 && whole !== undefined) value = whole !== 0n
    else if (field.number === 15) value = inside?.toString()
  }
  if (value === undefined) return undefined
  return { ...(name === undefined ? {} : { name }), ...(alias === undefined ? {} : { alias }), value }
}

function numberOf(whole: bigint): number | bigint {
  return whole >= -9007199254740991n && whole <= 9007199254740991n ? Number(whole) : whole
}

function readFields(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  const number = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    return undefined
  }
  const take = (count: number): Uint8Array | undefined => {
    if (at + count > bytes.length) return undefined
    at += count
    return bytes.subarray(at - count, at)
  }
  while (at < bytes.length) {
    const tag = number()
    if (tag === undefined) return undefined
    const type = Number(tag & 7n)
    const length = type === 2 ? number() : undefined
    const value =
      type === 0 ? number() : type === 1 ? take(8) : type === 5 ? take(4) : length === undefined ? undefined : take(Number(length))
    if (value === undefined) return undefined
    fields.push({ number: Number(tag >> 3n), value })
  }
  return fields
}
