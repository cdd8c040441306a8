/** A dictionary of byte strings: numbers them in order of arrival and finds them again without making a string. */

export interface ByteDictionary {
  size: number
  /** All entries, one after the other; entry i is bytes[starts[i] .. starts[i + 1]]. */
  bytes: Uint8Array
  starts: Int32Array
  /** Open addressing, at most half full; place p holds the entry + 1 (or 0) at 2p and its hash beside it at 2p + 1, so that one look at memory tells most. */
  table: Int32Array
}

export function byteDictionary(): ByteDictionary {
  return { size: 0, bytes: new Uint8Array(256), starts: new Int32Array(17), table: new Int32Array(64) }
}

/** Start and step of the hash, exported for scanners that hash while they read: h = Math.imul(h ^ byte, HASH_STEP), from HASH_START. */
export const HASH_START = -2128831035
export const HASH_STEP = 16777619

export function hashBytes(buffer: Uint8Array, start: number, end: number): number {
  let hash = HASH_START
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ buffer[at]!, HASH_STEP)
  return hash
}

/** The number of the entry equal to buffer[start .. end], whose hash is `hash`; -1 where there is none. */
export function findBytes(dictionary: ByteDictionary, buffer: Uint8Array, start: number, end: number, hash: number): number {
  const { table, starts, bytes } = dictionary
  const mask = table.length - 1
  const length = end - start
  for (let place = spread(hash) & mask; ; place = (place + 2) & mask) {
    const entry = table[place]! - 1
    if (entry < 0) return -1
    if (table[place + 1] !== hash) continue
    const from = starts[entry]!
    if (starts[entry + 1]! - from !== length) continue
    let same = 0
    while (same < length && bytes[from + same] === buffer[start + same]) same += 1
    if (same === length) return entry
  }
}

/** Adds what `findBytes` did not find; returns its number. */
export function addBytes(dictionary: ByteDictionary, buffer: Uint8Array, start: number, end: number, hash: number): number {
  const entry = dictionary.size
  const from = dictionary.starts[entry]!
  const to = from + end - start
  if (to > dictionary.bytes.length) dictionary.bytes = enlarged(dictionary.bytes, new Uint8Array(Math.max(to, dictionary.bytes.length * 2)))
  if (entry + 1 === dictionary.starts.length) dictionary.starts = enlarged(dictionary.starts, new Int32Array(entry * 2 + 1))
  const { bytes } = dictionary
  // Entries are short: a loop beats a view and a call.
  for (let at = start; at < end; at += 1) bytes[from + at - start] = buffer[at]!
  dictionary.starts[entry + 1] = to
  dictionary.size = entry + 1
  if (dictionary.size * 4 > dictionary.table.length) {
    const old = dictionary.table
    dictionary.table = new Int32Array(old.length * 2)
    for (let place = 0; place < old.length; place += 2) if (old[place] !== 0) put(dictionary.table, old[place + 1]!, old[place]!)
  }
  put(dictionary.table, hash, entry + 1)
  return entry
}

function put(table: Int32Array, hash: number, value: number): void {
  const mask = table.length - 1
  let place = spread(hash) & mask
  while (table[place] !== 0) place = (place + 2) & mask
  table[place] = value
  table[place + 1] = hash
}

/** An even place: the low bits of the hash alone are poor where entries differ in their last bytes only. */
function spread(hash: number): number {
  return (hash ^ (hash >>> 15)) << 1
}

function enlarged<A extends Uint8Array | Int32Array>(old: A, fresh: A): A {
  fresh.set(old)
  return fresh
}
