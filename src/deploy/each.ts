// Does something for each of many, so many at a time.

/** Answers in the order of the items. */
export async function eachOf<S, T>(items: readonly S[], atOnce: number, act: (item: S) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await act(items[at]!)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}
