/**
 * Who may be told next: entries of begun waves in the order of the plan, but those whose predecessors have not succeeded or whose group is disrupted enough stand
 * aside until something changes there. INVARIANT: nobody leaves the line whose predecessors have not all succeeded at that moment.
 */
import type { PlanBudget } from '../../model/plan.ts'
import { at, isDisrupted, type RolloutProgress } from './state.ts'

export interface Line {
  /** Puts an entry in: it waits, or is to be tried again. */
  readonly join: (entry: number) => void
  /** Takes up to so many that may be told now. */
  readonly take: (most: number) => number[]
  /** Whether somebody could be told now, if rate and window allowed. */
  readonly ready: () => boolean
}

export function createLine(progress: RolloutProgress, budgets: readonly PlanBudget[]): Line {
  const { changes } = progress
  const most = budgets.map(({ groups }) => groups.map((group) => group.most))
  const standing = new Uint8Array(changes.count)
  let line: number[] = []
  let aside: number[] = []
  let begin = 0
  /** What was taken in this round is under way only once it is kept; it counts already. */
  const taken = budgets.map(() => new Map<number, number>())

  const mayGo = (entry: number): boolean => {
    const set = changes.after[entry] ?? -1
    if (set >= 0 && (progress.open[set] ?? 0) > 0) return false
    // One that failed and is tried again is counted already: telling it disrupts nobody more.
    if (isDisrupted(progress, entry)) return true
    for (const [budget, groups] of changes.budgetGroup.entries()) {
      const group = groups[entry] ?? -1
      if (group < 0) continue
      const disrupted = (progress.disrupted[budget]?.get(group) ?? 0) + (taken[budget]?.get(group) ?? 0)
      if (disrupted >= (most[budget]?.[group] ?? Infinity)) return false
    }
    return true
  }
  const wants = (entry: number): boolean => progress.status[entry] === at.waiting || progress.status[entry] === at.failed
  let seen = -1
  const compact = (): void => {
    // Those aside are looked at again before those behind them, in the order of the plan, and only when something has changed.
    if (seen === progress.version || (aside.length === 0 && begin < 100_000)) return
    seen = progress.version
    line = [...aside, ...line.slice(begin)]
    aside = []
    begin = 0
  }
  return {
    join: (entry) => {
      if (standing[entry] === 1) return
      standing[entry] = 1
      line.push(entry)
    },
    take: (count) => {
      for (const groups of taken) groups.clear()
      compact()
      const out: number[] = []
      while (out.length < count && begin < line.length) {
        const entry = line[begin++] ?? 0
        if (!wants(entry)) {
          standing[entry] = 0
          continue
        }
        if (!mayGo(entry)) {
          aside.push(entry)
          continue
        }
        standing[entry] = 0
        out.push(entry)
        for (const [budget, groups] of changes.budgetGroup.entries()) {
          const group = groups[entry] ?? -1
          const map = taken[budget]
          if (group >= 0 && !isDisrupted(progress, entry)) map?.set(group, (map.get(group) ?? 0) + 1)
        }
      }
      return out
    },
    ready: () => {
      for (const groups of taken) groups.clear()
      compact()
      for (let place = begin; place < line.length; place++) {
        const entry = line[place] ?? 0
        if (wants(entry) && mayGo(entry)) return true
      }
      return false
    },
  }
}
