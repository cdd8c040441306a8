/** Reads that ask for the same at the same time are answered by one: a queue that a pause left behind is gone at once. */

export interface Together {
  /** INVARIANT: what is answered was read after it was asked for, so that who wrote before sees what was written. */
  readonly read: <T>(key: readonly unknown[], run: () => Promise<T>) => Promise<T>
}

interface Reading {
  readonly now: Promise<unknown>
  /** Begins when the present one has ended; whoever comes meanwhile shares it. */
  next: Promise<unknown> | undefined
}

/** INVARIANT: for reads outside of transactions only: a transaction sees what nobody else may. */
export function together(): Together {
  const all = new Map<string, Reading>()
  const begin = <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const now = run()
    const reading: Reading = { now, next: undefined }
    all.set(key, reading)
    const end = (): void => {
      if (all.get(key) === reading) all.delete(key)
    }
    now.then(end, end)
    return now
  }
  return {
    read: <T>(parts: readonly unknown[], run: () => Promise<T>): Promise<T> => {
      const key = JSON.stringify(parts)
      const reading = all.get(key)
      if (reading === undefined) return begin(key, run)
      reading.next ??= reading.now.then(
        () => begin(key, run),
        () => begin(key, run),
      )
      return reading.next as Promise<T>
    },
  }
}
