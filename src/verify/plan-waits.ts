/** Who waits for whom in a plan, through others too. */
import type { PlannedChanges } from '../model/plan.ts'

export interface Waits {
  /** True where change `then` is told only after change `first` was verified. */
  readonly before: (first: number, then: number) => boolean
}

/** Reads the lists of a plan; `problems` hears of a device that does not come behind all that it waits for. */
export function readWaits({ count, ids, wave, step, after, setStart, setMembers }: PlannedChanges, problems: string[]): Waits {
  for (let at = 0; at < count; at++) {
    const set = after[at]!
    if (set < 0) continue
    for (let m = setStart[set]!; m < setStart[set + 1]!; m++) {
      const other = setMembers[m]!
      if (wave[other]! < wave[at]! || (wave[other] === wave[at] && step[other]! < step[at]!)) continue
      problems.push(`\`${ids[at]!}\` waits for \`${ids[other]!}\`, which does not come before it`)
      return { before: () => false }
    }
  }
  // INVARIANT: positions fall along waits, so going back ends.
  const known = new Map<number, ReadonlySet<number>>()
  const behind = (set: number): ReadonlySet<number> => {
    const found = known.get(set)
    if (found !== undefined) return found
    const all = new Set<number>()
    const sets = [set]
    const seen = new Set(sets)
    for (let next = sets.pop(); next !== undefined; next = sets.pop())
      for (let m = setStart[next]!; m < setStart[next + 1]!; m++) {
        all.add(setMembers[m]!)
        const further = after[setMembers[m]!]!
        if (further >= 0 && !seen.has(further)) {
          seen.add(further)
          sets.push(further)
        }
      }
    known.set(set, all)
    return all
  }
  return { before: (first, then) => after[then]! >= 0 && behind(after[then]!).has(first) }
}
