/** The trees of prices that proved an earlier answer, level by level, in the columns and rows of a component as it is now: where to start from, and nothing more. */
import type { LevelProofLeaf } from '../../constraints/problem.ts'
import type { Component } from '../compile/components.ts'
import { rowBefore, type Earlier } from './earlier.ts'
import type { ColumnDivision } from './highs-node.ts'
import type { ComponentOutcome } from './verdict.ts'

export interface LeafBefore {
  readonly cases: readonly { readonly division: ColumnDivision; readonly within: boolean; readonly price: number }[]
  readonly factors: readonly number[]
  /** Rows of the component, and their prices. */
  readonly rows: readonly number[]
  readonly prices: readonly number[]
}

// Of a component's devices, the part that may have changed: where more did, a new tree is smaller than the old one mended.
const MOST_CHANGED = 0.02

/** By level; the cases of a level's leaves cover everything. None where the component was not proved so, or much of it changed. */
export function treesBefore(earlier: Earlier, component: Component): readonly (readonly LeafBefore[])[] {
  const { members } = component.problem.classes
  const { changed } = earlier.answer
  const others = changed === undefined ? 0 : members.reduce((sum, row) => sum + changed[row]!, 0)
  if (others > MOST_CHANGED * members.length) return []
  const outcome = outcomeThen(earlier, component)
  if (outcome?.proof.is !== 'levels') return []
  const { divisions, levels } = outcome.proof
  const classNow = classesNow(earlier, component)
  const sides = divisions.map(({ columns, most }) => sideNow(earlier, component, classNow, outcome, columns, most))
  const rowNow = new Map<number, number>()
  component.rows.forEach((row, at) => {
    const then = earlier.rowThen.get(earlier.keys[row]!)
    if (then !== undefined) rowNow.set(then, at)
  })
  return levels.map(({ scale, leaves }) => {
    const kept: LevelProofLeaf[] = []
    prune(leaves, 0, sides, kept)
    return kept.map((leaf): LeafBefore => {
      const rows = Array.from(leaf.rows, (row) => rowNow.get(outcome.rows[row]!))
      return {
        cases: leaf.cases.flatMap(({ division, within, price }) => {
          const now = sides[division]!
          return now.is === 'divided' ? [{ division: now.division, within, price: price / scale }] : []
        }),
        factors: leaf.factors.map((factor) => factor / scale),
        rows: rows.filter((row) => row !== undefined),
        prices: Array.from(leaf.prices, (price) => price / scale).filter((_, i) => rows[i] !== undefined),
      }
    })
  })
}

/** What proved most of the component's classes. */
export function outcomeThen(
  { answer, classThen, componentThen, ...earlier }: Earlier,
  { problem }: Component,
): ComponentOutcome | undefined {
  const votes = new Map<number, number>()
  const { memberStart, members, size } = problem.classes
  for (let c = 0; c < size; c++) {
    const row = members[memberStart[c]!]
    const then = row === undefined ? -1 : rowBefore({ answer, classThen, componentThen, ...earlier }, row)
    const at = then < 0 ? -1 : componentThen[classThen[then]!]!
    if (at >= 0) votes.set(at, (votes.get(at) ?? 0) + 1)
  }
  const [most] = [...votes].sort(([a, m], [b, n]) => n - m || a - b)
  return most && answer.components[most[0]]
}

/** By class then, the first class now that has a device of it. */
function classesNow(earlier: Earlier, { problem }: Component): ReadonlyMap<number, number> {
  const { memberStart, members, size } = problem.classes
  const found = new Map<number, number>()
  for (let c = 0; c < size; c++)
    for (let m = memberStart[c]!; m < memberStart[c + 1]!; m++) {
      const then = rowBefore(earlier, members[m]!)
      if (then >= 0 && !found.has(earlier.classThen[then]!)) found.set(earlier.classThen[then]!, c)
    }
  return found
}

/** What became of a division: another one, or none, as only one of its sides is left. */
type Side = { readonly is: 'divided'; readonly division: ColumnDivision } | { readonly is: 'within' | 'beyond' }

function sideNow(
  { answer, choiceNow, classThen }: Earlier,
  { problem }: Component,
  classNow: ReadonlyMap<number, number>,
  outcome: ComponentOutcome,
  columns: Int32Array,
  most: number,
): Side {
  const then = answer.problem
  const whole = Array.from(columns, (column) => outcome.columns[column]!)
  const old = then.classes.members[then.classes.memberStart[classOfColumn(then.classes.columnStart, whole[0]!)]!]!
  const c = classNow.get(classThen[old]!)
  if (c === undefined) return { is: 'within' }
  const choices = new Set(whole.map((column) => choiceNow[then.columnChoice[column]!]!))
  const [start, last] = [problem.classes.columnStart[c]!, problem.classes.columnStart[c + 1]!]
  let first = last
  while (first > start && choices.has(problem.columnChoice[first - 1]!)) first--
  if (first === last) return { is: 'within' }
  const size = problem.classes.memberStart[c + 1]! - problem.classes.memberStart[c]!
  if (first === start || most >= size) return { is: size > most ? 'beyond' : 'within' }
  return { is: 'divided', division: { first, last, most } }
}

/** The class whose columns have this one, by bisection. */
function classOfColumn(columnStart: Int32Array, column: number): number {
  let [low, high] = [0, columnStart.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (columnStart[middle]! <= column) low = middle
    else high = middle - 1
  }
  return low
}

/** Leaves whose cases stand in the order of their path: where a division is no more, the branch of the side that is left stands for both. */
function prune(leaves: readonly LevelProofLeaf[], depth: number, sides: readonly Side[], kept: LevelProofLeaf[]): void {
  const [first] = leaves
  const pivot = first?.cases[depth]
  if (first === undefined) return
  if (pivot === undefined) {
    kept.push(first)
    return
  }
  const side = sides[pivot.division]!
  for (const within of [true, false]) {
    if (side.is !== 'divided' && (side.is === 'within') !== within) continue
    prune(
      leaves.filter((leaf) => leaf.cases[depth]?.within === within),
      depth + 1,
      sides,
      kept,
    )
  }
}
