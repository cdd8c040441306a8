import type { RolloutProgress } from './state.ts'

export interface EntriesOfExecution {
  readonly execution: number
  readonly entries: readonly number[]
}

/** Entries that stand so, in batches of at most `size`, each of one execution. */
export function batchesAt(
  { changes, status, execution }: RolloutProgress,
  statuses: readonly number[],
  size: number,
): EntriesOfExecution[] {
  const byExecution = new Map<number, number[]>()
  for (let entry = 0; entry < changes.count; entry++) {
    if (!statuses.includes(status[entry] ?? 0)) continue
    const own = execution[entry] ?? 0
    const group = byExecution.get(own)
    if (group === undefined) byExecution.set(own, [entry])
    else group.push(entry)
  }
  return [...byExecution].flatMap(([own, all]) =>
    Array.from({ length: Math.ceil(all.length / size) }, (_, part) => ({
      execution: own,
      entries: all.slice(part * size, (part + 1) * size),
    })),
  )
}
