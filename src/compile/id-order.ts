/** Rows in ascending order of their ids (UTF-16 code units): the canonical order of devices, whatever order they were read in. */

// A key packs five characters and the index of its id, 24 bits, into 64 bits that sort natively.
const CHARACTERS = 5
const INDEX_BITS = 24
const SMALL = 24

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Ids must be unique. */
export function rowsById(ids: readonly string[]): Int32Array {
  const order = Int32Array.from({ length: ids.length }, (_, row) => row)
  let sorted = true
  for (let row = 1; row < ids.length && sorted; row++) sorted = ids[row - 1]! < ids[row]!
  if (sorted) return order
  if (littleEndian && ids.length < 1 << INDEX_BITS) sortSegment(ids, order, commonPrefix(ids))
  else sortPlainly(ids, order)
  return order
}

function commonPrefix(ids: readonly string[]): number {
  const [first] = ids
  let length = first?.length ?? 0
  for (const id of ids) {
    let same = 0
    while (same < length && id.charCodeAt(same) === first!.charCodeAt(same)) same++
    length = same
    if (length === 0) break
  }
  return length
}

function sortPlainly(ids: readonly string[], order: Int32Array): void {
  order.sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1))
}

/** Sorts rows whose ids agree up to `from`. */
function sortSegment(ids: readonly string[], order: Int32Array, from: number): void {
  if (order.length <= SMALL) {
    sortPlainly(ids, order)
    return
  }
  const keys = new BigUint64Array(order.length)
  const words = new Uint32Array(keys.buffer)
  for (let i = 0; i < order.length; i++) {
    const id = ids[order[i]!]!
    let [high, low] = [0, 0]
    for (let k = 0; k < CHARACTERS; k++) {
      const code = from + k < id.length ? id.charCodeAt(from + k) + 1 : 0
      if (code > 255) {
        sortPlainly(ids, order)
        return
      }
      if (k < 4) high = (high << 8) | code
      else low = code
    }
    words[2 * i + 1] = high
    // INVARIANT: INDEX_BITS + 8 = 32, so that the index fills the low word below the fifth character.
    words[2 * i] = (low << INDEX_BITS) | i
  }
  keys.sort()
  const before = order.slice()
  for (let i = 0; i < order.length; i++) order[i] = before[words[2 * i]! & ((1 << INDEX_BITS) - 1)]!
  const same = (i: number, k: number): boolean =>
    words[2 * i + 1] === words[2 * k + 1] && words[2 * i]! >>> INDEX_BITS === words[2 * k]! >>> INDEX_BITS
  for (let start = 0; start < order.length;) {
    let end = start + 1
    while (end < order.length && same(start, end)) end++
    if (end - start > 1) sortSegment(ids, order.subarray(start, end), from + CHARACTERS)
    start = end
  }
}
