/** What single devices are looked up in, kept while it is asked for: tables of devices are written once and never change. */

const MOST_BYTES = 96 * 2 ** 20

interface Kept {
  readonly value: unknown
  readonly bytes: number
}

/** The one asked for last stands last. */
const all = new Map<string, Kept>()
let held = 0

/**
 * `key` names a part of a table; `size`: about how many bytes it holds.
 * INVARIANT: nobody waits for what somebody else reads: who is in a transaction may be what the other one waits for.
 */
export async function remembered<T>(key: string, size: (value: T) => number, read: () => Promise<T>): Promise<T> {
  const found = all.get(key)
  if (found !== undefined) {
    all.delete(key)
    all.set(key, found)
    return found.value as T
  }
  const value = await read()
  const bytes = size(value)
  held += bytes - (all.get(key)?.bytes ?? 0)
  all.set(key, { value, bytes })
  for (const [old, { bytes: freed }] of all) {
    if (held <= MOST_BYTES) break
    all.delete(old)
    held -= freed
  }
  return value
}
