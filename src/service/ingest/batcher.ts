/** Gathers what comes one by one and hands it on together; each one's promise resolves when its batch is kept. */

export interface Batcher<T> {
  /** Resolves when the item is kept, rejects where its batch is not. */
  readonly add: (item: T) => Promise<void>
  /** Hands on what is left, and resolves when all is kept or failed. */
  readonly drain: () => Promise<void>
}

interface Waiting<T> {
  readonly item: T
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** One batch at a time, of at most `most` items: while one is written the next gathers, so that the faster they come, the larger the batches. */
export function batcher<T>(most: number, keep: (items: readonly T[]) => Promise<void>): Batcher<T> {
  let waiting: Waiting<T>[] = []
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    // What comes in the same turn of the loop goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        await keep(batch.map(({ item }) => item))
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    running = undefined
  }
  return {
    add: (item) =>
      new Promise((done, failed) => {
        waiting.push({ item, done, failed })
        running ??= run()
      }),
    drain: async () => {
      while (running !== undefined) await running
    },
  }
}
