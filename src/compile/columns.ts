/** The columns of a problem: for every class the choices that it may end with, less those that a better one of the same variant makes pointless. */
import type { DeviceClasses } from './classes.ts'
import { mayEnd, type Options } from './eligibility.ts'

export interface Columns {
  readonly columnStart: Int32Array
  readonly columnChoice: Int32Array
  /** Classes from which hard uses took every choice; they keep all they had, and those uses must then show as rows. */
  readonly emptied: readonly number[]
}

/** A hard use that takes choices away from single devices. */
export type Taker = (c: number, choice: number) => boolean

/** What is known of modes. `telling`: by choice, a number that is the same for two modes of a variant iff nothing but preference, change and move tells them apart. */
export interface ModeView {
  readonly telling: Int32Array
  readonly worth: (c: number, choice: number) => number
  readonly changes: (c: number, choice: number) => boolean
  /** Absent where no moves are counted. */
  readonly moves?: ((c: number, choice: number) => boolean) | undefined
}

export function columnsOf(classes: DeviceClasses, options: Options, takers: readonly Taker[], modes: ModeView): Columns {
  const { telling } = modes
  // Choices that nothing tells apart stand side by side, each group in declared order.
  const order = Int32Array.from(telling.keys()).sort((a, b) => telling[a]! - telling[b]! || a - b)
  const alike = new Set(telling).size < telling.length
  const columnStart = new Int32Array(classes.count + 1)
  let columnChoice = new Int32Array(Math.max(16, classes.count * 4))
  const emptied: number[] = []
  const mine = new Int32Array(telling.length)
  let next = 0
  for (let c = 0; c < classes.count; c++) {
    const row = classes.first[c]!
    let kept = 0
    for (const choice of order) if (mayEnd(options, row, choice) && takers.every((allows) => allows(c, choice))) mine[kept++] = choice
    if (kept === 0) {
      emptied.push(c)
      for (const choice of order) if (mayEnd(options, row, choice)) mine[kept++] = choice
    }
    if (alike) kept = withoutPointless(mine, kept, c, modes)
    if (next + kept > columnChoice.length) {
      const wider = new Int32Array(columnChoice.length * 2 + kept)
      wider.set(columnChoice)
      columnChoice = wider
    }
    columnChoice.set(alike ? mine.subarray(0, kept).sort() : mine.subarray(0, kept), next)
    next += kept
    columnStart[c + 1] = next
  }
  return { columnStart, columnChoice: columnChoice.slice(0, next), emptied }
}

/**
 * Of modes that differ in preference, change and move only, keeps the most preferred one, the most preferred of those that change nothing, of those that move
 * nothing, and of those that do neither (the first declared of equals). Any other is at most as preferred as a kept one that changes and moves no more, so
 * replacing it is never worse at any level.
 */
function withoutPointless(mine: Int32Array, count: number, c: number, { telling, worth, changes, moves }: ModeView): number {
  let kept = 0
  for (let start = 0; start < count;) {
    let end = start + 1
    while (end < count && telling[mine[end]!] === telling[mine[start]!]) end++
    const best = [-1, -1, -1, -1]
    for (let i = start; i < end; i++) {
      const choice = mine[i]!
      const stays = (changes(c, choice) ? 0 : 1) + (moves?.(c, choice) === true ? 0 : 2)
      for (let asked = 0; asked < 4; asked++)
        if ((asked & stays) === asked && (best[asked] === -1 || worth(c, choice) > worth(c, best[asked]!))) best[asked] = choice
    }
    const [any, unchanged, unmoved, still] = best as [number, number, number, number]
    const atMost = (choice: number, other: number): boolean => choice === -1 || (other !== -1 && worth(c, choice) <= worth(c, other))
    const wanted = new Set<number>()
    if (still !== -1) wanted.add(still)
    if (!atMost(unchanged, still)) wanted.add(unchanged)
    if (!atMost(unmoved, still)) wanted.add(unmoved)
    if (!atMost(any, unchanged) && !atMost(any, unmoved)) wanted.add(any)
    for (const choice of wanted) mine[kept++] = choice
    start = end
  }
  return kept
}
