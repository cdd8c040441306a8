// Many who wait for one signal, with one listener at the signal: listeners of an event target are searched one by one.

const acts = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `act` once when the signal fires; the answer takes that back. INVARIANT: the signal has not fired. */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined
  let waiting = acts.get(signal)
  if (waiting === undefined) {
    const fresh = new Set<() => void>()
    waiting = fresh
    acts.set(signal, fresh)
    signal.addEventListener(
      'abort',
      () => {
        const called = [...fresh]
        fresh.clear()
        for (const one of called) one()
      },
      { once: true },
    )
  }
  const all = waiting
  all.add(act)
  return () => void all.delete(act)
}
